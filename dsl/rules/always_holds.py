"""Conditions that are true for everybody, whatever the customer is like or whenever they are asked."""

from collections.abc import Iterable, Iterator

from ...engine.core.expr import Expr
from ...engine.core.plan import OnEvent, Plan
from ..diagnostics import Diagnostic
from .asked import short, smallest
from .given import at_trigger
from .possible import FALSE, TRUE, UNKNOWN
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each smallest condition that is true for everybody."""
    yield from _by_itself(rule, subject.declared, subject)
    for plan in subject.project.plans:
        yield from _by_itself(rule, subject.asked[plan.playbook], subject)
        if plan.condition is not None and plan.playbook not in subject.started:
            yield from _by_triggers(rule, plan, plan.condition, subject)


RULE = Rule("P403", _check)


def _by_itself(rule: Rule, conditions: Iterable[Expr], subject: Subject) -> Iterator[Diagnostic]:
    for expr in conditions:
        for found in smallest(expr, lambda one: _always(one, subject)):
            title = f"`{short(found)}` always holds"
            yield rule.at(found.span, title, "true for everybody", "leave it out")


def _always(condition: Expr, subject: Subject) -> bool:
    return subject.outcomes(condition) == TRUE


def _by_triggers(rule: Rule, plan: Plan, condition: Expr, subject: Subject) -> Iterator[Diagnostic]:
    """Report an `if:` that says no more than each trigger of its playbook does."""
    on_event = any(isinstance(one, OnEvent) for one in plan.triggers)
    if _always(condition, subject) or (on_event and subject.names(condition) != {"trigger"}):
        return  # Of a customer more is possible when an event is told late; the event is the same.
    given = [at_trigger(trigger, subject) for trigger in plan.triggers]
    if all(goals and not subject.allows(goals, (condition, FALSE | UNKNOWN)) for goals in given):
        title = f"`{short(condition)}` always holds when this playbook is triggered"
        yield rule.at(condition.span, title, "the trigger says so already", "leave it out")
