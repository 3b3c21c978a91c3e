"""Output is drained whatever happens, and kept up to its cap."""

import os
import threading

import pytest

from syntropism.adapters.process.output import CappedOutput


def _keep(data: bytes, bytes_max: int) -> CappedOutput:
    reader, writer = os.pipe()
    output = CappedOutput(reader, bytes_max)

    def write() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    while not output.ended:
        output.drain()
    thread.join()
    os.close(reader)
    return output


@pytest.mark.parametrize("size", [0, 1, 99, 1_000])
def test_what_fits_is_kept_whole(size: int) -> None:
    data = bytes(97 + number % 26 for number in range(size))
    output = _keep(data, 1_000)
    assert output.text.encode() == data
    assert not output.truncated


@pytest.mark.parametrize("size", [1_001, 1_010, 1_200, 100_000, 300_000])
def test_of_too_much_the_head_and_the_tail_are_kept(size: int) -> None:
    data = b"".join(b"%09d\n" % number for number in range(size // 10 + 1))[:size]
    kept = _keep(data, 1_000).text.encode()
    head, _, tail = kept.partition(b"\n[... output left out ...]\n")
    assert len(kept) == 1_000
    assert len(head) >= 700
    assert len(tail) >= 200
    assert data.startswith(head)
    assert data.endswith(tail)


@pytest.mark.parametrize("bytes_max", [0, 1, 50])
def test_a_tiny_cap_keeps_the_head_only(bytes_max: int) -> None:
    output = _keep(b"x" * 1_000, bytes_max)
    assert output.text == "x" * bytes_max
    assert output.truncated


def test_draining_never_waits() -> None:
    reader, writer = os.pipe()
    output = CappedOutput(reader, 100)
    output.drain()
    assert (output.total, output.ended) == (0, False)
    os.close(reader)
    os.close(writer)
