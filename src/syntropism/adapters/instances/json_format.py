"""Our own instance files.

An object, or a list of such: ``capacity`` {resource: quantity}; ``bids``, each with ``amount`` and
either ``rates`` {resource: quantity} or an economy's ``bundle``; optional: ``id``, ``reserve``,
``age``; for the whole ``prices`` {resource: price}, ``ageing``, ``known_optimum``.
"""

import json
from decimal import Decimal
from typing import Any

from syntropism.adapters.instances.located_json import Located, load
from syntropism.application.ports.instances import Problem, Written, make_problem, parse_number
from syntropism.domain.errors import Invalid
from syntropism.domain.market.resources import MILLI, RESOURCES, Bundle

_PROBLEM = {"capacity", "bids", "prices", "ageing", "known_optimum", "name"}
_BID = {"id", "amount", "rates", "bundle", "reserve", "age"}


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
    line = document.line
    _known(document, _PROBLEM)
    capacity = _object(_required(document, "capacity"), line, "capacity")
    names = tuple(capacity)
    if not names:
        raise Invalid(f"line {capacity.line}: capacity must name a resource", field="capacity")
    total = tuple(
        parse_number(value, f"line {capacity.line}: capacity.{name[:40]}")
        for name, value in capacity.items()
    )
    bids = _required(document, "bids")
    if not isinstance(bids, list):
        raise Invalid(f"line {line}: bids must be a list", field="bids")
    written = [_bid(_object(one, line, "bid"), i, names) for i, one in enumerate(bids)]
    labels = [bid.label for bid in written]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise Invalid(f"line {line}: id: {str(twice)[:40]!r} is there twice", field="id")
    prices = None
    if "prices" in document:
        posted = _object(document["prices"], line, "prices")
        prices = _vector(posted, names, "prices")
    optimum = document.get("known_optimum")
    return make_problem(
        written,
        total,
        None if optimum is None else parse_number(optimum, f"line {line}: known_optimum"),
        prices,
        int(parse_number(document.get("ageing", 0), f"line {line}: ageing") * MILLI),
    )


def _bid(document: Located, position: int, names: tuple[str, ...]) -> Written:
    line = document.line
    _known(document, _BID)
    label = document.get("id", str(position))
    if isinstance(label, Decimal):
        label = int(label)
    if not isinstance(label, str | int) or isinstance(label, bool):
        raise Invalid(f"line {line}: id must be a text or a number", field="id")
    if ("rates" in document) == ("bundle" in document):
        raise Invalid(f"line {line}: a bid needs either rates or a bundle", field="rates")
    if "rates" in document:
        rates = _vector(_object(document["rates"], line, "rates"), names, "rates")
    else:
        rates = _bundle(_object(document["bundle"], line, "bundle"), names)
    age = parse_number(document.get("age", 0), f"line {line}: age")
    if age != int(age):
        raise Invalid(f"line {line}: age must be whole", field="age")
    amount = parse_number(_required(document, "amount"), f"line {line}: amount")
    reserve = parse_number(document.get("reserve", 0), f"line {line}: reserve")
    if amount < reserve:
        raise Invalid(f"line {line}: amount is below the reserve", field="amount")
    return Written(label, amount, rates, reserve, int(age))


def _bundle(document: Located, names: tuple[str, ...]) -> tuple[Decimal, ...]:
    try:
        rates = Bundle.from_document(document).rates
    except Invalid as failure:
        raise Invalid(f"line {document.line}: {failure.message}", **failure.details) from None
    by_name = {
        name: Decimal(rate) / MILLI for name, rate in zip(RESOURCES, rates, strict=True) if rate
    }
    return _vector(Located(by_name), names, "bundle", document.line)


def _vector(
    document: Located, names: tuple[str, ...], field: str, line: int | None = None
) -> tuple[Decimal, ...]:
    line = line or document.line
    for name in document:
        if name not in names:
            raise Invalid(
                f"line {line}: {field} names an unknown resource {name[:40]!r}; "
                f"capacity has {', '.join(names)[:200]}",
                field=f"{field}.{name[:40]}",
            )
    return tuple(
        parse_number(document.get(name, 0), f"line {line}: {field}.{name[:40]}") for name in names
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
                f"line {document.line}: unknown field {key[:40]!r}; "
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
