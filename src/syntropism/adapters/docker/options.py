"""What an operator may choose about containers."""

from typing import Final

from attrs import frozen

IMAGE: Final = "syntropism-agent-runner:latest"
SANDBOX_UID: Final = 10001
"""Who agents are when the worker is root."""


@frozen(slots=True, kw_only=True)
class DockerOptions:
    """``runtime``: of the daemon, such as ``runc`` or ``runsc``; empty for its default.
    ``cores_max``: CPU cores one window may use at once (its CPU seconds are a budget beside)."""

    image: str = IMAGE
    runtime: str = ""
    cores_max: float = 1.0
    request_seconds_max: float = 60.0
    connections_max: int = 64

    @property
    def relay_inside(self) -> bool:
        """Whether descriptors cannot leave the container, so that a relay has to live in it."""
        return self.runtime == "runsc"
