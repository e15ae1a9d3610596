"""Each `{{ … }}` of the console's pages: shown at least once, and only ever as text, whatever it holds.

Two proofs that complete each other. Every text that a template shows is replaced by a hostile one, which must
not change the page's elements; and what templates are handed was hostile at its source, wherever a source may be.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.schema import upgrade
from cuebook.web.console import (
    Principal,
    asking,
    console,
    counting,
    customers,
    inbox,
    playbooks,
    rehearse,
    sandbox,
    settling,
)
from cuebook.web.console.rehearse import SAMPLE

from ..runtime.playing import Clock, write_project
from . import house
from .house import HOME, evil, shown
from .reading import Page, read
from .strange import estrange
from .test_console_strange import SHOWN
from .watching import Place, Seen, watched

POISON = (
    "</textarea></title></pre><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\" onfocus=alert(3) ' onblur=alert(4) {{ 7 * 7 }} {% raw %} \x1b[31m\x07\x7f\u202e\u2028 &lt;b&gt;"
)
_FILE = "a <img src=x onerror=alert('file')> & b"
"""A name that a file may have."""
HOSTILE_NAME = json.dumps(evil("name"))
HOSTILE_SCENE = f"""\
start: 2026-03-02T10:00
customer: {{id: {json.dumps(evil("customer"))}, churned: false}}
timeline:
  - {{at: +0d, event: go-live}}
  - {{at: +1d, outcome: done, step: {json.dumps(evil("step"))}}}
until: +9d
"""
HOSTILE_PLAY = f"""\
playbook: {json.dumps(evil("playbook"))}
on: go-live
steps:
  - {{do: create-task, with: {{title: {json.dumps(evil("task"))}}}}}
  - {{do: create-task, if: churned, id: {json.dumps(evil("step"))}, with: {{title: x}}}}
  - {{stop: {json.dumps(evil("stop"))}}}
"""


@dataclass(slots=True)
class Tour:
    """What was seen on the way through all pages."""

    seen: Seen
    pairs: list[tuple[str, Page, Page]] = field(default_factory=list)
    """Where it was, the page as it is, and the same page with something hostile in place of each text."""


class _Guide:
    """Opens each page twice: as it is, and poisoned."""

    def __init__(self, tour: Tour) -> None:
        self._tour = tour

    def opens(self, app: TestClient, address: str, **form: str) -> None:
        for piece in ({}, {"hx-request": "true"}):
            clean = self._page(app, address, piece, form)
            self._tour.seen.poison = POISON
            try:
                poisoned = self._page(app, address, piece, form)
            finally:
                self._tour.seen.poison = ""
            self._tour.pairs.append((address, clean, poisoned))

    def _page(
        self, app: TestClient, address: str, piece: dict[str, str], form: dict[str, str]
    ) -> Page:
        headers = {**piece, **HOME}
        answer = (
            app.post(address, data=form, headers=headers)
            if form
            else app.get(address, headers=headers)
        )
        return read(answer.text)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """Go through every page, in houses in which each has something to say, and in empty ones."""
    with pytest.MonkeyPatch.context() as patch, watched(patch) as seen:
        for page, most in ((asking, 1), (inbox, 2), (playbooks, 1), (settling, 1)):
            patch.setattr(page, "_MOST", most)
        tour = Tour(seen)
        guide = _Guide(tour)
        folder = tmp_path_factory.mktemp
        _strange(guide, folder("strange"))
        _house(guide, folder("house"), patch)
        _stages(guide, folder("stages"))
        _empty(guide, folder("empty"))
        _rehearsals(guide, folder("rehearsals"), patch)
        yield tour


def _named(page: str, **query: str) -> str:
    return f"/{page}?{urlencode(query)}"


def _strange(guide: _Guide, folder: Path) -> None:
    engine, _ = estrange(folder)
    for app in _apps(engine, folder / "project"):
        for address in SHOWN:
            guide.opens(app, address)
    engine.stop()
    engine.database.pool.dispose()


def _house(guide: _Guide, folder: Path, patch: pytest.MonkeyPatch) -> None:
    engine, clock = house.build(folder)
    _park(engine, evil("parked"))
    project = folder / "project"
    (project / "tests" / "welcome.yaml").rename(project / "tests" / f"{_FILE}.yaml")
    app, reader = _apps(engine, project)
    for address in ("/", "/customers", "/ask", "/inbox", "/given-up", "/numbers"):
        guide.opens(app, address)
        guide.opens(reader, address)
    wanted, pattern = shown("wanted"), shown("pattern")
    for condition in (
        f'name == "{wanted}"', f'name != "{wanted}"', f'name != "{wanted}" and name matches "^.|{pattern}"', evil("condition"),
    ):  # fmt: skip
        guide.opens(app, _named("ask", **{"if": condition}))
    welcome = _named("playbook", name="welcome")
    tests = _named("playbook/tests", name="welcome")
    guide.opens(app, _named("customer", id=evil("parked")))
    for address in (_named("customer", id=house.ADA), welcome, tests):
        guide.opens(app, address)
    with patch.context() as short:
        short.setattr(customers, "_MOMENTS", 3)
        guide.opens(app, _named("customer", id=house.ADA))
        guide.opens(app, _named("customer", id=house.ADA, before="1"))
    guide.opens(app, _named("playbook", name="quiet"))
    with patch.context() as slow:
        slow.setattr(counting, "_AT_ONCE", -1)
        slow.setattr(counting.Figures, "count", lambda _: None)
        guide.opens(_apps(engine, project)[0], "/numbers")
    clock.forward(1)
    changed = (project / "playbooks" / "p0.yaml").read_text().replace("9 days", "8 days")
    (project / "playbooks" / "p0.yaml").write_text(changed)
    guide.opens(app, tests)
    engine.deploy(project)
    guide.opens(app, welcome)
    (project / "cuebook.yaml").write_text("project: [")
    guide.opens(app, tests)
    with engine.database.write() as connection:
        engine.database.run(connection, "UPDATE cuebook_customer SET state = '{'")
    guide.opens(app, _named("ask", **{"if": f'name matches "^.|{pattern}"'}))
    engine.stop()
    engine.database.pool.dispose()


def _park(engine: Engine, customer: str) -> None:
    engine.identify(customer, name="Cy")
    with engine.database.write() as connection:
        engine.database.run(
            connection,
            "UPDATE cuebook_wake SET due_at = NULL, trouble = ? WHERE customer = ?",
            evil("trouble"),
            customer,
        )


_STAGES = """\
project: stages
timezone: UTC
attributes: {seats: number, since: instant, score: number}
events: {login: {}}
lifecycles:
  way:
    stages: [trial, active]
    start: trial
    moves: [trial -> active when seats > 1]
