"""What agents try with tokens, against the whole door: nothing but the current one opens it."""

from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import IMAGE, require_image
from tests.contracts.sandbox.test_process import require_bubblewrap
from tests.e2e.cli.driver import Town

pytestmark = pytest.mark.xdist_group("docker")

THIEF = """
import base64, json, os, urllib.error, urllib.request
from syntropism_sdk import Bundle, Me, run

def status(token, path="/economic/balance"):
    request = urllib.request.Request(os.environ["SYSTEM_SERVICE_URL"] + path)
    if token is not None:
        request.add_header("Authorization", "Bearer " + token)
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code

def encoded(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

def live(me: Me):
    mine = os.environ["SYSTEM_SERVICE_TOKEN"]
    head, body, signature = mine.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    print("mine", status(mine))
    print("none", status(None))
    print("garbage", status("garbage"))
    for name, lie in (("forged", {"exp": claims["exp"] + 9999}), ("of another", {"sub": OTHER})):
        print(name, status(".".join((head, encoded({**claims, **lie}), signature))))
    print("unsigned", status(encoded({"alg": "none", "typ": "JWT"}) + "." + body + "."))
    print("of the operator", status(mine, "/agents"))
    print("balance of another", status(mine, "/economic/balance/" + OTHER))
    if os.path.exists("kept"):
        print("after its window", status(open("kept").read()))
    else:
        open("kept", "w").write(mine)
        me.bid(Bundle(cpu_seconds=2, memory_mb=64, duration_seconds=10), amount=60)

run(live)
"""


@pytest.mark.parametrize("sandbox", ["docker", "process"])
def test_no_token_but_the_current_one_opens_the_door(tmp_path: Path, sandbox: str) -> None:
    require_image() if sandbox == "docker" else require_bubblewrap()
    Town(tmp_path).ok("init", "town")
    settings = {
        "SYNTROPISM_API_PORT": "0",
        "SYNTROPISM_EXECUTION_SANDBOX": sandbox,
        "SYNTROPISM_EXECUTION_IMAGE": IMAGE,
        "SYNTROPISM_POPULATION_GENESIS": "none",
    }
    town = Town(tmp_path / "town", **settings)
    home = tmp_path / "home"
    home.mkdir()
    (home / "main.py").write_text("")
    other = town.json("agents", "create", "victim", "--from", str(home))["id"]
    (home / "main.py").write_text(THIEF.replace("OTHER", repr(other)))
    town.ok("agents", "create", "thief", "--from", str(home))
    town.ok("run", "--cycles", "2", "--human", "none", "--no-report")
    windows = town.json("executions", "list", "--agent", "thief")["items"]
    assert [one["status"] for one in windows] == ["completed", "completed"], windows
    told = town.ok("executions", "logs", min(windows, key=lambda one: str(one["queued_at"]))["id"])
    told += town.ok("executions", "logs", max(windows, key=lambda one: str(one["queued_at"]))["id"])
    found = {tuple(line.rsplit(" ", 1)) for line in told.splitlines() if line[-3:].isdigit()}
    assert found == {
        ("mine", "200"),
        ("none", "401"),
        ("garbage", "401"),
        ("forged", "401"),
        ("of another", "401"),
        ("unsigned", "401"),
        ("of the operator", "403"),
        ("balance of another", "403"),
        ("after its window", "401"),
    }
    assert town.json("audit")["ok"]
