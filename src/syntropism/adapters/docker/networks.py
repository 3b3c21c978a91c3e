"""Networks of one execution each: no way to the host, none to peers, none to anywhere else.

A plain ``--internal`` network leaves the host's bridge an address, and through it every port of
the host. Up to Docker 27 ``inhibit_ipv4`` takes that address away, from Docker 28 on the gateway
mode ``isolated``. What is left then is what a bridge without an address still hears: broadcasts.
The kernel is told to drop them, where this worker may tell it.
"""

import ipaddress
import os
import random
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.docker.client import troubles
from syntropism.application.ports.sandbox import ProviderFailed

PREFIX_LENGTH: Final = 29
"""Of one network: eight addresses, of which the agent and its gateway need one each."""

ISOLATED_SINCE: Final = 28
"""The first Docker that knows the gateway mode ``isolated``."""

TRIES_MAX: Final = 16
_DRIVER: Final = "com.docker.network.bridge."
_CONF: Final = Path("/proc/sys/net")
_CLOSED: Final = (
    ("ipv4", "rp_filter", "1"),  # what comes from there has no way back: dropped on arrival
    ("ipv4", "arp_ignore", "8"),  # nobody on this host answers there
    ("ipv4", "forwarding", "0"),
    ("ipv6", "disable_ipv6", "1"),
)


@frozen(slots=True)
class Network:
    """A network of the daemon. ``bridge`` is its interface on the host."""

    id: str
    bridge: str
    gateway: str
    agent: str


def driver_options(version: str) -> dict[str, str]:
    """What the bridge driver of a daemon of this version must be told."""
    major = re.match(r"(\d+)\.", version)
    if major is not None and int(major[1]) >= ISOLATED_SINCE:
        mode = f"{_DRIVER}gateway_mode_"
        return {f"{mode}ipv4": "isolated", f"{mode}ipv6": "isolated"}
    return {f"{_DRIVER}inhibit_ipv4": "true"}


def make_network(client: Any, pool: str, labels: Mapping[str, str]) -> Network:
    """A new network with a subnet of ``pool`` that nobody has.

    Raises:
        ProviderFailed: the daemon refuses, or there is no room.
    """
    import docker

    with troubles("ask the Docker daemon", ""):
        options = driver_options(str(client.version()["Version"]))
    own = own_addresses()
    for subnet in _candidates(pool):
        if any(address in subnet for address in own):
            continue
        bridge = f"sy{uuid.uuid4().hex[:12]}"
        with troubles("make a network", ""):
            try:
                made = client.create_network(
                    f"syntropism-{bridge}",
                    driver="bridge",
                    options={**options, f"{_DRIVER}name": bridge},
                    ipam={"Driver": "default", "Config": [{"Subnet": str(subnet)}]},
                    internal=True,
                    enable_ipv6=False,
                    labels=dict(labels),
                )
            except docker.errors.APIError as error:
                if "overlap" not in str(error.explanation or error):
                    raise
                continue
        hosts = list(subnet.hosts())
        network = Network(str(made["Id"]), bridge, str(hosts[1]), str(hosts[2]))
        try:
            close_bridge(bridge)
        except ProviderFailed:
            remove_network(client, network.id)
            raise
        return network
    raise ProviderFailed(
        f"no network is free in {pool}: `syntropism sandbox cleanup`, or set execution.network_pool"
    )


def _candidates(pool: str) -> Iterator[ipaddress.IPv4Network]:
    whole = ipaddress.IPv4Network(pool)
    count = 1 << (PREFIX_LENGTH - whole.prefixlen)
    for place in random.sample(range(count), min(count, TRIES_MAX)):
        first = int(whole.network_address) + (place << (32 - PREFIX_LENGTH))
        yield ipaddress.IPv4Network((first, PREFIX_LENGTH))


def own_addresses(table: Path = Path("/proc/net/fib_trie")) -> set[ipaddress.IPv4Address]:
    """Every address of this host: a subnet that held one would be a way to it."""
    found: set[ipaddress.IPv4Address] = set()
    address = ""
    try:
        lines = table.read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        if "|--" in line:
            address = line.split()[-1]
        elif "host LOCAL" in line:
            found.add(ipaddress.IPv4Address(address))
    return found


def can_close_bridges() -> bool:
    """Whether this worker may tell the kernel to drop what a bridge hears."""
    return os.access(_CONF / "ipv4" / "conf" / "default" / "rp_filter", os.W_OK)


def close_bridge(name: str, conf: Path = _CONF) -> None:
    """Makes the kernel of this host deaf to ``name``, if we may.

    Raises:
        ProviderFailed: we may, and it did not work.
    """
    if not can_close_bridges():
        return
    for family, what, value in _CLOSED:
        path = conf / family / "conf" / name / what
        try:
            path.write_text(value)
        except OSError as error:
            if family == "ipv6" and isinstance(error, FileNotFoundError):
                continue  # a kernel without
            raise ProviderFailed(
                f"cannot close the bridge {name}: {error.strerror}; is the Docker daemon on this "
                "machine, outside of any network namespace of ours?"
            ) from None


def remove_network(client: Any, network_id: str) -> bool:
    """Removes a network, whatever is still on it; false if it was gone already."""
    import docker

    with troubles("remove a network", ""):
        try:
            for container in client.inspect_network(network_id)["Containers"] or {}:
                client.disconnect_container_from_network(container, network_id, force=True)
            client.remove_network(network_id)
        except docker.errors.NotFound:
            return False
    return True


def created(network: Mapping[str, Any]) -> float:
    """When the daemon made it, in seconds since 1970; 0 if it does not tell."""
    moment = re.sub(r"\.\d+", "", str(network.get("Created", "")))
    try:
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
