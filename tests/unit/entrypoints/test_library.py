"""The facade behind ``import syntropism``."""

from decimal import Decimal
from pathlib import Path

import pytest

from syntropism import Bundle, Credits, Economy
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain.errors import Conflict, Invalid, NotFound


def frugal(me):
    if me.balance >= 30:
        me.bid(Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=5), amount=30)


def test_an_agent_that_is_never_scored_lives_as_long_as_it_can_pay():
    economy = Economy.in_memory(seed=7)
    ada = economy.create_agent("ada", credits=1_000, behaviour=frugal)
    report = economy.run(cycles=60)
    assert ada.status == "dead"
    assert ada.view.cause_of_death == "broke"
    assert len(report.executions) <= 1_000 / 12.1
    assert report.audit.ok
    assert economy.audit().ok


def test_the_same_seed_gives_the_same_history():
    def story(seed):
        economy = Economy.in_memory(seed=seed, human="sensitive", genesis=True)
        return [dict(row) for row in economy.run(cycles=25).transfers]

    assert story(3) == story(3)
    assert story(3) != story(4)


def test_a_scored_prompt_mints_exactly_its_reward():
    economy = Economy.in_memory()

    def show(me):
        if me.attention:
            me.ask("What is worth an hour of your time?")

    bundle = Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10, attention_share=1)
    ada = economy.create_agent("ada", 500, first_bid=(bundle, 100), behaviour=show)
    economy.step()
    (prompt,) = economy.prompts()
    before = ada.balance
    assert economy.score(prompt["id"], 8, 9, 7) == 1_200
    assert ada.balance == before + 1_200
    with pytest.raises(Conflict):
        economy.score(prompt["id"], 8, 9, 7)
    assert economy.audit().ok


def test_a_child_without_sources_lives_as_its_parent_does():
    economy = Economy.in_memory()
    lived = []

    def live(me):
        lived.append(me.name)
        if me.name == "eve":
            me.spawn("abel", 100)

    economy.create_agent("eve", 1_000, behaviour=live)
    economy.run(cycles=3)
    assert lived == ["eve", "abel"]
    assert economy.agent("abel").view.parent_id == economy.agent("eve").id


def test_a_behaviour_that_raises_fails_its_window_and_nothing_else():
    economy = Economy.in_memory()

    def live(me):
        raise RuntimeError("no idea")

    economy.create_agent("bob", behaviour=live)
    (execution,) = economy.run(cycles=1).executions
    assert execution.status == "failed"
    assert economy.audit().ok


def test_operators_kill_and_sponsor():
    economy = Economy.in_memory()
    economy.create_agent("idle", first_bid=None)
    economy.sponsor("idle")
    treasury = economy.balance("treasury")
    economy.step()
    assert economy.balance("treasury") > treasury
    economy.kill("idle")
    with pytest.raises(Conflict):
        economy.kill("idle")
    with pytest.raises(NotFound):
        economy.kill("nobody")
    assert economy.audit().ok


def test_an_economy_on_disk_is_resumed(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/economy.db"
    with Economy.open(url) as economy:
        economy.create_agent("ada", 1_000, behaviour=frugal)
        economy.run(cycles=3)
    with Economy.open(url) as economy:
        economy.agent("ada").behaviour(frugal)
        economy.run(cycles=3)
        assert economy.status.cycle == 6
        assert economy.agent("ada").status == "alive"
        assert economy.audit().ok


@pytest.mark.parametrize("credits", [-1, "1.0000001", float("nan"), "1e400", True])
def test_bad_amounts_are_refused_and_change_nothing(credits):
    economy = Economy.in_memory()
    with pytest.raises(Invalid):
        economy.create_agent("ada", credits)
    assert economy.agents() == []


def test_credits_times_a_number_rounds_down_to_six_places():
    assert Credits.of("1") * Decimal("0.3333333") == Credits.of("0.333333")
    assert Credits.of("-1") * Decimal("0.3333333") == Credits.of("-0.333334")


def test_one_database_is_run_by_one_process_whichever_folder_it_is_run_with(tmp_path):
    url = f"sqlite:///{tmp_path / 'economy.db'}"
    with (
        Economy.open(url, folder=tmp_path / "town"),
        pytest.raises(StorageFailed, match="another process runs"),
    ):
        Economy.open(url)
    with Economy.open(url) as economy:
        assert economy.audit().ok


def test_a_database_that_could_not_be_opened_can_be_opened_once_it_is_mended(tmp_path):
    file = tmp_path / "economy.db"
    file.write_text("this is not a database, however long one looks at it\n" * 20)
    with pytest.raises(StorageFailed, match="damaged"):
        Economy.open(f"sqlite:///{file}")
    file.unlink()
    with Economy.open(f"sqlite:///{file}") as economy:
        assert economy.audit().ok


def test_an_agent_tells_its_files_dead_or_alive():
    with Economy.in_memory() as economy:
        ada = economy.create_agent("ada", 500, files={"main.py": b"def live(me): pass\n"})
        assert ada.files.files == ()
        economy.step()
        assert ("main.py", "file") in [(one.path, one.kind) for one in ada.files.files]
        economy.kill("ada")
        economy.step()
        assert ada.files.archived
        assert "main.py" in [one.path for one in ada.files.files]
