"""The compose file says what exists: services, pinned images, settings, commands, secrets."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e.cli.driver import Town

from syntropism.entrypoints.settings import load_settings

FILE = Path(__file__).parents[3] / "deploy" / "compose.yaml"
OURS = {"api", "orchestrator", "worker"}
SECRETS = {
    "POSTGRES_PASSWORD": "p",
    "NATS_PASSWORD": "n",
    "SYNTROPISM_WORKER_TOKEN": "syn_of_the_test",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def substituted(text: str, environment: dict[str, str]) -> str:
    """As Compose does it: ``${NAME}``, ``${NAME:-default}``, ``${NAME:?what is missing}``."""

    def value(found: re.Match[str]) -> str:
        name, kind, more = found.groups()
        if environment.get(name):
            return environment[name]
        assert kind == "-", f"{name} must be set: {more}"
        return str(more)

    return _VARIABLE.sub(value, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load(substituted(FILE.read_text(), SECRETS))["services"])


def test_all_services_are_there_in_number_and_healthy_ones_can_be_told(services):
    replicas = {name: one.get("deploy", {}).get("replicas", 1) for name, one in services.items()}
    assert replicas == {"postgres": 1, "nats": 1, "api": 1, "orchestrator": 2, "worker": 2}
    for name, one in services.items():
        assert one["healthcheck"]["test"][0] == "CMD", name
        assert one["restart"] == "unless-stopped", name


def test_images_are_named_and_pinned(services):
    for name, one in services.items():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+[\w.-]*", one["image"]), name
    assert "--jetstream" in services["nats"]["command"][0]


def test_settings_exist_and_their_values_are_allowed(services, tmp_path):
    for name in sorted(OURS):
        given = services[name]["environment"]
        assert all(variable.startswith("SYNTROPISM_") for variable in given), name
        load_settings(tmp_path, {}, {key: str(value) for key, value in given.items()})


def test_a_setting_that_does_not_exist_would_be_found(services, tmp_path):
    with pytest.raises(Exception, match="SYNTROPISM_API_PROT"):
        load_settings(tmp_path, {}, {**services["api"]["environment"], "SYNTROPISM_API_PROT": "1"})


def test_commands_and_their_options_exist(services, tmp_path):
    for name in sorted(OURS):
        shown = Town(tmp_path).inside(*services[name]["command"], "--help")
        assert shown.returncode == 0, f"{name}: {shown.stderr}"


def test_probes_ask_where_services_answer(services):
    for name in sorted(OURS):
        given = services[name]["environment"]
        port = given.get("SYNTROPISM_API_PORT") or given["SYNTROPISM_SERVICES_HEALTH_PORT"]
        assert f"127.0.0.1:{port}/readyz" in services[name]["healthcheck"]["test"][-1], name


def test_secrets_come_from_the_environment_and_only_the_api_has_the_signing_key(services):
    text = FILE.read_text()
    for line in re.findall(r"(?i)^.*(?:password|token):.*$", text, re.MULTILINE):
        assert "${" in line, line
    assert "://economy:${" in text
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD must be set"):
        substituted(text, {})
    having = [
        name for name, one in services.items() if "keys:/var/lib/syntropism" in one["volumes"]
    ]
    assert having == ["api"]
    assert "SYNTROPISM_STORAGE_DATABASE_URL" not in services["worker"]["environment"]


def test_what_is_referred_to_exists(services):
    document = yaml.safe_load(FILE.read_text())
    for name, one in services.items():
        assert set(one.get("depends_on", {})) <= set(services), name
        for volume in one["volumes"]:
            assert volume.partition(":")[0] in document["volumes"], f"{name}: {volume}"
        if "build" in one:
            folder = (FILE.parent / one["build"]["context"]).resolve()
            assert (folder / one["build"]["dockerfile"]).is_file()


def test_compose_itself_takes_it():
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"]).returncode:
        pytest.skip(
            "needs the plugin of `docker compose`; the other tests read the file themselves"
        )
    command = [docker, "compose", "--file", str(FILE), "config", "--quiet"]
    done = subprocess.run(command, env={**SECRETS, "PATH": str(Path(docker).parent)})
    assert done.returncode == 0
