"""The numbers that a project declares under `kpis:`, told from the log for any time that is past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...core.expr import Attribute, FirstField, Happening, ItemField, Stat, ValueOf
from ...core.expr import Sequence as Followed
from ...core.kpis import (
    Customers,
    CustomerStat,
    Figure,
    InPeriod,
    Kpi,
    Other,
    TimeBetween,
    TimeFrom,
    Total,
    parts,
)
from ...core.plan import Project
from ...core.reads import nodes
from ...core.zone import zone
from ..database import Database
from .kpis_columns import Columns
from .kpis_figures import Found, Reckoner, anchor
from .kpis_log import laid_out
from .kpis_windows import Grid, Windows
from .spans import Per, Span

__all__ = ["KpiSeries", "KpiValue", "kpis"]

_AT_ONCE: Final = 100
"""Periods that one statement tells: what looks back to the beginning is kept once for each of them."""


@dataclass(frozen=True, slots=True)
class KpiValue:
    """One number for one period; instants in microseconds since 1970 UTC."""

    period: str
    """`2026-03-01`, `2026-03` or `2026-Q1`; empty where the whole time is one."""
    since: int
    until: int
    """Exclusive."""
    group: str | None
    """The value of the attribute that customers are told apart by, if they are; None for the rest."""
    value: float | None
    """None where there is nothing to tell: a mean of nothing, a division by zero."""
    open: bool
    """Whether what is still to come may change it: it looks beyond what is known and asked for."""


@dataclass(frozen=True, slots=True)
class KpiSeries:
    """A declared number over the periods of a report."""

    name: str
    title: str
    unit: str
    """What stands behind the number; `%` says that it is a part of one, to be shown as a share."""
    good: str
    """`up` or `down` is better; empty where nobody said."""
    indicator: str
    """`leading`, `lagging` or empty."""
    target: float | None
    by: str
    """The attribute that customers are told apart by; empty where they are not."""
    whole: tuple[KpiValue, ...]
    """Once for all of the time, for each group; nothing where nothing was ever told."""
    values: tuple[KpiValue, ...]
    """For each part of the time, in order, and each group; empty where it is not cut into parts."""


def kpis(
    database: Database,
    project: Project,
    since: int,
    until: int,
    per: Per | None = None,
    names: Sequence[str] = (),
) -> list[KpiSeries]:
    """Return the numbers of a project from `since` until just before `until`, microseconds UTC.

    They are told once for all of the time and, with `per`, for each day, week, month or quarter of
    the project's zone, of which the first and the last may be incomplete. `names` are those that are asked
    for, by default all. Raises KeyError for a name that is not declared, ValueError where no time
    lies between the two, or more parts than anybody reads.
    """
    chosen = _chosen(project, names)
    there = zone(project.vocabulary.timezone)
    whole, parts = Grid(since, until, None, there), Grid(since, until, per, there)
    periods = [(whole, one) for one in whole.periods()]
    if per is not None:
        periods += [(parts, one) for one in parts.periods()]
    needs = _Needs.of(project, chosen)
    columns = needs.columns(project)
    rows: dict[str, list[KpiValue]] = {kpi.name: [] for kpi in chosen}
    with laid_out(
        database, columns, project.vocabulary,
        by_customer=needs.by_customer, everybody=needs.everybody,
    ) as (connection, latest):  # fmt: skip
        known = max((latest or 0) + 1, until)  # Who asks about a time says that it is over.
        for first in range(0, len(periods) if latest is not None else 0, _AT_ONCE):
            some = periods[first : first + _AT_ONCE]
            windows = Windows(connection, project, some, known)
            reckoner = Reckoner(connection, columns, project, windows)
            for kpi in chosen:
                found, groups = reckoner.kpi(kpi), reckoner.groups(kpi.by)
                rows[kpi.name] += _values(project, kpi, windows, found, groups)
    return [_series(kpi, rows[kpi.name]) for kpi in chosen]


def _values(
    project: Project, kpi: Kpi, windows: Windows, found: Found, groups: Sequence[object]
) -> Iterator[KpiValue]:
    for place, (grid, one) in enumerate(windows.periods):
        is_open = _horizon(project, kpi.figure, grid, one) > windows.known
        for group in groups:
            value = found[place, group]
            yield KpiValue(one.name, one.since, one.until, _label(group), value, is_open)


def _chosen(project: Project, names: Sequence[str]) -> list[Kpi]:
    known = {kpi.name: kpi for kpi in project.kpis}
    for name in names:
        if name not in known:
            raise KeyError(f"no KPI is called {name!r}: there are {', '.join(known) or 'none'}")
    return [known[name] for name in names] or list(project.kpis)


def _series(kpi: Kpi, values: Sequence[KpiValue]) -> KpiSeries:
    whole = tuple(value for value in values if not value.period)
    parts = tuple(value for value in values if value.period)
    return KpiSeries(
        kpi.name, kpi.title or kpi.name, kpi.unit, kpi.good, kpi.indicator, kpi.target, kpi.by,
        whole, parts,
    )  # fmt: skip


def _label(group: object) -> str | None:
    """Return a group as it is written in the project."""
    if isinstance(group, bool):
        return "true" if group else "false"
    return None if group is None else str(group)


# --- what they ask for --------------------------------------------------------------------------


_OF_CUSTOMERS: Final = (Customers, CustomerStat)


@dataclass(frozen=True, slots=True)
class _Needs:
    """What has to be laid out so that numbers can be told."""

    events: frozenset[str]
    properties: frozenset[tuple[str, str]]
    attributes: frozenset[str]
    by_customer: bool
    everybody: bool

    @classmethod
    def of(cls, project: Project, chosen: Sequence[Kpi]) -> "_Needs":
        """Collect what the figures of these numbers read, those they name included."""
        figures = [one for kpi in chosen for one in _parts(project, kpi.figure)]
        found = [node for one in figures for node in nodes(one)]
        return cls(
            frozenset(one.event for one in found if isinstance(one, Happening)),
            frozenset(_properties(found)),
            frozenset([
                *(one.name for one in found if isinstance(one, Attribute)),
                *(one.attribute for one in figures if isinstance(one, CustomerStat)),
                *(kpi.by for kpi in chosen if kpi.by),
            ]),
            any(isinstance(one, Followed | ValueOf | TimeFrom | TimeBetween) for one in found),
            any(anchor(one.where) is None for one in figures if isinstance(one, _OF_CUSTOMERS)),
        )  # fmt: skip

    def columns(self, project: Project) -> Columns:
        """Return where all of it is laid out."""
        return Columns.of(self.events, self.properties, self.attributes, project.vocabulary)


def _parts(project: Project, figure: Figure) -> Iterator[Figure]:
    """Yield the parts of a figure, and those of the numbers it names."""
    known = {kpi.name: kpi for kpi in project.kpis}
    for one in parts(figure):
        yield one
        if isinstance(one, Other):
            yield from _parts(project, known[one.name].figure)


def _properties(found: Sequence[object]) -> Iterator[tuple[str, str]]:
    """Yield each property with its event."""
    for one in found:
        match one:
            case Happening(event, where) if where is not None:
                yield from ((event, n.path[0]) for n in nodes(where) if isinstance(n, ItemField))
            case Stat(what=what, path=path) | ValueOf(what=what, path=path):
                yield what.event, path[0]
            case Total(what=what, path=path):
                yield what.event, path[0]
            case Followed(first, then) if then.where is not None:
                inner = (n for n in nodes(then.where) if isinstance(n, FirstField))
                yield from ((first.event, n.path[0]) for n in inner)


def _horizon(project: Project, figure: Figure, grid: Grid, period: Span) -> int:
    """Return the instant from which on nothing that happens can change a number of a period."""
    ends = [period.until]
    for one in (node for part in _parts(project, figure) for node in nodes(part)):
        match one:
            case InPeriod(after) if after > 0:
                ends.append(grid.moved(period, after).until)
            case Followed(within=within):
                ends.append(period.until + within.microseconds)
            case TimeFrom(within=within):
                ends.append(period.until + within.microseconds if within is not None else 2**62)
            case _:
                pass
    return max(ends)
