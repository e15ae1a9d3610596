"""Waits that nothing can end, or nothing but the time they give themselves."""

from collections.abc import Iterator

from ...engine.core.expr import (
    AllTime,
    Compare,
    Constant,
    Count,
    Expr,
    Happening,
    Has,
    SinceTrigger,
)
from ...engine.core.plan import Plan, Step, WaitFor, WaitUntil
from ...engine.core.reads import nodes, reads
from ..diagnostics import Diagnostic
from .asked import short
from .given import lasting
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each wait for what ends the run first, and each for what will never be otherwise."""
    for plan in subject.project.plans:
        for step in plan.steps:
            match step.body:
                case WaitUntil(condition):
                    yield from _until(rule, plan, step, condition, subject)
                case WaitFor(what):
                    yield from _for(rule, plan, step, what, subject)
                case _:
                    pass  # Nothing else waits for anything but time or an answer.


RULE = Rule("P405", _check)


def _until(
    rule: Rule, plan: Plan, step: Step, condition: Expr, subject: Subject
) -> Iterator[Diagnostic]:
    found, name = reads(condition), short(condition)
    if not subject.outcomes(condition) & TRUE:
        return  # That is told of the condition itself.
    if not (found.attributes or found.events or found.time or found.past):
        hint = "ask it with `if:`, or in a `choose:`, which do not wait"
        title = f"nothing ever changes whether `{name}` holds"
        yield rule.at(condition.span, title, _ends(step), hint)
    elif not subject.allows(lasting(plan, subject), (condition, TRUE)):
        title = f"`stop when` ends this run before `{name}` can hold"
        yield rule.at(condition.span, title, _ends(step), "look at what `stop when:` says")


def _for(
    rule: Rule, plan: Plan, step: Step, what: Happening, subject: Subject
) -> Iterator[Diagnostic]:
    stop = plan.stop_when
    if stop is None or reads(stop).time:
        return
    came = [(one, TRUE) for one in _on_arrival(stop, what, subject)]
    if came and not subject.allows(came, (stop, FALSE | UNKNOWN)):
        title = f"`stop when` ends this run as soon as `{what.event}` happens"
        hint = "what `stop when:` looks for is looked at first; leave it to one of the two"
        yield rule.at(what.span, title, _ends(step), hint)


def _ends(step: Step) -> str:
    up_to = step.body.up_to if isinstance(step.body, WaitFor | WaitUntil) else None
    return f"so this always waits for {up_to}" if up_to else "so this wait never ends"


def _on_arrival(stop: Expr, what: Happening, subject: Subject) -> Iterator[Expr]:
    """Yield what a `stop when:` asks of an event that is true once the awaited one has come."""
    for node in nodes(stop):
        match node:
            case Has(asked, AllTime() | SinceTrigger()) if _covers(asked, what, subject):
                yield node
            case Count(asked, AllTime() | SinceTrigger()) if _covers(asked, what, subject):
                yield Compare(">=", node, Constant(1))
            case _:
                pass  # Nothing else is known to be true then.


def _covers(asked: Happening, what: Happening, subject: Subject) -> bool:
    """Tell whether every event that is waited for is among those that are asked about."""
    if asked.event != what.event:
        return False
    if asked.where is None or asked.where == what.where:
        return True
    known: list[Goal] = [] if what.where is None else [(what.where, TRUE)]
    return not subject.allows(known, (asked.where, FALSE | UNKNOWN))
