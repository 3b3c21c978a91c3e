"""What an agent may say to the editor that is attached to it."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.adapters.relay.dap import EVENTS, HEADER_BYTES_MAX, MESSAGE_BYTES_MAX, DapFilter


def framed(message: object, header: str = "Content-Length") -> bytes:
    content = json.dumps(message).encode()
    return f"{header}: {len(content)}\r\n\r\n".encode() + content


ANSWER = {"seq": 1, "type": "response", "request_seq": 1, "success": True, "command": "threads"}
STOPPED = {"seq": 2, "type": "event", "event": "stopped", "body": {"threadId": 1}}
REFUSED = [
    {"seq": 3, "type": "request", "command": "runInTerminal", "arguments": {"args": ["rm"]}},
    {"seq": 3, "type": "request", "command": "startDebugging", "arguments": {}},
    {"seq": 3, "type": "event", "event": "debugpyAttach", "body": {"program": "/bin/sh"}},
    {"seq": 3, "type": "event", "event": "ptvsd_attach"},
    {"seq": 3, "type": "Request", "command": "runInTerminal"},
    {"seq": 3, "type": "event"},
    {"seq": 3},
]


@pytest.mark.parametrize("message", [ANSWER, STOPPED])
def test_answers_and_events_pass(message: dict) -> None:
    assert DapFilter().feed(framed(message)) == framed(message)


@pytest.mark.parametrize("message", REFUSED)
def test_what_asks_the_editor_for_something_does_not(message: dict) -> None:
    stream = framed(ANSWER) + framed(message) + framed(STOPPED)
    assert DapFilter().feed(stream) == framed(ANSWER) + framed(STOPPED)


def test_a_key_that_stands_there_twice_is_judged_as_it_is_read() -> None:
    double = b'{"type": "request", "command": "runInTerminal", "type": "response"}'
    passed = DapFilter().feed(b"Content-Length: %d\r\n\r\n%b" % (len(double), double))
    assert b"request" not in passed
    double = b'{"type": "response", "command": "runInTerminal", "type": "request"}'
    assert DapFilter().feed(b"Content-Length: %d\r\n\r\n%b" % (len(double), double)) == b""


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: %d\r\n\r\n" % (MESSAGE_BYTES_MAX + 1),
        b"x" * (HEADER_BYTES_MAX + 1),
        b"Content-Length: 3\r\n\r\n{{{",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 2\r\n\r\n\xff\xff",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
    ],
)
def test_what_is_not_the_protocol_is_an_end(stream: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        DapFilter().feed(stream)


messages = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(("request", "response", "event", "other"))},
        optional={"event": st.sampled_from(("stopped", "debugpyAttach")), "body": st.text()},
    ),
    max_size=5,
)


@given(messages, st.lists(st.integers(0, 300), max_size=10))
def test_however_it_is_cut_the_same_passes(sent: list[dict], cuts: list[int]) -> None:
    stream = b"".join(map(framed, sent))
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    door = DapFilter()
    passed = b"".join(door.feed(stream[start:end]) for start, end in pairwise(edges))
    allowed = [
        one
        for one in sent
        if one["type"] == "response" or (one["type"] == "event" and one.get("event") in EVENTS)
    ]
    assert passed == b"".join(map(framed, allowed))
