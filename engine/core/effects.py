"""What a decision asks for: actions to perform, and the journal of what was decided and why.

Every decision makes some of these, so they are slotted but not frozen: freezing them took an
eighth of a whole rehearsal (see docs/benchmarks.md). Nobody changes one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .plan import Json
from .trace import Trace

__all__ = ["ASK", "Effect", "Effects", "Entry", "EntryKind", "Perform"]

ASK: Final = "ask"
"""The kind of action that is a question to a person: a task, which no handler performs."""


@dataclass(slots=True)
class Perform:
    """An action to perform, with all that its templates may name as it was at that instant."""

    at: int
    """When it was decided, microseconds since 1970 UTC."""
    planned_at: int
    customer: str
    playbook: str
    run: str
    step: str
    kind: str
    """The kind of action: `create-task`."""
    action: str
    """The name the author used."""
    args: Mapping[str, Json]
    """As the author wrote them: texts are templates."""
    key: str
    """The same for the same promise, in every retry and on every machine."""
    attributes: Mapping[str, object]
    event: Mapping[str, object] | None
    """The properties of the event that started the run, if one did."""
    why: tuple[Trace, ...] = ()
    """The step's own conditions with their values; those of the run stand where it started."""
    skipped: str = ""
    """Not to be performed after all, and the reason: `unless: unknown`, `late`, …"""
    answers: Mapping[str, object] = field(default_factory=dict)
    """What earlier actions of the run have answered, by name, for its templates."""
    awaited: bool = False
    """Whether the run waits to be told how it ended."""
    until: int | None = None
    """Until when, if time will end the wait."""
    choices: tuple[str, ...] = ()
    """Of a question: the answers that may be given."""
    words: Mapping[str, Json] | None = None
    """`args` with every text rendered, where limits had to look at them."""
    merged: tuple["Perform", ...] = ()
    """For a digest: the messages it takes the place of."""
    each: object = None
    """The record it is done for, of a step that has `for each:`."""


EntryKind = Literal[
    "started",
    "not started",
    "performed",
    "skipped",
    "held",
    "waiting",
    "branch",
    "set",
    "moved",
    "refused",
    "emitted",
    "ended",
    "cut",
    "deployed",
    "settled",
    "holdout",
    "goal",
    "repeat",
    "asked",
    "answered",
    "withdrawn",
    "requested",
    "cancelled",
]


@dataclass(slots=True)
class Entry:
    """One line of the journal."""

    at: int
    customer: str
    kind: EntryKind
    playbook: str
    run: str = ""
    step: str = ""
    note: str = ""
    """What and why, in words: `event purchase`, `already running as …`."""
    why: tuple[Trace, ...] = ()
    due_at: int | None = None
    """Until when a run waits, if time will end the wait."""
    about: str = ""
    """The key of the question that is withdrawn."""


Effect = Perform | Entry
Effects = tuple[Effect, ...]
"""In the order in which they were decided."""