"""
_STAGED = """\
playbook: p
on: login
steps:
  - {do: create-task, with: {title: Call, priority: urgent}}
  - {wait: 30 days}
stop when: no login for 10 days
---
playbook: q
on: login
if: no login for 10 days
steps: [{stop: over}]
"""


def _stages(guide: _Guide, folder: Path) -> None:
    """Look at a house with stages, instants, and goals that somebody reached."""
    clock = Clock()
    engine = Engine(f"sqlite:///{folder / 'stages.db'}", clock=clock)
    upgrade(engine.database)
    engine.deploy(write_project(folder / "project", _STAGED, settings=_STAGES))
    engine.identify("ada", since=datetime(2026, 1, 1, tzinfo=UTC), seats=1)
    engine.track("ada", "login")
    engine.tick()
    engine.identify("ada", seats=2)
    engine.tick()
    app, _ = _apps(engine, folder / "project")
    for address in ("/customer?id=ada", "/inbox", "/numbers"):
        guide.opens(app, address)
    engine.stop()
    engine.database.pool.dispose()


def _empty(guide: _Guide, folder: Path) -> None:
    """Look at a house without a program, then with one in which nothing has happened."""
    engine = Engine(f"sqlite:///{folder / 'empty.db'}")
    upgrade(engine.database)
    app = TestClient(console(engine))
    guide.opens(app, "/")
    engine.deploy(write_project(folder / "project", "idle: on login -> stop\n"))
    typed = evil("typed")
    for address in ("/", "/customers", "/inbox", "/given-up", "/numbers"):
        guide.opens(app, address)
    guide.opens(app, _named("", **{"with": typed}))
    guide.opens(app, _named("customers", **{"from": typed}))
    guide.opens(app, _named("playbook", name="idle"))
    guide.opens(app, _named("playbook", name=typed))
    engine.track("zoe", "login")
    guide.opens(app, "/customer?id=zoe")
    engine.tick()
    guide.opens(app, "/customer?id=zoe")
    engine.stop()
    engine.database.pool.dispose()


def _rehearsals(guide: _Guide, folder: Path, patch: pytest.MonkeyPatch) -> None:
    engine = Engine(f"sqlite:///{folder / 'stage.db'}")
    upgrade(engine.database)
    app = TestClient(console(engine, authorize=lambda _: Principal(evil("principal"))))
    typed = {name: f"# {evil(name)}\n{text}" for name, text in SAMPLE.items()}
    guide.opens(app, "/rehearse")
    guide.opens(app, "/rehearse", **typed)
    guide.opens(app, "/rehearse", **{**typed, "scene": typed["scene"].replace("growth", "free")})
    guide.opens(app, "/rehearse", **{**typed, "scene": typed["scene"].replace("go-live", "gone")})
    hostile = {**typed, "playbook": HOSTILE_PLAY, "scene": HOSTILE_SCENE}
    guide.opens(app, "/rehearse", **hostile)
    for name in ("survey-answered", HOSTILE_NAME):
        guide.opens(
            app, "/rehearse", **{**hostile, "playbook": HOSTILE_PLAY.replace("go-live", name)}
        )
    patch.setattr(rehearse, "_MOST", 1)
    guide.opens(app, "/rehearse", **typed)
    patch.setattr(sandbox, "_OCCURRENCES", 0)
    guide.opens(app, "/rehearse", **typed)
    engine.stop()
    engine.database.pool.dispose()


def _apps(engine: Engine, project: Path) -> tuple[TestClient, TestClient]:
    """Return a console in which everything may be done, and one to look at."""
    return tuple(
        TestClient(console(engine, project=project, writable=writable))
        for writable in (True, False)
    )  # type: ignore[return-value]


OURS = {
    "numbers, instants and what follows from one of two": (
        ("*", "…|count"), ("*", "…|instant(…)"), ("*", '"…'), ("*", "level(…"),
        ("customer.html", "day"),
    ),
    "addresses without a name in them, and words of the template": (
        ("*", "to(…)"), ("*", "asset(…)"), ("*", 'parts.empty("…'),
        ("base.html", "key"), ("base.html", "name"), ("parts.html", "label"), ("parts.html", "said"),
        ("parts.html", '{"began"…'), ("numbers-body.html", "name|capitalize"),
    ),
    "words of the engine": (
        ("customer.html", "one.status"), ("customer.html", "one.where"), ("customer.html", "run.waits"),
        ("playbook.html", "run.waits"), ("parts.html", "trace.note"), ("parts.html", "trigger.tried.cause"),
        ("numbers-body.html", "one.where"), ("numbers-body.html", "one.said"),
        ("numbers-body.html", "sheet.title"), ("numbers-body.html", "column.head or column.name"),
        ("rehearsed.html", "done.trouble"), ("rehearsed.html", "one.severity"),
        ("rehearsed.html", "one.code"), ("rehearsed.html", "one.label"), ("rehearsed.html", "one.field"),
        ("rehearsed.html", "one.kind"), ("tests.html", "played.trouble"),
    ),
    "names that `check` takes from a fixed set, or in letters, digits, blanks, - and _ only": (
        ("customer.html", "zone.name"), ("inbox.html", "task.priority"),
        ("inbox.html", 'task.answers|join(", ")'), ("numbers-body.html", "name"),
        ("numbers-body.html", "drawn"), ("numbers-body.html", 'sheet.about ~ ": " if sheet.about'),
        ("rehearsed.html", "hint"),
    ),
    "pieces whose own expressions are told one by one": (
        ("rehearsed.html", "parts.whether(…"),
        ("rehearsed.html", "parts.why(…"),
    ),
    "versions": (
        ("playbook.html", "version"), ("playbook.html", "run.version"), ("playbook.html", "name"),
        ("tests.html", "played.version"),
    ),
}  # fmt: skip
"""Expressions that nobody outside can word, and why; … stands for anything."""


def _ours(place: Place) -> list[Place]:
    """Return the entries of the table that mean an expression."""
    return [
        (template, form)
        for entries in OURS.values()
        for template, form in entries
        if template in ("*", place[0])
        and re.fullmatch(".*".join(map(re.escape, form.split("…"))), place[1])
    ]


def _texts(tour: Tour, place: Place) -> list[str]:
    return [one for one in tour.seen.values[place] if isinstance(one, str) and one]


def test_each_expression_of_each_template_was_shown(tour: Tour) -> None:
    """One that no page of this tour reaches would be proven by nothing."""
    assert [place for place in tour.seen.places if not tour.seen.values[place]] == []


def test_no_text_in_any_place_makes_an_element(tour: Tour) -> None:
    """Scripts, ends of elements, quotes, braces and control characters stay in the text or the attribute."""
    for address, clean, poisoned in tour.pairs:
        assert _shape(poisoned) == _shape(clean), address
        assert poisoned.harmful == clean.harmful == [], address


def _shape(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(given))) for tag, given in page.tags]


def test_what_is_hostile_is_shown_as_it_came(tour: Tour) -> None:
    """Nothing in it is computed, dropped, or spelt in another way: who reads it sees what it was."""
    found = 0
    for address, _, poisoned in tour.pairs:
        shown = [poisoned.text, *(word for _, given in poisoned.tags for word in given.values())]
        for text in shown:
            assert text.count("{{") == text.count(POISON), address
            found += text.count(POISON)

    assert found > 5_000


def test_whatever_somebody_may_word_was_hostile_where_it_came_from(tour: Tour) -> None:
    """Pictures and times are handed to templates as elements: only what they are made of can be tried."""
    mild = [
        place
        for place in tour.seen.places
        if (texts := _texts(tour, place))
        and not any("onerror" in text for text in texts)
        and not _ours(place)
    ]

    assert mild == []


def test_elements_that_templates_are_handed_hold_only_text(tour: Tour) -> None:
    """What is marked as safe was made safe by whoever made it."""
    made = {
        one for place in tour.seen.places for one in _texts(tour, place) if isinstance(one, Markup)
    }

    assert any("onerror" in one for one in made)
    assert [one for one in made if read(one).harmful or "<script" in one] == []


@pytest.mark.parametrize("entry", [entry for entries in OURS.values() for entry in entries])
def test_no_entry_of_the_table_is_idle(tour: Tour, entry: Place) -> None:
    """One for what was renamed, or may be worded by now, would hide what comes after it."""
    meant = [place for place in tour.seen.places if entry in _ours(place)]

    assert meant
    assert entry[0] == "*" or not any(
        "onerror" in text for place in meant for text in _texts(tour, place)
    )
