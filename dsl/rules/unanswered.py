"""Conditions about the answer to an action that no run can have waited for by then."""

from collections.abc import Iterator

from ...engine.core.expr import AnswerField, Expr
from ...engine.core.plan import Choose, Do, Plan, Repeat, Step, WaitUntil
from ...engine.core.reads import nodes
from ..diagnostics import Diagnostic, Label
from .graph import steps_of, targets
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report what asks for an answer before the step that waits for it, or beside it."""
    for plan in subject.project.plans:
        asking = {
            step.body.answer: step
            for step in plan.steps
            if isinstance(step.body, Do) and step.body.answer
        }
        behind = {name: _behind(plan, name) for name in asking}
        for step in plan.steps if asking else ():
            for node in _answers(step):
                if step.id not in behind.get(node.name, {step.id}):
                    place = subject.places[plan.playbook].steps[asking[node.name].id]
                    here = Label(place, f"`{node.name}` is asked here")
                    title = f"`{node.name}` has not been answered by then"
                    hint = "ask first: put the step with `as:` above this one, and on its way"
                    yield rule.at(node.span, title, "always unknown", hint, others=(here,))


RULE = Rule("N132", _check)


def _behind(plan: Plan, name: str) -> set[str]:
    """Return the ids of the steps that a run may come to after it has waited for an answer."""
    steps, found = steps_of(plan), set[str]()
    waiting = [
        target
        for step in plan.steps
        if isinstance(step.body, Do) and step.body.answer == name
        for target in targets(step)
    ]
    while waiting:
        here = waiting.pop()
        if here is not None and here not in found:
            found.add(here)
            waiting += targets(steps[here])
    return found


def _answers(step: Step) -> Iterator[AnswerField]:
    """Yield the answers that a step asks about before it is done, or while it waits."""
    for expr in (step.only_if, step.unless, *_asked(step)):
        for node in nodes(expr) if expr is not None else ():
            if isinstance(node, AnswerField):
                yield node


def _asked(step: Step) -> tuple[Expr | None, ...]:
    match step.body:
        case Choose(branches):
            return tuple(branch.condition for branch in branches)
        case WaitUntil(condition):
            return (condition,)
        case Repeat(until=until):
            return (until,)
        case _:
            return ()
