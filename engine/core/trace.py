"""A condition as it was found: each part in words, with its value and the parts below it.

Every decision makes some, so they are slotted but not frozen, like its effects. Nobody changes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Source", "SourceKind", "Trace", "read_trace", "say_source", "trace_list"]

SourceKind = Literal["told", "set", "moved", "computed", "event", "answer", "default", "nowhere"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from: it was told, set by a run, computed, or it never came."""

    kind: SourceKind
    at: int | None = None
    """Since when it is there, microseconds since 1970 UTC; None for what was there from the start."""
    by: str = ""
    """The run that set it, or whose trigger it is."""


@dataclass(slots=True)
class Trace:
    """`seats >= 10` was true, because `seats` was 12."""

    text: str
    """The part as an author would write it."""
    value: object
    """What it came to: a value of the core, `None` for missing (or, for a condition, unknown)."""
    parts: tuple["Trace", ...] = ()
    note: str = ""
    """What a value alone does not say: `3 events, the last on 2026-03-01`."""
    source: Source | None = None
    """Where the value came from, where that was asked; no part of the journal."""
    shown: str = ""
    """The value as people read it, where it is a bare number of an instant; no part of the journal."""


def trace_list(trace: Trace) -> list[Any]:
    """Return a reason as JSON values: text, value, note and parts."""
    return [trace.text, trace.value, trace.note, [trace_list(part) for part in trace.parts]]


def read_trace(data: Sequence[Any]) -> Trace:
    """Return a reason that was written as JSON as a trace again."""
    text, value, note, parts = data
    return Trace(text, value, tuple(read_trace(part) for part in parts), note)


def say_source(source: Source, since: str) -> str:
    """Spell where a value came from; `since` is its instant as the reader spells it, empty for none."""
    since = f" {since}" if since else ""
    match source.kind:
        case "told":
            return f"told{since}" if since else "there from the start"
        case "set":
            return f"set by {source.by}{since}"
        case "moved":
            return f"moved by its lifecycle{since}"
        case "computed":
            return f"computed{since}"
        case "event":
            return f"of what happened{since}"
        case "answer":
            return "what an action answered"
        case "default":
            return "by default"
        case "nowhere":
            return "never told"
