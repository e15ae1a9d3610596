"""A report as sheets: named tables of plain cells, which pages, terminals and files show alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...core.duration import elapsed
from ...core.instant import iso
from ...core.zone import zone
from .cohorts import Cohorts
from .intervals import Interval, Share
from .kpis import KpiSeries, KpiValue
from .plays import Compared, Play
from .report import Report
from .spans import Per
from .stages import Lifecycle

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "Quantity",
    "Sheet",
    "day",
    "filled",
    "kpi_sheets",
    "misses",
    "sheets",
    "took",
]

Kind = Literal["text", "count", "share", "points", "seconds", "number", "series"]
"""What a column holds: a share is a part of one, points the difference of two shares."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit of its own, where a column holds several."""

    value: float
    unit: str
    """`%` for a part of one."""


Cell = str | int | float | Quantity | tuple[int | float | None, ...] | None
"""A series has a cell for each part of the period."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and what its cells are."""

    name: str
    """The same in every report, and no other of its sheet has it."""
    kind: Kind = "count"
    head: str = ""
    """What stands above it where its neighbours say the rest; empty where that is its name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    figure: str
    """What kind of figure it is, the same in every report: `steps`, `stages`."""
    about: str
    """The playbook or the lifecycle it tells of; empty for all."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    said: tuple[str, ...] = ()
    """What it tells, in sentences."""


def sheets(told: Report) -> Iterator[Sheet]:
    """Yield all that a report tells, the overview first; tables without a row are left out."""
    yield from kpi_sheets(told.kpis, told.per)
    yield _overview(told)
    for play in told.plays:
        if play.entered or play.held_out:
            yield from _play(play)
    made = (
        _channels(told),
        *(sheet for one in told.lifecycles for sheet in _lifecycle(one, told.zone)),
        *((_cohorts(told, told.cohorts),) if told.cohorts else ()),
        _paths(told),
        _kept_back(told),
    )
    yield from (sheet for sheet in made if sheet.rows)


def filled(sheet: Sheet) -> Sheet:
    """Return a sheet without the columns in which no row has anything: nobody reads those."""
    kept = [
        place
        for place in range(len(sheet.columns))
        if any(row[place] not in (None, "") for row in sheet.rows)
    ]
    columns = tuple(sheet.columns[place] for place in kept)
    rows = tuple(tuple(row[place] for place in kept) for row in sheet.rows)
    return replace(sheet, columns=columns, rows=rows)


def day(at: int, name: str) -> str:
    """Spell the day of an instant in a zone."""
    return iso(at, zone(name))[:10]


def took(seconds: float) -> str:
    """Spell a length of time in its two largest units.

    >>> took(284_051), took(0.2)
    ('3 days 6 hours', 'at once')
    """
    words = elapsed(round(seconds) * 1_000_000).split()
    return " ".join(words[:4]) or "at once"


def kpi_sheets(kpis: Sequence[KpiSeries], per: Per) -> Iterator[Sheet]:
    """Yield the KPIs that lead beside those that lag, and the rest."""
    for indicator in dict.fromkeys(one.indicator for one in kpis):
        found = [one for one in kpis if one.indicator == indicator]
        columns = (
            Column("KPI", "text"), *((Column("group", "text"),) if _apart(found) else ()),
            Column("value", "number"), Column("target", "number"), Column(f"by {per}", "series"),
        )  # fmt: skip
        rows = tuple(
            _numbered(one, value, apart=_apart(found)) for one in found for value in one.whole
        )
        missed = [one.title for one in found if any(misses(one, v.value) for v in one.whole)]
        later = [one.title for one in found if any(value.open for value in one.whole)]
        said = (("target missed", missed), ("still open, for it looks ahead", later))
        sentences = tuple(f"{what}: {', '.join(names)}" for what, names in said if names)
        yield Sheet("kpis", indicator, "KPIs", columns, rows, sentences)


def _apart(found: Sequence[KpiSeries]) -> bool:
    return any(one.by for one in found)


