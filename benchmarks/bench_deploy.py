"""One more playbook with `existing: enter`, deployed to a population of whom one in a hundred matches.

Measured from the deployment until all is decided that comes of it: with those woken whom one query
finds, beside everybody woken, who then finds out alone whether anything concerns it. So is the plan of
it: with those lived on to whom anything can happen, beside everybody.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

from measure import Clocked, clocked
from places import Place, places, tables
from workload import DAY, START, timed

from cuebook.dsl.load import load
from cuebook.engine.core.plan import Project
from cuebook.engine.forecast import Forecast
from cuebook.engine.runtime import asking as asking_module
from cuebook.engine.runtime import engine as engine_module
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.intake import change

BENCH = "deploy"
CUSTOMERS = 20_000
MATCHING = CUSTOMERS // 100
SETTINGS = """\
project: bench
timezone: UTC
attributes: {plan: text, seats: number}
events: {login: {}}
kinds: [greet]
"""
HELLO = "hello: on login -> greet\n"
BIG = "playbook: big\non: when seats >= 99\nexisting: enter\nsteps: [{do: greet}]\n"


def project(*more: str) -> Project:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "playbooks").mkdir()
        (folder / "playbooks" / "hello.play").write_text(HELLO, encoding="utf-8")
        for text in more:
            (folder / "playbooks" / "more.yaml").write_text(text, encoding="utf-8")
        return load(folder)


def filled(place: Place) -> str:
    """Return the URL of a database where everybody is known and nobody is due."""
    url = tables(place)
    made = Engine(url, clock=lambda: START)
    made.deploy(project())
    made.track_many(
        change(f"c{number}", {"plan": "growth", "seats": number % 100}, now=START)
        for number in range(CUSTOMERS)
    )
    made.tick(START)
    made.database.pool.dispose()
    place.settle(url)
    return url


def deployed(place: Place, source: str, *, query: bool) -> Mapping[str, float]:
    """Deploy one playbook more, and decide all that comes of it."""
    url, more = place.copy(source), project(BIG)
    made = Engine(url, clock=lambda: START + DAY)
    made.ready()

    def deploy() -> None:
        made.deploy(more)
        made.tick(START + DAY, perform=False)

    concerned = engine_module.concerned if query else lambda *_: None
    with patch.object(engine_module, "concerned", concerned):
        took = timed(deploy)
    assert made.status().outbox == {"waiting": MATCHING}
    made.database.pool.dispose()
    place.drop(url)
    return {f"{place.name}: {'found by a query' if query else EVERYBODY}": CUSTOMERS / took}


def planned(place: Place, url: str, *, query: bool) -> Mapping[str, float]:
    """Tell what the deployment would do in a month."""
    made, more = Engine(url, clock=lambda: START + DAY), project(BIG)
    made.ready()
    differing = asking_module.differing if query else lambda *_: None
    found = list[Forecast]()
    with patch.object(asking_module, "differing", differing):
        took = timed(lambda: found.append(made.forecast(more, START + 31 * DAY)))
    assert found[0].customers == CUSTOMERS
    assert found[0].counts["big"] == {"added": MATCHING}
    made.database.pool.dispose()
    return {f"{place.name}: {'planned by a query' if query else LIVED}": CUSTOMERS / took}


EVERYBODY = "everybody woken"
LIVED = "planned, everybody lived on"


def parts(place: Place) -> list[Clocked]:
    source, loop = filled(place), f"{place.name}: {EVERYBODY}"
    return [
        Clocked(lambda: deployed(place, source, query=False), {loop: ()}),
        Clocked(
            lambda: deployed(place, source, query=True),
            {f"{place.name}: found by a query": (loop,)},
        ),
        Clocked(lambda: planned(place, source, query=False), {f"{place.name}: {LIVED}": ()}),
        Clocked(
            lambda: planned(place, source, query=True),
            {f"{place.name}: planned by a query": (f"{place.name}: {LIVED}",)},
        ),
    ]


if __name__ == "__main__":
    with places() as both:
        clocked(BENCH, [one for place in both for one in parts(place)], unit="customers/s")
