"""Playbooks with their conditions compiled, and what sets them in motion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from . import plan as P
from .codec import digest
from .compile import Condition
from .levels import Levels
from .meeting import Change, PairSpec
from .moves import ReadyMove
from .shares import safe

__all__ = [
    "Reader",
    "ReadyPlan",
    "ReadyStep",
    "Spec",
    "Start",
    "Value",
    "version_of",
]

Value = Callable[..., object]


@dataclass(slots=True, eq=False)
class ReadyStep:
    """A step with its conditions compiled."""

    step: P.Step
    only_if: Condition | None
    unless: Condition | None
    branches: tuple[tuple[Condition, str | None], ...] = ()
    until: Condition | None = None
    accepts: Callable[..., bool] | None = None
    """For `wait for … where`: whether an event's properties are the awaited ones; for `for each:`
    whether a record is one of those that count."""
    among: Value | None = None
    """For `for each:`: the list."""
    values: tuple[tuple[str, Value], ...] = ()
    question: Mapping[str, P.Json] = field(default_factory=dict)
    """What a person who is asked is given, as the author wrote it."""
    name: str = field(init=False)
    """Its id as it stands in keys."""

    def __post_init__(self) -> None:
        self.name = safe(self.step.id)


@dataclass(slots=True, eq=False)
class Spec:
    """One trigger of one playbook that is watched rather than met: what it needs at a look."""

    key: str
    """`playbook/number`: names its watch and its timers."""
    plan: "ReadyPlan"
    trigger: P.Trigger
    condition: Condition | None = None
    number: int = 0
    """Its place in the order of the project."""
    levelled: bool = False
    """Whether it is found by its level, and has no watch of its own."""
    enters: tuple[str, str] = ("", "")
    """For a rule of a lifecycle: the attribute of the stage, and the stage it moves to."""
    look: str = field(init=False)
    """The timer for when its condition may change or its instant has come."""

    def __post_init__(self) -> None:
        # What it reads would be computed before anybody looks if it were kept.
        self.look = f"derive:look:{self.key}" if self.inlines else f"look:{self.key}"

    @property
    def inlines(self) -> bool:
        """Whether its condition reads signals that are not kept."""
        return self.condition is not None and self.condition.inlined is not self.condition.expr


@dataclass(slots=True, eq=False)
class ReadyPlan:
    """A plan with its conditions compiled."""

    plan: P.Plan
    steps: dict[str, ReadyStep]
    condition: Condition | None
    stop: Condition | None
    per: Value | None
    goal: Condition | None = None
    name: str = field(init=False)
    """The playbook's name as it stands in ids of runs."""
    _version: str = ""

    def __post_init__(self) -> None:
        self.name = safe(self.plan.playbook)

    @property
    def version(self) -> str:
        """Return the short name of the plan's content; found when a run first needs it."""
        self._version = self._version or version_of(self.plan)
        return self._version


@dataclass(frozen=True, slots=True)
class Start:
    """One event trigger: whose run begins."""

    key: str
    plan: ReadyPlan


@dataclass(slots=True, eq=False)
class Reader:
    """What one event, or one attribute, sets in motion."""

    specs: list[Spec] = field(default_factory=list)
    levels: Levels | None = None
    """Crossings of the attribute over constants, which are not among `specs`."""
    changes: list[Change] = field(default_factory=list)
    pairs: list[PairSpec] = field(default_factory=list)
    moves: list[tuple[ReadyPlan, ReadyMove]] = field(default_factory=list)


def version_of(plan: P.Plan) -> str:
    """Return the short name of a plan's content, as runs and the journal carry it."""
    return digest(plan)[:12]
