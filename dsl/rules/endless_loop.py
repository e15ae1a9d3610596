"""Playbooks that trigger each other in a circle at one instant, until the engine cuts them off."""

from collections.abc import Iterator

from ...engine.core.expressions import expressions
from ...engine.core.reads import reads
from ..diagnostics import Diagnostic, Label
from .causes import Round
from .rounds import rounds
from .rule import Rule, Subject

__all__ = ["RULE", "path"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report one shortest circle through each group of playbooks that may begin each other."""
    for one in rounds(subject):
        if one.period:
            continue
        title = "these playbooks trigger each other for ever"
        if len(one.circle) == 1:
            title = "this playbook triggers itself for ever"
        hint = "end it with `again: never`, or an `if:` that is no longer true the second time"
        yield path(rule, one, subject, title, hint)


RULE = Rule("P404", _check, severity="error")


def path(rule: Rule, one: Round, subject: Subject, title: str, *hints: str) -> Diagnostic:
    """Return a diagnostic about a circle, with the way round from line to line."""
    places = [subject.places[cause.source].steps[cause.step] for cause in one.circle]
    first = one.circle[0].source
    said = " → ".join([*(f"`{cause.source}` {cause.says}" for cause in one.circle), f"`{first}`"])
    others = tuple(
        Label(place, f"then `{cause.source}` {cause.says}")
        for place, cause in zip(places[1:], one.circle[1:], strict=True)
    )
    lines = " -> ".join(subject.line(place) for place in (*places, places[0]))
    asked = _asked(one, subject)
    shown = [f"{name} {_told(one.customer[name])}" for name in one.customer if name in asked]
    like = (f"so it goes for a customer with {', '.join(shown)}",) if shown else ()
    return rule.at(
        places[0], title, said, f"the way round is {lines}", *like, *hints, others=others
    )


def _asked(one: Round, subject: Subject) -> set[str]:
    """Return the attributes that the playbooks of a circle ask about."""
    names = {cause.source for cause in one.circle}
    plans = [plan for plan in subject.project.plans if plan.playbook in names]
    found = {name for expr in expressions(plans) for name in reads(expr).attributes}
    meant = (subject.signals[name] for name in found & subject.signals.keys())
    return found.union(*(reads(expr).attributes for expr in meant))


def _told(value: object) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)
