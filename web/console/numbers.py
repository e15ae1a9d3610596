"""The dashboard: how much is done a day, who waits, how runs end, goals against the held out, stages.

The figures are those of `cuebook report`, over the last rows of the journal.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.responses import Response

from ...engine.runtime.figures.plays import Play
from ...engine.runtime.figures.report import Report
from ...engine.runtime.figures.sheets import Cell, Column, filled, kpi_sheets, sheets
from ...engine.runtime.figures.wording import flowing, shown
from ...engine.sparks import as_svg
from .charts import COLOURS, Bar, columns, level
from .counting import KPIS_PER
from .desk import Desk, InForce
from .paper import count
from .visits import NotThere, Visit

__all__ = ["dashboard"]

_DAYS = 30
_FEW = 5
_ASIDE = frozenset(
    {"kpis", "playbooks", "steps", "endings", "goal", "kept back", "flow", "cohorts"}
)
"""What the page shows in a way of its own, or on the pages of playbooks."""


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
    """Show what was counted last; what is old is counted anew after the answer."""
    force = desk.in_force()
    if force is None:
        raise NotThere("Nothing was deployed yet, so there is nothing to count.")
    told, fresh = desk.figures.last()
    name = "numbers-body.html" if visit.piece else "numbers.html"
    page = desk.paper.page(
        visit, name, zone=desk.zone(), told=told, level=level,
        **(_told(desk, force, told) if told is not None else {}),
    )  # fmt: skip
    if not fresh:
        page.background = BackgroundTask(desk.figures.count)
    return page


def _told(desk: Desk, force: InForce, told: Report) -> dict[str, Any]:
    outcomes = _outcomes(desk, force, told)
    colours = {one.playbook: one.colour for one in outcomes}
    flows = [(one.name, Markup(flowing(one, told))) for one in told.lifecycles if one.flows]  # noqa: S704 - every text in it was escaped
    return {
        "outcomes": outcomes, "top": max((one.running for one in outcomes), default=0),
        "volume": columns(_days(told, colours), "Actions a day"),
        "goals": [play for play in told.plays if play.goal is not None],
        "reasons": told.deeds.reasons[:_FEW], "flows": flows, "cell": _cell,
        "kpis": [filled(one) for one in kpi_sheets(told.kpis, KPIS_PER)],
        "others": [filled(one) for one in sheets(told) if one.figure not in _ASIDE],
    }  # fmt: skip


def _outcomes(desk: Desk, force: InForce, told: Report) -> list[Outcome]:
    """Return the playbooks, the busiest first: it has the first colour."""
    running: Counter[str] = Counter()
    for one in desk.counted("in flight", desk.engine.in_flight):
        running[one.playbook] += one.runs
    performed = Counter({name: sum(numbers) for name, numbers in told.deeds.performed})
    known = {play.playbook: play for play in told.plays}
    names = {plan.playbook for plan in force.project.plans} | running.keys() | known.keys()
    busiest = sorted(names, key=lambda name: (-performed[name], -running[name], name))
    return [
        Outcome(
            name, min(place, COLOURS), running[name], _begun(known.get(name)), performed[name],
            known[name].endings[:_FEW] if name in known else (),
        )
        for place, name in enumerate(busiest)
    ]  # fmt: skip


def _begun(play: Play | None) -> int:
    return 0 if play is None else play.entered + play.held_out


def _days(told: Report, colours: dict[str, int]) -> list[Bar]:
    """Return a column for each of the last days."""
    if not told.deeds.performed:
        return []
    bars = []
    for place, span in list(enumerate(told.spans))[-_DAYS:]:
        done = [(name, numbers[place]) for name, numbers in told.deeds.performed if numbers[place]]
        done.sort(key=lambda one: (colours.get(one[0], COLOURS), one[0]))
        parts = [(name, number, colours.get(name, COLOURS)) for name, number in done]
        bars.append(Bar(span.name[5:], parts))
    return bars


def _cell(cell: Cell, column: Column) -> Markup:
    """Return a cell of a table."""
    if isinstance(cell, tuple):
        return Markup("<td>{}</td>").format(Markup(as_svg(cell, column.name)))  # noqa: S704 - escaped
    found = shown(cell, column)
    text = "" if found is None else count(found) if isinstance(found, int) else found
    kind = "" if column.kind == "text" else "n"
    return Markup('<td class="{}">{}</td>').format(kind, text)
