"""A customer's timeline: what was told and what was decided, one after the other, and what is to come."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...engine.core.instant import iso
from ...engine.core.plan import Json
from ...engine.core.trace import Trace
from ...engine.core.zone import Zone
from ...engine.explaining import PlaybookWhy, Why
from ...engine.runtime.browsing import Heard

__all__ = ["Ahead", "Moment", "Past", "coming", "moments"]

_SAYS = {
    "event": "happened",
    "change": "changed",
    "signal": "signal",
    "request": "asked for",
    "settled": "settled",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; the instant in microseconds UTC."""

    at: int
    kind: str
    """`happened`, `changed`, …; of a decision its kind in the journal."""
    title: str
    note: str = ""
    playbook: str = ""
    """Empty for what was told."""
    values: tuple[tuple[str, Json], ...] = ()
    why: tuple[Trace, ...] = ()
    due_at: int | None = None
    came: str = ""
    """What came of an action by now, where it is not done."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that is to come; the instant in microseconds UTC, None for when something happens."""

    at: int | None
    title: str
    note: str = ""
    playbook: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A screenful of a timeline, the latest first."""

    moments: tuple[Moment, ...]
    earlier: int | None
    """Before when there is more, if there is."""

    def days(self, zone: Zone) -> list[tuple[str, list[Moment]]]:
        """Return the moments by the day on which they were, where the customer is."""
        found: dict[str, list[Moment]] = {}
        for one in self.moments:
            found.setdefault(iso(one.at, zone)[:10], []).append(one)
        return list(found.items())


def moments(
    heard: Sequence[Heard], why: Why | None, came: Mapping[str, str], *, before: int, most: int
) -> Past:
    """Return what was told and decided before an instant, with what came of it, as much as fits on a page."""
    now = why.at if why is not None else before
    told = [_told(one) for one in heard if one.at <= now]
    if why is not None:
        told += [one for about in why.playbooks for one in _decided(about, came) if one.at < before]
    # Of one instant, what was told stands below what was decided about it: the latest is on top.
    told.sort(key=lambda one: (one.at, bool(one.playbook)))
    shown = told[-most:]
    # What is dated like the first one shown may be shown in part; the next page begins after it.
    earlier = shown[0].at if len(shown) < len(told) or len(heard) >= most else None
    return Past(tuple(reversed(shown)), earlier)


def _told(one: Heard) -> Moment:
    body: Any = json.loads(one.body)
    values = body if isinstance(body, dict) else {}
    if one.kind == "settled":
        ending = str(values.get("ending", ""))
        about = f"{values.get('playbook', '')} · {values.get('step', '')}"
        return Moment(one.at, "settled", f"{about}: {ending}", str(values.get("note", "")))
    title = one.name or ", ".join(values)
    return Moment(one.at, _SAYS.get(one.kind, one.kind), title, values=tuple(values.items()))


def _decided(about: PlaybookWhy, came: Mapping[str, str]) -> Iterator[Moment]:
    for one in about.decisions:
        yield Moment(
            one.at, one.kind, one.step, one.note, about.playbook, why=one.why, due_at=one.due_at,
            came=came.get(one.note, "") if one.kind == "performed" else "",
        )  # fmt: skip


def coming(heard: Sequence[Heard], why: Why | None) -> list[Ahead]:
    """Return what is to come if nothing else happens, the next first; what has no time is last."""
    if why is None:
        return [Ahead(one.at, one.name or "a change", "waits to be decided") for one in heard]
    found = [
        Ahead(one.at, one.name or "a change", "dated ahead") for one in heard if one.at > why.at
    ]
    for about in why.playbooks:
        found += _ahead(about)
    return sorted(found, key=lambda one: (one.at is None, one.at or 0))


def _ahead(about: PlaybookWhy) -> Iterator[Ahead]:
    name = about.playbook
    for run in about.runs:
        if run.ended_at is None:
            waits = f"waits {run.waits}" if run.waits else "goes on"
            then = f"; then {run.next}" if run.next and run.next_at == run.due_at else ""
            yield Ahead(run.due_at, run.step, f"{waits}{then}", name)
            if run.next and run.next_at != run.due_at:
                yield Ahead(run.next_at, run.next, "", name)
    for held in about.held_back:
        yield Ahead(held.due_at, held.step, f"held back: {held.note}", name)
    for trigger in about.triggers:
        if trigger.begins_at is not None:
            yield Ahead(trigger.begins_at, trigger.trigger, "a run would begin", name)
