"""The auction alone, by name; and on files."""

import json
from importlib.metadata import EntryPoint

import pytest
from typer.testing import CliRunner

import syntropism
from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.solving import solve
from syntropism.entrypoints import clearing
from syntropism.entrypoints.cli.market import app
from syntropism.entrypoints.container import generate_instance

INSTANCE = Instance(
    (
        Candidate("a", 10, 1, 10, (3, 0)),
        Candidate("b", 9, 1, 5, (2, 2)),
        Candidate("c", 6, 1, 5, (2, 1)),
    ),
    (4, 4),
)
KEYS = ["welfare", "bound", "gap", "winners", "payments", "seconds", "n", "resources", "strategy"]


def nobody(instance: Instance) -> Allocation:
    return Allocation((), instance.free)


def too_much(instance: Instance) -> Allocation:
    return Allocation(instance.candidates, instance.free)


@pytest.mark.parametrize("name", ["truthful", "posted_density", "auto", "exact", "dual_greedy"])
def test_presets_and_strategies_go_by_name(name):
    cleared = syntropism.clear(INSTANCE, name)
    assert cleared.welfare <= 15 <= cleared.upper_bound
    if name in ("auto", "exact"):
        assert (cleared.welfare, cleared.upper_bound, cleared.gap) == (15, 15, 0)


def test_a_preset_itself_is_taken_too():
    assert syntropism.clear(INSTANCE, syntropism.preset("classic")).welfare == 10


def test_a_name_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(Invalid, match="did you mean exact"):
        syntropism.clear(INSTANCE, "exakt")


@pytest.fixture
def stranger(monkeypatch, request):
    point = EntryPoint("stranger", f"{__name__}:{request.param.__name__}", clearing.ENTRY_POINT)
    monkeypatch.setattr(EntryPoint, "load", lambda self: request.param)
    monkeypatch.setattr(clearing, "registered", lambda: {"stranger": point})


@pytest.mark.parametrize("stranger", [nobody], indirect=True)
@pytest.mark.usefixtures("stranger")
def test_a_registered_strategy_clears_by_its_name():
    assert syntropism.clear(INSTANCE, "stranger").winners == ()


@pytest.mark.parametrize("stranger", [too_much], indirect=True)
@pytest.mark.usefixtures("stranger")
def test_a_registered_strategy_cannot_give_away_what_is_not_there():
    with pytest.raises(Invalid, match="not there"):
        syntropism.clear(INSTANCE, "stranger")


def test_a_missing_extra_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(clearing, "find_spec", lambda name: None)
    monkeypatch.setattr(clearing, "_engine", lambda seconds: solve)
    crowd = generate_instance("correlated", 150, 8, 1).instance
    found = syntropism.clear(crowd, "exact")
    assert found.remark.startswith("node limit reached")
    assert found.remark.endswith("pip install 'syntropism[market]' brings HiGHS, which proves more")
    assert 0 < found.gap < 0.1


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("family", "fmt"), [("skewed", "json"), ("correlated", "orlib"), ("goods", "cats")]
)
def test_what_generate_writes_solve_reads(tmp_path, family, fmt):
    file = str(tmp_path / "instance")
    made = run("generate", "--family", family, "-n", "12", "--format", fmt, "-o", file)
    assert made.exit_code == 0, made.output
    answer = run("solve", file, "--format", fmt, "--json")
    assert answer.exit_code == 0, answer.output
    (found,) = json.loads(answer.stdout)
    assert list(found) == KEYS
    assert found["n"] == 12
    assert found["welfare"] == found["bound"] == sum(found["payments"])
    assert len(found["winners"]) == len(found["payments"])
    assert "welfare" in run("solve", file, "--format", fmt, "--strategy", "truthful").output


def test_a_known_optimum_is_answered_where_the_file_has_one(tmp_path):
    file = tmp_path / "two.txt"
    file.write_text("2\n2 1 9\n9 2\n3 1\n3\n2 1 0\n9 2\n3 1\n3\n")
    known, unknown = json.loads(run("solve", str(file), "--format", "orlib", "--json").stdout)
    assert known["known_optimum"] == known["welfare"] == 9
    assert list(unknown) == KEYS


def test_errors_name_file_line_and_field(tmp_path):
    file = tmp_path / "bad.txt"
    file.write_text("1\n2 1 9\n9 -2\n3 1\n3\n")
    failed = run("solve", str(file), "--format", "orlib")
    assert isinstance(failed.exception, Invalid)
    assert "bad.txt: line 3: problem 1 of 1: profit 2: -2" in failed.exception.message
    file.write_bytes(b"1\n\xff")
    assert "line 2: text: not UTF-8" in run("solve", str(file)).exception.message


def test_what_is_paid_together_is_shown_to_the_last_digit(tmp_path):
    file = tmp_path / "large.txt"
    file.write_text("1\n2 1 0\n12345678 7654321.25\n3 1\n4\n")
    shown = run("solve", str(file), "--format", "orlib", "--strategy", "classic").output
    assert "payments 19999999.25 together" in shown


def test_comments_of_old_files_may_be_in_latin_1(tmp_path):
    file = tmp_path / "old.txt"
    file.write_bytes("// Fréville\n1\n2 1 9\n9 2\n3 1\n3\n".encode("latin-1"))
    assert "welfare 9" in run("solve", str(file), "--format", "orlib").output
