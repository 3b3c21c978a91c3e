"""The door of the market: what an offer must be to be taken at all."""

from syntropism.domain.credits import format_micro
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.further import require_known
from syntropism.domain.market.resources import Bundle


def make_offer(
    bundle: Bundle, amount: int, parameters: EconomicParameters, field: str = ""
) -> Offer:
    """``amount`` micro-credits for ``bundle``, if the rules allow such an offer.

    ``field`` is the prefix of field names in errors (``"fallback."``).

    Raises:
        Invalid: a resource that there is not, below the smallest bundle, longer than the longest
            window, or below its reserve.
    """
    require_known(bundle, parameters.further, f"{field}bundle.")
    if bundle.cpu_ms < parameters.smallest_cpu_ms:
        least = parameters.smallest_cpu_ms / 1000
        raise Invalid(f"cpu_seconds must be at least {least}", field=f"{field}bundle.cpu_seconds")
    if bundle.memory_milli_mb < parameters.smallest_memory_milli_mb:
        least = parameters.smallest_memory_milli_mb / 1000
        raise Invalid(f"memory_mb must be at least {least}", field=f"{field}bundle.memory_mb")
    cycles = (
        parameters.longest_attention_window_cycles
        if bundle.attention_share
        else parameters.longest_window_cycles
    )
    longest = cycles * parameters.cycle_ms
    if bundle.duration_ms > longest:
        raise Invalid(
            f"duration_seconds must be at most {longest / 1000:g}"
            + (" with attention" if bundle.attention_share else ""),
            field=f"{field}bundle.duration_seconds",
        )
    least = reserve(bundle, parameters)
    if amount < least:
        raise Invalid(
            f"amount is below the reserve of {format_micro(least)} credits",
            field=f"{field}amount",
            reserve=format_micro(least),
        )
    return Offer(bundle, amount, least)
