"""Steps that no run comes to, because every way to them ends before."""

from collections.abc import Iterator

from ..diagnostics import Diagnostic
from .graph import reached, targets
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report the first of each stretch of steps that is never reached."""
    for plan in subject.project.plans:
        known = reached(plan)
        lost = [step for step in plan.steps if step.id not in known]
        # What follows a step that is not reached need not be told again.
        inner = {target for step in lost for target in targets(step)}
        for step in lost:
            if step.id not in inner:
                span = subject.places[plan.playbook].steps[step.id]
                hint = "give the `stop:` above an `if:`, or remove what follows it"
                yield rule.at(span, "this step is never reached", "after a `stop:`", hint)


RULE = Rule("P111", _check)
