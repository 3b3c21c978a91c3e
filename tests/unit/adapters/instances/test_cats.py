"""CATS files."""

import pytest

from syntropism.adapters.instances import cats
from syntropism.domain.errors import Invalid

FILE = """%% an auction
goods 3
bids 3
dummy 1

0\t10.5\t0\t1\t#
1\t7\t1\t3\t#
4\t2\t2\t3\t#
"""


def test_each_good_and_each_dummy_is_a_resource_of_one():
    (problem,) = cats.read(FILE)
    assert problem.instance.free == (1, 1, 1, 1)
    assert [c.rates for c in problem.instance.candidates] == [
        (1, 1, 0, 0),
        (0, 1, 0, 1),
        (0, 0, 1, 1),
    ]
    assert [problem.labels[c.id] for c in problem.instance.candidates] == [0, 1, 4]
    assert problem.in_file_units(problem.instance.candidates[0].amount) == 10.5


def test_prices_of_generators_are_cut_at_a_billionth():
    (problem,) = cats.read(FILE.replace("10.5", "10.50000000000000123"))
    assert problem.in_file_units(problem.instance.candidates[0].amount) == 10.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: goods is missing"),
        (FILE.replace("goods 3", ""), "line 6: goods is missing before the first bid"),
        (FILE.replace("goods 3", "goods x"), "line 2: goods: 'x' must be a whole number"),
        (FILE.replace("10.5", "-1"), "line 6: price: -1 must not be negative"),
        (FILE.replace("10.5", "ten"), "line 6: price: 'ten' is not a number"),
        (FILE.replace("10.5", "inf"), "line 6: price: .* finite"),
        (FILE.replace("1\t7\t1\t3\t#", "1\t7\t1\t9\t#"), "line 7: good: there is no good 9 of 4"),
        (FILE.replace("4\t2", "0\t2"), "line 8: id: 0 was used before"),
        (FILE[:-3], "line 8: the bid does not end with #"),
        ("\n".join(FILE.splitlines()[:-1]), "line 7: bids: 3 are announced, but there are 2"),
    ],
)
def test_a_damaged_file_is_refused_by_line_and_field(text, message):
    with pytest.raises(Invalid, match=message):
        cats.read(text)


def test_what_is_written_is_read_back_and_several_units_cannot_be():
    (problem,) = cats.read(FILE)
    (again,) = cats.read(cats.write([problem]))
    assert [c.rates for c in again.instance.candidates] == [
        c.rates for c in problem.instance.candidates
    ]
    with pytest.raises(Invalid, match="one problem"):
        cats.write([problem, problem])
