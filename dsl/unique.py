"""What makes a run unique: `per:` has to name something that every trigger carries."""

from collections.abc import Iterable

from ..engine.core.expr import Constant, Expr, TriggerField
from ..engine.core.given import given_by
from ..engine.core.plan import OnManual, Trigger
from ..engine.core.reads import nodes
from ..engine.core.say_trigger import say_trigger
from ..engine.core.vocabulary import Vocabulary
from .diagnostics import Report

__all__ = ["check_per"]


def check_per(per: Expr, triggers: Iterable[Trigger], words: Vocabulary, report: Report) -> None:
    """Report a property that one of the triggers does not carry; a hand may give any."""
    asked = [node for node in nodes(per) if isinstance(node, TriggerField)]
    if all(isinstance(node, Constant) for node in nodes(per)):
        title, hint = (
            "every run has the same `per:`",
            "name what tells them apart: `event.order_id`",
        )
        report.warn("N140", per.span, title, "tells no two runs apart", hint)
    for trigger in triggers:
        known = given_by(trigger, words)
        for node in asked:
            if node.path[0] in known or isinstance(trigger, OnManual):
                continue
            name = node.path[0]
            title = f"`{say_trigger(trigger)}` carries no `{name}`"
            hint = f"all its runs would count as one: declare `{name}`, or make it a playbook of its own"
            report.error("N140", node.span, title, "not what every trigger carries", hint)
