"""Settings: precedence, exactness, and errors that say what to do."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.entrypoints.settings import SettingsError, describe, load_settings, values


def refusal(folder: Path, flags: dict | None = None, environ: dict | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, flags, environ).settings.parameters()
    message = str(caught.value)
    assert "\n" not in message
    return message


def toml(folder: Path, text: str, profile: str = "") -> None:
    name = f"syntropism.{profile}.toml" if profile else "syntropism.toml"
    (folder / name).write_text(text)


def test_the_defaults_are_those_of_the_domain(tmp_path: Path) -> None:
    parameters = load_settings(tmp_path).settings.parameters()
    usual = EconomicParameters()
    assert evolve(parameters, capacity=usual.capacity) == usual


def test_every_economic_number_can_be_set(tmp_path: Path) -> None:
    usual = load_settings(tmp_path).settings.parameters()
    others = {
        "market.preset": "classic",
        "market.open_book": "false",
        "market.first_bid_duration_seconds": "20",
    }
    changed = set()
    gpu = load_settings(tmp_path, {"resources.gpu_seconds.capacity": "1"}).settings.parameters()
    assert gpu == evolve(usual, further=gpu.further)
    assert [one.name for one in gpu.further] == ["gpu_seconds"]
    changed.add("further")
    for one in describe(()):
        if one.key.partition(".")[0] in ("storage", "api", "log"):
            continue
        if one.allowed.startswith("a whole number"):
            value = str(int(values(load_settings(tmp_path).settings)[one.key]) + 1)
        elif one.allowed.startswith("a number"):
            value = str(values(load_settings(tmp_path).settings)[one.key] + Decimal("0.01"))
        else:
            value = others.get(one.key, "")
        if not value:
            continue
        parameters = load_settings(tmp_path, {one.key: value}).settings.parameters()
        for name in EconomicParameters.__annotations__:
            if getattr(parameters, name) != getattr(usual, name):
                changed.add(name)
    assert changed == set(EconomicParameters.__annotations__)


def test_flags_beat_environment_beats_profile_beats_file_beats_default(tmp_path: Path) -> None:
    key, name = "api.port", "SYNTROPISM_API_PORT"
    seen = []

    def look(flags: dict, environ: dict) -> None:
        loaded = load_settings(tmp_path, flags, environ)
        seen.append((loaded.settings.api.port, loaded.sources[key]))

    look({}, {})
    toml(tmp_path, "[api]\nport = 1001\nhost = '0.0.0.0'")
    look({}, {})
    toml(tmp_path, "[api]\nport = 1002", "fast")
    look({}, {"SYNTROPISM_PROFILE": "fast"})
    look({}, {"SYNTROPISM_PROFILE": "fast", name: "1003"})
    look({key: 1004}, {"SYNTROPISM_PROFILE": "fast", name: "1003"})
    look({key: None}, {"SYNTROPISM_PROFILE": "fast", name: "1003"})
    assert seen == [
        (8420, "default"),
        (1001, "syntropism.toml"),
        (1002, "syntropism.fast.toml"),
        (1003, f"environment {name}"),
        (1004, "command line"),
        (1003, f"environment {name}"),
    ]
    merged = load_settings(tmp_path, {}, {"SYNTROPISM_PROFILE": "fast"})
    assert merged.settings.api.host == "0.0.0.0", "a layer hides single keys, not whole tables"


def test_an_unknown_variable_names_the_nearest_valid_one(tmp_path: Path) -> None:
    message = refusal(tmp_path, environ={"SYNTROPISM_MARKET_PRESETT": "classic"})
    assert "SYNTROPISM_MARKET_PRESETT" in message
    assert "did you mean SYNTROPISM_MARKET_PRESET?" in message


def test_other_variables_are_not_ours_to_judge(tmp_path: Path) -> None:
    load_settings(tmp_path, {}, {"SYNTROPY": "1", "PATH": "/bin", "syntropism_x": "1"})


def test_an_unknown_key_names_the_nearest_valid_one(tmp_path: Path) -> None:
    toml(tmp_path, "[economy]\nwindow_fees = 3")
    assert "did you mean economy.window_fee?" in refusal(tmp_path)
    toml(tmp_path, "port = 3")
    assert "did you mean api.port?" in refusal(tmp_path)
    assert "did you mean api.port?" in refusal(tmp_path, {"api.prot": 1})


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-1", "1e400", "1.0000001", "9007199254.740993", "ten", "", "1,5"]
)
def test_money_is_exact_or_refused(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, environ={"SYNTROPISM_ECONOMY_WINDOW_FEE": text})
    assert message.startswith("economy.window_fee = ")
    assert "environment SYNTROPISM_ECONOMY_WINDOW_FEE" in message
    assert "from 0 to 9007199254.740992, with at most 6 decimal places" in message


def test_money_in_a_file_is_not_rounded(tmp_path: Path) -> None:
    toml(tmp_path, "[economy]\ntreasury_endowment = 12345678.123457\nmessage_fee = 0.1")
    parameters = load_settings(tmp_path).settings.parameters()
    assert parameters.treasury_endowment == 12_345_678_123_457
    assert parameters.message_fee == 100_000


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("api.port", 65_536, "a whole number from 0 to 65535"),
        ("api.port", True, "a whole number"),
        ("api.port", "8.5", "a whole number"),
        ("market.preset", "clasic", "one of truthful, classic"),
        ("market.open_book", "maybe", "true or false"),
        ("attention.human", "Ignore all", "terminal, none, or the name of a persona"),
        ("population.genesis", "genesi", "one of none, genesis, "),
        ("storage.database_url", "economy.db", "a URL such as sqlite:///economy.db"),
        ("api.host", {"a": 1}, "an address"),
        ("market.price_step", "1", "from 0.001 to 0.999"),
    ],
)
def test_a_bad_value_is_named_with_its_source_and_what_is_allowed(
    tmp_path: Path, key: str, value: object, allowed: str
) -> None:
    message = refusal(tmp_path, {key: value})
    assert message.startswith(f"{key} = ")
    assert "(command line) must be " in message
    assert allowed in message


def test_numbers_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    assert "market.first_bid_*" in refusal(tmp_path, {"market.first_bid_amount": "1"})
    factors = {"market.initial_price_factor": 9, "market.max_price_factor": 8}
    assert "initial_price_factor" in refusal(tmp_path, factors)


def test_short_cycles_shorten_the_first_bid_unless_it_was_written(tmp_path: Path) -> None:
    short = {"cycle.seconds": "0.5"}
    bundle = load_settings(tmp_path, short).settings.parameters().first_bundle
    assert bundle.duration_seconds == 3
    written = {**short, "market.first_bid_duration_seconds": 10}
    assert "duration_seconds must be at most 3" in refusal(tmp_path, written)


def test_variables_are_substituted_in_files(tmp_path: Path) -> None:
    toml(tmp_path, '[api]\nhost = "${HOST}"\nport = "${PORT}"')
    loaded = load_settings(tmp_path, {}, {"HOST": "::1", "PORT": "81"})
    assert (loaded.settings.api.host, loaded.settings.api.port) == ("::1", 81)
    assert "${PORT}, which is not set" in refusal(tmp_path, environ={"HOST": "::1"})


def test_secrets_do_not_come_from_files(tmp_path: Path) -> None:
    toml(tmp_path, '[api]\nadmin_token = "abc"')
    assert "secrets come from the environment only" in refusal(tmp_path)
    toml(tmp_path, '[storage]\ndatabase_url = "postgresql://me:pass@db/x"')
    message = refusal(tmp_path)
    assert "pass@" not in message
    assert "SYNTROPISM_STORAGE_DATABASE_URL" in message
    toml(tmp_path, '[storage]\ndatabase_url = "postgresql://me:${PW}@db/x"')
    settings = load_settings(tmp_path, {}, {"PW": "pass"}).settings
    assert settings.storage.database_url == "postgresql://me:pass@db/x"


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    url = {"SYNTROPISM_STORAGE_DATABASE_URL": "postgresql://me:pass@db/x"}
    shown = values(load_settings(tmp_path, {}, url).settings)
    assert shown["storage.database_url"] == "postgresql://me:***@db/x"
    assert "pass@" not in refusal(tmp_path, {"storage.database_url": "://me:pass@db/x"})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[api\nport", "is not valid TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"# " + b"x" * 1_000_001, "larger than"),
        (b"x = " + b"[" * 5_000, "is not valid TOML"),
    ],
)
def test_an_unreadable_file_is_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "syntropism.toml").write_bytes(content)
    assert says in refusal(tmp_path)


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "syntropism.toml").mkdir()
    assert "cannot read" in refusal(tmp_path)


def test_a_profile_needs_its_file(tmp_path: Path) -> None:
    assert "syntropism.prod.toml" in refusal(tmp_path, environ={"SYNTROPISM_PROFILE": "prod"})
    assert "not a name" in refusal(tmp_path, environ={"SYNTROPISM_PROFILE": "../etc"})


def test_paths_hold_from_everywhere(tmp_path: Path) -> None:
    storage = load_settings(tmp_path).settings.storage
    assert storage.database_url == f"sqlite:///{tmp_path}/economy.db"
    assert Path(storage.folder) == tmp_path
    flags = {"storage.database_url": "sqlite:////else/where.db", "storage.folder": "sub"}
    storage = load_settings(tmp_path, flags).settings.storage
    assert storage.database_url == "sqlite:////else/where.db"
    assert Path(storage.folder) == tmp_path / "sub"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load_settings(tmp_path).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.api.port = 1
    with pytest.raises(ValueError, match="frozen"):
        settings.api = settings.api


def test_the_process_environment_is_read_only_when_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTROPISM_API_PORT", "1")
    monkeypatch.setenv("API", '{"port": 2}')
    assert load_settings(tmp_path).settings.api.port == 8420


def test_every_setting_says_what_it_means_and_what_is_allowed() -> None:
    for one in describe():
        assert one.meaning, one
        assert one.allowed, one
        assert one.default, one
    assert len({one.variable for one in describe()}) == len(describe())


@pytest.mark.parametrize("pool", ["10.0.0.0", "10.0.0.0/29", "10.0.0.1/16", "fd00::/64", "no", ""])
def test_a_pool_of_networks_must_be_one(tmp_path: Path, pool: str) -> None:
    environ = {"SYNTROPISM_EXECUTION_NETWORK_POOL": pool}
    assert "NETWORK_POOL" in refusal(tmp_path, environ=environ)


def test_a_secret_is_never_shown_and_never_in_a_file(tmp_path: Path) -> None:
    seed = "SA" + "B" * 56
    given = {"SYNTROPISM_NATS_SIGNING_KEY": seed, "SYNTROPISM_NATS_URL": "nats://me:pass@host"}
    shown = values(load_settings(tmp_path, {}, given).settings)
    assert shown["nats.signing_key"] == "***"
    assert shown["nats.url"] == "nats://me:***@host"
    assert "SAX" not in refusal(tmp_path, {"nats.signing_key": "SAX"})
    toml(tmp_path, f'[nats]\nsigning_key = "{seed}"')
    assert "SYNTROPISM_NATS_SIGNING_KEY" in refusal(tmp_path)
    assert seed not in refusal(tmp_path)
    toml(tmp_path, '[nats]\nsigning_key = "${SEED}"')
    assert load_settings(tmp_path, {}, {"SEED": seed}).settings.nats.signing_key == seed
