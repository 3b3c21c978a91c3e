"""The workspaces as programs: each in a process of its own, over HTTP, within a window."""

import json
import os
import resource
import socketserver
import subprocess
import sys
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from syntropism import strategies
from syntropism.agent_sdk import syntropism_sdk

PRICES = {"cpu_cores": 5, "memory_mb": 0.005, "tokens_per_second": 0.01, "attention_slots": 2}


class Handler(BaseHTTPRequestHandler):
    """Says yes to everything, and keeps what was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, json.loads(body or b"null")))
        data = {"items": [], "next_cursor": None, "agent_id": "k" * 32, "name": "kid", "id": "x"}
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = answer  # noqa: N815 (names that http.server wants)

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("unix", 0)


@pytest.fixture
def server(tmp_path):
    server = Server(str(tmp_path / "socket"), Handler)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", strategies.names())
def test_a_window_is_lived_within_a_quarter_of_a_cpu_second(name, server, tmp_path):
    workspace = tmp_path / "workspace"
    for path, content in strategies.files(name).items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    env = {
        "agent_id": "a" * 32,
        "name": "ada",
        "execution_id": "e" * 32,
        "cycle": 3,
        "credits": 2000.5,
        "deadline": None,
        "attention_share": 1,
        "lineage": {"parent_id": None, "generation": 0},
        "prices": {resource: 2 * price for resource, price in PRICES.items()},
        "minimum_prices": PRICES,
        "rules": {"window_fee": 10, "message_fee": 1, "spawn_fee": 100, "cycle_seconds": 10},
        "last_prompt": None,
        "unread_messages": 0,
    }
    (tmp_path / "env.json").write_text(json.dumps(env))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    lived = subprocess.run(
        [sys.executable, "main.py"],
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(syntropism_sdk.__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ENV_JSON_PATH": str(tmp_path / "env.json"),
            "SYSTEM_SERVICE_URL": "http://localhost/api/v1",
            "SYSTEM_SERVICE_SOCKET": str(tmp_path / "socket"),
            "SYSTEM_SERVICE_TOKEN": "token",
            "WORKSPACE_PATH": str(workspace),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (lived.returncode, lived.stdout, lived.stderr) == (0, "", "")
    bids = [body for _, path, body in server.requests if path == "/api/v1/market/bid"]
    assert len(bids) == 1
    assert Decimal(str(bids[0]["amount"])) <= Decimal("0.6") * 2001
    assert (workspace / "state.json").is_file()
    spent = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 0.25
