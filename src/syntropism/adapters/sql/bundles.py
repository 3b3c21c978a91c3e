"""What a bundle asks for beyond the four resources: one column beside those of the four, mostly
empty. It is text, because a round reads a hundred thousand of them."""

from collections.abc import Sequence
from json import loads
from typing import Any

from syntropism.adapters.sql.types import encode_json
from syntropism.domain.market.resources import Bundle


def further_cell(bundle: Bundle | None) -> str | None:
    """Milli-units by name, as JSON; ``None`` where nothing more is asked for."""
    return encode_json(dict(bundle.further)) if bundle is not None and bundle.further else None


def bundle_of(cells: Sequence[Any], further: str | None) -> Bundle:
    """The bundle whose five columns ``cells`` begins with."""
    cpu, memory, duration, tokens, attention = cells[:5]
    return Bundle.of_milli(cpu, memory, duration, tokens, attention, further_of(further))


def further_of(cell: str | None) -> tuple[tuple[str, int], ...]:
    """What :func:`further_cell` made a text of."""
    return () if cell is None else tuple(sorted(loads(cell).items()))
