"""Waits for an event that only comes once they are over."""

from collections.abc import Iterator, Mapping

from ...engine.core.plan import Emit, OnEvent, Plan, Project, Start, Step, WaitFor
from ..diagnostics import Diagnostic, Label
from .graph import reached, steps_of, targets
from .rule import Rule, Subject

__all__ = ["RULE"]

_Source = tuple[str, str]
"""A playbook and one of its steps."""


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each wait without `up to` for what no step emits but those that wait for it, too."""
    emitted = _emitted(subject.project)
    if not emitted:
        return
    for plan in subject.project.plans:
        for step in plan.steps:
            if not isinstance(step.body, WaitFor) or step.body.up_to is not None:
                continue
            sources = emitted.get(step.body.what.event, [])
            behind = _behind(plan, step, subject, emitted)
            if not sources or not all(source in behind for source in sources):
                continue
            name = step.body.what.event
            title = f"`{name}` is only emitted when this wait is over"
            hint = f"give it an `up to:`; if the application sends `{name}`, allow this"
            others = tuple(
                Label(subject.places[playbook].steps[source], "only here it is emitted")
                for playbook, source in sources
            )
            yield rule.at(
                step.body.what.span, title, "so this wait never ends", hint, others=others
            )


RULE = Rule("P406", _check)


def _emitted(project: Project) -> Mapping[str, list[_Source]]:
    """Return the steps that emit each event."""
    found: dict[str, list[_Source]] = {}
    for plan in project.plans:
        for step in plan.steps:
            if isinstance(step.body, Emit):
                found.setdefault(step.body.event, []).append((plan.playbook, step.id))
    return found


def _behind(
    plan: Plan, wait: Step, subject: Subject, emitted: Mapping[str, list[_Source]]
) -> set[_Source]:
    """Return all steps that no run comes to as long as a wait goes on.

    Those behind it, and the playbooks that nothing but those begin.
    """
    if plan.while_running == "parallel" or plan.per is not None:
        return set()  # Another run may be further on.
    found = {(plan.playbook, one) for one in _only_after(plan, wait)}
    while True:
        begun = [
            other
            for other in subject.project.plans
            if other is not plan and not _may_begin(other, subject.project, emitted, found)
        ]
        more = {(other.playbook, step.id) for other in begun for step in other.steps} - found
        if not more:
            return found
        found |= more


def _only_after(plan: Plan, wait: Step) -> set[str]:
    """Return the steps of a playbook to which every way leads through a wait."""
    steps, known = steps_of(plan), set[str]()
    waiting = [plan.first] if plan.first is not None else []
    while waiting:
        here = waiting.pop()
        if here not in known:
            known.add(here)
            ways = targets(steps[here]) if here != wait.id else set()
            waiting += [one for one in ways if one is not None]
    return reached(plan) - known


def _may_begin(
    plan: Plan, project: Project, emitted: Mapping[str, list[_Source]], blocked: set[_Source]
) -> bool:
    """Tell whether a playbook may begin although some steps are not come to."""
    starts = [
        (other.playbook, step.id)
        for other in project.plans
        for step in other.steps
        if isinstance(step.body, Start) and step.body.playbook == plan.playbook
    ]
    if any(start not in blocked for start in starts):
        return True
    for trigger in plan.triggers:
        sources = emitted.get(trigger.what.event) if isinstance(trigger, OnEvent) else None
        if not sources or any(source not in blocked for source in sources):
            return True
    return False
