"""What a program has in common with the one it takes over from: that goes on, the rest begins anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from . import plan as P
from .expr import Attribute
from .moves import rules_of
from .reads import nodes

__all__ = ["NOTHING", "Heritage", "inherited"]


@dataclass(frozen=True, slots=True)
class Heritage:
    """What is left of an earlier program."""

    kept: frozenset[str] = frozenset()
    """The keys of watched triggers that are still the same, and read nothing that was edited."""
    edited: frozenset[str] = frozenset()
    """The signals and segments that are new, computed otherwise, or read such a one."""
    gone: frozenset[str] = frozenset()
    """The signals and segments of then that are none any more."""


NOTHING: Final = Heritage()


def inherited(triggers: Mapping[str, P.Trigger], now: P.Project, before: P.Project) -> Heritage:
    """Return what a project has in common with an earlier one; `triggers` are its watched ones."""
    edited = _edited(now, before)
    gone = {one.attribute for one in before.derived} - {one.attribute for one in now.derived}
    rules = (plan for plan, *_ in rules_of(before))
    old = {plan.playbook: plan for plan in (*before.plans, *rules)}
    kept = frozenset(
        key
        for key, trigger in triggers.items()
        if _was_there(key, trigger, old) and not _reads(trigger, edited)
    )
    return Heritage(kept, edited, frozenset(gone))


def _edited(now: P.Project, before: P.Project) -> frozenset[str]:
    """Return what is not computed as it was; what is read stands before what reads it."""
    old = {one.attribute: one for one in before.derived}
    edited: set[str] = set()
    for one in now.derived:
        if old.get(one.attribute) != one or any(_reads(part, edited) for part in one.parts):
            edited.add(one.attribute)
    return frozenset(edited)


def _reads(what: object, names: frozenset[str] | set[str]) -> bool:
    """Whether a condition, or a trigger, looks at one of these attributes."""
    if not names:
        return False
    if isinstance(what, P.OnDate) and what.attribute in names:
        return True
    return any(isinstance(node, Attribute) and node.name in names for node in nodes(what))


def _was_there(key: str, trigger: P.Trigger, old: Mapping[str, P.Plan]) -> bool:
    """Whether a plan had this very trigger in this very place."""
    name, _, number = key.rpartition("/")
    plan = old.get(name)
    return (
        plan is not None
        and int(number) < len(plan.triggers)
        and plan.triggers[int(number)] == trigger
    )
