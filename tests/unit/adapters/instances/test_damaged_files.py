"""Files as they arrive: cut off, garbled, or boasting. Each is read, or refused by line and field,
and never costs more than a moment."""

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syntropism.adapters.instances import cats, json_format, orlib
from syntropism.adapters.instances.generating import generate
from syntropism.domain.errors import Invalid

FORMATS = {"json": json_format, "orlib": orlib, "cats": cats}
WHOLE = {
    "json": '{"capacity": {"cpu_cores": 2, "memory_mb": 64},\n "ageing": 0.1, "prices": {"cpu_cores'
    '": 1},\n "known_optimum": 12,\n "bids": [\n  {"id": "a", "amount": 10.5, "reserve": 1,\n   '
    '"rates": {"cpu_cores": 1}},\n  {"id": 7, "amount": 2, "age": 1, "bundle":\n   {"cpu_seconds": '
    '5, "memory_mb": 32, "duration_seconds": 10}}]}\n',
    "orlib": "2\n 3 2 16\n 10 6\n 5\n 1 2 3\n 3 2 1\n 4 4\n 2 1 0\n 1.5 2 1 1 1\n",
    "cats": "%% an auction\n\ngoods 3\nbids 2\ndummy 1\n\n0\t10.5\t0\t1\t#\n1\t7\t1\t3\t#\n",
}
NASTY = st.sampled_from(
    [
        "-1", "0", "1e400", "1e-400", "1e999999999", "1e-999999999", "NaN", "Infinity", "-inf",
        "0.00000000000001", "9" * 70, "9" * 15, "99999999", "0x10", "1_000", "true", "null", "[",
        "{", "}", '"', "#", "%", "/*", "//", "\x00", "\ud7ff", "٣", "\n", "goods 9", "bids 99999",
        '"id": 1,', '"rates": {},',
    ]
)  # fmt: skip


@st.composite
def damaged(draw):
    name = draw(st.sampled_from(sorted(WHOLE)))
    text = WHOLE[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + draw(NASTY | st.just("") | st.text(max_size=3)) + text[end:]
    return name, text


@given(damaged())
@example(("json", WHOLE["json"].replace('"id": 7', '"id": 1e999999999')))
@example(("json", WHOLE["json"].replace("10.5", "1e-999999999")))
@example(("cats", WHOLE["cats"].replace("goods 3", "goods 20000000")))
@example(("orlib", "/*" * 100_000))
def test_a_damaged_file_is_read_or_refused_by_line_and_field(file):
    began = process_time()
    refusal = _refusal(*file)
    if refusal is not None:
        assert refusal.message.startswith("line ")
        assert "\n" not in refusal.message
        assert len(refusal.message) < 400
        assert refusal.details["field"]
    assert process_time() - began < 5


def _refusal(name, text):
    try:
        assert FORMATS[name].read(text)
    except Invalid as refusal:
        return refusal
    return None


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_whole_is_read(name):
    assert FORMATS[name].read(WHOLE[name])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orlib", "100000\n" + "5 5 0\n1 2 3"),
        ("orlib", "1\n10000000 2 0\n1 2 3"),
        ("orlib", "99999999999\n"),
        ("cats", "goods 20000000\nbids 1\n0 1 5 #\n"),
        ("cats", "goods 100000\ndummy 99999\nbids 20000000\n0 1 5 #\n"),
        ("json", "[" * 100_000),
        ("json", '{"capacity":' * 100_000),
        (
            "json",
            '{"capacity": {'
            + ",".join(f'"r{i}": 1' for i in range(30_000))
            + '}, "bids": ['
            + ",".join(['{"amount": 1, "rates": {}}'] * 1_000)
            + "]}",
        ),
    ],
)
def test_what_a_file_boasts_of_costs_nothing(name, text):
    began = process_time()
    with pytest.raises(Invalid, match=r"^line [1-4]: "):
        FORMATS[name].read(text)
    assert process_time() - began < 5


def test_errors_in_json_name_the_line_of_the_key():
    for old, new, line in (
        ('"reserve": 1', '"reserve": NaN', 5),
        ('"reserve": 1', '"reserve": -Infinity', 5),
        ('"cpu_cores": 1}}', '"cpu_cores": 1,\n\n  "cpu_cores": 2}}', 8),
        ('"known_optimum": 12', '"known_optimum": "much"', 3),
        ('5, "mem', '-5, "mem', 8),
        ('"duration_seconds": 10', '\n\n"duration_seconds": 0', 10),
        ('"id": 7', '"id": "a"', 7),
        ('"ageing": 0.1', '"ageing": ' + "[" * 30, 2),
    ):
        text = WHOLE["json"].replace(old, new, 1)
        assert text != WHOLE["json"]
        with pytest.raises(Invalid, match=f"^line {line}: "):
            json_format.read(text)


MKNAP1 = (
    """\
       3

       6      10    3800
     100     600    1200    2400     500
    2000
"""
    + "\n".join(" ".join(str((r * 7 + j * 5) % 40 + 1) for j in range(6)) for r in range(10))
    + """
 80 96 20 36 44 48 10 18 22 24
 2 1 5
 3.5 4
 1 2
 2
 1 2 0
 9
 4
 5
 8 8
"""
)


def test_several_published_problems_wrap_anywhere_and_may_not_know_their_optimum():
    first, second, third = orlib.read(MKNAP1)
    assert [c.amount for c in first.instance.candidates] == [100, 600, 1200, 2400, 500, 2000]
    assert len(first.instance.free) == 10
    assert first.instance.free[:2] == (80, 96)
    assert first.instance.candidates[1].rates[:3] == (6, 13, 20)
    assert (first.known_optimum, second.known_optimum, third.known_optimum) == (3800, 5, None)
    assert third.instance.candidates[0].rates == (4, 5)
    assert third.instance.free == (8, 8)


def test_a_problem_by_itself_with_its_sizes_the_other_way_round_reads_the_same():
    """As in the older published set: m n, profits, capacities, rows, optimum; no count."""
    first = orlib.read(MKNAP1)[0]
    rows = "\n".join(
        " ".join(str(c.rates[r]) for c in first.instance.candidates) for r in range(10)
    )
    text = f"10 6\n100 600 1200\n2400 500 2000\n80 96 20 36 44 48 10 18 22 24\n{rows}\n\n3800\n"
    (again,) = orlib.read(text)
    assert again.instance == first.instance
    assert again.known_optimum == 3800


def test_generated_files_survive_every_format_that_can_hold_them():
    problem = generate("goods", 30, 8, seed=3)
    for module in FORMATS.values():
        (again,) = module.read(module.write([problem]))
        assert [(c.amount, c.rates) for c in again.instance.candidates] == [
            (c.amount, c.rates) for c in problem.instance.candidates
        ]
