"""The numbers that govern an economy (DESIGN §7). Every one of them is configuration."""

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen, validators

from syntropism.domain.credits import MICRO
from syntropism.domain.errors import Invalid
from syntropism.domain.market.further import FURTHER_MAX, FurtherResource, all_rates
from syntropism.domain.market.presets import Preset
from syntropism.domain.market.resources import RESOURCES, Bundle, Capacity, Rates

PICO_PER_CREDIT: Final = 10**12
"""Posted prices are integers of pico-credits per unit·second."""

MIN_PRICES: Final = {
    "cpu_cores": 5 * PICO_PER_CREDIT,
    "memory_mb": 5 * PICO_PER_CREDIT // 1000,
    "tokens_per_second": PICO_PER_CREDIT // 100,
    "attention_slots": 2 * PICO_PER_CREDIT,
}

_not_negative = validators.ge(0)
_at_least_one = validators.ge(1)


@frozen(slots=True, kw_only=True)
class EconomicParameters:
    """Amounts are micro-credits, times milliseconds, prices pico-credits per unit·second,
    ages and limits whole cycles. Defaults were found by simulation (MARKET.md)."""

    genesis_endowment: int = field(default=1_000 * MICRO, validator=_not_negative)
    treasury_endowment: int = field(default=10_000 * MICRO, validator=_not_negative)
    reward_interesting: int = field(default=50 * MICRO, validator=_not_negative)
    reward_useful: int = field(default=50 * MICRO, validator=_not_negative)
    reward_understandable: int = field(default=50 * MICRO, validator=_not_negative)
    message_fee: int = field(default=1 * MICRO, validator=_not_negative)
    spawn_fee: int = field(default=100 * MICRO, validator=_not_negative)
    window_fee: int = field(default=10 * MICRO, validator=_not_negative)
    cycle_ms: int = field(default=10_000, validator=_at_least_one)
    wait_for_human_cycles: int = field(default=3, validator=_not_negative)
    min_prices: tuple[int, ...] = field(
        default=tuple(MIN_PRICES[name] for name in RESOURCES),
        validator=[
            validators.deep_iterable(validators.ge(1_000)),
            validators.min_len(len(RESOURCES)),
            validators.max_len(len(RESOURCES)),
        ],
    )
    """Of the four, at least 1,000 pico-credits each: a coarser integer would stick when prices
    move."""
    initial_price_factor: int = field(default=2, validator=_at_least_one)
    """Initial posted price as a multiple of the minimum."""
    max_price_factor: int = field(default=1_000, validator=_at_least_one)
    bid_expiry_cycles: int = field(default=5, validator=_at_least_one)
    dormancy_cycles_max: int = field(default=20, validator=_at_least_one)
    prompt_expiry_cycles: int = field(default=10, validator=_at_least_one)
    attention_cooldown_cycles: int = field(default=3, validator=_not_negative)
    smallest_cpu_ms: int = field(default=100, validator=_at_least_one)
    smallest_memory_milli_mb: int = field(default=32_000, validator=_at_least_one)
    longest_window_cycles: int = field(default=6, validator=_at_least_one)
    longest_attention_window_cycles: int = field(default=1, validator=_at_least_one)
    preset: str | Preset = "truthful"
    """The name of one of ours, or a preset itself."""
    ageing_permille: int = field(default=0, validator=_not_negative)
    """α of the aged density, in thousandths per cycle of age."""
    price_step_permille: int = field(default=100, validator=validators.in_(range(1, 1000)))
    """η of the exponential price rule, in thousandths."""
    target_utilization_permille: int = field(default=900, validator=_at_least_one)
    attention_target_permille: int = field(default=1_500, validator=_at_least_one)
    open_book: bool = True
    """Whether agents may see the open bids of others in the market state."""
    capacity: Capacity = field(factory=lambda: Capacity(2, 4096, 1000, 1))
    first_bundle: Bundle = field(factory=lambda: Bundle(1, 64, 10))
    first_bid_amount: int = field(default=25 * MICRO, validator=_at_least_one)
    token_grace_ms: int = field(default=5_000, validator=_not_negative)
    """How long a token outlives its window's deadline."""
    start_timeout_ms: int = field(default=300_000, validator=_at_least_one)
    """An execution queued for longer than this is a fault of ours."""
    max_attempts: int = field(default=3, validator=_at_least_one)
    further: tuple[FurtherResource, ...] = field(
        default=(), validator=validators.max_len(FURTHER_MAX)
    )
    """Resources beyond the four. Their kinds must stay while bids and windows name them."""

    def __attrs_post_init__(self) -> None:
        if len(set(self.resources)) < len(self.resources):
            raise Invalid("two further resources have one name", field="further")

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of all resources, in the order of every rate and price vector."""
        return RESOURCES + tuple(one.name for one in self.further) if self.further else RESOURCES

    def rates(self, bundle: Bundle) -> Rates:
        """What ``bundle`` occupies of every resource while it runs, in milli-units."""
        return all_rates(bundle, self.further)

    @property
    def capacity_rates(self) -> Rates:
        """What there is of every resource, in milli-units."""
        return self.capacity.rates + tuple(one.capacity for one in self.further)

    @property
    def least_prices(self) -> tuple[int, ...]:
        """The least posted price of every resource."""
        return self.min_prices + tuple(one.min_price for one in self.further)

    def price_vector(self, posted: Mapping[str, int]) -> tuple[int, ...]:
        """Posted prices by name, in order; a resource that has none yet starts at its initial
        one."""
        pairs = zip(self.resources, self.initial_prices, strict=True)
        return tuple(posted.get(name, initial) for name, initial in pairs)

    @property
    def initial_prices(self) -> tuple[int, ...]:
        """The posted prices of the first cycle."""
        return tuple(price * self.initial_price_factor for price in self.min_prices) + tuple(
            one.min_price * one.initial_price_factor for one in self.further
        )

    @property
    def max_prices(self) -> tuple[int, ...]:
        """The ceilings of the posted prices."""
        return tuple(price * self.max_price_factor for price in self.min_prices) + tuple(
            one.min_price * one.max_price_factor for one in self.further
        )

    @property
    def targets_permille(self) -> tuple[int, ...]:
        """u* of each resource, in thousandths of its capacity."""
        return tuple(
            self.attention_target_permille
            if name == "attention_slots"
            else self.target_utilization_permille
            for name in RESOURCES
        ) + tuple(one.target_permille for one in self.further)

    @property
    def smallest_bundle(self) -> Bundle:
        """The least a window can ask for."""
        return Bundle.of_milli(
            self.smallest_cpu_ms, self.smallest_memory_milli_mb, self.cycle_ms, 0, 0
        )
