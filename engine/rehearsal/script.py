"""A test of a playbook as data: one customer, a virtual clock, what happens, what should come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.expr import Expr
from ..core.occurrence import Changed, Ending, Happened, Requested, Settled
from ..core.plan import Json

__all__ = [
    "Answer",
    "Ended",
    "Expected",
    "InStage",
    "Late",
    "Moment",
    "Never",
    "Question",
    "Restart",
    "Skipped",
    "Trial",
]


@dataclass(frozen=True, slots=True)
class Restart:
    """The engine stops and starts: the customer's state goes through JSON."""

    at: int


@dataclass(frozen=True, slots=True)
class Late:
    """Something that is heard of only at `at`, later than it happened."""

    at: int
    what: Happened | Changed


@dataclass(frozen=True, slots=True)
class Answer:
    """A person answers the question that waits, or the one that is named; or hands it on."""

    at: int
    said: str
    """An answer; empty when the question is handed on."""
    by: str = ""
    to: str = ""
    """Who is to answer from now on."""
    playbook: str = ""
    step: str = ""
    number: int = 0
    """Which of the step's questions, counted from 1; 0 for the one that waits."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An action ends: the last one that a step has promised, or the one that is named."""

    at: int
    ending: Ending
    step: str
    playbook: str = ""
    because: str = ""
    answer: Json = None
    number: int = 0
    """Which of the step's actions, counted from 1; 0 for the last."""


Moment = Happened | Changed | Requested | Settled | Restart | Late | Answer | Ended
"""What authors cannot write, what became of one action of one run, stands in recorded histories."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An action that should be performed; what is None may be anything."""

    at: int | None = None
    do: str | None = None
    """The kind of action, or the name the author gave it."""
    step: str | None = None
    customer: str | None = None
    args: Mapping[str, Json] | None = None
    """What must be among what it was given."""


@dataclass(frozen=True, slots=True)
class Never:
    """An action that should not be performed, at all or in a stretch of time."""

    do: str
    after: int | None = None
    """Inclusive."""
    before: int | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An action that should be decided upon and not performed; what is None may be anything."""

    do: str
    because: str = ""
    """What must be in the reason."""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class InStage:
    """A stage the customer should be in: at an instant, at some instant up to one, or both."""

    attribute: str
    """The attribute that holds the stage."""
    stage: str
    """By its declared name."""
    leaves: tuple[str, ...]
    """The stage itself, or all that it holds."""
    at: int | None = None
    """After all that happens at that instant; None for the end, unless `by` is said."""
    by: int | None = None
    """Inclusive."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One test. Instants are microseconds since 1970 UTC, values as declared."""

    customer: str
    attributes: Mapping[str, object]
    start: int
    until: int
    """Exclusive, as in a dry run."""
    timeline: tuple[Moment, ...]
    """In the order in which it is heard of; what lies before `start` is history."""
    expected: tuple[Expected, ...]
    never: tuple[Never, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    stages: tuple[InStage, ...] = ()
    extra: bool = False
    """Whether other actions may be performed, too."""
    playbook: str | None = None
    """The only playbook that plays; None for all of the project."""
    answers: Mapping[str, Json] | None = field(default_factory=dict)
    """What actions answer, by the name given with `as:`; with None only the timeline answers."""
    fails: frozenset[str] = frozenset()
    """The names of the answers whose actions fail."""
    drawn: Mapping[str, str] = field(default_factory=dict)
    """Where the customer belongs, by the place in which it is remembered; all else is drawn."""
    new: bool = False
    """Whether the customer is first seen at the start; else it is there when playbooks are deployed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A test of a condition: what it comes to for a customer at an instant."""

    condition: Expr
    customer: str
    attributes: Mapping[str, object]
    timeline: tuple[Moment, ...]
    at: int
    expected: bool | None
    """None is unknown."""
