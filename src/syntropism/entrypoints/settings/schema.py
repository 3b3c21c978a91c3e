"""All settings as one frozen value.

Values are in the units people write (credits, seconds, megabytes); :meth:`Settings.parameters`
turns the economic ones into the integers of the domain.
"""

from decimal import Decimal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syntropism.domain.credits import parse_micro
from syntropism.domain.economy.parameters import PICO_PER_CREDIT, EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.market.further import FurtherResource
from syntropism.domain.market.offers import make_offer
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.entrypoints.settings.categories import (
    ApiSettings,
    AttentionSettings,
    CapacitySettings,
    CycleSettings,
    EconomySettings,
    ExecutionSettings,
    FurtherResourceSettings,
    LogSettings,
    MarketSettings,
    NatsSettings,
    PopulationSettings,
    ServicesSettings,
    StorageSettings,
    WorkerSettings,
)
from syntropism.entrypoints.settings.layers import SettingsError


class Settings(BaseSettings):
    """Every setting, by category; frozen. Defaults are those of DESIGN §7."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    economy: EconomySettings = Field(default_factory=EconomySettings)
    market: MarketSettings = Field(default_factory=MarketSettings)
    cycle: CycleSettings = Field(default_factory=CycleSettings)
    capacity: CapacitySettings = Field(default_factory=CapacitySettings)
    attention: AttentionSettings = Field(default_factory=AttentionSettings)
    population: PopulationSettings = Field(default_factory=PopulationSettings)
    execution: ExecutionSettings = Field(default_factory=ExecutionSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    nats: NatsSettings = Field(default_factory=NatsSettings)
    services: ServicesSettings = Field(default_factory=ServicesSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    resources: dict[str, FurtherResourceSettings] = Field(default_factory=dict)
    """Resources beyond the four, by name: ``[resources.gpu_seconds]``."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what :func:`load_settings` has read: the sources of pydantic-settings pass over
        unknown variables in silence, and cannot tell where a value came from."""
        return (init_settings,)

    def parameters(self) -> EconomicParameters:
        """The economic numbers, as the integers of the domain.

        Raises:
            SettingsError: numbers that are in range each, but not together.
        """
        economy, market, attention = self.economy, self.market, self.attention
        try:
            parameters = EconomicParameters(
                genesis_endowment=parse_micro(economy.genesis_endowment),
                treasury_endowment=parse_micro(economy.treasury_endowment),
                reward_interesting=parse_micro(economy.reward_interesting),
                reward_useful=parse_micro(economy.reward_useful),
                reward_understandable=parse_micro(economy.reward_understandable),
                message_fee=parse_micro(economy.message_fee),
                spawn_fee=parse_micro(economy.spawn_fee),
                window_fee=parse_micro(economy.window_fee),
                cycle_ms=_thousandths(self.cycle.seconds),
                wait_for_human_cycles=attention.wait_for_human_cycles,
                min_prices=(
                    _pico(market.min_price_cpu),
                    _pico(market.min_price_memory),
                    _pico(market.min_price_token),
                    _pico(market.min_price_attention),
                ),
                initial_price_factor=market.initial_price_factor,
                max_price_factor=market.max_price_factor,
                bid_expiry_cycles=market.bid_expiry_cycles,
                dormancy_cycles_max=self.population.dormancy_cycles_max,
                prompt_expiry_cycles=attention.prompt_expiry_cycles,
                attention_cooldown_cycles=attention.cooldown_cycles,
                smallest_cpu_ms=_thousandths(market.smallest_cpu_seconds),
                smallest_memory_milli_mb=_thousandths(market.smallest_memory_mb),
                longest_window_cycles=market.longest_window_cycles,
                longest_attention_window_cycles=market.longest_attention_window_cycles,
                preset=market.preset,
                ageing_permille=_thousandths(market.ageing),
                price_step_permille=_thousandths(market.price_step),
                target_utilization_permille=_thousandths(market.target_utilization),
                attention_target_permille=_thousandths(market.attention_target),
                open_book=market.open_book,
                capacity=Capacity(
                    self.capacity.cpu_cores,
                    self.capacity.memory_mb,
                    self.capacity.tokens_per_second,
                    self.capacity.attention_slots,
                ),
                further=tuple(
                    FurtherResource.of(name, **one.model_dump())
                    for name, one in self.resources.items()
                ),
                first_bundle=Bundle(
                    market.first_bid_cpu_seconds,
                    market.first_bid_memory_mb,
                    self._first_bid_seconds(),
                ),
                first_bid_amount=parse_micro(market.first_bid_amount),
                token_grace_ms=_thousandths(self.execution.token_grace_seconds),
                start_timeout_ms=_thousandths(self.execution.start_timeout_seconds),
                max_attempts=self.execution.max_attempts,
            )
        except (Invalid, ValueError) as error:
            raise SettingsError(f"these settings do not go together: {error}") from None
        try:
            make_offer(parameters.first_bundle, parameters.first_bid_amount, parameters)
        except Invalid as error:
            raise SettingsError(
                f"the first bid (market.first_bid_*) would be refused: {error.message}"
            ) from None
        if market.initial_price_factor > market.max_price_factor:
            raise SettingsError("market.initial_price_factor is above market.max_price_factor")
        return parameters

    def _first_bid_seconds(self) -> Decimal:
        """The default gives way where cycles are short; what somebody wrote does not."""
        seconds = self.market.first_bid_duration_seconds
        if "first_bid_duration_seconds" in self.market.model_fields_set:
            return seconds
        return min(seconds, self.cycle.seconds * self.market.longest_window_cycles)


def _thousandths(value: Decimal) -> int:
    return int(value.scaleb(3))


def _pico(price: Decimal) -> int:
    return int(price * PICO_PER_CREDIT)
