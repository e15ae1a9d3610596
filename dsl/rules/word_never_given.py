"""Promises that name a word which is nearly one that actions are given, and not one of them."""

from collections.abc import Iterator
from typing import Final

from ...engine.core.expr import GivenField
from ...engine.core.plan import Do, Project
from ...engine.core.plan_limits import Never, channel_of, meets
from ...engine.core.reads import nodes
from ...engine.core.vocabulary import fold
from ..diagnostics import Diagnostic
from ..spelling import nearest
from .rule import Rule, Subject

__all__ = ["RULE", "is_about"]

_ALWAYS: Final = frozenset(["purpose", "template", "subject", "body", "html", "from", "to"])
"""Words that an action may be given without its saying so, or that are read where it does not."""


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report a `with.…` of a `never:` that is a misspelt word of the actions it is about."""
    project = subject.project
    for never in project.never:
        given = _ALWAYS | _given(never, project)
        for expr in (never.condition, never.unless):
            for node in nodes(expr) if expr is not None else ():
                if isinstance(node, GivenField) and node.path[0] not in given:
                    close = nearest(node.path[0], sorted(given))
                    if close is not None:
                        title = f"no action is given `{node.path[0]}`"
                        hint = f"did you mean `with.{close}`?"
                        yield rule.at(node.span, title, "so this is always unknown", hint)


def _given(never: Never, project: Project) -> frozenset[str]:
    """Return the words that the actions are given which a promise is about."""
    bodies = [step.body for plan in project.plans for step in plan.steps]
    return frozenset(
        word
        for body in bodies
        if isinstance(body, Do) and is_about(never, body, project)
        for word in body.args
    )


def is_about(never: Never, body: Do, project: Project) -> bool:
    """Tell whether a promise is about an action."""
    names = {fold(body.kind), fold(body.action)}
    channel = channel_of(project.channels, body.kind, body.action)
    return any(meets(target, names, channel) for target in never.targets)


RULE = Rule("A125", _check)
