"""The relay between sandboxes and the System Service: straight into an API of this process, or by
one thread that carries the bytes of all windows to one elsewhere."""

from syntropism.adapters.relay.caps import RelayCaps
from syntropism.adapters.relay.debug import BRIDGE, LoopbackDebugRelay
from syntropism.adapters.relay.direct import DirectRelay, LocalApi
from syntropism.adapters.relay.threaded import ThreadedSocketRelay

__all__ = [
    "BRIDGE",
    "DirectRelay",
    "LocalApi",
    "LoopbackDebugRelay",
    "RelayCaps",
    "ThreadedSocketRelay",
]
