"""What the daemon of this machine allows."""

from typing import Any, Final

from syntropism.adapters.docker.client import troubles
from syntropism.adapters.docker.networks import can_close_bridges
from syntropism.adapters.docker.options import ISOLATED, DockerOptions
from syntropism.application.ports.sandbox import ProviderReport

ENFORCES: Final = (
    "wall clock",
    "CPU seconds of all processes (control group, as a budget)",
    "CPU cores at once",
    "memory and swap (control group)",
    "number of processes",
    "file size",
    "open files",
    "output size",
    "workspace size and files (sampled)",
    "temporary files",
    "read-only root",
    "no capabilities, no new privileges",
    "no sight of other processes",
)
EXCEPTIONS: Final = (
    "the workspace is metered four times a second: a burst may exceed its size for that long",
    "containers outlive a worker that is killed, until the next cleanup",
)


NO_NETWORK_AT_ALL: Final = "no network"
OWN_NETWORK: Final = "a network of its own, with a gateway to the System Service and nobody else"
HEARD: Final = (
    "this host hears what agents broadcast in their network (one way, no answer): only a worker "
    "that is root can tell the kernel to drop it"
)


def report(client: Any, options: DockerOptions) -> ProviderReport:
    """The provider's abilities in words, for ``doctor``.

    Raises:
        ProviderFailed: the daemon does not answer, or has no image.
    """
    with troubles("ask the Docker daemon", options.image):
        info = client.info()
        client.inspect_image(options.image)
    exceptions: tuple[str, ...] = EXCEPTIONS
    lack = ""
    if options.runtime and options.runtime not in info.get("Runtimes", {}):
        lack = f"the daemon has no runtime {options.runtime}"
    if not info.get("MemoryLimit"):
        lack = "this kernel cannot limit memory"
    if not info.get("PidsLimit", True):
        exceptions += ("this kernel cannot limit processes",)
    if not info.get("SwapLimit"):
        exceptions += ("swap is not limited by this kernel",)
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        exceptions += ("the daemon filters no system calls (seccomp)",)
    isolated = options.network == ISOLATED
    if isolated and not can_close_bridges():
        exceptions += (HEARD,)
    enforces = (*ENFORCES, OWN_NETWORK if isolated else NO_NETWORK_AT_ALL)
    runtime = options.runtime or info.get("DefaultRuntime", "")
    version = f"Docker {info.get('ServerVersion', '?')}"
    groups = f"cgroup v{info.get('CgroupVersion', '1')}"
    return ProviderReport(
        name="docker",
        available=not lack,
        enforces=() if lack else enforces,
        exceptions=exceptions,
        detail=lack
        or f"{version}, {groups}, runtime {runtime}, image {options.image}, network "
        f"{options.network}",
    )
