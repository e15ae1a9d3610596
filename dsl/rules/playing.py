"""Playbooks that may begin each other, played by the engine itself: whether they ever come to rest.

One customer after another meets one occurrence, and then nothing but time passes. So what is told of
a circle has happened, to a customer that can be named.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Final

from ...engine.core import plan as P
from ...engine.core.advance import apply
from ...engine.core.duration import HOUR
from ...engine.core.effects import Entry
from ...engine.core.expr import Matches
from ...engine.core.expressions import expressions, project_expressions
from ...engine.core.occurrence import Arrived, Occurrence, Passed
from ...engine.core.program import Program
from ...engine.core.reads import nodes, reads
from ...engine.core.state import Customer
from .causes import Cause, Causes, Round, circle
from .rule import Subject
from .signals import spelt_out
from .witnesses import customers, occurrences, values_of

__all__ = ["played"]

_BEGIN: Final = 1_767_600_000_000_000
"""Monday, 5 January 2026, 8:00 UTC: any instant would do."""
_OCCURRENCES: Final = 24
_TIMERS: Final = 40
"""How many occurrences a customer is tried with, and how many timers then go off."""
_AGAIN: Final = 4
"""How often a playbook has begun, with everything as it was, that will always begin again."""


def played(subject: Subject, names: Collection[str], found: Causes, most: int) -> Round | None:
    """Return a round without end through some playbooks; None where they have come to rest."""
    project = _only(subject, names)
    asked = project_expressions(project)
    if any(isinstance(node, Matches) for one in asked for node in nodes(one)):
        return None
    program, values = Program(project, reasons=False), values_of(subject, project)
    slow: Round | None = None
    outside = (None, *islice(occurrences(project, values, _BEGIN + HOUR), _OCCURRENCES))
    each = list(product(customers(values), outside))
    if len(each) > most:
        each = Random(0).sample(each, most)  # noqa: S311 - the same ones every time
    for attributes, occurrence in each:
        one = _Play(program, attributes, occurrence).round(found)
        if one is not None and not one.period:
            return one
        slow = slow or one
    return slow if slow is not None and _has_no_way_out(subject, slow) else None


def _only(subject: Subject, names: Collection[str]) -> P.Project:
    """Return a project in which only each other and an occurrence from outside begin playbooks.

    Besides a circle it has all that the circle may begin: that may end it.
    """

    def timed(trigger: P.Trigger) -> bool:
        if isinstance(trigger, P.OnSchedule | P.OnDate | P.OnSequence):
            return True
        watched = (trigger.condition,) if isinstance(trigger, P.OnCondition) else ()
        return reads(trigger).time or any(
            reads(spelt_out(one, subject.signals)).time for one in watched
        )

    plans = [
        replace(
            plan,
            triggers=tuple(one for one in plan.triggers if not timed(one)),
            holdout=0,
            limits=(),
        )
        for plan in subject.project.plans
        if plan.playbook in names
    ]
    return replace(subject.project, plans=tuple(plans), limits=(), never=(), templates={})


class _Play:
    """One customer's time with some playbooks."""

    def __init__(
        self, program: Program, attributes: Mapping[str, object], what: Occurrence | None
    ) -> None:
        self.program, self.attributes = program, attributes
        self.customer: Customer = program.customer("c")
        self.starts: dict[str, list[tuple[int, Mapping[str, object]]]] = {}
        """When each playbook began, and what the customer was like then."""
        self.used = set[tuple[str, str]]()
        """The steps that emitted, set or started something."""
        self.cut = False
        self._take(Arrived(_BEGIN, attributes))
        if what is not None and not self.cut:
            self._take(what)

    def round(self, found: Causes) -> Round | None:
        """Return the way round that has no end, None when it came to rest, or may still do so."""
        for _ in range(_TIMERS):
            due = self.customer.next_due()
            if self.cut or due is None:
                break
            self._take(Passed(due))
        if self.cut:
            return self._way(found, list(self.starts), 0)
        for name, begun in self.starts.items():
            last = begun[-_AGAIN:]
            alike = all(one[1] == last[0][1] for one in last)
            if len({one[0] for one in last}) == _AGAIN and alike:
                return self._way(found, [name], last[-1][0] - last[-2][0])
        return None

    def _take(self, what: Occurrence) -> None:
        for effect in apply(self.customer, what, self.program):
            if isinstance(effect, Entry):
                self._note(effect)

    def _note(self, entry: Entry) -> None:
        match entry.kind:
            case "started":
                here = (entry.at, self.customer.attributes)
                self.starts.setdefault(entry.playbook, []).append(here)
            case "emitted" | "set" | "moved" | "requested":
                self.used.add((entry.playbook, entry.step))
            case "cut":
                self.cut = True
            case _:
                pass  # What else a run does begins no other.

    def _way(self, found: Causes, names: Sequence[str], period: int) -> Round | None:
        """Return the circle that was gone round, of the steps that were passed."""
        passed = {
            name: [one for one in found.get(name, ()) if self._went(one)] for name in self.starts
        }
        ways = (circle(name, passed) for name in names)
        way = next((way for way in ways if way is not None), None)
        return None if way is None else Round(way, self.attributes, period)

    def _went(self, cause: Cause) -> bool:
        return (cause.source, cause.step) in self.used and cause.target in self.starts


def _has_no_way_out(subject: Subject, one: Round) -> bool:
    """Tell whether nothing on the way could ever be otherwise: it waits for time alone and asks nothing."""
    names = {cause.source for cause in one.circle}
    plans = subject.project.plans
    bodies = [step.body for plan in plans for step in plan.steps]
    if any(isinstance(body, P.Cancel) and body.playbook in names for body in bodies):
        return False
    return all(_asks_nothing(plan) for plan in plans if plan.playbook in names)


def _asks_nothing(plan: P.Plan) -> bool:
    if plan.condition is not None or plan.stop_when is not None:
        return False
    if any(reads(one).events for one in expressions((plan,))):
        return False
    return all(_surely_passed(step) for step in plan.steps)


def _surely_passed(step: P.Step) -> bool:
    if step.only_if is not None or step.unless is not None:
        return False
    match step.body:
        case P.Choose() | P.Split() | P.WaitFor() | P.WaitUntil() | P.Ask():
            return False
        case P.Do(answer=answer) if answer:
            return False
        case P.Repeat(until=until):
            return until is None
        case _:
            return True
