"""Hooks signed by Standard Webhooks: their type is the event, their data its properties."""

from collections.abc import Iterator
from typing import Final

from .asked import Asked, Form, Item, Json, Odd, Operation, told

__all__ = ["OPERATIONS"]


def _read(asked: Asked) -> Iterator[Item]:
    body = asked.body
    if not isinstance(body, dict):
        yield Odd("a hook's body is no object", body)
        return
    record = {
        "customer": _at(body, asked.customer_at), "at": body.get("timestamp"),
        "id": asked.headers.get("webhook-id"), "event": body.get("type"),
        "properties": body.get("data"),
    }  # fmt: skip
    if record["customer"] is None:
        yield Odd(f"there is no `{asked.customer_at}`, where this hook's customer stands", body)
    else:
        yield told(asked, record, body)


def _at(value: Json, path: str) -> Json:
    """Return what stands at a dotted path, None where there is nothing."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "data"],
    "properties": {
        "type": {"type": "string", "description": "the name of the event"},
        "timestamp": {"type": "string", "description": "when it happened"},
        "data": {"type": "object", "description": "its properties, the customer among them"},
    },
}
_EXAMPLE: Final = {
    "type": "contract.signed",
    "timestamp": "2026-03-02T10:00:00Z",
    "data": {"customer": "ada", "seats": 12},
}
_HEADERS: Final = {
    "webhook-id": "msg_1",
    "webhook-timestamp": "1772445600",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}

OPERATIONS: Final = (
    Operation(
        "hook", "POST", "/hooks/{hook}", "a signed hook, by Standard Webhooks 1.0", _read,
        (Form(_SCHEMA, {"contract": _EXAMPLE}),), tag="Hooks", by="signature", headers=_HEADERS,
    ),
)  # fmt: skip
"""Where hooks are sent to."""
