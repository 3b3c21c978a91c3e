"""Our own instance files; every kind of bad input names its line and field."""

import json

import pytest

from syntropism.adapters.instances import json_format
from syntropism.adapters.instances.generating import FAMILIES, generate
from syntropism.domain.errors import Invalid

FILE = """{
  "capacity": {"cpu_cores": 2, "gpu_seconds": 1.5},
  "bids": [
    {"id": "ada", "amount": 10.5,
     "rates": {"cpu_cores": 1}},
    {"id": "bob", "amount": 7, "reserve": 3, "age": 2, "rates": {"gpu_seconds": 0.5}}
  ]
}
"""
BUNDLE = """{"capacity": {"cpu_cores": 2, "memory_mb": 100, "attention_slots": 1},
 "bids": [{"amount": 5,
  "bundle": {"cpu_seconds": 5, "memory_mb": 64, "duration_seconds": 10}}]}
"""


def test_any_resources_exact_quantities_and_an_economys_bundles():
    (problem,) = json_format.read(FILE)
    assert problem.instance.free == (2, 15)
    assert [c.rates for c in problem.instance.candidates] == [(1, 0), (0, 5)]
    assert [c.amount for c in problem.instance.candidates] == [105, 70]
    assert problem.instance.candidates[1].reserve == 30
    (bundled,) = json_format.read(BUNDLE)
    assert bundled.instance.candidates[0].rates == (5, 64, 0)
    assert bundled.instance.free == (20, 100, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("10.5", "-1", "line 4: amount: -1 must not be negative"),
        ("10.5", "1e30", "line 4: amount: 1.*30 is larger"),
        ("10.5", "0.00000000001", "line 4: amount: .* finer"),
        ("10.5", "NaN", "NaN is not a number"),
        ("10.5", '"much"', "line 4: amount: 'much' is not a number"),
        ('"amount": 10.5,', "", "line 4: amount is missing"),
        ('"reserve": 3', '"reserve": 9', "line 6: amount is below the reserve"),
        ('{"cpu_cores": 1}', '{"cpus": 1}', "line 5: rates names an unknown resource 'cpus'"),
        ('"age": 2', '"age": 0.5', "line 6: age must be whole"),
        ('"age": 2', '"colour": 2', "line 6: unknown field 'colour'"),
        ('"bob"', '"ada"', "id: 'ada' is there twice"),
        ('"bob"', '"b", "id": "c"', "'id' is there twice"),
        ('"rates": {"cpu_cores": 1}', '"age": 1', "line 4: a bid needs either rates or a bundle"),
        ("1.5", "-1.5", "line 2: capacity.gpu_seconds: -1.5 must not be negative"),
        ('{"cpu_cores": 2, "gpu_seconds": 1.5}', "{}", "line 2: capacity must name a resource"),
    ],
)
def test_bad_input_is_refused_by_line_and_field(old, new, message):
    assert old in FILE
    with pytest.raises(Invalid, match=message):
        json_format.read(FILE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"duration_seconds": 10', '"duration_seconds": 0', "line 3: duration_seconds must be gr"),
        ('"cpu_seconds": 5', '"cpu_seconds": -5', "line 3: cpu_seconds must not be negative"),
        ('"cpu_seconds": 5', '"cpu_seconds": 0.0001', "line 3: cpu_seconds is finer"),
        ('"cpu_seconds": 5', '"cpu_seconds": 1e12', "line 3: cpu_seconds is too large"),
        ('"memory_mb": 64, ', '"memory_mb": 64, "tokens": 5, ', "unknown resource 'tokens_per"),
        ('"memory_mb": 64, ', '"memory_mb": 64, "gold": 5, ', "line 3: .*unknown field 'gold'"),
    ],
)
def test_bad_bundles_are_refused_by_line_and_field(old, new, message):
    with pytest.raises(Invalid, match=message):
        json_format.read(BUNDLE.replace(old, new, 1))


@pytest.mark.parametrize("length", range(0, len(FILE) - 3, 7))
def test_a_file_cut_off_anywhere_is_refused_by_line(length):
    with pytest.raises(Invalid, match=r"line \d+"):
        json_format.read(FILE[:length])


def test_nesting_without_end_is_refused():
    with pytest.raises(Invalid):
        json_format.read("[" * 100_000)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_repeats_itself_from_its_seed_and_reads_back(family):
    problem = generate(family, 20, 3, seed=5)
    assert generate(family, 20, 3, seed=5).instance == problem.instance
    assert generate(family, 20, 3, seed=6).instance != problem.instance
    text = json_format.write([problem, problem])
    assert len(json.loads(text)) == 2
    assert json_format.read(text)[1].instance.candidates == problem.instance.candidates