def _numbered(one: KpiSeries, whole: KpiValue, *, apart: bool) -> tuple[Cell, ...]:
    series = tuple(value.value for value in one.values if value.group == whole.group)
    group = (f"{one.by}: {whole.group or 'none'}" if one.by else "",) if apart else ()
    value = None if whole.value is None else Quantity(whole.value, one.unit)
    target = None if one.target is None else Quantity(one.target, one.unit)
    return (one.title, *group, value, target, series)


def misses(one: KpiSeries, value: float | None) -> bool:
    """Whether a number misses its target, the way that is good; upwards where nobody said."""
    if one.target is None or value is None:
        return False
    return value > one.target if one.good == "down" else value < one.target


def _overview(told: Report) -> Sheet:
    done = dict(told.deeds.performed)
    columns = (
        Column("playbook", "text"), Column("entered"), Column("customers"), Column("held out"),
        Column("under way", head="running"), Column("actions"), Column("reached goal", head="goal"), Column("share", "share"),
        Column("median time", "seconds", "median"),
        Column("entered by part", "series", "entered"),
    )  # fmt: skip
    return Sheet(
        "playbooks", "", "Playbooks", columns,
        tuple(_line(play, done) for play in told.plays),
    )  # fmt: skip


def _line(play: Play, done: Mapping[str, Sequence[int]]) -> tuple[Cell, ...]:
    goal = play.goal
    share = Share(goal.reached, play.entered).value if goal else None
    median = goal.quartiles[1] if goal and goal.quartiles else None
    return (
        play.playbook, play.entered, play.customers, play.held_out, play.running,
        sum(done.get(play.playbook, ())), goal.reached if goal else None, share, median,
        tuple(began for began, _ in play.series),
    )  # fmt: skip


def _play(play: Play) -> Iterator[Sheet]:
    whole = play.entered
    yield Sheet(
        "steps", play.playbook, "Steps",
        (Column("step", "text"), Column("what", "text"), Column("runs"), Column("share", "share"),
         Column("skipped")),
        tuple((one.step, one.what, one.runs, Share(one.runs, whole).value, one.skipped)
              for one in play.steps),
    )  # fmt: skip
    if play.endings:
        yield Sheet(
            "endings", play.playbook, "How runs ended",
            (Column("ending", "text"), Column("runs"), Column("share", "share")),
            tuple((how or "not known any more", n, Share(n, whole).value)
                  for how, n in play.endings),
        )  # fmt: skip
    if play.goal is not None:
        yield _goal(play)


def _goal(play: Play) -> Sheet:
    goal = play.goal
    assert goal is not None  # noqa: S101 - it was asked for
    said = [f"goal: {goal.what}"] if goal.what else []
    forgotten = f", not known any more {goal.unknown:,}" if goal.unknown else ""
    said.append(
        f"reached {goal.reached:,}, missed {goal.missed:,}, still open {goal.open:,}{forgotten}"
    )
    if goal.quartiles:
        early, half, late = map(took, goal.quartiles)
        said.append(
            f"a quarter had reached it after {early}, half after {half}, three quarters after {late}"
        )
    said += [f"{one.where}: {one.said}" for one in goal.compared]
    columns = (
        Column("parted by", "text"), Column("one", "text"), Column("reached"), Column("of"),
        Column("share", "share"), Column("other", "text"), Column("other reached", head="reached"),
        Column("other of", head="of"), Column("other share", "share", "share"), Column("difference", "points", "by"),
        Column("at least", "points"), Column("at most", "points"),
    )  # fmt: skip
    rows = tuple(_beside(one) for one in goal.compared)
    return Sheet("goal", play.playbook, "Goal", columns, rows, tuple(said))


def _beside(one: Compared) -> tuple[Cell, ...]:
    return (
        one.where, one.one, one.ones.reached, one.ones.of, one.ones.value,
        one.other, one.others.reached, one.others.of, one.others.value, *_reach(one.by),
    )  # fmt: skip


def _reach(by: Interval | None) -> tuple[Cell, ...]:
    return (None, None, None) if by is None else (by.value, by.low, by.high)


