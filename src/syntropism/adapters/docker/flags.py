"""What the daemon is told about one container: the hardening, and the limits of its bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.docker.options import DockerOptions
from syntropism.adapters.docker.workers import LABEL_AGENT, LABEL_ATTEMPT, LABEL_EXECUTION
from syntropism.application.ports.sandbox import WindowSpec

LOOPBACK_PORT: Final = 8000
"""Where the System Service answers inside."""

PROCESSES_MAX: Final = 128
OPEN_FILES_MAX: Final = 256
MEMORY_MIN_BYTES: Final = 8 * 1024 * 1024
"""The least a daemon accepts is 6 MiB."""

_TEMPORARY: Final = "rw,noexec,nosuid,nodev,size=64m"
_NOWHERE: Final = "ro,noexec,nosuid,nodev,size=4k"
"""What Docker mounts writable without being asked, put out of reach."""

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


def container(
    spec: WindowSpec,
    options: DockerOptions,
    box: Path,
    system: Path,
    user: tuple[int, int],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """The body of the request that creates the container of ``spec``. ``box`` is its run folder,
    ``user`` its uid and gid; ``labels`` tell whose it is."""
    memory = max(spec.bundle.memory_milli_mb * 1_000, MEMORY_MIN_BYTES)
    inside = options.relay_inside
    return {
        "Image": options.image,
        "Cmd": ["python3", "-I", "-S", "-B", "/run/syntropism/shim.py", str(LOOPBACK_PORT)]
        + (["inside"] if inside else []),
        "Entrypoint": [],
        "Env": [f"{name}={value}" for name, value in _ENVIRONMENT.items()],
        "User": f"{user[0]}:{user[1]}",
        "WorkingDir": "/",
        "Hostname": "sandbox",
        "NetworkDisabled": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Labels": {
            **labels,
            LABEL_EXECUTION: str(spec.execution_id),
            LABEL_ATTEMPT: str(spec.attempt),
            LABEL_AGENT: str(spec.agent_id),
        },
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "PidsLimit": min(PROCESSES_MAX, spec.processes_max) + 1 + inside,  # Docker's own init
            "Memory": memory,
            "MemorySwap": memory,
            "NanoCpus": int(options.cores_max * 1_000_000_000),
            "Init": True,
            "IpcMode": "private",
            "OomScoreAdj": 500,  # when the host runs short, windows go before anything of ours
            "Tmpfs": {"/tmp": _TEMPORARY, "/dev/mqueue": _NOWHERE},
            "Ulimits": [
                _limit("fsize", spec.workspace_bytes_max),
                _limit("nofile", OPEN_FILES_MAX),
                _limit("core", 0),
            ],
            # Output is drained as it comes and kept by us: nothing of it goes to the host's disk.
            "LogConfig": {"Type": "none", "Config": {}},
            "Mounts": [
                _mount(spec.workspace, "/workspace", read_only=False),
                _mount(box, "/run/syntropism", read_only=True),
                _mount(system, "/system", read_only=True),
            ],
            **({"Runtime": options.runtime} if options.runtime else {}),
        },
    }


def variables(spec: WindowSpec, service: str) -> dict[str, str]:
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
