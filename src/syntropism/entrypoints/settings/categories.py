"""The categories of settings: names, defaults, ranges and meanings. Each range is checked here."""

from decimal import Decimal
from ipaddress import IPv4Network
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from syntropism.domain.credits import AMOUNT_MAX
from syntropism.entrypoints import host

_MOST: Final = "1000000000"
_CREDITS_MAX: Final = Decimal(AMOUNT_MAX).scaleb(-6)


def _not_truth(value: object) -> object:
    """TOML's ``true`` is no number, whatever Python thinks."""
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


_Number = Annotated[Decimal, BeforeValidator(_not_truth)]
_Whole = Annotated[int, BeforeValidator(_not_truth)]


def _money(default: str, meaning: str, least: str = "0") -> Any:
    return Field(
        Decimal(default), ge=Decimal(least), le=_CREDITS_MAX, decimal_places=6, description=meaning
    )


def _number(default: str, meaning: str, least: str, most: str, places: int) -> Any:
    return Field(
        Decimal(default),
        ge=Decimal(least),
        le=Decimal(most),
        decimal_places=places,
        description=meaning,
    )


def _whole(default: int, meaning: str, least: int, most: int = 1_000_000) -> Any:
    return Field(default, ge=least, le=most, description=meaning)


def _choice(default: Any, meaning: str) -> Any:
    return Field(default, description=meaning)


def _text(default: str, meaning: str, allowed: str, pattern: str = r"^.+$") -> Any:
    return Field(
        default, pattern=pattern, description=meaning, json_schema_extra={"allowed": allowed}
    )


def _subnet(value: str) -> str:
    try:
        network = IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"not an IPv4 network: {error}") from None
    if not 8 <= network.prefixlen <= 24:
        raise ValueError("not a network from /8 to /24")
    return value


_Subnet = Annotated[str, AfterValidator(_subnet)]


