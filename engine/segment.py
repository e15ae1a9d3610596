"""Segment-shaped records (`type`, `userId`, `traits`, …) in the plain shape of events and changes."""

from collections.abc import Mapping
from types import NoneType
from typing import Final

from .lines import Record

__all__ = ["is_segment", "parts", "plain"]

_OBJECTS: Final = ("context", "properties", "traits")
_OBJECT_OR_NOT: Final = (dict, NoneType)


def is_segment(record: Mapping[str, object]) -> bool:
    """Whether a record is one of Segment's: it says its `type` and when, and names no customer."""
    return "type" in record and "customer" not in record and "at" not in record


def parts(record: Record | str) -> tuple[Record | str, ...]:
    """Return what a line tells, each in the plain shape, or why it tells nothing."""
    if isinstance(record, str) or not is_segment(record):
        return (record,)
    found = plain(record)
    return (found,) if isinstance(found, str) else found


def plain(record: Mapping[str, object]) -> tuple[Record, ...] | str:
    """Return the record as `at`, `customer`, `id` and `event` or `set`, or why it cannot be.

    A page or a screen is an event of that name, with the name of the page among its properties. A
    group is two records: what is known of the account, a customer under the group's id, and of the
    user to which `account` it belongs.
    """
    for name in _OBJECTS:
        if not isinstance(record.get(name), _OBJECT_OR_NOT):
            return f"`{name}` is no object"
    match record.get("type"):
        case "track":
            told = _mapping(record.get("properties"))
            return (_shaped(record, event=record.get("event"), properties=told),)
        case "identify":
            told = _mapping(_mapping(record.get("context")).get("traits"))
            return (_shaped(record, set={**told, **_mapping(record.get("traits"))}),)
        case "group":
            return _group(record)
        case "page" | "screen":
            named = {"name": record["name"]} if record.get("name") else {}
            told = {**named, **_mapping(record.get("properties"))}
            return (_shaped(record, event=record["type"], properties=told),)
        case "alias":
            return "an alias joins two customers into one, which cuebook does not do"
        case other:
            return f"there is no Segment type {str(other)[:40]!r}"


def _group(record: Mapping[str, object]) -> tuple[Record, ...] | str:
    account, own = record.get("groupId"), record.get("messageId")
    if account is None or account == "":
        return "a group without a `groupId`"
    about = {"userId": account, "messageId": f"{own} account" if own else None}
    known = _shaped({**record, **about}, set=_mapping(record.get("traits")))
    return (known, _shaped(record, set={"account": account})) if record.get("userId") else (known,)


def _shaped(record: Mapping[str, object], **told: object) -> Record:
    return told | {
        "at": record.get("timestamp") or record.get("originalTimestamp"),
        "customer": record.get("userId"),
        "id": record.get("messageId"),
    }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
