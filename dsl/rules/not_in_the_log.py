"""Numbers of a report that ask for what playbooks themselves set or emit, which the log does not hold."""

from collections.abc import Iterator

from ...engine.core.expr import Attribute, Happening
from ...engine.core.origin import NOWHERE
from ...engine.core.reads import nodes
from ..diagnostics import Diagnostic
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each attribute and event of a number that the project itself decides about."""
    for kpi in subject.project.kpis:
        for node in nodes(kpi.figure):
            match node:
                case Attribute(name) if name in subject.moved and node.span != NOWHERE:
                    title = f"`{kpi.name}` does not see what playbooks set `{name}` to"
                    yield rule.at(node.span, title, "set by a playbook", _HINT)
                case Happening(event) if event in subject.emitted and node.span != NOWHERE:
                    title = f"`{kpi.name}` does not see the `{event}` that playbooks emit"
                    yield rule.at(node.span, title, "emitted by a playbook", _HINT)
                case _:
                    pass


_HINT = "a report asks the log of what came in; ask for what the playbook acts upon"
RULE = Rule("P430", _check)