class _Category(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class EconomySettings(_Category):
    """Where credits come from and where they go; credits."""

    genesis_endowment: _Number = _money("1000", "credits genesis starts with")
    treasury_endowment: _Number = _money("10000", "credits the treasury starts with")
    reward_interesting: _Number = _money("50", "credits minted per point of interesting")
    reward_useful: _Number = _money("50", "credits minted per point of useful")
    reward_understandable: _Number = _money("50", "credits minted per point of understandable")
    message_fee: _Number = _money("1", "credits burned per message")
    spawn_fee: _Number = _money("100", "credits a parent burns per child")
    window_fee: _Number = _money("10", "credits every window costs beside its bundle")


class MarketSettings(_Category):
    """The rules of the auction. Prices are credits per unit and second."""

    preset: str = _text(
        "truthful",
        "clearing, payment and price rule together",
        "one of truthful, classic, max_welfare, exact, auto, or a registered strategy",
        r"^\S{1,80}$",
    )
    min_price_cpu: _Number = _number("5", "least price of a core", "0.000000001", "1000000", 12)
    min_price_memory: _Number = _number(
        "0.005", "least price of a megabyte", "0.000000001", "1000000", 12
    )
    min_price_token: _Number = _number(
        "0.01", "least price of a token per second", "0.000000001", "1000000", 12
    )
    min_price_attention: _Number = _number(
        "2", "least price of an attention slot", "0.000000001", "1000000", 12
    )
    initial_price_factor: _Whole = _whole(2, "first prices, as a multiple of the least", 1)
    max_price_factor: _Whole = _whole(1_000, "highest prices, as a multiple of the least", 1)
    price_step: _Number = _number(
        "0.1", "how strongly prices answer to utilization", "0.001", "0.999", 3
    )
    target_utilization: _Number = _number(
        "0.9", "utilization at which prices rest", "0.001", "10", 3
    )
    attention_target: _Number = _number("1.5", "the same for attention", "0.001", "10", 3)
    ageing: _Number = _number("0", "how much a bid's rank gains per cycle of age", "0", "1000", 3)
    bid_expiry_cycles: _Whole = _whole(5, "cycles after which an open bid expires", 1)
    open_book: bool = _choice(True, "whether agents may see the open bids of others")
    smallest_cpu_seconds: _Number = _number(
        "0.1", "least CPU seconds of a bundle", "0.001", "1000000", 3
    )
    smallest_memory_mb: _Number = _number(
        "32", "least megabytes of a bundle", "0.001", "1000000", 3
    )
    longest_window_cycles: _Whole = _whole(6, "longest window, in cycles", 1)
    longest_attention_window_cycles: _Whole = _whole(
        1, "longest window with attention, in cycles", 1
    )
    first_bid_amount: _Number = _money("25", "credits of a first bid nobody gave", "0.000001")
    first_bid_cpu_seconds: _Number = _number(
        "1", "CPU seconds of such a bid", "0.001", "1000000", 3
    )
    first_bid_memory_mb: _Number = _number("64", "megabytes of such a bid", "0.001", "1000000", 3)
    first_bid_duration_seconds: _Number = _number(
        "10", "its duration; no more than the longest window", "0.001", "1000000", 3
    )


class FurtherResourceSettings(_Category):
    """A resource beyond the four. Its name is what bundles, prices and history call it."""

    kind: Literal["total", "rate"] = _choice(
        "total", "whether bundles name a total over the window, as of CPU seconds, or a rate"
    )
    capacity: _Number = _number("0", "what there is of it (per second, for a total)", "0", _MOST, 3)
    minimum_price: _Number = _number(
        "1", "its least price, in credits per unit and second", "0.000000001", "1000000", 12
    )
    target_utilization: _Number = _number(
        "0.9", "utilization at which its price rests", "0.001", "10", 3
    )
    initial_price_factor: _Whole = _whole(2, "its first price, as a multiple of the least", 1)
    max_price_factor: _Whole = _whole(1_000, "its highest price, as a multiple of the least", 1)


class CycleSettings(_Category):
    """The clock of the market."""

    seconds: _Number = _number("10", "length of a cycle", "0.001", "86400", 3)


class CapacitySettings(_Category):
    """What the machine offers."""

    cpu_cores: _Number = Field(
        default_factory=lambda: Decimal(host.cpu_cores()),
        ge=Decimal("0.001"),
        le=Decimal(100_000),
        decimal_places=3,
        description="CPU cores on offer (default: those of this machine)",
    )
    memory_mb: _Number = Field(
        default_factory=lambda: Decimal(host.half_the_memory_mb()),
        ge=Decimal(1),
        le=Decimal(1_000_000_000),
        decimal_places=3,
        description="megabytes on offer (default: half the memory of this machine)",
    )
    tokens_per_second: _Number = _number("1000", "model tokens on offer", "0", "1000000000", 3)
    attention_slots: _Whole = _whole(1, "prompts that humans can have before them at once", 0)


class AttentionSettings(_Category):
    """Prompts and those who score them."""

    human: str = _text(
        "terminal",
        "who scores: a person at the terminal, nobody, or a scripted persona",
        "terminal, none, or the name of a persona",
        r"^[a-z][a-z-]{0,39}$",
    )
    wait_for_human_cycles: _Whole = _whole(
        3, "how many cycles an idle clock waits for pending prompts", 0
    )
    prompt_expiry_cycles: _Whole = _whole(10, "cycles after which a prompt expires", 1)
    cooldown_cycles: _Whole = _whole(3, "cycles between two windows with attention", 0)


class PopulationSettings(_Category):
    """Who is born, and when a sleeper dies."""

    genesis: str = _text("genesis", "strategy of the first agent", "none, or a built-in strategy")
    dormancy_cycles_max: _Whole = _whole(20, "cycles an agent may be dormant", 1)


class ExecutionSettings(_Category):
    """How windows are lived."""

    sandbox: Literal["auto", "docker", "process", "inprocess"] = _choice(
        "auto", "where agents live (`inprocess` trusts them entirely)"
    )
    image: str = _text(
        "syntropism-agent-runner:latest",
        "the Docker image agents run in",
        "an image that the daemon has",
        r"^[a-z0-9][A-Za-z0-9._/:@-]*$",
    )
    runtime: str = _text(
        "runc",
        "the runtime of its containers",
        "one that the daemon has, such as runsc",
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    network: Literal["none", "isolated"] = _choice(
        "none", "what containers have: no network, or one of their own with a gateway"
    )
    network_pool: _Subnet = _text(
        "198.18.0.0/15",
        "where the subnets of isolated networks are taken from",
        "an IPv4 network from /8 to /24",
    )
    slots: _Whole = _whole(2, "windows lived at once", 1, 1_000)
    max_attempts: _Whole = _whole(3, "attempts before a window is given up", 1, 100)
    start_timeout_seconds: _Number = _number(
        "300", "how long a window may be queued before that is a fault of ours", "1", "86400", 3
    )
    token_grace_seconds: _Number = _number(
        "5", "how long a token outlives its window's deadline", "0", "3600", 3
    )


class StorageSettings(_Category):
    """Where things are kept. Relative paths are below the project folder."""

    database_url: str = _text(
        "sqlite:///economy.db",
        "the database",
        "a URL such as sqlite:///economy.db or postgresql://user@host/economy",
        r"^[a-z][a-z0-9+]*://\S*$",
    )
    folder: str = _text(".", "where workspaces, keys and the lock are kept", "a folder")
    keep_dead_days: _Whole = _whole(
        30, "for how long what dead agents left in their workspaces is kept", 0, 36_500
    )
    connections_max: _Whole = _whole(
        10, "connections to a PostgreSQL server that one process keeps", 2, 1_000
    )
    statement_timeout_seconds: _Number = _number(
        "60", "how long one statement may take on a PostgreSQL server", "1", "86400", 3
    )
    lock_timeout_seconds: _Number = _number(
        "20", "how long it may wait there for what another transaction holds", "0.1", "3600", 3
    )
    clock_skew_seconds_max: _Number = _number(
        "2", "how far the clocks of this machine and of that server may be apart", "0.1", "60", 3
    )


class ApiSettings(_Category):
    """Where the HTTP API listens."""

    host: str = _text("127.0.0.1", "address to listen on", "an address of this machine")
    port: _Whole = _whole(8420, "port to listen on; 0 takes any that is free", 0, 65_535)


class NatsSettings(_Category):
    """NATS, where there is one: agents' door, events for the world outside, live values."""

    url: str = _text(
        "none",
        "the NATS server: 2.11 or newer, with JetStream",
        "none, or a URL such as nats://127.0.0.1:4222",
        r"^none$|^(nats|tls)://\S+$",
    )
    events_hours: _Whole = _whole(168, "how long published events are kept there", 1, 87_600)
    replicas: _Whole = _whole(1, "servers that keep each of them", 1, 5)
    queue: Literal["rows", "jetstream"] = _choice(
        "rows", "what tells the workers of `serve` and `orchestrate` that windows are queued"
    )
    snapshots: bool = _choice(
        False,
        "whether workspaces travel between the workers of `serve` and `orchestrate` as snapshots",
    )
    signing_key: str = _text(
        "none",
        "the account key that signs agents' credentials (auth callout)",
        "none, or a seed that begins with SA",
        r"^none$|^SA[A-Z2-7]{56}$",
    )
    account: str = _text(
        "ECONOMY",
        "the NATS account that agents are put into",
        "the name of an account",
        r"^[A-Za-z0-9_-]{1,64}$",
    )


class ServicesSettings(_Category):
    """How `serve`, `worker` and `orchestrate` work together."""

    continuous: bool = _choice(
        True, "whether `orchestrate` clears every cycle while earlier windows run"
    )
    lead_seconds: _Number = _number(
        "15", "how long an orchestrator leads without being heard of", "1", "3600", 3
    )
    lease_seconds: _Number = _number(
        "15", "how long a worker keeps its windows without being heard of", "1", "3600", 3
    )
    health_host: str = _text(
        "127.0.0.1", "address of the probes of `worker` and `orchestrate`", "an address"
    )
    health_port: _Whole = _whole(0, "port of these probes; 0 for none", 0, 65_535)


class WorkerSettings(_Category):
    """One worker."""

    api_url: str = _text(
        "http://127.0.0.1:8420",
        "where `serve` answers",
        "a URL such as http://127.0.0.1:8420",
        r"^https?://[^\s/]+/?$",
    )
    token: str = _text(
        "none",
        "its token, from `token issue --role worker`",
        "none, or a token (environment only)",
        r"^\S+$",
    )
    name: str = _text(
        "auto",
        "what it is called",
        "auto (the machine's name and a number), or up to 60 letters, digits, dots and dashes",
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$",
    )
    slots: _Whole = _whole(8, "windows it lives at once", 1, 10_000)
    drain_seconds: _Number = _number(
        "60", "how long windows may go on once it is asked to end", "0", "86400", 3
    )


class LogSettings(_Category):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = _choice("warning", "least level shown")
