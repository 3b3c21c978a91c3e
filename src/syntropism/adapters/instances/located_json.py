"""JSON whose objects know the line they begin on, so that errors can name it."""

import json
import json.decoder
import json.scanner
from bisect import bisect_right
from decimal import Decimal
from typing import Any

from syntropism.domain.errors import Invalid


class Located(dict[str, Any]):
    """A JSON object, and its line."""

    line = 1


class _Decoder(json.JSONDecoder):
    def __init__(self, text: str) -> None:
        super().__init__(
            object_pairs_hook=_object, parse_float=Decimal, parse_int=Decimal, parse_constant=_no
        )
        self._breaks = [i for i, character in enumerate(text) if character == "\n"]
        self.parse_object = self._located
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _located(self, place: tuple[str, int], *rest: Any) -> tuple[Any, int]:
        found, end = json.decoder.JSONObject(place, *rest)  # type: ignore[attr-defined]
        found.line = bisect_right(self._breaks, place[1] - 1) + 1
        return found, end


def _object(pairs: list[tuple[str, Any]]) -> Located:
    found = Located()
    for key, value in pairs:
        if key in found:
            raise _Refused(f"the key {key[:40]!r} is there twice", key[:40])
        found[key] = value
    return found


def _no(word: str) -> None:
    raise _Refused(f"{word} is not a number", "json")


class _Refused(Exception):
    pass


def load(text: str) -> Any:
    """The document; objects are ``Located``, numbers ``Decimal``.

    Raises:
        Invalid: no JSON, a key twice, or nested too deeply; the message names the line.
    """
    try:
        return _Decoder(text).decode(text)
    except json.JSONDecodeError as failure:
        ending = " (the file is cut off)" if failure.pos >= len(text.rstrip()) else ""
        raise Invalid(f"line {failure.lineno}: json: {failure.msg}{ending}", field="json") from None
    except _Refused as failure:
        raise Invalid(f"json: {failure.args[0]}", field=failure.args[1]) from None
    except RecursionError:
        raise Invalid("json: nested too deeply", field="json") from None
