"""Segment-shaped records (`type`, `userId`, `traits`, …) in the plain shape of events and changes."""

from collections.abc import Mapping

from .lines import Record

__all__ = ["is_segment", "plain"]


def is_segment(record: Mapping[str, object]) -> bool:
    """Whether a record is one of Segment's: it says its `type` and when, and names no customer."""
    return "type" in record and "customer" not in record and "at" not in record


def plain(record: Mapping[str, object]) -> Record | str:
    """Return the record as `at`, `customer`, `id` and `event` or `set`, or why it cannot be.

    A page or a screen is an event of that name, with the name of the page among its properties.
    """
    traits = _mapping(record.get("traits"))
    properties = _mapping(record.get("properties"))
    told = _mapping(_mapping(record.get("context")).get("traits"))
    shape: Record
    match record.get("type"):
        case "track":
            shape = {"event": record.get("event"), "properties": properties}
        case "identify" | "group":
            shape = {"set": {**told, **traits}}
        case "page" | "screen":
            named = {"name": record["name"]} if record.get("name") else {}
            shape = {"event": record["type"], "properties": {**named, **properties}}
        case "alias":
            return "an alias joins two customers into one, which a rehearsal does not do"
        case other:
            return f"there is no Segment type {str(other)[:40]!r}"
    return shape | {
        "at": record.get("timestamp") or record.get("originalTimestamp"),
        "customer": record.get("userId"),
        "id": record.get("messageId"),
    }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
