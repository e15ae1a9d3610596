"""Pages about playbooks: all of them, one with its picture, who is in it, its versions and tests."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from ...engine.core.plan import Plan
from ...engine.core.ready import version_of
from ...engine.core.say_trigger import say_trigger
from ...engine.drawing import as_svg
from ...engine.english import english
from ...engine.graphs import Graph, connections
from .desk import Desk
from .tally import Tally
from .trying import tried
from .visits import NotThere, Visit

__all__ = ["listing", "one", "overview", "picture", "tests"]

_MOST = 50
"""Runs on one page."""
_READ_S = 0.03
"""How long a page reads on in the journal before it is shown with what was read so far."""


@dataclass(frozen=True, slots=True)
class Row:
    """One playbook in the list."""

    plan: Plan
    running: int
    begins: tuple[str, ...]


def listing(desk: Desk, visit: Visit) -> Response:
    """Show all playbooks of the program in force, with how many customers are in each."""
    force = desk.in_force()
    wanted = visit.asked("with").casefold()
    running: Counter[str] = Counter()
    for one in desk.counted("in flight", desk.engine.in_flight):
        running[one.playbook] += one.runs
    plans = force.project.plans if force is not None else ()
    rows = [
        Row(plan, running[plan.playbook], tuple(map(say_trigger, plan.triggers)))
        for plan in plans
        if wanted in f"{plan.playbook} {plan.title} {plan.owner}".casefold()
    ]
    gone = sorted(running.keys() - {plan.playbook for plan in plans})
    return desk.paper.page(
        visit, "playbooks.html", force=force, rows=rows, wanted=visit.asked("with"),
        gone=[(name, running[name]) for name in gone], zone=desk.zone(),
    )  # fmt: skip


def one(desk: Desk, visit: Visit) -> Response:
    """Show one playbook."""
    plan = desk.plan(visit.asked("name"))
    name = plan.playbook
    tally, told = _flow(desk, plan)
    page = desk.paper.page(
        visit, "playbook.html", plan=plan, zone=desk.zone(), version=version_of(plan),
        words="\n".join(english(plan)).strip(), runs=desk.engine.inside(name, most=_MOST),
        most=_MOST, versions=desk.versions(name), folder=desk.folder, **told,
    )  # fmt: skip
    return tally.reading_on(page, done=told["done"])


def picture(desk: Desk, visit: Visit) -> Response:
    """Show the picture of a playbook alone, for a page that is kept up to date."""
    plan = desk.plan(visit.asked("name"))
    tally, told = _flow(desk, plan)
    page = desk.paper.page(visit, "flow.html", plan=plan, zone=desk.zone(), **told)
    return tally.reading_on(page, done=told["done"])


def tests(desk: Desk, visit: Visit) -> Response:
    """Play the tests that stand in the project's files, and show how they end."""
    plan = desk.plan(visit.asked("name"))
    if desk.folder is None:
        raise NotThere("This console was not told where the files of its playbooks are.")
    played = tried(desk.folder, plan.playbook)
    differs = played.version not in (None, version_of(plan))
    name = "tests.html" if visit.piece else "tests-page.html"
    return desk.paper.page(visit, name, plan=plan, played=played, differs=differs)


def overview(desk: Desk, visit: Visit) -> Response:
    """Show which playbooks set off which others."""
    force = desk.in_force()
    if force is None:
        raise NotThere("Nothing was deployed yet, so there is nothing to draw.")
    drawn = _svg(connections(force.project))
    return desk.paper.page(visit, "map.html", drawn=drawn, project=force.project)


def _flow(desk: Desk, plan: Plan) -> tuple[Tally, dict[str, Any]]:
    """Return the picture with how many stand at each step, and how many went which way lately."""
    force = desk.in_force()
    assert force is not None  # noqa: S101 - its plan was found
    tally, name = force.tally, plan.playbook
    done = tally.read(_READ_S)
    here = desk.counted(("whereabouts", name), lambda: desk.engine.whereabouts(name))
    drawn = _svg(_standing(tally.picture(name), here))
    told = {"drawn": drawn, "since": tally.since, "done": done, "waiting": sum(here.values())}
    return tally, told


def _standing(graph: Graph, here: dict[str, int]) -> Graph:
    """Write on each box how many runs stand there."""
    vertices = tuple(
        replace(one, label=(*one.label, f"{here[step]:,} here"))
        if (step := one.id.removeprefix("step ")) in here and one.id.startswith("step ")
        else one
        for one in graph.vertices
    )
    return replace(graph, vertices=vertices)


def _svg(graph: Graph) -> Markup:
    return Markup(as_svg(graph, styled=False))  # noqa: S704 - every text in it was escaped
