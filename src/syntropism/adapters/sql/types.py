"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

encode_json: Final[Callable[[Any], str]] = JSONEncoder(
    separators=(",", ":"), ensure_ascii=False
).encode
"""Compact JSON; one encoder for all, because making one costs more than a row."""


def encode_objects(
    shared: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> Iterator[str]:
    """What ``encode_json`` makes of the objects that these columns form, each with ``shared``
    before its own cells: several times as fast, because the names are encoded once."""
    constants = [f"{encode_json(name)}:{encode_json(value)}" for name, value in shared.items()]
    template = ",".join(
        [one.replace("%", "%%") for one in constants]
        + [f"{encode_json(name).replace('%', '%%')}:%s" for name in columns]
    )
    cells = zip(*map(_encoded, columns.values()), strict=True)
    return map(f"{{{template}}}".__mod__, cells)


def _encoded(column: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, column))
    if kinds == {str}:
        return map(encode_basestring, column)
    if kinds <= {int, type(None)}:
        return ["null" if one is None else str(one) for one in column]
    return map(encode_json, column)


@lru_cache(maxsize=4096)
def encode_moment(moment: datetime) -> str:
    """``moment`` as SQLite keeps it: UTC without zone, to the microsecond, so that text sorts
    as time. Rows of one transaction share their moment, hence the cache."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=4096)
def decode_moment(text: str) -> datetime:
    """The moment behind :func:`encode_moment`, with zone UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _encode_optional(moment: datetime | None) -> str | None:
    return None if moment is None else encode_moment(moment)


def _decode_optional(text: str | None) -> datetime | None:
    return None if text is None else decode_moment(text)


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment that is aware and in UTC on both sides of the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _encode_optional if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _decode_optional if dialect.name == "sqlite" else _in_utc


ID: Final[TypeEngine[str]] = String(36).with_variant(String(36, collation="C"), "postgresql")
"""A UUIDv7 in its canonical form: later ones sort after earlier ones."""

ACCOUNT: Final[TypeEngine[str]] = String(64).with_variant(String(64, collation="C"), "postgresql")
"""An agent's id, the name of a system account, or ``hold:`` and a hold's id."""

MICRO: Final[TypeEngine[int]] = BigInteger()
"""Micro-credits."""

DOCUMENT: Final[TypeEngine[Any]] = JSON(none_as_null=True).with_variant(
    JSONB(none_as_null=True), "postgresql"
)

VERBATIM: Final[TypeEngine[Any]] = JSON(none_as_null=True)
"""A document that comes back letter by letter: what was told once is told again the same way
(``JSONB`` would reorder its names)."""

SEQUENCE: Final[TypeEngine[int]] = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database counts up (SQLite counts only ``INTEGER`` primary keys)."""
