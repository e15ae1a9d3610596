"""What a project declares: the attributes and events a playbook may name, and their types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

__all__ = ["Kind", "Type", "Vocabulary", "fold"]

Kind = Literal[
    "text",
    "number",
    "boolean",
    "date",
    "instant",
    "duration",
    "one of",
    "list",
    "record",
    "timezone",
    "calendar",
]


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a declared value: `text`, `{one of: [free, pro]}`, `{list of: {name: text}}`."""

    kind: Kind
    options: tuple[str, ...] = ()
    """The allowed texts of a `one of`, or the names of the calendars there are."""
    fields: tuple[tuple[str, "Type"], ...] = ()
    """The declared fields of a `record`, in the order they were written."""
    item: "Type | None" = None
    """What a `list` holds."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Declared names with their types, found by any spelling that folds to the same."""

    project: str
    timezone: str = "UTC"
    """Where a customer has no zone of its own: an IANA name."""
    attributes: Mapping[str, Type] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    """The declared properties of each declared event."""
    computed: tuple[str, ...] = ()
    """The attributes that are signals and segments: nobody can set them."""
    certain: tuple[str, ...] = ()
    """Those of them that are never missing."""
    locale: str = ""
    """How dates and money are written for a customer who has none of its own: `de`, `pt-BR`."""


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Reduce a name to what its spellings share: case, space, `-` and `_` do not count.

    >>> fold("Go Live") == fold("go_live") == fold("go-live")
    True
    """
    return name.casefold().replace(" ", "-").replace("_", "-")
