"""Anything that reaches the core: what happened to one customer, and the instant it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .plan import Json

__all__ = [
    "Arrived",
    "Cancelled",
    "Changed",
    "Deployed",
    "Ending",
    "Happened",
    "Occurrence",
    "Passed",
    "Requested",
    "Settled",
]


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
    before: str = ""
    """The digest of the program that decided for this customer until then, if one did."""


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody asks for a playbook by hand (`manual`)."""

    at: int
    playbook: str
    properties: Mapping[str, object] = field(default_factory=dict)
    by: str = ""
    """The run whose `start:` it is; what a playbook starts needs no `manual` trigger."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A run cancels a playbook: its runs end, the one that says so excepted."""

    at: int
    playbook: str
    by: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing but time: every timer due until then, that instant included, is settled."""

    at: int


Ending = Literal["answered", "delegated", "done", "failed", "in doubt", "refused"]
"""How an action ended that did not simply succeed or whose answer is waited for, or what a person
made of a task."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a promised action: it ended as told, or a person has answered."""

    at: int
    playbook: str
    run: str
    step: str
    ending: Ending
    note: str = ""
    """Why; of a person the answer itself."""
    key: str = ""
    """The key of the action or the question; empty where nobody waits for it."""
    answer: Json = None
    """What the other side said."""
    by: str = ""
    """Who answered."""


Occurrence = Happened | Changed | Arrived | Deployed | Requested | Cancelled | Settled | Passed
