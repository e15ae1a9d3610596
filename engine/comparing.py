"""What is different between two versions of a playbook, in words: what it means, not its layout."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from .core.codec import digest
from .core.duration import Duration
from .core.plan import Again, Plan, Project, Step
from .core.plan_limits import Never
from .said import NODES, TRIGGERS, said

__all__ = ["Difference", "PlaybookChange", "changes", "settings"]

_WHOLE = (*NODES, *TRIGGERS, Duration, Again)
"""What is told as a whole; of all else the parts that differ are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said otherwise; empty where a version says nothing of it."""

    where: str
    """`if`, `steps call after`."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlaybookChange:
    """What happens to one playbook."""

    playbook: str
    kind: Literal["new", "changed", "removed"]
    differences: tuple[Difference, ...] = ()


def changes(before: Project, after: Project) -> tuple[PlaybookChange, ...]:
    """Return what is new, changed and removed, in the order of the playbooks' names.

    What is declared for all playbooks is compared by `settings`.
    """
    old = {plan.playbook: plan for plan in before.plans}
    new = {plan.playbook: plan for plan in after.plans}
    return tuple(_changed(name, old.get(name), new.get(name)) for name in sorted({*old, *new})
                 if not _same(old.get(name), new.get(name)))  # fmt: skip


def settings(before: Project, after: Project) -> tuple[Difference, ...]:
    """Return what is declared otherwise: attributes, events, signals, limits, templates, calendars."""
    old, new = _declared(before), _declared(after)
    if not (
        before.channels and after.channels
    ):  # Nobody asks for them in a project without limits.
        old, new = old | {"channel": None}, new | {"channel": None}
    return (*_differences("", old, new), *_promises(before.never, after.never))


def _promises(before: tuple[Never, ...], after: tuple[Never, ...]) -> Iterator[Difference]:
    """Pair the promises that are not made any more with those that are new, in their order."""
    gone = [said(one) for one in before if one not in after]
    new = [said(one) for one in after if one not in before]
    for old, instead in zip_longest(gone, new, fillvalue=""):
        yield Difference("promise", old, instead)


def _declared(project: Project) -> dict[str, object]:
    """Return what a project declares beside its playbooks, each thing by its name."""
    words, derived = project.vocabulary, project.derived
    computed = {one.attribute for one in derived}
    return {
        "timezone": words.timezone,
        "locale": words.locale,
        "attribute": {name: t for name, t in words.attributes.items() if name not in computed},
        "event": words.events,
        "signal": {one.attribute: one for one in derived},
        "signals of the host": project.supplied,
        "lifecycle": {one.name: one for one in project.lifecycles},
        "limit": {one.target.name or one.target.reach: one for one in project.limits},
        "channel": dict(project.channels),
        "calendar": {"of the project": project.calendar, **project.calendars},
        "best hour": project.best_hour,
        "template": project.templates,
        "team": {name: team.members for name, team in project.teams.items()},
        "kpi": {one.name: one for one in project.kpis},
    }


def _same(before: Plan | None, after: Plan | None) -> bool:
    return before is not None and after is not None and digest(before) == digest(after)


def _changed(name: str, before: Plan | None, after: Plan | None) -> PlaybookChange:
    if before is None:
        return PlaybookChange(name, "new")
    if after is None:
        return PlaybookChange(name, "removed")
    return PlaybookChange(name, "changed", tuple(_differences("", before, after)))


def _differences(where: str, before: object, after: object) -> Iterator[Difference]:
    """Walk down two values side by side to where they part."""
    if before == after:
        return
    if _steps(before) and _steps(after):
        yield from _by_id(where, before, after)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _differences(_joined(where, str(key)), before.get(key), after.get(key))
    elif type(before) is type(after) and _has_parts(before):
        for field in dataclasses.fields(before):  # type: ignore[arg-type]
            name = "" if field.name == "body" else field.name.replace("_", " ")
            if name != "next":
                pair = getattr(before, field.name), getattr(after, field.name)
                yield from _differences(_joined(where, name), *pair)
    else:
        name = where.rpartition(" ")[2]
        yield Difference(where, said(before, name), said(after, name))


def _steps(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Step) for item in value)


def _by_id(where: str, before: object, after: object) -> Iterator[Difference]:
    """Compare steps by their ids; which follows which is told where they stand otherwise."""
    old = {step.id: step for step in before}  # type: ignore[attr-defined]
    new = {step.id: step for step in after}  # type: ignore[attr-defined]
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _differences(_joined(where, name), old.get(name), new.get(name))
    kept = [name for name in old if name in new]
    order = [name for name in new if name in old]
    if kept != order:
        yield Difference(_joined(where, "order"), ", ".join(kept), ", ".join(order))


def _has_parts(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, _WHOLE)


def _joined(where: str, name: str) -> str:
    return f"{where} {name}".strip()
