"""CATS files: combinatorial auctions, one unit of each good.

``% comments``, then ``goods G``, ``bids B``, ``dummy D`` in any order, then for each bid a line
``id price good good … #``. A dummy good makes bids exclude each other; it is a good like others.
"""

from decimal import Decimal
from typing import Final

from syntropism.application.ports.instances import Problem, Written, make_problem, parse_number
from syntropism.domain.errors import Invalid

_SIZE_MAX: Final = 20_000_000
_GOODS_MAX: Final = 100_000
_HEADER: Final = ("goods", "bids", "dummy")


def read(text: str) -> list[Problem]:
    """The one auction of the file.

    Raises:
        Invalid: it is malformed; the message names line and field.
    """
    header: dict[str, int] = {}
    found: list[tuple[int, Decimal, set[int]]] = []
    seen: set[int] = set()
    line = 0
    for line, written in enumerate(text.splitlines(), 1):
        words = written.partition("%")[0].split()
        if not words:
            continue
        if words[0].lower() in _HEADER:
            name = words[0].lower()
            if len(words) != 2 or name in header:
                raise Invalid(f"line {line}: {name} must be stated once, as one number", field=name)
            most = _SIZE_MAX if name == "bids" else _GOODS_MAX
            header[name] = _whole(words[1], f"line {line}: {name}", most)
            continue
        for name in ("goods", "bids"):
            if name not in header:
                raise Invalid(f"line {line}: {name} is missing before the first bid", field=name)
        goods = header["goods"] + header.get("dummy", 0)
        if goods * header["bids"] > _SIZE_MAX:
            raise Invalid(f"line {line}: goods × bids is larger than {_SIZE_MAX}", field="goods")
        found.append(_bid(words, line, goods))
        if found[-1][0] in seen:
            raise Invalid(f"line {line}: id: {found[-1][0]} was used before", field="id")
        seen.add(found[-1][0])
    for name in ("goods", "bids"):
        if name not in header:
            raise Invalid(f"line {max(1, line)}: {name} is missing", field=name)
    if len(found) != header["bids"]:
        raise Invalid(
            f"line {line}: bids: {header['bids']} are announced, but there are {len(found)}",
            field="bids",
        )
    return [_problem(found, header["goods"] + header.get("dummy", 0))]


def _problem(found: list[tuple[int, Decimal, set[int]]], goods: int) -> Problem:
    bids = [Written(label, amount, _rates(wanted, goods)) for label, amount, wanted in found]
    return make_problem(bids, (Decimal(1),) * goods)


def _rates(wanted: set[int], goods: int) -> tuple[int, ...]:
    rates = [0] * goods
    for good in wanted:
        rates[good] = 1
    return tuple(rates)


def _bid(words: list[str], line: int, goods: int) -> tuple[int, Decimal, set[int]]:
    if words[-1] != "#":
        raise Invalid(f"line {line}: the bid does not end with #", field="#")
    if len(words) < 3:
        raise Invalid(f"line {line}: a bid needs an id and a price", field="price")
    label = _whole(words[0], f"line {line}: id", 10**12)
    amount = _price(words[1], f"line {line}: price")
    wanted: set[int] = set()
    for word in words[2:-1]:
        good = _whole(word, f"line {line}: good", 10**12)
        if good >= goods:
            raise Invalid(f"line {line}: good: there is no good {good} of {goods}", field="good")
        wanted.add(good)
    return label, amount, wanted


def _price(word: str, where: str) -> Decimal:
    """Generators print floats of full length; what is finer than 1e-9 is cut off."""
    try:
        exact = Decimal(word)
        cut = round(exact, 9) if exact.is_finite() and exact >= 0 else exact
    except ArithmeticError:
        return parse_number(word, where)
    return parse_number(cut, where)


def _whole(word: str, where: str, most: int) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 15 and int(word) <= most):
        raise Invalid(f"{where}: {word[:30]!r} must be a whole number up to {most}", field=where)
    return int(word)


def write(problems: list[Problem]) -> str:
    """One auction. Only instances in which nobody wants more than one unit of a good, and
    there is one, can be written."""
    if len(problems) != 1:
        raise Invalid("a CATS file holds one problem", field="problems")
    (problem,) = problems
    instance = problem.instance
    if any(rate > 1 for one in instance.candidates for rate in one.rates) or any(
        rate != 1 for rate in instance.free
    ):
        raise Invalid("CATS has one unit of each good; choose another family", field="format")
    lines = [f"goods {len(instance.free)}", f"bids {len(instance.candidates)}", "dummy 0"]
    for one in instance.candidates:
        goods = [str(good) for good, rate in enumerate(one.rates) if rate]
        amount = problem.in_file_units(one.amount)
        lines.append("\t".join([one.id, str(amount), *goods, "#"]))
    return "\n".join(lines) + "\n"
