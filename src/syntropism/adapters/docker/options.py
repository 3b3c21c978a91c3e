"""What an operator may choose about containers."""

from typing import Final

from attrs import frozen

IMAGE: Final = "syntropism-agent-runner:latest"
LABEL_EXTRAS: Final = "org.syntropism.extras"
"""On the image: the extras that it was built with."""

NO_NETWORK: Final = "none"
ISOLATED: Final = "isolated"
NETWORK_POOL: Final = "198.18.0.0/15"
"""Set aside for tests of network devices (RFC 2544): nobody's own addresses."""

SANDBOX_UID: Final = 10001
"""Who agents are when the worker is root."""


@frozen(slots=True, kw_only=True)
class DockerOptions:
    """``runtime``: of the daemon, such as ``runc`` or ``runsc``; empty for its default.
    ``cores_max``: CPU cores one window may use at once (its CPU seconds are a budget beside).
    ``network``: ``none``, or ``isolated`` for one of its own with a gateway to the System Service
    and to ``nats`` (host and port as this worker reaches it), with subnets of ``network_pool``."""

    image: str = IMAGE
    runtime: str = ""
    cores_max: float = 1.0
    network: str = NO_NETWORK
    network_pool: str = NETWORK_POOL
    nats: tuple[str, int] | None = None
    request_seconds_max: float = 60.0
    connections_max: int = 64

    @property
    def relay_inside(self) -> bool:
        """Whether descriptors cannot leave the container, so that a relay has to live in it."""
        return self.runtime == "runsc"
