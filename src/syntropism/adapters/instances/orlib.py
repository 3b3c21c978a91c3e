"""OR-Library multi-dimensional knapsack files.

A file holds several problems, its lines wrapped anywhere. ``mknap1`` and ``mknapcb*``: how many
problems, then for each n, m, the known optimum (0: unknown), n profits, m rows of n weights, m
capacities. Some leave out the count or the optimum. ``mknap2``: texts between the problems, each
m, n, n profits, m capacities, m rows of n weights, the known optimum. Texts may surround problems
of either kind, and leave out the optimum or name it.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from syntropism.adapters.instances import orlib_words
from syntropism.adapters.instances.orlib_words import Kind, Word
from syntropism.application.ports.instances import Problem, Written, make_problem, parse_number
from syntropism.domain.errors import Invalid

SIZE_MAX: Final = 20_000_000
"""Weights in one problem, at most."""


@frozen(slots=True)
class _Layout:
    counted: bool
    """The file begins with how many problems it holds."""
    optimum: bool
    """Each problem states an optimum (or 0)."""
    transposed: bool = False
    """As in ``mknap2``: m before n, capacities before weights, the optimum last."""
    texts: bool = False
    """Lines that begin with a text, and what follows the numbers of a line, say nothing."""

    @property
    def sizes(self) -> int:
        """Numbers on the line that begins a problem."""
        return 3 if self.optimum and not self.transposed else 2


_NO_COUNT: Final = _Layout(counted=False, optimum=True)
"""As many numbers as the transposed layout; that one begins with two on a line."""

_LAYOUTS: Final = (
    _Layout(counted=True, optimum=True),
    _Layout(counted=True, optimum=False),
    _NO_COUNT,
    _Layout(counted=False, optimum=False),
    _Layout(counted=False, optimum=True, transposed=True),
)
_DESCRIBED: Final = tuple(
    _Layout(counted=False, optimum=optimum, transposed=transposed, texts=True)
    for optimum, transposed in ((True, True), (True, False), (False, True), (False, False))
)


def read(text: str) -> list[Problem]:
    """Every problem of the file; the layout is the one that uses up all its numbers.

    Raises:
        Invalid: there is none; the message names line and field where the likeliest layout ended.
    """
    failures: list[tuple[int, Invalid]] = []
    for version in orlib_words.versions(text):
        for layout in _layouts(version):
            words = orlib_words.described(version) if layout.texts else orlib_words.plain(version)
            reader = _Reader(words, layout)
            try:
                return reader.problems()
            except Invalid as failure:
                failures.append((reader.line, failure))
    # The usual layout speaks, unless another one came much further.
    first, furthest = failures[0], max(failures, key=lambda one: one[0])
    raise (furthest if furthest[0] > first[0] + 5 else first)[1]


def _layouts(text: str) -> list[_Layout]:
    """The likeliest first."""
    found = [*_LAYOUTS, *(_DESCRIBED if orlib_words.has_texts(text) else ())]
    if orlib_words.sizes(text) == 2:
        found.sort(key=lambda one: one == _NO_COUNT)
    elif orlib_words.sizes(text) == 3:
        found.sort(key=lambda one: one.texts and one.sizes != 3)
    return found


class _Reader:
    def __init__(self, words: list[Word], layout: _Layout) -> None:
        self._words = words
        self._layout = layout
        self._position = 0

    @property
    def line(self) -> int:
        """How far it came."""
        if not self._words:
            return 0
        return self._words[min(self._position, len(self._words) - 1)].line

    def problems(self) -> list[Problem]:
        if not self._words:
            raise Invalid("line 1: number of problems: the file has no numbers", field="count")
        found: list[Problem] = []
        if self._layout.counted:
            count = self._whole("number of problems", 1, 100_000)
            while len(found) < count:
                found.append(self._problem(f"problem {len(found) + 1} of {count}"))
            if self._position < len(self._words):
                word = self._words[self._position]
                raise Invalid(
                    f"line {word.line}: {word.text[:30]!r} follows the last of {count} problems",
                    field="number of problems",
                )
        else:
            while self._begins():
                found.append(self._problem(f"problem {len(found) + 1}"))
        return found

    def _begins(self) -> bool:
        """Whether there is another problem. Between texts it begins with its sizes alone on a
        line; titles before it that begin with numbers are passed over."""
        sizes = self._layout.sizes
        while self._position < len(self._words):
            word = self._words[self._position]
            if not self._layout.texts or word.of == sizes:
                return True
            if word.kind is Kind.NUMBER:
                raise Invalid(
                    f"line {word.line}: a problem begins with a line of {sizes} numbers", field="n"
                )
            self._position += 1
        return bool(self._position == 0)

    def _problem(self, name: str) -> Problem:
        optimum = Decimal(0)
        if self._layout.transposed:
            m, n = self._sizes(name, "m", "n")
            profits = self._numbers(n, f"{name}: profit")
            capacities = self._numbers(m, f"{name}: capacity")
            rows = [self._numbers(n, f"{name}: weight in row {r + 1}:") for r in range(m)]
            if self._layout.optimum:
                optimum = self._number(f"{name}: optimum")
        else:
            n, m = self._sizes(name, "n", "m")
            if self._layout.optimum:
                optimum = self._number(f"{name}: optimum")
            profits = self._numbers(n, f"{name}: profit")
            rows = [self._numbers(n, f"{name}: weight in row {r + 1}:") for r in range(m)]
            capacities = self._numbers(m, f"{name}: capacity")
        bids = [
            Written(j, amount, tuple(row[j] for row in rows)) for j, amount in enumerate(profits)
        ]
        return make_problem(bids, tuple(capacities), optimum or None)

    def _sizes(self, name: str, first: str, second: str) -> tuple[int, int]:
        one = self._whole(f"{name}: {first}", 1, SIZE_MAX)
        other = self._whole(f"{name}: {second}", 1, SIZE_MAX)
        if one * other > SIZE_MAX:
            line = self._words[self._position - 1].line
            raise Invalid(f"line {line}: {name}: n·m is larger than {SIZE_MAX}", field="n")
        return one, other

    def _numbers(self, count: int, field: str) -> list[Decimal]:
        return [self._number(f"{field} {k + 1}") for k in range(count)]

    def _number(self, field: str) -> Decimal:
        while self._position < len(self._words):
            word = self._words[self._position]
            if word.kind is not Kind.NAMED_OPTIMUM or field.endswith(": optimum"):
                break
            self._position += 1
        else:
            line = self._words[-1].line
            raise Invalid(f"line {line}: {field} is missing: the file ends here", field=field)
        number = parse_number(word.text, f"line {word.line}: {field}")
        self._position += 1
        return number

    def _whole(self, field: str, least: int, most: int) -> int:
        number = self._number(field)
        line = self._words[self._position - 1].line
        if number != int(number) or not least <= number <= most:
            raise Invalid(
                f"line {line}: {field} must be a whole number from {least} to {most}", field=field
            )
        return int(number)


def write(problems: list[Problem]) -> str:
    """The problems as ``mknap1``: whole numbers, so a fraction is a larger unit."""
    parts = [str(len(problems))]
    for problem in problems:
        candidates, free = problem.instance.candidates, problem.instance.free
        parts.append(f"{len(candidates)} {len(free)} {problem.known_optimum or 0}")
        parts.append(" ".join(str(one.amount) for one in candidates))
        parts.extend(" ".join(str(one.rates[r]) for one in candidates) for r in range(len(free)))
        parts.append(" ".join(map(str, free)))
    return "\n".join(parts) + "\n"
