"""The daemon's frames are taken apart wherever they were cut."""

import socket
import struct

import pytest

from syntropism.adapters.docker.stream import AttachedOutput


def frame(stream: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(content)) + content


@pytest.mark.parametrize("step", [1, 3, 7, 8, 9, 1_000])
def test_frames_are_put_together_however_they_were_cut(step: int) -> None:
    whole = frame(1, b"out\n") + frame(2, b"") + frame(2, b"error\n") + frame(1, b"x" * 500)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        output = AttachedOutput(ours, 10_000)
        for start in range(0, len(whole), step):
            theirs.sendall(whole[start : start + step])
            output.drain()
        assert not output.ended
        theirs.close()
        output.drain()
    assert output.ended
    assert output.text == "out\nerror\n" + "x" * 500


def test_draining_never_waits() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        output = AttachedOutput(ours, 100)
        output.drain()
        assert (output.total, output.ended) == (0, False)
