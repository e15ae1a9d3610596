"""A condition as it was found: each part in words, with its value and the parts below it.

Every decision makes some, so they are slotted but not frozen, like its effects. Nobody changes one.
"""

from dataclasses import dataclass

__all__ = ["Trace"]


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
