"""Conditions that come to the same for everybody, whatever the customer is like."""

from collections.abc import Callable, Iterator

from ...engine.core.expr import (
    And,
    Attribute,
    Compare,
    Constant,
    Expr,
    Happening,
    Or,
    Records,
)
from ...engine.core.plan import Choose, OnChange, Plan, Project, Repeat, SetAttributes, WaitUntil
from ...engine.core.reads import nodes
from ...engine.core.say import say
from ...engine.core.triggers import OnCondition, OnSchedule
from ..diagnostics import Diagnostic
from .possible import FALSE, TRUE, UNKNOWN, Goal, possible
from .rule import Rule, Subject

__all__ = ["ALWAYS", "NEVER"]


def _check_never(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each smallest condition that is true for nobody."""
    words = subject.project.vocabulary
    for plan in subject.project.plans:
        for expr in _conditions(plan):
            for found in _smallest(expr, lambda one: not possible([(one, TRUE)], words)):
                hint = "look at its levels and values, and at what is joined by `and`"
                yield rule.at(found.span, f"`{_short(found)}` never holds", "true for nobody", hint)
        yield from _against_trigger(rule, plan, subject.project)


def _check_always(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each smallest condition that is true for everybody."""
    words = subject.project.vocabulary
    for plan in subject.project.plans:
        for expr in _conditions(plan):
            always = _smallest(expr, lambda one: not possible([(one, FALSE | UNKNOWN)], words))
            for found in always:
                title = f"`{_short(found)}` always holds"
                yield rule.at(found.span, title, "true for everybody", "leave it out")


NEVER = Rule("P402", _check_never)
ALWAYS = Rule("P403", _check_always)


def _conditions(plan: Plan) -> Iterator[Expr]:
    """Yield every condition of a playbook, and those inside its `where (…)`."""
    yield from _own(plan)
    yield from (one for step in plan.steps for one in _of_step(step.body))
    for step in plan.steps:
        yield from (one for one in (step.only_if, step.unless) if one is not None)
    for node in nodes(plan):
        if isinstance(node, Happening | Records) and node.where is not None:
            yield node.where


def _own(plan: Plan) -> Iterator[Expr]:
    for trigger in plan.triggers:
        if isinstance(trigger, OnCondition | OnSchedule) and trigger.condition is not None:
            yield trigger.condition
    for one in (plan.condition, plan.stop_when, plan.goal):
        if one is not None:
            yield one


def _of_step(body: object) -> Iterator[Expr]:
    match body:
        case WaitUntil(condition):
            yield condition
        case Choose(branches):
            yield from (branch.condition for branch in branches)
        case Repeat(until=until) if until is not None:
            yield until
        case _:
            return


def _smallest(expr: Expr, settled: Callable[[Expr], bool]) -> list[Expr]:
    """Return the smallest parts of a condition that are settled; a value written out is meant."""
    if isinstance(expr, Constant):
        return []
    if isinstance(expr, And | Or):
        inside = [found for item in expr.items for found in _smallest(item, settled)]
        if inside:
            return inside
    return [expr] if settled(expr) else []


def _against_trigger(rule: Rule, plan: Plan, project: Project) -> Iterator[Diagnostic]:
    """Report an `if:` that is never true when its trigger fires."""
    if plan.condition is None or not possible([(plan.condition, TRUE)], project.vocabulary):
        return
    given = [_given(trigger, project) for trigger in plan.triggers]
    if any(goal is None for goal in given) or not given:
        return
    if any(possible([goal, (plan.condition, TRUE)], project.vocabulary) for goal in given if goal):
        return
    title = f"`{_short(plan.condition)}` never holds when this playbook is triggered"
    hint = "the trigger says otherwise"
    yield rule.at(plan.condition.span, title, "true for nobody then", hint)


def _given(trigger: object, project: Project) -> Goal | None:
    """Return what holds when a trigger fires, unless a playbook could change it before it is asked."""
    match trigger:
        case OnChange(attribute, new=Constant() as new, path=()):
            held: Expr = Compare("==", Attribute(attribute), new)
            names = {attribute}
        case OnCondition(condition):
            held = condition
            names = {node.name for node in nodes(held) if isinstance(node, Attribute)}
        case _:
            return None
    settable = names.isdisjoint(project.vocabulary.computed) and names.isdisjoint(_set(project))
    return (held, TRUE) if settable else None


def _set(project: Project) -> set[str]:
    """Return all attributes that something in the project changes."""
    moved = {f"stage of {one.name}" for one in project.lifecycles}
    bodies = [step.body for plan in project.plans for step in plan.steps]
    named = {name for body in bodies if isinstance(body, SetAttributes) for name, _ in body.values}
    return moved | named


def _short(expr: Expr) -> str:
    text = say(expr, in_run=True)
    return text if len(text) <= 60 else f"{text[:57]}…"
