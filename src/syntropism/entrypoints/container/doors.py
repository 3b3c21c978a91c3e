"""The doors of an economy: HTTP and NATS."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from syntropism.application.consuming import Consumer
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.publishing import Outbox
from syntropism.application.system_service import SystemService
from syntropism.application.workforce import Workforce
from syntropism.entrypoints.container.messaging import require_nats
from syntropism.entrypoints.container.sandboxes import Served
from syntropism.entrypoints.wiring import CannotServe, Wiring, on_server

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where an API that listens everywhere is found on this machine."""


class Serving(Protocol):
    """A door at work."""

    @property
    def address(self) -> str:
        """``http://host:port``, or the NATS server."""
        ...

    def stop(self) -> None:
        """Ends it; repeatable."""
        ...


class Messaging(Serving, Protocol):
    """The door to NATS."""

    @property
    def trouble(self) -> str:
        """What keeps it from its work now, one line; empty if nothing does."""
        ...


def serve(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    workforce: Workforce | None,
    served: Served,
    *,
    host: str,
    port: int,
    config: Callable[[], Mapping[str, Any]],
    version: str,
    troubles: Callable[[], Sequence[str]] = tuple,
) -> Serving:
    # Imported when it is needed: the web framework takes longer than most commands.
    from syntropism.adapters.rest.app import create_app
    from syntropism.adapters.rest.server import CannotListen, serve_in_thread

    app = create_app(
        service,
        operators,
        tokens,
        clock,
        config,
        version,
        embedded=not on_server(wiring.database),
        workforce=workforce,
        troubles=troubles,
    )
    try:
        server = serve_in_thread(app, host, port)
    except CannotListen as problem:
        raise CannotServe(str(problem)) from None
    served[found_at(server.address)] = server
    return server


def found_at(address: str) -> tuple[str, int]:
    """Where on this machine the API is found that listens at ``http://host:port``."""
    found = urlsplit(address)
    assert found.hostname is not None and found.port is not None, "an address of ours"
    return _EVERYWHERE.get(found.hostname, found.hostname), found.port


def connect(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    *,
    version: str,
) -> Messaging | None:
    if wiring.messaging is None or wiring.seed is not None:  # a simulation is nobody else's news
        return None
    require_nats()
    from syntropism.adapters.nats.gateway import Gateway
    from syntropism.adapters.nats.link import Unusable

    try:
        gateway: Gateway = _gateway(wiring, service, operators, tokens, clock, version)
        gateway.start()
    except Unusable as problem:
        raise CannotServe(str(problem)) from None
    return gateway


def _gateway(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    version: str,
) -> Any:
    from syntropism.adapters.nats.callout import Callout, Signer
    from syntropism.adapters.nats.consuming import ConsumingPart
    from syntropism.adapters.nats.door import Door
    from syntropism.adapters.nats.gateway import Gateway, Part
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.parts import PublishingPart
    from syntropism.adapters.nats.prices import BUCKET, DISCOVERED, PriceBoard
    from syntropism.adapters.nats.publisher import JetStreamPublisher
    from syntropism.adapters.nats.values import Values
    from syntropism.adapters.rest.app import create_app

    options = wiring.messaging
    assert options is not None, "there is no NATS"
    name = f"syntropism-{token_hex(8)}"
    link = Link(options.url, name)
    # The handlers of the HTTP door, on the loop of the link: a second application, so that the
    # two loops share nothing but the use cases.
    embedded = not on_server(wiring.database)
    application = create_app(service, operators, tokens, clock, version=version, embedded=embedded)
    guarded = bool(options.signing_key)
    kept = timedelta(hours=options.events_hours)
    publisher = JetStreamPublisher(link, kept, options.replicas)
    board = PriceBoard(Values(link, BUCKET, replicas=options.replicas))
    parts: list[Part] = [
        Door(link, application, tokens, clock.now, version, guarded),
        PublishingPart(publisher, Outbox(service.store, publisher, name)),
        ConsumingPart(link, Consumer(service.store, "prices", board), DISCOVERED, kept),
    ]
    if guarded:
        signer = Signer(options.signing_key)
        parts.append(Callout(link, signer, tokens, clock.now, options.account))
    return Gateway(link, parts)
