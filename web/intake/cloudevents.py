"""CloudEvents 1.0 in their three modes: the type is the event, the subject the customer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from .asked import Asked, Form, Item, Json, Odd, Operation, each, told

__all__ = ["OPERATIONS"]

_ONE: Final = "application/cloudevents+json"
_MANY: Final = "application/cloudevents-batch+json"
_NEEDED: Final = ("id", "source", "specversion", "type")
_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "evt-1",
    "source": "/billing",
    "type": "invoice-paid",
    "subject": "ada",
    "time": "2026-03-02T10:00:00Z",
    "data": {"amount": 120},
}
_SCHEMA: Final = {
    "type": "object",
    "required": [*_NEEDED],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "description": "the name of the event"},
        "subject": {"type": "string", "description": "the customer"},
        "time": {"type": "string"},
        "data": {"type": "object", "description": "its properties"},
    },
}


def _read(asked: Asked) -> Iterator[Item]:
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MANY:
        if not isinstance(asked.body, list):
            yield Odd("a batch is no list of events", asked.body, whole=True)
            return
        yield from each(asked.body, lambda event: (_one(asked, event),))
        return
    item = _one(asked, asked.body if kind == _ONE else _from_headers(asked))
    yield replace(item, whole=True) if isinstance(item, Odd) else item


def _from_headers(asked: Asked) -> Mapping[str, Json]:
    """Return an event whose attributes stand in headers, percent-encoded, and its data in the body."""
    told = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in asked.headers.items()
        if name.startswith("ce-")
    }
    return told if asked.body is None else {**told, "data": asked.body}


def _one(asked: Asked, event: Json) -> Item:
    if not isinstance(event, dict):
        return Odd("an event is no object", event)
    missing = [name for name in _NEEDED if not event.get(name)]
    if missing:
        return Odd(f"no CloudEvent: `{missing[0]}` is missing", event)
    if event["specversion"] != "1.0":
        return Odd(f"specversion {event['specversion']!r:.20} is not read, only 1.0", event)
    if "data_base64" in event:
        return Odd("its data is no object: `data_base64` is not read", event)
    data = event.get("data")
    record = {
        "customer": event.get("subject"), "at": event.get("time"), "id": event["id"],
        "event": event["type"], "properties": {} if data is None else data,
    }  # fmt: skip
    # A source is a URI reference and holds no blank, so that two pairs never make one key.
    return told(asked, record, event, space=f"{event['source']} ")


OPERATIONS: Final = (
    Operation(
        "cloudEvents", "POST", "/events",
        "one CloudEvent, in the body or with its attributes in headers, or a batch of them", _read,
        (
            Form(_SCHEMA, {"structured": _EXAMPLE}, _ONE),
            Form({"type": "array", "items": _SCHEMA}, {"batched": [_EXAMPLE]}, _MANY),
            Form({"type": "object"}, {"binary": _EXAMPLE["data"]}),
        ),
        tag="CloudEvents", batch=True,
        headers={f"ce-{name}": str(value) for name, value in _EXAMPLE.items() if name != "data"},
    ),
)  # fmt: skip
"""Where CloudEvents are sent to."""
