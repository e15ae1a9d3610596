"""The way through lifecycles: who entered and left each stage, where to, and how long it took."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, Text, and_, case, distinct, func, literal, or_, select

from ...core.lifecycles import leaves_of, lifecycle_of, stages
from ...core.plan import Project
from ...core.staging import GONE, NO_STAGE
from .told import LINES, Told, table

__all__ = ["NOT_YET", "STAYS", "Flow", "Lifecycle", "Stage", "lifecycles", "settle"]

STAYS: Final = table(
    "stay", customer=Text, lifecycle=Text, stage=Text, entered_at=BigInteger, left_at=BigInteger,
    came_from=Text, into=Text, told_from=Text,
)  # fmt: skip
"""Each stay of a customer in a stage, from the beginning on; `lifecycle` is the attribute that holds
it. `left_at` is None for the stage somebody is in at the end of the period. `came_from` is the stay before,
`told_from` the stage that the move itself names; they differ where a move was not written down."""
_MARKS: Final = table("mark", place=Integer, at=BigInteger)
"""Instants at which it is asked where everybody is."""
_ARROW: Final = " -> "
_MOST_MARKS: Final = 7
NOT_YET: Final = "not there yet"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage in a period."""

    stage: str
    before: int
    """Customers in it when the period began."""
    entered: int
    """How often it was entered; one customer may come back."""
    left: int
    to: tuple[tuple[str, int], ...]
    """Where those went who left, the most frequent first."""
    now: int
    """Customers in it at the end of the period."""
    median: float | None
    """How long those who left had been in it: the length that half of them stayed below. Seconds."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How many customers were in a stage at one instant and in which at the next; microseconds UTC."""

    place: int
    """Which pair of instants: from this one to the next."""
    old: str
    new: str
    customers: int


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One lifecycle in a period."""

    name: str
    stages: tuple[Stage, ...]
    """In their declared order; then those that it has no more."""
    marks: tuple[int, ...]
    """The instants between which `flows` tell; the first and the last are those of the period."""
    flows: tuple[Flow, ...]
    unknown: int = 0
    """Customers who came from a stage that nobody wrote down: what they did before is not known."""
    erased: int = 0
    """Customers who were erased: where they were is not known any more."""


def settle(told: Told, project: Project) -> None:
    """Make `STAYS` of the moves that are told."""
    line = LINES.c
    names = list(stages(project.vocabulary.attributes))
    # What a run did stands under its playbook; then the note begins with the stage that is meant.
    whose, note = _told_by_runs(names)
    moves = (
        select(
            line.customer, whose.label("lifecycle"), note.label("note"), line.at, line.number,
            line.place,
        )
        .where(line.kind == "moved", whose.in_(names))
        .subquery()
    )  # fmt: skip
    move = moves.c
    into = _after(told, move.note)
    customers, order = [move.customer, move.lifecycle], [move.number, move.place]

    def beside(what: Any) -> Any:
        return what.over(partition_by=customers, order_by=order)

    question = select(
        move.customer, move.lifecycle, into.label("stage"), move.at.label("entered_at"),
        beside(func.lead(move.at)).label("left_at"),
        func.coalesce(beside(func.lag(into)), NO_STAGE).label("came_from"),
        beside(func.lead(into)).label("into"), told.before(move.note, _ARROW).label("told_from"),
    ).where(into.is_not(None))  # fmt: skip
    told.fill(STAYS, question, "customer,entered_at")


def lifecycles(told: Told, project: Project) -> list[Lifecycle]:
    """Return each lifecycle of a project; `settle` has been called."""
    marks = _mark(told)
    counts, ways, medians, flows = _counts(told), _ways(told), _medians(told), _flows(told)
    unknown, erased = _unknown(told), _erased(told)
    found = []
    for attribute, kind in stages(project.vocabulary.attributes).items():
        name = lifecycle_of(attribute) or attribute
        order = list(leaves_of(kind))
        gone = {stage for of, stage in counts if of == attribute} - set(order) - {NO_STAGE}
        listed = [
            Stage(
                stage, *counts.get((attribute, stage), (0, 0, 0))[:2],
                sum(number for _, number in ways[attribute, stage]),
                tuple(ways[attribute, stage]), counts.get((attribute, stage), (0, 0, 0))[2],
                medians.get((attribute, stage)),
            )
            for stage in (*order, *sorted(gone))
        ]  # fmt: skip
        found.append(
            Lifecycle(
                name, tuple(listed), marks, tuple(flows[attribute]),
                unknown.get(attribute, 0), erased.get(attribute, 0),
            )
        )  # fmt: skip
    return found


def _told_by_runs(names: Sequence[str]) -> tuple[Any, Any]:
    """Return which lifecycle a move is in, and what is told of it."""
    line = LINES.c
    by_run = [
        (and_(line.run != "", func.substr(line.note, 1, len(name) + 2) == f"{name}: "), name)
        for name in names
    ]
    whose = case(*by_run, (line.run == "", line.playbook), else_=literal(""))
    outside = (line.run == "", line.note)
    notes = [
        (told, func.substr(line.note, len(name) + 3))
        for (told, _), name in zip(by_run, names, strict=True)
    ]
    return whose, case(*notes, outside)


def _after(told: Told, note: Any) -> Any:
    """Return the stage that a move leads to; None where nobody moved."""
    place = func.instr(note, _ARROW) if told.sqlite else func.strpos(note, _ARROW)
    return case((place > 0, func.substr(note, place + len(_ARROW))))


def _within(told: Told, at: Any) -> Any:
    return and_(at >= told.since, at < told.until)


def _counts(told: Told) -> dict[tuple[str, str], tuple[int, int, int]]:
    stay = STAYS.c
    before = (stay.entered_at < told.since) & or_(
        stay.left_at.is_(None), stay.left_at >= told.since
    )
    question = select(
        stay.lifecycle, stay.stage, func.count(case((before, 1))),
        func.count(case((_within(told, stay.entered_at), 1))),
        func.count() - func.count(stay.left_at),
    ).group_by(stay.lifecycle, stay.stage)  # fmt: skip
    return {
        (of, stage): (was, entered, now) for of, stage, was, entered, now in told.rows(question)
    }


def _ways(told: Told) -> dict[tuple[str, str], list[tuple[str, int]]]:
    stay = STAYS.c
    question = (
        select(stay.lifecycle, stay.stage, stay.into, func.count())
        .where(_within(told, stay.left_at), stay.into != stay.stage)
        .group_by(stay.lifecycle, stay.stage, stay.into)
    )
    found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for of, stage, into, number in told.rows(question):
        found[of, stage].append((into, number))
    for ways in found.values():
        ways.sort(key=lambda way: (-way[1], way[0]))
    return found


def _medians(told: Told) -> dict[tuple[str, str], float]:
    """Return how long half of those who left had stayed: the middle, or between the two there."""
    stay = STAYS.c
    took = stay.left_at - stay.entered_at
    of = [stay.lifecycle, stay.stage]
    ranked = (
        select(
            *of, took.label("took"),
            func.row_number().over(partition_by=of, order_by=took).label("place"),
            func.count().over(partition_by=of).label("number"),
        )
        .where(_within(told, stay.left_at))
        .subquery()
    )  # fmt: skip
    row = ranked.c
    question = select(row.lifecycle, row.stage, func.min(row.took), func.max(row.took)).where(
        func.abs(row.place * 2 - row.number - 1) < 2
    )
    rows = told.rows(question.group_by(row.lifecycle, row.stage))
    return {(of_, stage): (low + high) / 2 / 1_000_000 for of_, stage, low, high in rows}


def _unknown(told: Told) -> dict[str, int]:
    """Count customers with a move from elsewhere than where the move before had led."""
    stay = STAYS.c
    apart = (stay.told_from != stay.came_from) & ~stay.told_from.like(f"% {GONE}")
    question = select(stay.lifecycle, func.count(distinct(stay.customer))).where(apart)
    return dict(map(tuple, told.rows(question.group_by(stay.lifecycle))))


def _erased(told: Told) -> dict[str, int]:
    """Count customers whose moves are told without a word. What a run did is under its playbook."""
    line = LINES.c
    question = select(line.playbook, func.count(distinct(line.customer))).where(
        line.kind == "moved", line.run == "", line.note == ""
    )
    return dict(map(tuple, told.rows(question.group_by(line.playbook))))


# --- where everybody is at some instants ----------------------------------------------------------


def _mark(told: Told) -> tuple[int, ...]:
    """Choose a few instants, evenly spread over the parts of the period, and write them down."""
    ends = [until for (until,) in told.rows(told.ends())] or [told.until]
    some = max(1, -(-len(ends) // (_MOST_MARKS - 1)))
    chosen = [told.since, *ends[::-1][::some][::-1]]
    _MARKS.create(told.connection)
    rows = [{"place": place, "at": at} for place, at in enumerate(chosen)]
    told.connection.execute(_MARKS.insert(), rows)
    return tuple(chosen)


def _flows(told: Told) -> dict[str, list[Flow]]:
    stay, mark = STAYS.c, _MARKS.c
    there = and_(stay.entered_at < mark.at, or_(stay.left_at.is_(None), stay.left_at >= mark.at))
    here = (
        select(stay.customer, stay.lifecycle, stay.stage, mark.place)
        .join_from(STAYS, _MARKS, there)
        .cte("here")
    )
    last = here.alias("last")
    same = and_(
        last.c.customer == here.c.customer, last.c.lifecycle == here.c.lifecycle,
        last.c.place == here.c.place - 1,
    )  # fmt: skip
    old = func.coalesce(last.c.stage, NOT_YET).label("old")
    question = (
        select(here.c.lifecycle, here.c.place, old, here.c.stage, func.count())
        .join_from(here, last, same, isouter=True)
        .where(here.c.place > 0)
        .group_by(here.c.lifecycle, here.c.place, old, here.c.stage)
    )
    found: dict[str, list[Flow]] = defaultdict(list)
    for of, place, was, stage, number in sorted(told.rows(question)):
        found[of].append(Flow(place - 1, was, stage, number))
    return found
