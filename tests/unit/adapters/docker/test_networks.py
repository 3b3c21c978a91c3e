"""Networks of their own: what the daemon is told, and which addresses are taken."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from syntropism.adapters.docker.flags import Spot, container, gateway
from syntropism.adapters.docker.networks import (
    TRIES_MAX,
    created,
    driver_options,
    make_network,
    own_addresses,
)
from syntropism.adapters.docker.options import NETWORK_POOL, DockerOptions
from syntropism.adapters.docker.run_folder import RunFolder
from syntropism.application.ports.sandbox import ProviderFailed

BRIDGE = "com.docker.network.bridge."
INHIBITED = {f"{BRIDGE}inhibit_ipv4": "true"}
GATEWAYLESS = {
    f"{BRIDGE}gateway_mode_ipv4": "isolated",
    f"{BRIDGE}gateway_mode_ipv6": "isolated",
}


@pytest.mark.parametrize(
    ("version", "options"),
    [
        ("20.10.24+dfsg1", INHIBITED),
        ("27.5.1", INHIBITED),
        ("28.0.0", GATEWAYLESS),
        ("28.0.0-rc.1", GATEWAYLESS),
        ("29.1.3", GATEWAYLESS),
        ("130.0.0", GATEWAYLESS),
        ("dev", INHIBITED),
        ("", INHIBITED),
    ],
)
def test_a_bridge_has_no_address_whatever_the_version(
    version: str, options: dict[str, str]
) -> None:
    assert driver_options(version) == options


class Daemon:
    """Remembers what it was asked for; refuses the first ``refusals`` as taken."""

    def __init__(self, version: str = "20.10.24", refusals: int = 0) -> None:
        self.asked: list[dict] = []
        self._version = version
        self._refusals = refusals

    def version(self) -> dict:
        return {"Version": self._version}

    def create_network(self, name: str, **rest: object) -> dict:
        import docker

        self.asked.append({"name": name, **rest})
        if len(self.asked) <= self._refusals:
            raise docker.errors.APIError(
                "x", explanation="Pool overlaps with other one on this address space"
            )
        return {"Id": "made"}


@pytest.fixture(autouse=True)
def _no_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syntropism.adapters.docker.networks.can_close_bridges", lambda: False)


@pytest.mark.parametrize(("version", "options"), [("20.10.24", INHIBITED), ("28.1.0", GATEWAYLESS)])
def test_the_daemon_is_asked_for_an_internal_network_of_eight(
    version: str, options: dict[str, str]
) -> None:
    daemon = Daemon(version)
    network = make_network(daemon, NETWORK_POOL, {"label": "mine"})
    (asked,) = daemon.asked
    assert asked["internal"] is True
    assert asked["enable_ipv6"] is False
    assert asked["labels"] == {"label": "mine"}
    assert asked["options"] == {**options, f"{BRIDGE}name": network.bridge}
    assert len(network.bridge) <= 15
    (config,) = asked["ipam"]["Config"]
    subnet = IPv4Network(config["Subnet"])
    assert subnet.prefixlen == 29
    assert subnet.subnet_of(IPv4Network(NETWORK_POOL))
    places = [IPv4Address(network.gateway), IPv4Address(network.agent)]
    assert all(place in subnet for place in places)
    assert len({*places, subnet[0], subnet[1], subnet[-1]}) == 5


def test_a_subnet_that_somebody_has_is_left_alone() -> None:
    daemon = Daemon(refusals=3)
    make_network(daemon, NETWORK_POOL, {})
    assert len({str(asked["ipam"]) for asked in daemon.asked}) == 4


def test_a_full_pool_is_one_clear_line() -> None:
    with pytest.raises(ProviderFailed, match="sandbox cleanup"):
        make_network(Daemon(refusals=TRIES_MAX), NETWORK_POOL, {})


def test_a_subnet_with_an_address_of_this_host_is_never_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = "10.9.8.0/28"
    monkeypatch.setattr(
        "syntropism.adapters.docker.networks.own_addresses", lambda: {IPv4Address("10.9.8.5")}
    )
    for _ in range(20):
        daemon = Daemon()
        make_network(daemon, pool, {})
        assert daemon.asked[0]["ipam"]["Config"] == [{"Subnet": "10.9.8.8/29"}]


def test_the_addresses_of_this_host_are_known(tmp_path: Path) -> None:
    table = tmp_path / "fib_trie"
    table.write_text(
        "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.0\n        /24 link UNICAST\n"
        "     |-- 10.0.0.7\n        /32 host LOCAL\n     |-- 10.0.0.255\n"
        "        /32 link BROADCAST\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
    )
    assert own_addresses(table) == {IPv4Address("10.0.0.7"), IPv4Address("127.0.0.1")}
    assert IPv4Address("127.0.0.1") in own_addresses()


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("2026-11-21T15:00:00.123456789Z", 1795273200),
        ("2026-11-21T16:00:00.1+01:00", 1795273200),
        ("nonsense", 0),
    ],
)
def test_when_a_network_was_made(moment: str, seconds: int) -> None:
    assert created({"Created": moment}) == seconds


def test_the_gateway_is_as_hard_as_an_agent_and_sees_its_sockets_alone() -> None:
    folder = RunFolder(Path("/run/box"))
    spot = Spot("net", "198.18.0.2", "198.18.0.2")
    body = gateway(
        DockerOptions(), folder, {8000: folder.service}, spot, (10001, 10001), {"label": "w"}
    )
    host = body["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["NetworkMode"] == "net"
    assert host["Dns"] == ["198.18.0.2"]
    assert host["Sysctls"]["net.ipv6.conf.all.disable_ipv6"] == "1"
    assert [(one["Source"], one["ReadOnly"]) for one in host["Mounts"]] == [
        ("/run/box/forwarder.py", True),
        ("/run/box/gateway.sock", True),
        ("/run/box/service.sock", True),
    ]
    assert body["Labels"] == {"label": "w"}
    assert "PortBindings" not in host


def test_an_agent_on_a_network_is_as_hard_as_one_without() -> None:
    from tests.unit.adapters.docker.test_flags import SPEC

    arguments = (SPEC, DockerOptions(), Path("/run/box"), Path("/sdk"), (10001, 10001), {})
    without = container(*arguments)
    with_one = container(*arguments, spot=Spot("net", "198.18.0.3", "198.18.0.2"))
    assert with_one.pop("NetworkingConfig") == {
        "EndpointsConfig": {"net": {"IPAMConfig": {"IPv4Address": "198.18.0.3"}}}
    }
    assert without.pop("NetworkDisabled")
    for name in ("NetworkMode", "Dns", "DnsOptions", "Sysctls"):
        with_one["HostConfig"].pop(name)
    assert without["HostConfig"].pop("NetworkMode") == "none"
    assert with_one == without
