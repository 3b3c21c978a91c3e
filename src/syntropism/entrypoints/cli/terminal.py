"""A screen with one input line at its bottom; what is printed goes above it."""

import codecs
import os
import re
import select
import signal
import sys
import termios
import tty
from types import FrameType, TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.text import Text

_SEQUENCE: Final = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O.|.)?")
_LINE_MAX: Final = 200
_END_OF_INPUT: Final = "\x04"
_RUB_OUT: Final = ("\x7f", "\b")
_KILL_LINE: Final = "\x15"
_ERASE: Final = "\r\x1b[K"


class Terminal:
    """Reads lines from standard input while other things are printed; needs a terminal on both.

    Used as a context manager; the terminal is put back as it was in any case. Signals go on
    working (Ctrl-C, Ctrl-Z).
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._input = sys.stdin.fileno()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        self._lines: list[str] = []
        self._prompt = ""
        self._shown = False

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._input)
        tty.setcbreak(self._input)
        self._continued = signal.signal(signal.SIGCONT, self._resumed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGCONT, self._continued)
        self.restore()

    def restore(self) -> None:
        """Puts the terminal back as it was."""
        self._erase()
        termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)

    def _resumed(self, _signal: int, _frame: FrameType | None) -> None:
        tty.setcbreak(self._input)
        self._draw()

    def say(self, *renderables: Any) -> None:
        """Prints above the input line. A text alone is one line, cut where the screen ends."""
        self._erase()
        cut = len(renderables) == 1 and isinstance(renderables[0], Text)
        for one in renderables:
            self._console.print(one, no_wrap=cut, overflow="ellipsis" if cut else None)
        self._draw()

    def ask(self, prompt: str) -> None:
        """Shows ``prompt`` before what is typed."""
        if prompt != self._prompt or not self._shown:
            self._erase()
            self._prompt = prompt
            self._draw()

    def poll(self, seconds: float) -> str | None:
        """The next line that was typed, waiting for it at most so long.

        Raises:
            EOFError: there will be none any more.
        """
        if not self._lines:
            ready, _, _ = select.select([self._input], [], [], seconds)
            if ready:
                self._take(os.read(self._input, 1024))
        return self._lines.pop(0) if self._lines else None

    def _take(self, data: bytes) -> None:
        if not data:
            raise EOFError
        for key in _SEQUENCE.sub("", self._decode.decode(data)):
            if key in "\r\n":
                self._enter()
            elif key == _END_OF_INPUT and not self._typed:
                raise EOFError
            elif key in _RUB_OUT:
                self._typed = self._typed[:-1]
            elif key == _KILL_LINE:
                self._typed = ""
            elif key.isprintable() and len(self._typed) < _LINE_MAX:
                self._typed += key
        self._erase()
        self._draw()

    def _enter(self) -> None:
        self._erase()
        self._draw()
        sys.stdout.write("\n")
        self._shown = False
        self._lines.append(self._typed.strip())
        self._typed = ""

    def _erase(self) -> None:
        if self._shown:
            sys.stdout.write(_ERASE)
            sys.stdout.flush()
            self._shown = False

    def _draw(self) -> None:
        room = max(1, self._console.width - len(self._prompt) - 1)
        sys.stdout.write(self._prompt + self._typed[-room:])
        sys.stdout.flush()
        self._shown = True
