"""The description of the API: OpenAPI from the operations themselves."""

import re
from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from syntropism.adapters.rest.operations import Operation
from syntropism.adapters.rest.schemas import Nothing
from syntropism.adapters.rest.view_schemas import view_schema
from syntropism.application.commands.performing import KEY_MAX
from syntropism.application.queries.paging import LIMIT_DEFAULT, LIMIT_MAX

_REF: Final = "#/components/schemas/{model}"
_TOKEN: Final = "token"
_META: Final = {
    "type": "object",
    "properties": {
        "timestamp": {"type": "string", "format": "date-time"},
        "version": {"type": "string"},
        "request_id": {"type": "string"},
    },
    "required": ["timestamp", "version", "request_id"],
}
_ERROR: Final = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
            "required": ["code", "message", "details"],
        },
        "meta": {"$ref": _REF.format(model="Meta")},
    },
    "required": ["error", "meta"],
}
_QUERY: Final[dict[str, dict[str, Any]]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    "cursor": {"type": "string"},
    "unread": {"type": "boolean", "default": False},
    "queued": {"type": "boolean", "default": False},
}


def operation_extra(operation: Operation) -> dict[str, Any]:
    """What is said about an operation beyond its path and summary."""
    found: dict[str, Any] = {}
    data = view_schema(operation.answers, found) if operation.answers else {"type": "object"}
    if operation.listed:
        data = _page(data)
    extra: dict[str, Any] = {
        "parameters": _parameters(operation),
        "security": [{_TOKEN: []}],
        "responses": {
            "200": {"description": operation.summary, "content": _json(_envelope(data))},
            "default": {
                "description": "Refused",
                "content": _json({"$ref": _REF.format(model="Error")}),
            },
        },
    }
    if operation.body is not Nothing:
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        extra["requestBody"] = {"required": True, "content": _json(schema)}
    return extra


def describe(app: FastAPI, operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components["schemas"] = _schemas(operations)
        components["securitySchemes"] = {_TOKEN: {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = document
    return app.openapi_schema


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    found: dict[str, Any] = {"Meta": _META, "Error": _ERROR}
    for operation in operations:
        if operation.answers:
            view_schema(operation.answers, found)
    bodies = {operation.body for operation in operations}
    _, bodies_found = models_json_schema(
        [(body, "validation") for body in sorted(bodies, key=lambda body: body.__name__)],
        ref_template=_REF,
    )
    return {**found, **bodies_found.get("$defs", {})}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    for name in operation.query:
        schema = _QUERY.get(name, {"type": "string"})
        found.append({"name": name, "in": "query", "required": False, "schema": schema})
    if operation.keyed:
        schema = {"type": "string", "minLength": 1, "maxLength": KEY_MAX}
        found.append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
        )
    return found


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": item},
            "next_cursor": {"type": ["string", "null"]},
        },
        "required": ["items", "next_cursor"],
    }


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"data": data, "meta": {"$ref": _REF.format(model="Meta")}},
        "required": ["data", "meta"],
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
