"""A plan as people review it: as text, as Markdown for a pull request, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ..engine.comparing import Difference, PlaybookChange
from ..engine.core.duration import HOUR
from ..engine.core.instant import iso
from ..engine.core.zone import Zone
from ..engine.forecast import Change, Fated, Forecast, Future, Kind
from .terminal import Paint, count, harmless, plural, table

__all__ = ["Plan", "as_json", "as_markdown", "as_text"]

_LONGEST: Final = 120
"""Characters of what is said otherwise; the whole of it stands in the JSON."""
_BEFORE: Final = 40
"""Characters of them that are shown before the first that differs."""
_KINDS: Final[tuple[Kind, ...]] = ("added", "removed", "moved", "changed")


@dataclass(frozen=True, slots=True)
class Plan:
    """Two versions, what is said otherwise, and what would be done otherwise."""

    before: str
    """How the version that decides now is called."""
    after: str
    changes: tuple[PlaybookChange, ...]
    settings: tuple[Difference, ...]
    """What is declared otherwise for all playbooks."""
    forecast: Forecast
    zone: Zone
    entering: Mapping[str, int] = field(default_factory=dict)
    """How many customers match new playbooks with `existing: enter` already, where that was asked."""

    @property
    def empty(self) -> bool:
        """Whether nothing is different."""
        return not (self.changes or self.settings or self.forecast.touched)

    @property
    def playbooks(self) -> list[str]:
        """All playbooks that something happens to, by name."""
        counts = self.forecast.counts
        moved = (name for name, found in counts.items() if any(found[kind] for kind in _KINDS))
        return sorted({*moved, *self.forecast.fates, *(one.playbook for one in self.changes)})


def as_text(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield " ".join(_head(plan))
    if plan.empty:
        yield paint.green("nothing changes")
        return
    if plan.settings:
        yield ""
        yield paint.bold("declarations")
        yield from (f"  {line}" for line in _differences(plan.settings))
    for name in plan.playbooks:
        change = _change(plan, name)
        yield ""
        yield f"{paint.bold(harmless(name))}  {paint.dim(change.kind if change else 'unchanged')}"
        for line in _told(plan, name, change):
            yield f"  {line}"
        for kind in _KINDS:
            for one in plan.forecast.examples(name, kind):
                yield f"    {_tint(kind, paint)}  {harmless(_example(plan, one))}"
    for title, rows in _tables(plan):
        yield ""
        yield from table(rows, (title, "before", "after")).split("\n")


def as_markdown(plan: Plan) -> Iterator[str]:
    """Yield the lines for a comment on a pull request."""
    yield "### What this changes"
    yield ""
    yield " ".join(_head(plan))
    if plan.empty:
        yield ""
        yield "**Nothing changes.**"
        return
    if plan.settings:
        yield ""
        yield "#### Declarations"
        yield ""
        yield from (f"- {_cell(line)}" for line in _differences(plan.settings))
    for name in plan.playbooks:
        change = _change(plan, name)
        yield ""
        yield f"#### {_cell(name)} ({change.kind if change else 'unchanged'})"
        yield ""
        for line in _told(plan, name, change):
            yield f"- {_cell(line)}"
        for kind in _KINDS:
            for one in plan.forecast.examples(name, kind):
                yield f"  - {kind}: {_cell(_example(plan, one))}"
    for title, rows in _tables(plan):
        yield ""
        yield f"| {title} | before | after |"
        yield "| --- | ---: | ---: |"
        yield from (f"| {_cell(str(row[0]))} | {row[1]} | {row[2]} |" for row in rows)


def as_json(plan: Plan) -> dict[str, Any]:
    """Return all of it as one object; instants as ISO 8601 in UTC."""
    forecast = plan.forecast
    return {
        "before": plan.before,
        "after": plan.after,
        "from": iso(forecast.at),
        "until": iso(forecast.until),
        "customers": forecast.customers,
        "touched": forecast.touched,
        "declarations": [asdict(one) for one in plan.settings],
        "playbooks": [
            {
                "playbook": name,
                "is": change.kind if (change := _change(plan, name)) else "unchanged",
                "differences": [asdict(one) for one in change.differences] if change else [],
                "entering": plan.entering.get(name),
                "runs": dict(forecast.fates.get(name, {})),
                "run examples": [asdict(one) for one in _fated(plan, name)],
                "actions": {kind: forecast.counts[name][kind] for kind in (*_KINDS, "same")},
                "examples": [
                    _change_json(one) for kind in _KINDS for one in forecast.examples(name, kind)
                ],
            }
            for name in plan.playbooks
        ],
        **{
            f"by {title}": [dict(zip((title, "before", "after"), row, strict=True)) for row in rows]
            for title, rows in _tables(plan)
        },
    }


def _head(plan: Plan) -> Iterator[str]:
    forecast = plan.forecast
    yield f"{harmless(plan.before)} -> {harmless(plan.after)},"
    yield f"from {_day(plan, forecast.at)} until {_day(plan, forecast.until)}:"
    yield f"{plural(forecast.customers, 'customer')}, {count(forecast.touched)} of them touched"


def _change(plan: Plan, name: str) -> PlaybookChange | None:
    return next((one for one in plan.changes if one.playbook == name), None)


def _told(plan: Plan, name: str, change: PlaybookChange | None) -> Iterator[str]:
    """Yield what there is to say of a playbook, a line each."""
    yield from _differences(change.differences if change else ())
    if name in plan.entering:
        yield f"match already, and enter at once: {plural(plan.entering[name], 'customer')}"
    yield from _fates(plan, name)
    yield from _totals(plan, name)


def _differences(found: Iterable[Difference]) -> Iterator[str]:
    for one in found:
        before, after = _short(one.before, one.after)
        arrow = "=>" if "->" in before + after else "->"  # Moves have arrows of their own.
        yield harmless(f"{one.where}: {before or '(nothing)'} {arrow} {after or '(nothing)'}")


def _short(before: str, after: str) -> list[str]:
    """Shorten two texts to where they part: what is left out of long ones is what they share."""
    if max(len(before), len(after)) <= _LONGEST:
        return [before, after]
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    cut = before.rfind(" ", 0, max(same - _BEFORE, 0)) + 1
    rests = [f"… {side[cut:]}" if cut else side for side in (before, after)]
    return [rest if len(rest) <= _LONGEST else f"{rest[:_LONGEST]}…" for rest in rests]


def _fates(plan: Plan, name: str) -> Iterator[str]:
    fates = plan.forecast.fates.get(name)
    if fates:
        said = ", ".join(f"{count(number)} {fate}" for fate, number in sorted(fates.items()))
        yield f"of {plural(fates.total(), 'run')} in flight: {said}"
        named = ", ".join(
            f"{one.run} at {one.step or '-'} ({one.fate})" for one in _fated(plan, name)
        )
        yield harmless(f"such as {named}")


def _fated(plan: Plan, name: str) -> Iterator[Fated]:
    for (playbook, _), runs in sorted(plan.forecast.fated.items()):
        if playbook == name:
            yield from runs


def _totals(plan: Plan, name: str) -> Iterator[str]:
    found = plan.forecast.counts.get(name, Counter[Kind]())
    if found:
        said = ", ".join(
            f"{count(found[kind])} {kind}" for kind in (*_KINDS, "same") if found[kind]
        )
        yield f"actions: {said}"


def _tint(kind: Kind, paint: Paint) -> str:
    match kind:
        case "added":
            return paint.green(f"{kind:<7}")
        case "removed":
            return paint.red(f"{kind:<7}")
        case _:
            return paint.yellow(f"{kind:<7}")


def _example(plan: Plan, change: Change) -> str:
    shown = change.shown
    when = _minute(plan, shown.at)
    if change.before is not None and change.after is not None and change.before.at != shown.at:
        when = f"{_minute(plan, change.before.at)} -> {when}"
    told = ""
    if change.kind == "changed" and change.before is not None and change.after is not None:
        told = f": {_given(change.before)} -> {_given(change.after)}"
    return f"{when} {shown.customer} {shown.step} ({shown.do}){told}"


def _given(future: Future) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(future.args.items()))[:120]


def _change_json(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {"is": change.kind} | {
        name: None if side is None else asdict(side) | {"at": iso(side.at)}
        for name, side in sides.items()
    }


def _tables(plan: Plan) -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
    """Yield the counts by playbook, by day, and by whom actions are assigned to, where any are."""
    playbooks: dict[str, list[int]] = {}
    days: dict[str, list[int]] = {}
    for (hour, name, other), number in plan.forecast.times.items():
        playbooks.setdefault(name, [0, 0])[other] += number
        days.setdefault(_day(plan, hour * HOUR), [0, 0])[other] += number
    people: dict[str, list[int]] = {}
    for (name, other), number in plan.forecast.assignees.items():
        people.setdefault(name, [0, 0])[other] += number
    for title, found in (("playbook", playbooks), ("day", days), ("assignee", people)):
        if found:
            yield title, [(key, *_two(found[key])) for key in sorted(found)]


def _two(pair: Sequence[int]) -> tuple[int, int]:
    before, after = pair
    return before, after


def _day(plan: Plan, at: int) -> str:
    return iso(at, plan.zone)[:10]


def _minute(plan: Plan, at: int) -> str:
    return iso(at, plan.zone)[:16].replace("T", " ")


def _cell(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    text = harmless(text).replace("\\", "\\\\")
    for sign in "|*_`<>[]#":
        text = text.replace(sign, f"\\{sign}")
    return text
