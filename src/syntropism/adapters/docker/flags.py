"""What the daemon is told about one container: the hardening, and the limits of its bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.docker.options import DockerOptions
from syntropism.adapters.docker.run_folder import RunFolder
from syntropism.adapters.docker.workers import LABEL_AGENT, LABEL_ATTEMPT, LABEL_EXECUTION
from syntropism.application.ports.sandbox import WindowSpec
from syntropism.application.verdicts import limits_of

LOOPBACK_PORT: Final = 8000
"""Where the System Service answers inside."""

PROCESSES_MAX: Final = 128
OPEN_FILES_MAX: Final = 256
MEMORY_MIN_BYTES: Final = 8 * 1024 * 1024
"""The least a daemon accepts is 6 MiB."""

GATEWAY_MEMORY_BYTES: Final = 64 * 1024 * 1024

_TEMPORARY: Final = "rw,noexec,nosuid,nodev,size=64m"
_NOWHERE: Final = "ro,noexec,nosuid,nodev,size=4k"
"""What Docker mounts writable without being asked, put out of reach."""

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


@frozen(slots=True)
class Spot:
    """A place on a network of the daemon: its address there, and who is asked for names."""

    network: str
    address: str
    resolver: str


def container(
    spec: WindowSpec,
    options: DockerOptions,
    box: Path,
    system: Path,
    user: tuple[int, int],
    labels: Mapping[str, str],
    spot: Spot | None = None,
) -> dict[str, Any]:
    """The body of the request that creates the container of ``spec``. ``box`` is its run folder,
    ``user`` its uid and gid; ``labels`` tell whose it is; without a ``spot`` it has no network."""
    inside = options.relay_inside
    limits = limits_of(spec)
    words = ["inside"] if inside else []
    if spec.debug is not None:
        words += ["debug", *(["wait"] if spec.debug.wait else [])]
    body = _hardened(
        options,
        ["shim.py", str(LOOPBACK_PORT), *words],
        user,
        memory=max(limits.memory_bytes, MEMORY_MIN_BYTES),
        processes=min(PROCESSES_MAX, limits.processes) + inside,
        file_bytes=spec.workspace_bytes_max,
        spot=spot,
    )
    body["AttachStdout"] = body["AttachStderr"] = True
    body["Labels"] = labels_of(spec, labels)
    body["HostConfig"]["Mounts"] = [
        _mount(spec.workspace, "/workspace", read_only=False),
        _mount(box, "/run/syntropism", read_only=True),
        _mount(system, "/system", read_only=True),
    ]
    return body


def labels_of(spec: WindowSpec, labels: Mapping[str, str]) -> dict[str, str]:
    """What everything of one window in the daemon is marked with; ``labels`` tell whose it is."""
    return {
        **labels,
        LABEL_EXECUTION: str(spec.execution_id),
        LABEL_ATTEMPT: str(spec.attempt),
        LABEL_AGENT: str(spec.agent_id),
    }


def gateway(
    options: DockerOptions,
    folder: RunFolder,
    targets: Mapping[int, Path],
    spot: Spot,
    user: tuple[int, int],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """The body of the request that creates the gateway of an isolated network, which forwards
    its ports to the Unix sockets that are their ``targets``. It sees these and nothing else."""
    homes = {port: f"/run/syntropism/{path.name}" for port, path in targets.items()}
    forwarded = [f"{port}={home}" for port, home in homes.items()]
    body = _hardened(
        options,
        ["forwarder.py", "/run/syntropism/control.sock", *forwarded],
        user,
        memory=GATEWAY_MEMORY_BYTES,
        processes=PROCESSES_MAX,
        file_bytes=0,
        spot=spot,
    )
    body["Labels"] = dict(labels)
    body["HostConfig"]["Mounts"] = [
        _mount(folder.forwarder, "/run/syntropism/forwarder.py", read_only=True),
        _mount(folder.gateway_control, "/run/syntropism/control.sock", read_only=True),
        *(_mount(targets[port], home, read_only=True) for port, home in homes.items()),
    ]
    return body


def _hardened(
    options: DockerOptions,
    script: list[str],
    user: tuple[int, int],
    *,
    memory: int,
    processes: int,
    file_bytes: int,
    spot: Spot | None,
) -> dict[str, Any]:
    """What every container of ours is created with; it begins with a ``script`` of ours."""
    return {
        "Image": options.image,
        "Cmd": ["python3", "-I", "-S", "-B", f"/run/syntropism/{script[0]}", *script[1:]],
        "Entrypoint": [],
        "Env": [f"{name}={value}" for name, value in _ENVIRONMENT.items()],
        "User": f"{user[0]}:{user[1]}",
        "WorkingDir": "/",
        "Hostname": "sandbox",
        **_connection(spot),
        "HostConfig": {
            **_network(spot),
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "PidsLimit": processes + 1,  # Docker's own init
            "Memory": memory,
            "MemorySwap": memory,
            "NanoCpus": int(options.cores_max * 1_000_000_000),
            "Init": True,
            "IpcMode": "private",
            "OomScoreAdj": 500,  # when the host runs short, windows go before anything of ours
            "Tmpfs": {"/tmp": _TEMPORARY, "/dev/mqueue": _NOWHERE},
            "Ulimits": [
                _limit("fsize", file_bytes),
                _limit("nofile", OPEN_FILES_MAX),
                _limit("core", 0),
            ],
            # Output is drained as it comes and kept by us: nothing of it goes to the host's disk.
            "LogConfig": {"Type": "none", "Config": {}},
            **({"Runtime": options.runtime} if options.runtime else {}),
        },
    }


def _connection(spot: Spot | None) -> dict[str, Any]:
    if spot is None:
        return {"NetworkDisabled": True}
    address = {"IPAMConfig": {"IPv4Address": spot.address}}
    return {"NetworkingConfig": {"EndpointsConfig": {spot.network: address}}}


def _network(spot: Spot | None) -> dict[str, Any]:
    if spot is None:
        return {"NetworkMode": "none"}
    return {
        "NetworkMode": spot.network,
        # Named, so that the daemon asks for names from within the network, where nobody answers:
        # left alone, it asks the host's own resolver (CVE-2024-29018).
        "Dns": [spot.resolver],
        "DnsOptions": ["timeout:1", "attempts:1"],
        "Sysctls": {
            "net.ipv6.conf.all.disable_ipv6": "1",
            "net.ipv6.conf.default.disable_ipv6": "1",
        },
    }


def variables(spec: WindowSpec, service: str, nats: str = "") -> dict[str, str]:
    """The agent's environment: what was given, and where things are inside."""
    return {
        **_ENVIRONMENT,
        **spec.environment,
        "HOME": "/workspace",
        "TMPDIR": "/tmp",
        "PYTHONPATH": "/system",
        "WORKSPACE_PATH": "/workspace",
        "ENV_JSON_PATH": "/run/syntropism/env.json",
        "SYSTEM_SERVICE_URL": service,
        "SYSTEM_SERVICE_SOCKET": "/run/syntropism/service.sock",
        "OPENAI_BASE_URL": f"{service}/llm/v1",
        "MCP_URL": f"{service}/mcp",
        **({"NATS_URL": nats} if nats else {}),
    }


def _limit(name: str, value: int) -> dict[str, Any]:
    return {"Name": name, "Soft": value, "Hard": value}


def _mount(source: Path, target: str, *, read_only: bool) -> dict[str, Any]:
    options = {"Propagation": "rprivate", "NonRecursive": True}
    return {
        "Type": "bind",
        "Source": str(source),
        "Target": target,
        "ReadOnly": read_only,
        "BindOptions": options,
    }
