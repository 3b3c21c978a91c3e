"""Our own instance files.

An object, or a list of such: ``capacity`` {resource: quantity}; ``bids``, each with ``amount`` and
either ``rates`` {resource: quantity} or an economy's ``bundle``; optional: ``id``, ``reserve``,
``age``; for the whole ``prices`` {resource: price}, ``ageing``, ``known_optimum``.
"""

import json
from collections import Counter
from decimal import Decimal
from typing import Any, Final

from syntropism.adapters.instances.located_json import Located, load
from syntropism.application.ports.instances import Problem, Written, make_problem, parse_number
from syntropism.domain.errors import Invalid
from syntropism.domain.market.resources import FIELDS, MILLI, RESOURCES, Bundle

SIZE_MAX: Final = 20_000_000
"""Bids × resources of one problem, at most."""


_PROBLEM: Final = {"capacity", "bids", "prices", "ageing", "known_optimum", "name"}
_BID: Final = {"id", "amount", "rates", "bundle", "reserve", "age"}


def read(text: str) -> list[Problem]:
    """Every problem of the file.

    Raises:
        Invalid: malformed; the message names line and field.
    """
    document = load(text)
    problems = document if isinstance(document, list) else [document]
    if not problems:
        raise Invalid("line 1: problems: the list is empty", field="problems")
    return [_problem(_object(one, 1, "problem")) for one in problems]


def _problem(document: Located) -> Problem:
    _known(document, _PROBLEM)
    capacity = _object(_required(document, "capacity"), document.line_of("capacity"), "capacity")
    if not capacity:
        raise Invalid(f"line {capacity.line}: capacity must name a resource", field="capacity")
    total = tuple(_quantity(capacity, name, f"capacity.{name[:40]}") for name in capacity)
    bids, line = _required(document, "bids"), document.line_of("bids")
    if not isinstance(bids, list):
        raise Invalid(f"line {line}: bids must be a list", field="bids")
    if len(bids) * len(capacity) > SIZE_MAX:
        raise Invalid(f"line {line}: bids × resources is larger than {SIZE_MAX}", field="bids")
    shapes = [_object(one, line, "bid") for one in bids]
    written = [_bid(one, i, capacity) for i, one in enumerate(shapes)]
    _require_unique(written, shapes)
    prices = None
    if "prices" in document:
        posted = _object(document["prices"], document.line_of("prices"), "prices")
        prices = _vector(posted, capacity, "prices")
    known = document.get("known_optimum") is not None
    return make_problem(
        written,
        total,
        _quantity(document, "known_optimum") if known else None,
        prices,
        int(_quantity(document, "ageing") * MILLI),
    )


def _bid(document: Located, position: int, names: Located) -> Written:
    line = document.line
    _known(document, _BID)
    if ("rates" in document) == ("bundle" in document):
        raise Invalid(f"line {line}: a bid needs either rates or a bundle", field="rates")
    if "rates" in document:
        rates = _vector(_object(document["rates"], document.line_of("rates"), "rates"), names)
    else:
        rates = _bundle(_object(document["bundle"], document.line_of("bundle"), "bundle"), names)
    _required(document, "amount")
    amount, reserve = _quantity(document, "amount"), _quantity(document, "reserve")
    if amount < reserve:
        place = document.line_of("amount")
        raise Invalid(f"line {place}: amount is below the reserve", field="amount")
    return Written(_label(document, position), amount, rates, reserve, int(_whole(document, "age")))


def _label(document: Located, position: int) -> int | str:
    label = document.get("id", str(position))
    if isinstance(label, Decimal):
        return int(_whole(document, "id"))
    if not isinstance(label, str):
        raise Invalid(f"line {document.line_of('id')}: id must be a text or a number", field="id")
    return label


def _require_unique(bids: list[Written], documents: list[Located]) -> None:
    count = Counter(bid.label for bid in bids)
    seen = set()
    for bid, document in zip(bids, documents, strict=True):
        if count[bid.label] > 1 and bid.label in seen:
            raise Invalid(
                f"line {document.line_of('id')}: id: {str(bid.label)[:40]!r} is there twice",
                field="id",
            )
        seen.add(bid.label)


def _quantity(document: Located, key: str, field: str = "") -> Decimal:
    """The number at ``key``; 0 where there is none."""
    return parse_number(document.get(key, 0), f"line {document.line_of(key)}: {field or key}")


def _whole(document: Located, key: str) -> Decimal:
    number = _quantity(document, key)
    if number != int(number):
        raise Invalid(f"line {document.line_of(key)}: {key} must be whole", field=key)
    return number


def _bundle(document: Located, names: Located) -> tuple[Decimal | int, ...]:
    try:
        bundle = Bundle.from_document(document)
    except Invalid as failure:
        key = str(failure.details.get("field", "")).removeprefix("bundle.")
        raise Invalid(f"line {document.line_of(key)}: {failure.message}", field=key) from None
    for key in document:
        if key not in FIELDS:
            raise Invalid(
                f"line {document.line_of(key)}: bundle has an unknown field {key[:40]!r}; bids for "
                "further resources name rates",
                field=f"bundle.{key[:40]}",
            )
    by_name = Located(
        {
            name: Decimal(rate) / MILLI
            for name, rate in zip(RESOURCES, bundle.rates, strict=True)
            if rate
        }
    )
    by_name.line, by_name.lines = document.line, {}
    return _vector(by_name, names, "bundle")


def _vector(document: Located, names: Located, field: str = "rates") -> tuple[Decimal | int, ...]:
    for name in document:
        if name not in names:
            raise Invalid(
                f"line {document.line_of(name)}: {field} names an unknown resource {name[:40]!r}; "
                f"capacity has {', '.join(names)[:200]}",
                field=f"{field}.{name[:40]}",
            )
    return tuple(
        _quantity(document, name, f"{field}.{name[:40]}") if name in document else 0
        for name in names
    )


def _object(value: Any, line: int, field: str) -> Located:
    if not isinstance(value, Located):
        raise Invalid(f"line {line}: {field} must be an object", field=field)
    return value


def _required(document: Located, key: str) -> Any:
    if key not in document:
        raise Invalid(f"line {document.line}: {key} is missing", field=key)
    return document[key]


def _known(document: Located, keys: set[str]) -> None:
    for key in document:
        if key not in keys:
            raise Invalid(
                f"line {document.line_of(key)}: unknown field {key[:40]!r}; "
                f"there are {', '.join(sorted(keys))}",
                field=key[:40],
            )


def write(problems: list[Problem]) -> str:
    """The problems, one bid per line."""
    return "[" + ",\n".join(_document(problem) for problem in problems) + "]\n"


def _document(problem: Problem) -> str:
    instance = problem.instance
    names = [f"r{i}" for i in range(len(instance.free))]
    bids = ",\n".join(
        "    "
        + json.dumps(
            {
                "id": problem.labels[one.id],
                "amount": problem.in_file_units(one.amount),
                "rates": {name: w for name, w in zip(names, one.rates, strict=True) if w},
            }
        )
        for one in instance.candidates
    )
    capacity = json.dumps(dict(zip(names, instance.free, strict=True)))
    return f'{{"capacity": {capacity},\n  "bids": [\n{bids}\n  ]}}'
