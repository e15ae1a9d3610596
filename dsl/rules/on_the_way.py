"""What was asked, and which answers came, on every way to an action of a playbook.

What was true before a wait need not be true behind it, but whoever asked it has thought of it.
"""

from collections.abc import Generator, Sequence

from ...engine.core import plan as P
from ...engine.core.expr import Expr, Missing
from ...engine.core.fixed import fixed
from ...engine.core.ways import Nested
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Subject

__all__ = ["Arrival", "arrivals"]


@fixed
class _Past:
    """What lies behind a run."""

    asked: tuple[Goal, ...] = ()
    answers: frozenset[str] = frozenset()
    """The answers that it has waited for."""
    given: frozenset[str] = frozenset()
    """The attributes that it has given a value."""

    def and_asked(self, *goals: Goal) -> "_Past":
        return _Past((*self.asked, *goals), self.answers, self.given)


@fixed
class Arrival:
    """A run that comes to an action."""

    step: P.Step
    body: P.Do
    past: _Past


_Walk = Generator[Arrival, None, _Past | None]
"""Yields each arrival, and returns what lies behind a run that goes on; None where none does."""


def arrivals(plan: P.Plan, subject: Subject) -> tuple[Arrival, ...]:
    """Return the actions of a playbook, each with what lies behind whichever way a run has come."""
    asked: tuple[Goal, ...] = () if plan.condition is None else ((plan.condition, TRUE),)
    return tuple(_steps(subject.nested(plan), _Past(asked)))


def _steps(items: Sequence[Nested], past: _Past) -> _Walk:
    for item in items:
        after = yield from _step(item, past)
        if after is None:
            return None
        past = after
    return past


def _step(item: Nested, past: _Past) -> _Walk:
    step, inside, ways = item.step, past, list[_Past]()
    for condition, done, left in _guards(step):
        ways.append(inside.and_asked((condition, left)))
        inside = inside.and_asked((condition, done))
    through = yield from _body(item, inside)
    ways += [] if through is None else [through]
    return _common(ways)


def _guards(step: P.Step) -> list[tuple[Expr, int, int]]:
    """Return the guards of a step: what each comes to where it is done, and where it is not."""
    only_if = [] if step.only_if is None else [(step.only_if, TRUE, FALSE | UNKNOWN)]
    return only_if + ([] if step.unless is None else [(step.unless, FALSE, TRUE | UNKNOWN)])


def _body(item: Nested, past: _Past) -> _Walk:
    match item.step.body:
        case P.Do() as body:
            yield Arrival(item.step, body, past)
            answers = {body.answer} if body.answer else frozenset[str]()
            return _Past(past.asked, past.answers | answers, past.given)
        case P.SetAttributes(values):
            known = {name for name, value in values if not isinstance(value, Missing)}
            return _Past(past.asked, past.answers, past.given | known)
        case P.Stop():
            return None
        case P.Choose(branches):
            starts = list[_Past]()
            for branch in branches:
                starts.append(past.and_asked((branch.condition, TRUE)))
                past = past.and_asked((branch.condition, FALSE | UNKNOWN))
            return (yield from _arms(item, [*starts, past]))
        case P.WaitUntil(condition):
            came = past.and_asked((condition, TRUE))
            return (yield from _arms(item, [came, past]))
        case P.Repeat():
            yield from _arms(item, [past])
            return past
        case _:
            return (yield from _arms(item, [past] * len(item.arms))) if item.arms else past


def _arms(item: Nested, starts: Sequence[_Past]) -> _Walk:
    """Go through the ways of a step, which join behind it."""
    ways = list[_Past]()
    for (_, arm), start in zip(item.arms, starts, strict=False):
        after = yield from _steps(arm, start)
        ways += [] if after is None else [after]
    return _common(ways)


def _common(ways: Sequence[_Past]) -> _Past | None:
    """Return what lies behind a run whichever way it has come."""
    if not ways:
        return None
    first, *others = ways
    return _Past(
        tuple(goal for goal in first.asked if all(goal in other.asked for other in others)),
        first.answers.intersection(*(other.answers for other in others)),
        first.given.intersection(*(other.given for other in others)),
    )
