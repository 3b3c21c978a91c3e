"""JSON that knows the line on which each object and value begins, so that errors can name it."""

import json
import json.decoder
import json.scanner
from bisect import bisect_left
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from syntropism.domain.errors import Invalid

DEPTH_MAX: Final = 20
"""How deeply lists and objects may lie in each other."""

_CONSTANTS: Final = ("NaN", "Infinity", "-Infinity")


class Located(dict[str, Any]):
    """A JSON object, its line, and the line of each value."""

    line = 1
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """Where the value of ``key`` begins; where the object begins if there is none."""
        return self.lines.get(key, self.line)


class _Decoder(json.JSONDecoder):
    """The library's decoder, in Python, that tells where each value begins."""

    def __init__(self, text: str) -> None:
        super().__init__(parse_float=Decimal, parse_int=Decimal)
        self._breaks = [i for i, character in enumerate(text) if character == "\n"]
        self._depth = 0
        self.parse_object = self._object
        self.parse_array = self._array
        self._scan = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]
        self.scan_once = self._value

    def line(self, position: int) -> int:
        return bisect_left(self._breaks, position) + 1

    def _value(self, text: str, position: int) -> Any:
        if text.startswith(_CONSTANTS, position):
            word = next(one for one in _CONSTANTS if text.startswith(one, position))
            raise self._refused(position, f"{word} is not a number", "json")
        return self._scan(text, position)

    def _object(self, place: tuple[str, int], strict: bool, *_: Any) -> tuple[Any, int]:
        found, begun = Located(), list[int]()
        found.line, found.lines = self.line(place[1] - 1), {}

        def value(text: str, position: int) -> Any:
            begun.append(position)
            return self._value(text, position)

        def filled(pairs: list[tuple[str, Any]]) -> Located:
            for (key, one), position in zip(pairs, begun, strict=True):
                if key in found:
                    message = f"the key {key[:40]!r} is there twice"
                    raise self._refused(position, message, key[:40])
                found[key] = one
                found.lines[key] = self.line(position)
            return found

        read = json.decoder.JSONObject  # type: ignore[attr-defined]
        return self._deeper(place, lambda: read(place, strict, value, None, filled))

    def _array(self, place: tuple[str, int], *_: Any) -> tuple[Any, int]:
        read = json.decoder.JSONArray  # type: ignore[attr-defined]
        return self._deeper(place, lambda: read(place, self._value))

    def _deeper(
        self, place: tuple[str, int], read: Callable[[], tuple[Any, int]]
    ) -> tuple[Any, int]:
        if self._depth == DEPTH_MAX:
            raise self._refused(place[1] - 1, "nested too deeply", "json")
        self._depth += 1
        found = read()
        self._depth -= 1
        return found

    def _refused(self, position: int, message: str, field: str) -> Invalid:
        return Invalid(f"line {self.line(position)}: json: {message}", field=field)


def load(text: str) -> Any:
    """The document; objects are ``Located``, numbers ``Decimal``.

    Raises:
        Invalid: no JSON, a key twice, no number, or nested too deeply; the message names the line.
    """
    try:
        return _Decoder(text).decode(text)
    except json.JSONDecodeError as failure:
        ending = " (the file is cut off)" if failure.pos >= len(text.rstrip()) else ""
        raise Invalid(f"line {failure.lineno}: json: {failure.msg}{ending}", field="json") from None
