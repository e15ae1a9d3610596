"""Ways of a `choose:` that the ways before them take away."""

from collections.abc import Iterator

from ...engine.core.expr import Expr
from ...engine.core.plan import Choose, Plan, Step
from ..diagnostics import Diagnostic
from .asked import short
from .known_at import looks
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each branch whose condition only holds where one before it does, too."""
    for plan in subject.project.plans:
        for step in plan.steps:
            for condition in _covered(step, subject):
                title = f"this branch is never taken: `{short(condition)}`"
                hint = "the first branch that holds is taken; put the narrower one first"
                yield rule.at(condition.span, title, "a branch above takes them all", hint)
        if any(isinstance(step.body, Choose) for step in plan.steps):
            yield from _never_otherwise(rule, plan, subject)


RULE = Rule("P401", _check)


def _covered(step: Step, subject: Subject) -> Iterator[Expr]:
    if not isinstance(step.body, Choose):
        return
    earlier: list[Goal] = []
    for branch in step.body.branches:
        here: Goal = (branch.condition, TRUE)
        if subject.outcomes(branch.condition) & TRUE and not subject.allows(earlier, here):
            yield branch.condition
        earlier.append((branch.condition, FALSE | UNKNOWN))


def _never_otherwise(rule: Rule, plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    """Report an `otherwise:` that the branches leave nobody."""
    for look in looks(plan, subject):
        empty = look.target in (None, look.step.next)
        if look.word != "otherwise" or empty:
            continue
        if all(subject.allows(look.known, goal) for goal in look.known):
            continue
        span = subject.places[plan.playbook].steps[look.target or ""]
        hint = "a branch that is the last one left needs no `if:`; leave out what is in vain"
        yield rule.at(span, "`otherwise` is never taken", "the branches above take them all", hint)
