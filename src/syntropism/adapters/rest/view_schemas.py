"""JSON schemas of the views, from their types: what ``documents.document`` makes of them."""

from collections.abc import Mapping
from datetime import datetime
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import attrs

from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import Credits
from syntropism.domain.market.resources import FIELDS, Bundle

_BUNDLE: Final = {
    "type": "object",
    "properties": {name: {"type": "number"} for name in FIELDS},
    "additionalProperties": {"type": "number"},
}
_SCORES: Final = {
    "type": "object",
    "properties": {
        name: {"type": "integer", "minimum": 0, "maximum": 10}
        for name in ("interesting", "useful", "understandable")
    },
}
_PLAIN: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    Credits: {"type": "number", "description": "Credits."},
    Bundle: _BUNDLE,
    Scores: _SCORES,
    type(None): {"type": "null"},
    Any: {},
}


def view_schema(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; schemas of the views it names are added to ``found``."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [view_schema(part, found) for part in arguments]}
    if origin is tuple:
        return {"type": "array", "items": view_schema(arguments[0], found)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": view_schema(arguments[1], found)}
    if not attrs.has(kind):
        raise TypeError(f"no schema for {kind!r}")
    name: str = kind.__name__
    if name not in found:
        found[name] = {}
        hints = get_type_hints(kind)
        names = [field.name for field in attrs.fields(kind)]
        found[name] = {
            "type": "object",
            "description": (kind.__doc__ or "").strip(),
            "properties": {field.rstrip("_"): view_schema(hints[field], found) for field in names},
            "required": [field.rstrip("_") for field in names],
        }
    return {"$ref": f"#/components/schemas/{name}"}
