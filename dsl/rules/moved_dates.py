"""Runs that begin when a date is near and then count from where they began, wherever the date moves."""

from collections.abc import Iterator

from ...engine.core.duration import Duration
from ...engine.core.expr import And, Attribute, Compare, DaysUntil, Expr, WithinNext
from ...engine.core.expressions import expressions
from ...engine.core.plan import OnCondition, Plan
from ...engine.core.reads import nodes
from ..diagnostics import Diagnostic
from .messages_at_once import Message, planned
from .rule import Rule, Subject

__all__ = ["RULE"]

_SHORT = ("minute", "hour")
"""Units of waits within which nobody moves a date."""


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report the first action behind a wait that nothing tells of a date which began its run."""
    for plan in subject.project.plans:
        date = _begun_by(plan)
        if date is None or _looks_again(plan, date):
            continue
        late = next((one for one in planned(plan, subject) if _waited(one)), None)
        if late is not None:
            name = ".".join((date.name, *date.path))
            title = f"this does not move with `{name}`, which began the run"
            hint = f"begin with `… before {name}`, which moves, or ask for it in `stop when:`"
            label = "counted from where the run began"
            yield rule.at(subject.places[plan.playbook].steps[late.step.id], title, label, hint)


RULE = Rule("P418", _check)


def _begun_by(plan: Plan) -> Attribute | None:
    """Return the date whose coming near is all that begins a playbook."""
    match plan.triggers:
        case (OnCondition(condition),):
            parts = condition.items if isinstance(condition, And) else (condition,)
            return next(filter(None, map(_near, parts)), None)
        case _:
            return None


def _near(expr: Expr) -> Attribute | None:
    """Return the date of a condition that becomes true because it is near."""
    match expr:
        case WithinNext(Attribute() as date):
            return date
        case Compare("<" | "<=" | "==", DaysUntil(Attribute() as date)):
            return date
        case _:
            return None


def _looks_again(plan: Plan, date: Attribute) -> bool:
    """Tell whether a playbook asks for the date once more, behind its trigger or while it runs."""
    asked = [node for one in expressions((plan,)) for node in nodes(one) if node == date]
    return len(asked) > sum(node == date for node in nodes(plan.triggers[0]))


def _waited(one: Message) -> bool:
    return any(
        isinstance(part, Duration) and part.unit not in _SHORT
        for wait in one.delay
        for part in wait
    )
