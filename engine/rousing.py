"""By which events alone edited playbooks begin: to whoever meets none of them, an edit does nothing."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from .core.codec import digest
from .core.occurrence import Happened, Occurrence, Requested
from .core.plan import Emit, OnEvent, Plan, Project, Start

__all__ = ["roused", "rousing"]


def rousing(before: Project, after: Project, edited: Collection[str]) -> frozenset[str] | None:
    """Return the events by which the edited playbooks of two projects begin.

    None where they may begin in any other way, or where more than these playbooks is edited.
    """
    if _rest(before, edited) != _rest(after, edited):
        return None
    every = (*before.plans, *after.plans)
    found = set[str]()
    for plan in every:
        if plan.playbook in edited:
            events = [one.what.event for one in plan.triggers if isinstance(one, OnEvent)]
            if plan.existing != "ignore" or len(events) < len(plan.triggers):
                return None
            found.update(events)
    return None if _causes(every, edited, found) else frozenset(found)


def _rest(project: Project, edited: Collection[str]) -> str:
    """Return what stands for a project without its edited playbooks."""
    plans = tuple(plan for plan in project.plans if plan.playbook not in edited)
    return digest(replace(project, plans=plans))


def _causes(plans: Iterable[Plan], edited: Collection[str], events: Collection[str]) -> bool:
    """Tell whether a playbook may begin edited ones: by starting them, or by emitting such an event."""
    for plan in plans:
        for step in plan.steps:
            match step.body:
                case Start(playbook) if playbook in edited:
                    return True
                case Emit(event) if event in events:
                    return True
                case _:
                    pass  # It begins nothing of the kind.
    return False


def roused(
    occurrences: Iterable[Occurrence], events: Collection[str], edited: Collection[str]
) -> bool:
    """Tell whether any of these occurrences may begin an edited playbook."""
    for one in occurrences:
        if isinstance(one, Happened) and one.event in events:
            return True
        if isinstance(one, Requested) and one.playbook in edited:
            return True
    return False
