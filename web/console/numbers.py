"""The dashboard: how much is done a day, who waits, how runs end, and goals against the held out."""

from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from ...engine.core.duration import DAY
from ...engine.core.instant import iso
from .charts import COLOURS, Bar, columns, level
from .desk import Desk, InForce
from .tally import Counted, Goal
from .visits import NotThere, Visit

__all__ = ["dashboard"]

_DAYS = 30
_READ_S = 0.05
_FEW = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How runs of one playbook went."""

    playbook: str
    colour: int
    running: int
    begun: int
    performed: int
    endings: tuple[tuple[str, int], ...]


def dashboard(desk: Desk, visit: Visit) -> Response:
    """Show what was counted so far; when there is more to read, it is read after the answer."""
    force = desk.in_force()
    if force is None:
        raise NotThere("Nothing was deployed yet, so there is nothing to count.")
    tally = force.tally
    done = tally.read(_READ_S)
    counted = tally.counted()
    outcomes = _outcomes(desk, force, counted)
    colours = {one.playbook: one.colour for one in outcomes}
    name = "numbers-body.html" if visit.piece else "numbers.html"
    page = desk.paper.page(
        visit, name, done=done, zone=desk.zone(), since=counted.since, outcomes=outcomes,
        volume=columns(_days(counted, colours), "Actions a day"), goals=_goals(counted),
        reasons=counted.reasons.most_common(_FEW), few=COLOURS,
        top=max((one.running for one in outcomes), default=0), level=level,
    )  # fmt: skip
    return tally.reading_on(page, done=done)


def _outcomes(desk: Desk, force: InForce, counted: Counted) -> list[Outcome]:
    """Return the playbooks, the busiest first: it has the first colour."""
    running: Counter[str] = Counter()
    for one in desk.counted("in flight", desk.engine.in_flight):
        running[one.playbook] += one.runs
    performed: Counter[str] = Counter()
    for of in counted.performed.values():
        performed.update(of)
    names = {plan.playbook for plan in force.project.plans} | running.keys() | performed.keys()
    busiest = sorted(names, key=lambda name: (-performed[name], -running[name], name))
    return [
        Outcome(
            name, min(place, COLOURS), running[name], counted.begun[name], performed[name],
            tuple(counted.endings[name].most_common(_FEW)) if name in counted.endings else (),
        )
        for place, name in enumerate(busiest)
    ]  # fmt: skip


def _days(counted: Counted, colours: dict[str, int]) -> list[Bar]:
    """Return a column for each of the last days, up to the last one of which anything is known."""
    last = max([*counted.performed, *counted.skipped], default=None)
    if last is None:
        return []
    bars = []
    for day in range(last - _DAYS + 1, last + 1):
        done = counted.performed.get(day, Counter())
        names = sorted(done, key=lambda name: (colours.get(name, COLOURS), name))
        parts = [(name, done[name], colours.get(name, COLOURS)) for name in names]
        bars.append(Bar(iso(day * DAY)[5:10], parts))
    return bars


def _goals(counted: Counted) -> list[tuple[str, Goal, Goal]]:
    """Return each playbook whose goal was reached or missed, and those held out beside the others."""
    goals = counted.goals
    names = sorted({name for name, _ in goals})
    none = Goal()
    return [(name, goals.get((name, False), none), goals.get((name, True), none)) for name in names]
