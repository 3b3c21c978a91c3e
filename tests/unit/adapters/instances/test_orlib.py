"""OR-Library files, as they are published and as they are damaged."""

from decimal import Decimal

import pytest

from syntropism.adapters.instances import orlib
from syntropism.domain.errors import Invalid

TWO = """2
3 2 16
10 6
5
1 2 3
3 2 1
4 4
2 1 0
1.5 2 1 1 1
"""


def test_several_problems_with_wrapped_lines_and_optima_known_or_not():
    first, second = orlib.read(TWO)
    assert [c.amount for c in first.instance.candidates] == [10, 6, 5]
    assert [c.rates for c in first.instance.candidates] == [(1, 3), (2, 2), (3, 1)]
    assert first.instance.free == (4, 4)
    assert first.known_optimum == 16
    assert second.known_optimum is None
    assert [c.amount for c in second.instance.candidates] == [15, 20]
    assert second.in_file_units(15) == 1.5


@pytest.mark.parametrize(
    "text",
    [
        "3 2 16\n10 6 5\n1 2 3\n3 2 1\n4 4\n",
        "1\n3 2\n10 6 5\n1 2 3\n3 2 1\n4 4\n",
        "3 2 10 6 5 1 2 3 3 2 1 4 4",
        "// a comment\n2 3 // sizes\n10 6 5\n4 4\n1 2 3\n3 2 1\n16\n",
        "PROBLEM ONE\n2 3 knapsacks and objects\n10 6 5\n4 4\n1 2 3\n3 2 1\n16 optimum\n",
    ],
    ids=["no count", "no optimum", "neither, on one line", "mknap2", "mknap2 with texts"],
)
def test_every_layout_that_is_published_reads_as_the_same_problem(text):
    (problem,) = orlib.read(text)
    assert problem.instance == orlib.read(TWO)[0].instance
    assert problem.known_optimum in (None, 16)


BODIES = (("2 3", "10 6 5\n4 4\n1 2 3\n3 2 1", "16"), ("1 2", "30 2\n4\n1 2", "32"))


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("48 test problems from the literature\n", "/* HP1.DAT */\n{0}\n{1}\n{2}\n"),
        ("/* a long\n 3 4 comment\n over 6 lines */\n", "HP1.DAT\n{0}\n{1}\n{2}\n"),
        ("0-1 knapsacks\n1976 by hand\n", "+++ 7 +++\n{0} // m, n\n{1}\n{2}\n"),
        ("", "1. problem\n{0} knapsacks, objects\n{1}\n{2} optimum\n"),
        ("", "problem 1\n{0}\n{1}\nbest known value: {2}\n"),
        ("", "\n{0}\n{1}\n{2}\n"),
    ],
    ids=["a count", "block comment", "years", "numbered", "named optimum", "no title"],
)
def test_titles_and_comments_with_numbers_are_not_read_as_problems(head, form):
    first, second = orlib.read(head + "".join(form.format(*body) for body in BODIES))
    assert first.instance == orlib.read(TWO)[0].instance
    assert (first.known_optimum, second.known_optimum) == (16, 32)
    assert second.instance.free == (4,)


def test_described_problems_may_leave_out_the_optimum_or_come_the_usual_way_round():
    texts = "".join("problem\n{}\n{}\n\n".format(*body) for body in BODIES)
    first, second = orlib.read(texts)
    assert first.instance == orlib.read(TWO)[0].instance
    assert first.known_optimum is second.known_optimum is None
    (usual,) = orlib.read("first\n3 2 16\n10 6\n5\n1 2 3\n3 2 1\n4 4\n")
    assert usual.instance == first.instance
    assert usual.known_optimum == 16


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: number of problems"),
        (TWO.replace("10 6", "10 -6"), "line 3: problem 1 of 2: profit 2: -6 must not be negative"),
        (TWO.replace("10 6", "10 6x"), "line 3: problem 1 of 2: profit 2: '6x' is not a number"),
        (TWO.replace("10 6", "10 1e99"), "line 3: .*profit 2: 1e99 is larger"),
        (TWO.replace("10 6", "10 0.00000000001"), "line 3: .*profit 2: .*finer"),
        (TWO.replace("3 2 16", "3.5 2 16"), "line 2: problem 1 of 2: n must be a whole number"),
        (TWO.replace("3 2 16", "0 2 16"), "line 2: problem 1 of 2: n must be a whole number"),
        (TWO[:-4], "line 9: problem 2 of 2: weight in row 1: 2 is missing: the file ends here"),
        (TWO + "7\n", "line 10: '7' follows the last of 2 problems"),
    ],
)
def test_a_damaged_file_is_refused_by_line_and_field(text, message):
    with pytest.raises(Invalid, match=message):
        orlib.read(text)


def test_what_is_written_is_read_back():
    problems = orlib.read(TWO)[:1]
    (again,) = orlib.read(orlib.write(problems))
    assert again.instance == problems[0].instance
    assert again.known_optimum == Decimal(16)


def test_files_of_dos_end_with_a_mark():
    assert len(orlib.read(TWO.replace("\n", "\r\n") + "\x1a")) == 2
