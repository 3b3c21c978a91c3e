"""The relay between sandboxes and the System Service: one thread for all of them."""

from syntropism.adapters.relay.caps import RelayCaps
from syntropism.adapters.relay.debug import BRIDGE, LoopbackDebugRelay
from syntropism.adapters.relay.threaded import ThreadedSocketRelay

__all__ = ["BRIDGE", "LoopbackDebugRelay", "RelayCaps", "ThreadedSocketRelay"]
