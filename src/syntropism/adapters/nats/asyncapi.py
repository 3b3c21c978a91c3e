"""The description of the door: AsyncAPI, from the subjects and what OpenAPI says about them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from syntropism.adapters.nats.door import BASE_PATH, ERROR, ERROR_CODE, QUEUE
from syntropism.adapters.nats.subjects import OWN, ROUTES, Route

_HEADERS: Final = {
    "type": "object",
    "properties": {
        "Authorization": {"type": "string", "description": "Bearer and the execution token"},
        "Idempotency-Key": {"type": "string", "minLength": 1},
    },
    "required": ["Authorization"],
}
_REPLY_HEADERS: Final = {
    "type": "object",
    "properties": {
        ERROR_CODE: {"type": "integer", "description": "The HTTP status of a refusal"},
        ERROR: {"type": "string", "description": "The code of a refusal"},
        "Retry-After": {"type": "integer", "description": "Seconds, where waiting helps"},
    },
}


def asyncapi(openapi: Mapping[str, Any]) -> dict[str, Any]:
    """The document (AsyncAPI 3.0) of every subject; ``openapi`` describes the operations."""
    channels: dict[str, Any] = {"inbox": _inbox()}
    operations: dict[str, Any] = {}
    for route in ROUTES:
        name = _name(route)
        described = openapi["paths"][BASE_PATH + route.path][route.method.lower()]
        channels[name] = _channel(route, described)
        operations[name] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": described["summary"],
            "messages": [{"$ref": f"#/channels/{name}/messages/request"}],
            "bindings": {"nats": {"queue": QUEUE}},
            "reply": {
                "address": {"location": "$message.header#/replyTo"},
                "channel": {"$ref": "#/channels/inbox"},
                "messages": [
                    {"$ref": "#/channels/inbox/messages/answer"},
                    {"$ref": "#/channels/inbox/messages/refusal"},
                ],
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{openapi['info']['title']} over NATS",
            "version": openapi["info"]["version"],
            "description": "The System Service by request and reply; answers are those of HTTP.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": openapi["components"]["schemas"]},
    }


def _name(route: Route) -> str:
    return re.sub(r"\W+", "_", route.subject).strip("_")


def _channel(route: Route, described: Mapping[str, Any]) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": route.subject.replace(OWN, "{agent_id}"),
        "messages": {"request": {"headers": _HEADERS, "payload": _payload(route, described)}},
    }
    names = re.findall(r"{(\w+)}", channel["address"])
    if names:
        channel["parameters"] = {
            name: {"description": "A word of the subject, percent-encoded"} for name in names
        }
    answer = described["responses"]["200"]["content"]["application/json"]["schema"]
    channel["x-answer"] = answer
    return channel


def _payload(route: Route, described: Mapping[str, Any]) -> dict[str, Any]:
    if "requestBody" in described:
        schema: dict[str, Any] = described["requestBody"]["content"]["application/json"]["schema"]
        return schema
    fields = {
        one["name"]: one["schema"]
        for one in described.get("parameters", ())
        if one["in"] == "query"
    }
    if route.field:
        fields = {route.field: {"type": "string"}}
    document = {"type": "object", "properties": fields, "additionalProperties": False}
    return {**document, "required": [route.field]} if route.field else document


def _inbox() -> dict[str, Any]:
    return {
        "address": None,
        "description": "_INBOX.{execution_id}.>: the private inbox of the execution that asks",
        "messages": {
            "answer": {
                "headers": _REPLY_HEADERS,
                "payload": {
                    "type": "object",
                    "properties": {
                        "data": {"description": "See x-answer of the channel that was asked"},
                        "meta": {"$ref": "#/components/schemas/Meta"},
                    },
                    "required": ["data", "meta"],
                },
            },
            "refusal": {
                "headers": _REPLY_HEADERS,
                "payload": {"$ref": "#/components/schemas/Error"},
            },
        },
    }
