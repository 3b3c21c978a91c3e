"""What a container has around it: nothing, or a network with a gateway and nobody else."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.docker.container import Container
from syntropism.adapters.docker.control import Control
from syntropism.adapters.docker.flags import LOOPBACK_PORT, Spot, gateway
from syntropism.adapters.docker.networks import make_network, remove_network
from syntropism.adapters.docker.options import DockerOptions
from syntropism.adapters.docker.run_folder import RunFolder
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import ProviderFailed

NATS_PORT: Final = 4222


@frozen(slots=True, kw_only=True)
class Surroundings:
    """``service`` and ``nats`` are where the agent finds these (empty: not at all); ``spot`` is
    its place on a network, if there is one; ``await_ready`` returns when all of it answers."""

    service: str
    nats: str = ""
    spot: Spot | None = None
    await_ready: Callable[[], None] = lambda: None


NOTHING: Final = Surroundings(service=f"http://127.0.0.1:{LOOPBACK_PORT}/api/v1")
"""No network: the System Service answers on the container's own loopback."""


@contextmanager
def isolated(
    client: Any,
    options: DockerOptions,
    folder: RunFolder,
    user: tuple[int, int],
    labels: Mapping[str, str],
    relay: SocketRelay,
    hand: Callable[[Path], None],
) -> Iterator[Surroundings]:
    """A network for one window, with its gateway, which has a second home in the sockets that
    the worker relays: no packet of it goes anywhere else. Removed in the end.

    Raises:
        ProviderFailed: a fault of ours.
    """
    with ExitStack() as stack:
        targets = {LOOPBACK_PORT: folder.service}
        if options.nats is not None:
            stack.enter_context(relay.open(folder.nats, options.nats, hand))
            targets[NATS_PORT] = folder.nats
        control = Control(folder.gateway_control, hand)
        stack.callback(control.close)
        network = make_network(client, options.network_pool, labels)
        stack.callback(remove_network, client, network.id)
        spot = Spot(network.id, network.gateway, resolver=network.gateway)
        body = gateway(options, folder, targets, spot, user, labels)
        box = Container(client, body)
        stack.callback(box.remove)
        stack.callback(box.kill)
        # Beside the agent's own start, which takes as long. Ended first: what has not started
        # cannot be killed.
        starting = stack.enter_context(ThreadPoolExecutor(1, "gateway")).submit(box.start)

        def await_ready() -> None:
            starting.result()
            if not control.await_ready(box.exited):
                state = box.final_state()
                reason = state.error or f"exit code {state.exit_code}"
                raise ProviderFailed(f"the gateway of a window did not start: {reason}")

        yield Surroundings(
            service=f"http://{network.gateway}:{LOOPBACK_PORT}/api/v1",
            nats=f"nats://{network.gateway}:{NATS_PORT}" if options.nats is not None else "",
            spot=Spot(network.id, network.agent, resolver=network.gateway),
            await_ready=await_ready,
        )
