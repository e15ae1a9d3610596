"""What is known where a step of a playbook asks its condition: all that was asked at the same instant.

From its trigger until it waits, a run passes its steps at one instant; what was true before is true
still, unless something in the project sets what it reads.
"""

from collections.abc import Generator, Sequence
from typing import Literal

from ...engine.core import plan as P
from ...engine.core.expr import Expr
from ...engine.core.fixed import fixed
from ...engine.core.ways import Nested
from .given import at_trigger, lasting
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Subject

__all__ = ["Known", "Look", "at_first", "looks"]

Known = tuple[Goal, ...]


@fixed
class Look:
    """A condition of a step, or its action, and what is known when it comes to that."""

    step: P.Step
    word: Literal["if", "unless", "branch", "otherwise", "do"]
    condition: Expr | None
    """None for `otherwise` and for an action, which ask nothing."""
    known: Known
    target: str | None = None
    """Where a branch leads."""


_Walk = Generator[Look, None, Known | None]
"""Yields each look, and returns what is known behind it; None where no run comes out."""


def looks(plan: P.Plan, subject: Subject) -> tuple[Look, ...]:
    """Return the conditions of all steps with what is known then."""
    found = subject.remembered.get(id(plan))
    if found is None:
        walker = _Walker(subject, lasting(plan, subject))
        each = tuple(walker.walk(subject.nested(plan), at_first(plan, subject)))
        found = subject.remembered[id(plan)] = (plan, each)
    return found[1]


def at_first(plan: P.Plan, subject: Subject) -> Known:
    """Return what is known when a run begins, from its trigger where there is but one way to begin."""
    asked: Known = ((plan.condition, TRUE),) if plan.condition is not None else ()
    given: Known = ()
    if len(plan.triggers) == 1 and plan.playbook not in subject.started:
        given = at_trigger(plan.triggers[0], subject)
    return tuple(goal for goal in (*given, *asked) if subject.stable(goal[0]))


class _Walker:
    """Goes through nested steps in the order in which a run does."""

    def __init__(self, subject: Subject, always: Known) -> None:
        self.subject, self.always = subject, always

    def walk(self, items: Sequence[Nested], known: Known) -> _Walk:
        for item in items:
            after = yield from self.step(item, known)
            if after is None:
                return None
            known = after
        return known

    def step(self, item: Nested, known: Known) -> _Walk:
        """Go through one step, done or passed over."""
        step = item.step
        timing = step.timing
        if timing.after is not None or timing.at is not None or timing.on is not None:
            known = ()
        inside, outside = known, list[Known]()
        if step.only_if is not None:
            yield Look(step, "if", step.only_if, (*self.always, *inside))
            outside.append((*inside, (step.only_if, FALSE | UNKNOWN)))
            inside = (*inside, (step.only_if, TRUE))
        if step.unless is not None:
            yield Look(step, "unless", step.unless, (*self.always, *inside))
            outside.append((*inside, (step.unless, TRUE | UNKNOWN)))
            inside = (*inside, (step.unless, FALSE))
        if isinstance(step.body, P.Do):
            yield Look(step, "do", None, (*self.always, *inside))
        through = yield from self.body(item, self.kept(inside))
        ways = [*map(self.kept, outside), *(() if through is None else (through,))]
        return _common(ways) if ways else None

    def kept(self, known: Known) -> Known:
        return tuple(goal for goal in known if self.subject.stable(goal[0]))

    def body(self, item: Nested, known: Known) -> _Walk:
        match item.step.body:
            case P.Stop():
                return None
            case P.Choose():
                return (yield from self.choose(item, item.step.body, known))
            case P.Split():
                return (yield from self.ways([(arm, known) for _, arm in item.arms]))
            case P.WaitUntil(condition):
                came: Known = self.kept(((condition, TRUE),))
                over: Known = self.kept(((condition, FALSE | UNKNOWN),))
                starts = zip(item.arms, (came, over), strict=False)
                return (yield from self.ways([(arm, start) for (_, arm), start in starts]))
            case P.Repeat():
                yield from self.ways([(arm, ()) for _, arm in item.arms])
                return ()
            case P.WaitFor() | P.Ask():
                return (yield from self.ways([(arm, ()) for _, arm in item.arms]))
            case P.Wait():
                return ()
            case P.Do(answer=answer) if answer:
                return ()  # Time passes until the answer is there.
            case _:
                return known

    def choose(self, item: Nested, body: P.Choose, known: Known) -> _Walk:
        """Go through branches, which are asked in one breath: nothing is set between two of them."""
        ways, earlier = list[tuple[tuple[Nested, ...], Known]](), known
        for branch, (_, arm) in zip(body.branches, item.arms, strict=False):
            here = (*self.always, *earlier)
            yield Look(item.step, "branch", branch.condition, here, branch.target)
            ways.append((arm, self.kept((*earlier, (branch.condition, TRUE)))))
            earlier = (*earlier, (branch.condition, FALSE | UNKNOWN))
        yield Look(item.step, "otherwise", None, (*self.always, *earlier), body.otherwise)
        return (yield from self.ways([*ways, (item.arms[-1][1], self.kept(earlier))]))

    def ways(self, ways: Sequence[tuple[Sequence[Nested], Known]]) -> _Walk:
        """Go through ways that join behind them."""
        found = list[Known]()
        for arm, known in ways:
            after = yield from self.walk(arm, known)
            if after is not None:
                found.append(after)
        return _common(found) if found else None


def _common(ways: Sequence[Known]) -> Known:
    """Return what is known whichever way a run has come."""
    first, *others = ways
    return tuple(goal for goal in first if all(goal in other for other in others))
