"""Ways of a `choose:` that the ways before them take away."""

from collections.abc import Iterator

from ...engine.core.expr import Expr
from ...engine.core.plan import Choose, Step
from ...engine.core.say import say
from ...engine.core.vocabulary import Vocabulary
from ..diagnostics import Diagnostic
from .possible import FALSE, TRUE, UNKNOWN, Goal, possible
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each branch whose condition only holds where one before it does, too."""
    words = subject.project.vocabulary
    for plan in subject.project.plans:
        for step in plan.steps:
            for condition in _covered(step, words):
                title = f"this branch is never taken: `{say(condition, in_run=True)[:60]}`"
                hint = "the first branch that holds is taken; put the narrower one first"
                yield rule.at(condition.span, title, "a branch above takes them all", hint)


def _covered(step: Step, words: Vocabulary) -> Iterator[Expr]:
    if not isinstance(step.body, Choose):
        return
    earlier: list[Goal] = []
    for branch in step.body.branches:
        here: Goal = (branch.condition, TRUE)
        if possible([here], words) and not possible([*earlier, here], words):
            yield branch.condition
        earlier.append((branch.condition, FALSE | UNKNOWN))


RULE = Rule("P401", _check)
