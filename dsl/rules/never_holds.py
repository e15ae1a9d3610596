"""Conditions that are true for nobody: by themselves, when their trigger fires, or where they stand."""

from collections.abc import Iterable, Iterator

from ...engine.core.derived import Segment
from ...engine.core.expr import Expr
from ...engine.core.plan import Plan
from ...engine.core.say_trigger import say_trigger
from ..diagnostics import Diagnostic
from .asked import short, smallest
from .given import bearing
from .known_at import Look, looks
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each smallest condition that is never true, and what is never true where it is asked."""
    yield from _by_itself(rule, subject.declared, subject)
    yield from _left_at_once(rule, subject)
    for plan in subject.project.plans:
        yield from _by_itself(rule, subject.asked[plan.playbook], subject)
        yield from _against_triggers(rule, plan, subject)
        for look in looks(plan, subject):
            yield from _at_step(rule, look, subject)


RULE = Rule("P402", _check)


def _by_itself(rule: Rule, conditions: Iterable[Expr], subject: Subject) -> Iterator[Diagnostic]:
    for expr in conditions:
        for found in smallest(expr, lambda one: not subject.outcomes(one) & TRUE):
            hint = "look at its levels and values, and at what is joined by `and`"
            yield rule.at(found.span, f"`{short(found)}` never holds", "true for nobody", hint)


def _left_at_once(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report a segment that whoever meets `enter:` has left already: where both hold nobody belongs."""
    for one in subject.project.derived:
        if not isinstance(one, Segment) or one.leave is None:
            continue
        may_enter = subject.outcomes(one.enter) & TRUE
        if may_enter and not subject.together([(one.enter, TRUE), (one.leave, FALSE | UNKNOWN)]):
            title = f"nobody is ever in segment `{one.name}`"
            hint = (
                "leave a gap between them: `{enter: health_score < 50, leave: health_score > 60}`"
            )
            label = "true wherever `enter:` is"
            yield rule.at(one.leave.span, title, label, hint)


def _against_triggers(rule: Rule, plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    """Report an `if:` that is never true when a trigger of its playbook fires."""
    condition = plan.condition
    if condition is None or plan.playbook in subject.started:
        return
    if not subject.outcomes(condition) & TRUE:
        return
    lost = [
        trigger
        for trigger in plan.triggers
        if not subject.allows(bearing(trigger, condition, subject), (condition, TRUE))
    ]
    if lost and len(lost) == len(plan.triggers):
        hint = " and ".join(f"`{say_trigger(trigger)}`" for trigger in lost) + " says otherwise"
        title = f"`{short(condition)}` never holds when this playbook is triggered"
        yield rule.at(condition.span, title, "true for nobody then", hint)
    else:
        for trigger in lost:
            title = f"`{short(condition)}` never holds on `{say_trigger(trigger)}`"
            hint = "the other triggers begin this playbook, this one does not"
            yield rule.at(condition.span, title, "true for nobody then", hint)


def _at_step(rule: Rule, look: Look, subject: Subject) -> Iterator[Diagnostic]:
    """Report what is never true where a step asks it, although it may be true elsewhere.

    An `unless:` lets a step be done where it is false; one that is never false anywhere is told, too.
    """
    if look.condition is None:
        return
    wanted: Goal = (look.condition, FALSE if look.word == "unless" else TRUE)
    found = subject.outcomes(look.condition)
    if not found & wanted[1]:
        if look.word == "unless" and found == TRUE | UNKNOWN:
            title = f"`{short(look.condition)}` is never false"
            hint = "it is true or unknown, so look at its values; `if:` asks for what is true"
            yield rule.at(look.condition.span, title, "so this step is never done", hint)
        return
    if not look.known or subject.allows(look.known, wanted):
        return
    hint = "look at what the playbook asks before, at its trigger and at its `stop when:`"
    if look.word == "unless":
        title = f"`{short(look.condition)}` is never false here"
        yield rule.at(look.condition.span, title, "so this step is never done", hint)
    elif look.word == "if" or subject.allows(_branches_above(look), wanted):
        title = f"`{short(look.condition)}` never holds here"
        yield rule.at(look.condition.span, title, "what comes before says otherwise", hint)


def _branches_above(look: Look) -> tuple[Goal, ...]:
    """Return that the branches before one are not true, which is another rule's to tell."""
    branches = getattr(look.step.body, "branches", ())
    before = branches[: [one.condition for one in branches].index(look.condition)]
    return tuple((branch.condition, FALSE | UNKNOWN) for branch in before)
