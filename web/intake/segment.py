"""Segment's tracking API, which RudderStack's libraries speak too: one call alone, or a batch."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...engine.core.instant import parse_instant
from ...engine.core.zone import UTC
from ...engine.runtime.reading import STRANGER
from ...engine.segment import plain
from .asked import Asked, Form, Item, Json, Odd, Operation, each, told
from .ordinary import at_a_glance

__all__ = ["OPERATIONS"]

_AT: Final = "2026-03-02T10:00:00.000Z"
_ID: Final = "ajs-7f1c2d"
_COMMON: Final = {
    "userId": {"type": ["string", "integer", "null"], "description": "the customer"},
    "messageId": {"type": ["string", "null"], "description": "what is sent again is taken once"},
    "timestamp": {"type": ["string", "null"], "description": "when it happened; now where missing"},
    "sentAt": {
        "type": ["string", "null"],
        "description": "a clock that is ahead is set right by it",
    },
    "context": {"type": ["object", "null"]},
    "writeKey": {"type": "string", "description": "the key, where no header holds it"},
}
_OBJECT: Final = {"type": ["object", "null"]}
_OWN: Final[Mapping[str, Json]] = {
    "identify": {"traits": _OBJECT},
    "track": {"event": {"type": "string"}, "properties": _OBJECT},
    "group": {"groupId": {"type": ["string", "integer"]}, "traits": _OBJECT},
    "page": {"name": {"type": ["string", "null"]}, "properties": _OBJECT},
    "screen": {"name": {"type": ["string", "null"]}, "properties": _OBJECT},
    "alias": {"previousId": {"type": ["string", "integer"]}},
}
_SUMMARIES: Final = {
    "identify": "traits become attributes of the customer",
    "track": "an event of the customer",
    "group": "traits become attributes of the account, and the user gets `account`",
    "page": "an event `page`, with the page's name among its properties",
    "screen": "an event `screen`, with the screen's name among its properties",
    "alias": "two customers cannot become one: it is kept, and told among `errors`",
}
_EXAMPLES: Final[Mapping[str, Json]] = {
    "identify": {"traits": {"plan": "growth", "seats": 12}},
    "track": {"event": "go-live", "properties": {"region": "eu"}},
    "group": {"groupId": "acme", "traits": {"name": "Acme", "employees": 40}},
    "page": {"name": "Pricing", "properties": {"url": "https://example.com/pricing"}},
    "screen": {"name": "Home", "properties": {}},
    "alias": {"previousId": "ada@example.com"},
}


def _each(asked: Asked, calls: Sequence[Json], ahead: int) -> Sequence[Item]:
    """Return what each of many calls tells; what is odd knows which one it was."""
    quick = at_a_glance(asked.source, calls, ahead)
    rows = [row for row in quick if row is not None]
    if len(rows) == len(calls):
        return rows

    def read(place: int) -> Sequence[Item]:
        row = quick[place]
        return _one(asked, calls[place], ahead) if row is None else (row,)

    return each(range(len(calls)), read)


def _one(asked: Asked, call: Json, ahead: int) -> Sequence[Item]:
    """Return what one call tells, read with care."""
    if not isinstance(call, dict):
        return [Odd("a call is no object", call)]
    found = plain(call)
    if isinstance(found, str):
        aside = call.get("type") == "alias"
        return [Odd(found, call, str(call.get("userId") or ""), aside=aside)]
    return [
        Odd(STRANGER, call, aside=True)
        if record["customer"] is None and call.get("anonymousId")
        else told(asked, record, call, ahead=ahead)
        for record in found
    ]


def _ahead(asked: Asked, sent_at: object) -> int:
    """Return by how much the sender's clock is ahead of ours, in microseconds; 0 when it is not.

    What it stamps would be waited for; how far it lags cannot be told from how long it took to send.
    """
    try:
        return max(0, parse_instant(sent_at, UTC) - asked.now) if isinstance(sent_at, str) else 0
    except ValueError:
        return 0


def _alone(kind: str) -> Operation:
    def read(asked: Asked) -> Sequence[Item]:
        if not isinstance(asked.body, dict):
            return _one(asked, asked.body, 0)
        call = {**asked.body, "type": kind}
        return _each(asked, [call], _ahead(asked, asked.body.get("sentAt")))

    example = {"userId": "ada", "messageId": f"{_ID}-{kind}", "timestamp": _AT, **_EXAMPLES[kind]}
    schema = {"type": "object", "properties": {**_COMMON, **_OWN[kind]}}
    return Operation(
        kind, "POST", f"/v1/{kind}", _SUMMARIES[kind], read, _forms(schema, {kind: example}),
        tag="Segment", key_in_body=True,
    )  # fmt: skip


def _forms(schema: Json, examples: Json) -> tuple[Form, ...]:
    """Return one form for each Content-Type; browsers send text, which needs no leave of an origin."""
    return tuple(Form(schema, examples, kind) for kind in ("application/json", "text/plain"))


def _batch(asked: Asked) -> Sequence[Item]:
    calls = asked.body.get("batch") if isinstance(asked.body, dict) else None
    if not isinstance(calls, list):
        return [Odd("`batch` is no list of calls", asked.body, whole=True)]
    ahead = _ahead(asked, asked.body.get("sentAt"))
    return _each(asked, calls, ahead)


_MANY: Final[Json] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {
            "type": "array",
            "items": {"type": "object", "properties": {"type": {"enum": list(_OWN)}, **_COMMON}},
        },
        "sentAt": _COMMON["sentAt"],
        "writeKey": _COMMON["writeKey"],
    },
}
_BATCH: Final[Json] = {
    "batch": [
        {"type": kind, "userId": "ada", "messageId": f"{_ID}-b-{kind}", **_EXAMPLES[kind]}
        for kind in ("identify", "track")
    ],
    "sentAt": _AT,
}

OPERATIONS: Final = (
    *map(_alone, _OWN),
    Operation(
        "batch", "POST", "/v1/batch", "many calls, each with its `type`", _batch,
        _forms(_MANY, {"batch": _BATCH}), tag="Segment", batch=True, key_in_body=True,
    ),
)  # fmt: skip
"""What Segment's libraries call."""
