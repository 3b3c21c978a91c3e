"""A client of the Debug Adapter Protocol: what an editor does, in a few lines."""

import json
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECONDS_MAX = 30.0


class DapClient:
    """Attached to ``address`` (``host:port``)."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=SECONDS_MAX)
        self._buffer = b""
        self._sequence = 0
        self._events: list[dict[str, Any]] = []
        self._answers: dict[int, dict[str, Any]] = {}

    def send(self, command: str, **arguments: Any) -> int:
        """A request; its number."""
        self._sequence += 1
        request = {"seq": self._sequence, "type": "request", "command": command}
        content = json.dumps({**request, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        return self._sequence

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """A request, and what is answered."""
        return self.answer(self.send(command, **arguments))

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request."""
        until = time.monotonic() + SECONDS_MAX
        while number not in self._answers:
            assert time.monotonic() < until
            self._receive()
        answer = self._answers.pop(number)
        assert answer["success"], answer
        return dict(answer.get("body") or {})

    def event(self, name: str) -> dict[str, Any]:
        """The next event of this name."""
        until = time.monotonic() + SECONDS_MAX
        while True:
            for one in self._events:
                if one["event"] == name:
                    self._events.remove(one)
                    return dict(one.get("body") or {})
            assert time.monotonic() < until
            self._receive()

    def _receive(self) -> None:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(self._buffer) < length:
            self._more()
        message = json.loads(self._buffer[:length])
        self._buffer = self._buffer[length:]
        if message["type"] == "event":
            self._events.append(message)
        else:
            assert message["type"] == "response", message
            self._answers[message["request_seq"]] = message

    def _more(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise EOFError("the debugger has gone")
        self._buffer += data

    def attach(self, local: Path, breakpoints: dict[str, int]) -> None:
        """All that an editor does until the agent runs: ``breakpoints`` are lines by file."""
        self.ask("initialize", adapterID="debugpy", linesStartAt1=True, pathFormat="path")
        mapping = {"localRoot": str(local), "remoteRoot": "/workspace"}
        attaching = self.send("attach", pathMappings=[mapping], justMyCode=True)
        self.event("initialized")
        for name, line in breakpoints.items():
            source = {"path": str(local / name)}
            found = self.ask("setBreakpoints", source=source, breakpoints=[{"line": line}])
            assert found["breakpoints"][0]["verified"], found
        self.ask("configurationDone")
        self.answer(attaching)

    def stopped(self) -> tuple[int, str, int]:
        """Waits until the agent stands still: its thread, the file and line as the editor
        knows them."""
        event = self.event("stopped")
        frames = self.ask("stackTrace", threadId=event["threadId"])["stackFrames"]
        return event["threadId"], frames[0]["source"]["path"], frames[0]["line"]

    def evaluate(self, thread: int, expression: str) -> str:
        """What an expression is, where the agent stands."""
        frame = self.ask("stackTrace", threadId=thread)["stackFrames"][0]["id"]
        answer = self.ask("evaluate", expression=expression, frameId=frame, context="watch")
        return str(answer["result"])

    def go_on(self, thread: int) -> None:
        """Lets the agent go on."""
        self.ask("continue", threadId=thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
