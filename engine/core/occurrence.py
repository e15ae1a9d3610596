"""Anything that reaches the core: what happened to one customer, and the instant it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Arrived", "Changed", "Deployed", "Happened", "Occurrence", "Passed", "Requested"]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: `purchase` with its properties, already converted to their declared types."""

    at: int
    """Microseconds since 1970 UTC, like every `at` in the core."""
    event: str
    """The declared name."""
    properties: Mapping[str, object] = field(default_factory=dict)
    id: str = ""
    """What the source calls it; the same event told twice is taken once, by the runtime."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Attributes got other values; `None` removes one."""

    at: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A customer is seen for the first time, after the program was deployed."""

    at: int
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployed:
    """The program is deployed while this customer is already there: `existing:` decides."""

    at: int


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody asks for a playbook by hand (`manual`)."""

    at: int
    playbook: str
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing but time: every timer due until then, that instant included, is settled."""

    at: int


Occurrence = Happened | Changed | Arrived | Deployed | Requested | Passed
