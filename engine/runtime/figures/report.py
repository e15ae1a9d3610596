"""A report: all figures of a period, each asked of the database at one state of it."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Connection, func, select

from ...core.duration import DAY
from ...core.instant import iso
from ...core.lifecycles import leaves_of, named, stages
from ...core.plan import Project
from ...core.vocabulary import fold
from ...core.zone import Zone, zone
from ..database import Database
from ..programs import Programs
from ..tables import DeploymentRow, InboxRow, JournalRow
from .channels import Channel, channels
from .cohorts import MOST, Cohorts, cohorts
from .deeds import Deeds, deeds
from .heard import listen
from .kpis import KpiSeries, kpis
from .paths import Path, paths
from .plays import Play, plays
from .spans import Per, Span, spans
from .stages import Lifecycle, lifecycles, settle
from .told import unfolded

__all__ = ["Asked", "NothingToTell", "Report", "numbers", "report"]

_JOURNAL: Final = JournalRow.__table__  # type: ignore[attr-defined]
_INBOX: Final = InboxRow.__table__  # type: ignore[attr-defined]
_DEPLOYED: Final = DeploymentRow.__table__  # type: ignore[attr-defined]
_EARLY: Final = ("leading", "lagging", "")
_FINEST: Final[tuple[tuple[int, Per], ...]] = ((35, "day"), (190, "week"), (1_900, "month"))
"""For how many days a period is cut into what, unless somebody says."""


class NothingToTell(Exception):  # noqa: N818 - its docstring is its sentence
    """The report cannot be made as it was asked for; `hint` says what to ask instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
        """Words to append to `cuebook`, or a sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to tell; instants in microseconds UTC, None for all that is known."""

    since: int | None = None
    until: int | None = None
    """Exclusive."""
    per: Per | None = None
    """Into which parts the period is cut; None lets its length decide."""
    playbooks: tuple[str, ...] = ()
    stage: str = ""
    """Of lifecycles and channels, only what concerns this stage."""
    cohort: str = ""
    """The event whose first time makes a customer belong to a cohort; empty for any event."""
    active: str = ""
    """The event that counts as coming back; empty for any."""
    kpis: tuple[str, ...] | None = ()
    """The KPIs that are meant; else all, unless playbooks or a stage are named. None for none."""
    after: int = 0
    """Leaves out the rows of the journal up to this number."""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a period; instants in microseconds UTC."""

    project: str
    zone: str
    since: int
    until: int
    per: Per
    spans: tuple[Span, ...]
    """The parts of the period, which every series follows."""
    plays: tuple[Play, ...]
    deeds: Deeds
    channels: tuple[Channel, ...]
    lifecycles: tuple[Lifecycle, ...]
    cohorts: Cohorts | None
    """None for a period of more parts than make a table."""
    paths: tuple[Path, ...]
    kpis: tuple[KpiSeries, ...] = ()
    """The numbers that the project declares, leading ones first."""


def report(database: Database, asked: Asked) -> Report:
    """Answer from the journal and the log. Raises NothingToTell for what cannot be answered.

    What is known of a period does not change once everything before its end was decided: it is told
    by the program that was in force at its end, and nothing dated later counts.
    """
    grounds = _grounded(database, asked)
    found: tuple[KpiSeries, ...] = ()
    if asked.kpis is not None and _wants_kpis(asked):
        found = _numbers(database, grounds)
    return replace(_answered(database, grounds), kpis=found)


def numbers(database: Database, asked: Asked) -> tuple[KpiSeries, ...]:
    """Answer with the KPIs alone, as `report` would tell them. Raises NothingToTell."""
    return _numbers(database, _grounded(database, asked))


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a report stands on."""

    since: int
    until: int
    per: Per
    parts: list[Span]
    project: Project
    """The program in force at the end of the period."""
    newest: Project
    asked: Asked
    """What is asked, under the names that were declared."""
    there: Zone


def _grounded(database: Database, asked: Asked) -> _Grounds:
    with database.read() as connection:
        since, until, project, newest, asked = _grounds(database, connection, asked)
        connection.rollback()
    there = zone(project.vocabulary.timezone)
    if until <= since:
        raise NothingToTell(
            f"the period from {iso(since, there)} until {iso(until, there)} is empty: it ends "
            "before it begins",
            "report --help",
        )
    per = asked.per or _fitting(since, until)
    try:
        parts = spans(since, until, per, there)
    except ValueError as trouble:
        raise NothingToTell(str(trouble), "report --per quarter") from None
    return _Grounds(since, until, per, parts, project, newest, asked, there)


def _numbers(database: Database, on: _Grounds) -> tuple[KpiSeries, ...]:
    # What came in does not depend on who decided, so numbers are those that are declared now.
    found = kpis(database, on.newest, on.since, on.until, on.per, on.asked.kpis or ())
    return tuple(sorted(found, key=lambda one: _EARLY.index(one.indicator)))


