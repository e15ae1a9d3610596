"""Which ways lead to a goal, and which away from it: the first things that follow a beginning.

Repetitions count once: ten logins in a row are one. What a run does itself stands among the events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, func, literal, select, union_all

from .heard import EVENTS
from .told import LINES, RUNS, Told

__all__ = ["LENGTH", "Path", "paths"]

LENGTH: Final = 5
"""How many things of a way are told."""
_MOST: Final = 5
"""Ways of each playbook in each direction."""


@dataclass(frozen=True, slots=True)
class Path:
    """A sequence of events and steps, and how many runs went it."""

    playbook: str
    reached: bool
    """Whether the goal was reached after it; else it was missed."""
    way: tuple[str, ...]
    """Events by name, steps as `do STEP`; empty where nothing happened in between."""
    runs: int


def paths(told: Told, only: Sequence[str] = ()) -> list[Path]:
    """Return the most frequent ways of each playbook with a goal; `heard.listen` has been called."""
    run, thing = RUNS.c, _things().subquery().c
    turned = func.lag(thing.name).over(
        partition_by=thing.run, order_by=[thing.at, thing.own, thing.number]
    )
    marked = select(
        thing.run, thing.name, thing.at, thing.own, thing.number, turned.label("last")
    ).subquery()
    kept = (
        select(
            marked.c.run, marked.c.name,
            func.row_number()
            .over(
                partition_by=marked.c.run,
                order_by=[marked.c.at, marked.c.own, marked.c.number],
            )
            .label("place"),
        )
        .where(marked.c.last.is_(None) | (marked.c.last != marked.c.name))
        .subquery()
    )  # fmt: skip
    ways = (
        select(kept.c.run, *(_at(kept, place) for place in range(1, LENGTH + 1)))
        .where(kept.c.place <= LENGTH)
        .group_by(kept.c.run)
        .subquery()
    )
    named = [ways.c[f"w{place}"] for place in range(1, LENGTH + 1)]
    counted = (
        select(run.playbook, run.goal, *named, func.count().label("runs"))
        .join_from(RUNS, ways, run.run == ways.c.run, isouter=True)
        .where(run.held == 0, run.goal.in_(["reached", "missed"]))
        .group_by(run.playbook, run.goal, *named)
        .subquery()
    )
    return _most(told, counted, only)


def _most(told: Told, counted: Any, only: Sequence[str]) -> list[Path]:
    one = counted.c
    named = [one[f"w{place}"] for place in range(1, LENGTH + 1)]
    best = func.row_number().over(
        partition_by=[one.playbook, one.goal],
        order_by=[one.runs.desc(), *(told.sorted(func.coalesce(name, "")) for name in named)],
    )
    ranked = select(*one, best.label("rank")).subquery()
    question = (
        select(ranked)
        .where(ranked.c.rank <= _MOST)
        .where(*([ranked.c.playbook.in_(only)] if only else []))
        .order_by(ranked.c.playbook, ranked.c.goal.desc(), ranked.c.rank)
    )
    return [
        Path(name, goal == "reached", tuple(step for step in way if step is not None), runs)
        for name, goal, *way, runs, _ in told.rows(question)
    ]


def _at(kept: Any, place: int) -> Any:
    return func.max(case((kept.c.place == place, kept.c.name))).label(f"w{place}")


def _things() -> Any:
    """Return what happened in each run whose goal was decided: until then, the goal's own event too."""
    run, event, line = RUNS.c, EVENTS.c, LINES.c
    judged = [run.held == 0, run.goal.in_(["reached", "missed"])]
    within = and_(event.customer == run.customer, event.at > run.began_at, event.at <= run.goal_at)
    events = (
        select(run.run, event.name, event.at, literal(0).label("own"), event.number)
        .join_from(RUNS, EVENTS, within)
        .where(*judged)
    )
    deeds = (
        select(run.run, (literal("do ") + line.step).label("name"), line.at,
               literal(1).label("own"), line.number)
        .join_from(RUNS, LINES, line.run == run.run)
        .where(line.kind == "action", line.note == "", line.at <= run.goal_at, *judged)
    )  # fmt: skip
    return union_all(events, deeds)
