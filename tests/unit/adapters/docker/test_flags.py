"""Every container gets the hardening, and the limits of its bundle."""

from pathlib import Path

from attrs import evolve

from syntropism.adapters.docker.flags import container
from syntropism.adapters.docker.options import DockerOptions
from syntropism.application.ports.sandbox import WindowSpec
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle

SPEC = WindowSpec(
    execution_id=ExecutionId("execution"),
    agent_id=AgentId("ada"),
    attempt=2,
    bundle=Bundle(1, 64, 10),
    workspace=Path("/workspaces/agent-ada"),
    env_document={},
    environment={"SYSTEM_SERVICE_TOKEN": "token"},
    service_address=("127.0.0.1", 9),
    duration_ms=10_000,
)


def body(runtime: str = "", memory_mb: float = 64, processes_max: int = 32) -> dict:
    spec = evolve(SPEC, bundle=Bundle(1, memory_mb, 10), processes_max=processes_max)
    options = DockerOptions(runtime=runtime)
    return container(spec, options, Path("/run/box"), Path("/run/sdk"), (10001, 10001), {"l": "w"})


def test_the_hardening_is_complete() -> None:
    host = body()["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] == host["MemorySwap"] == 64_000_000
    assert host["NanoCpus"] == 1_000_000_000
    assert host["Init"]
    assert host["Tmpfs"]["/tmp"] == "rw,noexec,nosuid,nodev,size=64m"
    assert body()["User"] == "10001:10001"
    assert "AutoRemove" not in host
    assert "Privileged" not in host


def test_processes_never_pass_what_the_house_allows() -> None:
    assert body(processes_max=32)["HostConfig"]["PidsLimit"] == 33
    assert body(processes_max=10_000)["HostConfig"]["PidsLimit"] <= 129


def test_only_the_workspace_is_writable() -> None:
    mounts = {one["Target"]: one for one in body()["HostConfig"]["Mounts"]}
    assert [target for target, one in mounts.items() if not one["ReadOnly"]] == ["/workspace"]
    assert mounts["/workspace"]["Source"] == "/workspaces/agent-ada"


def test_the_token_is_not_shown_to_who_inspects_containers() -> None:
    assert "token" not in str(body())


def test_the_runtime_can_be_chosen() -> None:
    assert "Runtime" not in body()["HostConfig"]
    assert body("runsc")["HostConfig"]["Runtime"] == "runsc"
    assert body("runsc")["Cmd"][-1] == "inside"
    assert "inside" not in body("runc")["Cmd"]