def _answered(database: Database, on: _Grounds) -> Report:
    since, until, per, parts = on.since, on.until, on.per, on.parts
    asked, project, there = on.asked, on.project, on.there
    with unfolded(database, since, until, after=asked.after) as told:
        told.cut(parts)
        listen(told, project.vocabulary.events)
        settle(told, project)
        reach = channels(told, project, asked.playbooks)
        ways = lifecycles(told, project)
        return Report(
            project.vocabulary.project, there.name, since, until, per, tuple(parts),
            tuple(plays(told, project, asked.playbooks, len(parts))),
            deeds(told, len(parts), asked.playbooks),
            tuple(one for one in reach if asked.stage in ("", one.stage)),
            tuple(_only(one, asked.stage) for one in ways),
            cohorts(told, len(parts), asked.cohort, asked.active) if len(parts) <= MOST else None,
            tuple(paths(told, asked.playbooks)),
        )  # fmt: skip


def _wants_kpis(asked: Asked) -> bool:
    return bool(asked.kpis) or not (asked.playbooks or asked.stage)


def _only(one: Lifecycle, stage: str) -> Lifecycle:
    if not stage:
        return one
    return replace(one, stages=tuple(own for own in one.stages if own.stage == stage))


def _grounds(
    database: Database, connection: Connection, asked: Asked
) -> tuple[int, int, Project, Project, Asked]:
    """Return the period, the program in force at its end, the newest, and what is asked in their words."""
    until = asked.until
    if until is None:
        last = [_edge(connection, func.max, table) for table in (_JOURNAL, _INBOX, _DEPLOYED)]
        until = max((at for at in last if at is not None), default=0) + 1
    programs = Programs(database)
    every = programs.all(connection)
    if not every:
        raise NothingToTell("nothing was deployed here, so there is nothing to tell", "deploy")
    force = next((one for one in every if one.at < until), None)
    if force is None:
        first = iso(every[-1].at)
        raise NothingToTell(
            f"nothing was deployed before {iso(until)}: the first program came at {first}",
            f"report --until {iso(max(until, every[0].at) + DAY)[:10]}",
        )
    since = asked.since
    if since is None:
        first_at = [_edge(connection, func.min, table) for table in (_INBOX, _DEPLOYED)]
        since = min(at for at in first_at if at is not None)
    project = programs.project(connection, force.program)
    others = [programs.project(connection, one.program) for one in every]
    return since, until, project, others[0], _known(asked, project, others)


def _edge(connection: Connection, edge: Any, table: Any) -> int | None:
    """Return the first or the last instant in a table; of the inbox, of what was decided."""
    question = select(edge(table.c.at))
    if table is _INBOX:
        question = question.where(table.c.number.is_not(None))
    found: int | None = connection.execute(question).scalar()
    return found


def _fitting(since: int, until: int) -> Per:
    days = (until - since) // DAY
    return next((per for most, per in _FINEST if days <= most), "quarter")


def _known(asked: Asked, project: Project, every: Sequence[Project]) -> Asked:
    """Return what is asked under the names that were declared."""
    played = dict.fromkeys(plan.playbook for one in (project, *every) for plan in one.plans)
    meant = tuple(_one(name, played, "playbook") for name in asked.playbooks)
    events = project.vocabulary.events
    cohort, active = (
        _one(name, events, "event") if name else "" for name in (asked.cohort, asked.active)
    )
    stage = _stage(asked.stage, project) if asked.stage else ""
    declared = [kpi.name for kpi in every[0].kpis]
    meant_kpis = tuple(_one(name, declared, "KPI") for name in asked.kpis or ())
    return replace(
        asked, playbooks=meant, cohort=cohort, active=active, stage=stage,
        kpis=None if asked.kpis is None else meant_kpis,
    )  # fmt: skip


def _stage(word: str, project: Project) -> str:
    kinds = stages(project.vocabulary.attributes).values()
    found = {name for kind in kinds for name in named(word, kind)}
    if len(found) == 1:
        return found.pop()
    return _one(word, [stage for kind in kinds for stage in leaves_of(kind)], "stage")


def _one(word: str, known: Iterable[str], what: str) -> str:
    """Return the known name that folds like a word; raises NothingToTell with the nearest one."""
    names = {fold(name): name for name in known}
    found = names.get(fold(word))
    if found is None:
        near = get_close_matches(fold(word), names, n=1) or list(names)[:1]
        option = {"event": "cohort", "KPI": "kpi"}.get(what, what)
        hint = f"report --{option} {shlex.quote(names[near[0]])}" if near else "report"
        raise NothingToTell(f"there is no {what} `{word}` in what was deployed", hint)
    return found