def _channels(told: Report) -> Sheet:
    columns = (
        Column("channel", "text"), Column("stage", "text"), Column("sent"), Column("opened"),
        Column("share opened", "share", "share"), Column("clicked"), Column("share clicked", "share", "share"),
        Column("goal"), Column("share goal", "share", "share"), Column("at least", "share"),
        Column("at most", "share"),
    )  # fmt: skip
    rows = []
    for one in told.channels:
        opened, clicked = (
            (number, None if number is None else number / one.sent)
            for number in (one.opened, one.clicked)
        )
        rows.append((
            one.channel, one.stage, one.sent, *opened, *clicked, one.goals, *_reach(one.goal),
        ))  # fmt: skip
    return Sheet("channels", "", "Channels, by the stage of who was reached", columns, tuple(rows))


def _lifecycle(one: Lifecycle, zone_name: str) -> Iterator[Sheet]:
    columns = (
        Column("stage", "text"), Column("before"), Column("entered"), Column("left"),
        Column("now"), Column("median time", "seconds"),
    )  # fmt: skip
    yield Sheet(
        "stages", one.name, "Stages", columns,
        tuple((own.stage, own.before, own.entered, own.left, own.now, own.median)
              for own in one.stages),
        tuple(_not_known(one)),
    )  # fmt: skip
    moves = tuple((own.stage, into, number) for own in one.stages for into, number in own.to)
    yield Sheet(
        "moves", one.name, "Moves",
        (Column("from", "text"), Column("to", "text"), Column("moves")), moves,
    )  # fmt: skip
    days = [day(at, zone_name) for at in one.marks]
    yield Sheet(
        "flow", one.name, "Flow through the stages",
        (Column("on", "text"), Column("stage", "text"), Column("then on", "text"),
         Column("then", "text"), Column("customers")),
        tuple((days[own.place], own.old, days[own.place + 1], own.new, own.customers)
              for own in one.flows),
    )  # fmt: skip


def _not_known(one: Lifecycle) -> Iterator[str]:
    if one.unknown:
        yield f"not known of {one.unknown:,}: what they did before their moves were written down"
    if one.erased:
        yield f"not known any more of {one.erased:,} who were erased: where they were"


def _cohorts(told: Report, found: Cohorts) -> Sheet:
    """Return the table of cohorts: shares of those who came first in each part."""
    longest = max((len(row.active) for row in found.rows), default=0)
    columns = (
        Column(f"first {told.per}", "text", told.per), Column("customers"),
        *(Column(f"+{later}", "share") for later in range(longest)),
    )  # fmt: skip
    rows = []
    for row in found.rows:
        shares = [number / row.customers for number in row.active]
        missing = [None] * (longest - len(shares))
        rows.append((told.spans[row.place].name, row.customers, *shares, *missing))
    first, active = found.first or "event of any kind", found.active or "event of any kind"
    said = f"by their first {first}; active: at least one {active} in the {told.per}"
    return Sheet("cohorts", "", "Cohorts", columns, tuple(rows), (said,))


def _paths(told: Report) -> Sheet:
    goals = {play.playbook: play.goal for play in told.plays}
    rows = []
    for one in told.paths:
        goal = goals[one.playbook]
        of = 0 if goal is None else goal.reached if one.reached else goal.missed
        rows.append((
            one.playbook, "reached" if one.reached else "missed",
            " > ".join(one.way) or "nothing", one.runs, Share(one.runs, of).value,
        ))  # fmt: skip
    columns = (
        Column("playbook", "text"), Column("goal", "text"), Column("way", "text"), Column("runs"),
        Column("share", "share"),
    )  # fmt: skip
    return Sheet("paths", "", "Ways to goals, and away from them", columns, tuple(rows))


def _kept_back(told: Report) -> Sheet:
    return Sheet(
        "kept back", "", "Why actions were not performed",
        (Column("reason", "text"), Column("actions")), tuple(told.deeds.reasons),
    )  # fmt: skip
