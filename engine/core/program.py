"""All compiled playbooks of a project, indexed by what they read and ready to decide."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from . import plan as P
from .compile import Condition, compile_condition, compile_filter, compile_value
from .expr import Compare, Expr
from .history import HistoryPlan
from .matching import Matcher, Row, build_matcher
from .state import Customer
from .vocabulary import Vocabulary
from .zone import zone

__all__ = ["Program", "ReadyPlan", "ReadyStep", "Spec"]

Matchers = Mapping[str, object]
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
    """For `wait for … where`: whether an event's properties are the awaited ones."""
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, eq=False)
class Spec:
    """One trigger of one playbook that is watched rather than met: what it needs at a look."""

    key: str
    """`playbook/number`: names its watch and its timers."""
    plan: "ReadyPlan"
    trigger: P.Trigger
    condition: Condition | None = None
    crossing: bool = False
    """Whether only a change from known-false counts."""
    postpones: frozenset[str] = frozenset()
    """Events that can only make the next change later while the condition is not true."""


@dataclass(slots=True, eq=False)
class ReadyPlan:
    """A plan with its conditions compiled."""

    plan: P.Plan
    steps: dict[str, ReadyStep]
    condition: Condition | None
    stop: Condition | None
    per: Value | None
    specs: list[Spec] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """What one event, or one attribute, sets in motion."""

    specs: list[Spec] = field(default_factory=list)
    changes: list[tuple[ReadyPlan, str, P.OnChange]] = field(default_factory=list)


class Program:
    """A project ready to decide: build it once, use it for every customer.

    `matchers` gives, for each pattern of a `matches`, an object with a `search` method.
    """

    def __init__(self, project: P.Project, matchers: Matchers | None = None) -> None:
        self.project = project
        self.vocabulary: Vocabulary = project.vocabulary
        self.calendar = project.calendar
        self.zone = zone(project.vocabulary.timezone)
        self._matchers = matchers or {}
        self.blank: dict[str, object] = dict.fromkeys(project.vocabulary.attributes)
        self.zone_attribute = next(
            (n for n, t in self.vocabulary.attributes.items() if t.kind == "timezone"), None
        )
        self.history = HistoryPlan(_expressions(project.plans), project.calendar)
        self.plans = {plan.playbook: self._ready(plan) for plan in project.plans}
        self.manual = {
            plan.playbook
            for plan in project.plans
            if any(isinstance(trigger, P.OnManual) for trigger in plan.triggers)
        }
        self.specs: list[Spec] = []
        self.event_readers: dict[str, Reader] = {}
        self.attribute_readers: dict[str, Reader] = {}
        self.starts: list[tuple[ReadyPlan, str]] = []
        self.matcher = self._index()
        self.read_events = frozenset(self.event_readers) | self.history.events | self.awaited()

    def customer(self, name: str, attributes: Mapping[str, object] | None = None) -> Customer:
        """Return a customer about whom nothing else is known yet."""
        from .history import History

        values = self.blank | dict(attributes or {})
        return Customer(name, values, History(), self.zone_of(values))

    def zone_of(self, attributes: Mapping[str, object]) -> "object":
        """Return the customer's own zone, or the project's."""
        own = attributes.get(self.zone_attribute) if self.zone_attribute else None
        return zone(str(own)) if own else self.zone
