"""A house to look at through the console: people, playbooks, tasks and trouble, each with a name of its own.

Every text that somebody outside can choose is hostile: it would run if any page let it.
"""

from pathlib import Path

from starlette.testclient import TestClient

from cuebook.engine.contract import Context, InDoubt, Outcome, Rejected
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.receiving import Refusal
from cuebook.engine.runtime.schema import upgrade
from cuebook.web.console import console

from ..runtime.playing import Clock, write_project

__all__ = ["ADA", "HOME", "build", "client", "evil", "project", "shown"]

HOME = {"origin": "http://testserver"}
"""What a browser says of a form that stands on a page of ours."""


def evil(field: str) -> str:
    """Return a text that would run as a script, between tags and in quotes, and says where it was put."""
    return f"<img src=x onerror=alert('{field}')>\" onfocus=alert(1) ' onblur=alert(2) &"


def shown(field: str) -> str:
    """Return what of such a text stands on a page also where a JSON text holds it."""
    return evil(field).partition('"')[0]


ADA = evil("customer")

_SETTINGS = """\
project: shop
timezone: Europe/Berlin
attributes: {name: text, csm: text, churned: boolean}
events: {go-live: {note: text}, paid: {}}
kinds: [greet, ring]
"""
_QUIET = "quiet: when no paid for 400 days -> ring"


def _quoted(field: str) -> str:
    return "'" + evil(field).replace("'", "''") + "'"


def project(folder: Path) -> Path:
    """Write the project, with one test, and return where it is."""
    ask = evil("question")
    welcome = f"""\
playbook: welcome
title: {_quoted("title")}
owner: {_quoted("owner")}
on: go-live
goal: has paid within 5 days
holdout: 10%
steps:
  - do: create-task
    id: call
    with: {{title: "Call {{{{ customer.name }}}}", assignee: "{{{{ customer.csm }}}}", body: {_quoted("body")}, checklist: [{_quoted("point")}]}}
  - do: greet
    with: {{text: "Hello {{{{ customer.name }}}}"}}
  - do: ring
  - ask: {"'" + ask.replace("'", "''") + "'"}
    id: ready
    of: "{{{{ customer.csm }}}}"
    up to: 30 days
    yes: [{{wait: 9 days}}, {{do: create-task, id: plan, with: {{title: Make a plan}}}}]
    no: [{{stop: {_quoted("stop")}}}]
stop when: churned
"""
    tests = f"""\
tests:
  - test: {_quoted("test")}
    playbook: welcome
    customer: {{id: c1, name: Ada}}
    timeline: [{{at: +0d, event: go-live}}]
    expect: [{{do: create-task}}, {{do: greet}}, {{do: ring}}]
    until: +1d
"""
    files = {"tests/welcome.yaml": tests}
    return write_project(folder, welcome, _QUIET, settings=_SETTINGS, files=files)


def build(folder: Path, clock: Clock | None = None, url: str = "") -> tuple[Engine, Clock]:
    """Return an engine in whose database something of everything stands, decided a day ago by its clock.

    `url` is that of an empty database; by default a file in the folder.
    """
    url = url or f"sqlite:///{folder / 'plays.db'}"
    database = Database(url)
    upgrade(database)
    database.pool.dispose()
    clock = clock or Clock()
    engine = Engine(url, clock=clock, threads=1)  # Else which action ends first is left to chance.

    @engine.action("greet")
    def greet(_args: dict[str, str], _context: Context) -> Outcome:
        return Rejected(evil("rejected"))

    @engine.action("ring")
    def ring(_args: dict[str, str], _context: Context) -> Outcome:
        return InDoubt(evil("doubt"))

    engine.deploy(project(folder / "project"))
    engine.identify(ADA, name=evil("name"), csm=evil("csm"))
    engine.track(ADA, "go-live", {"note": evil("property")})
    engine.tick()
    clock.forward(1)
    for number in range(20):
        engine.identify(f"c{number:02}", name=f"Customer {number}", csm="bo")
        engine.track(f"c{number:02}", "go-live", {"note": "plain"})
    engine.tick()
    engine.comment("welcome/c00/1/call", evil("comment"), by=evil("commenter"))
    engine.receive([], [Refusal(*map(evil, ("source", "refusal", "sent", "stranger")))])
    _park(engine, evil("trouble"))
    return engine, clock


def client(engine: Engine, folder: Path, *, writable: bool = True) -> TestClient:
    """Return a browser without scripts before the console of an engine."""
    return TestClient(console(engine, project=folder / "project", writable=writable))


def _park(engine: Engine, trouble: str) -> None:
    engine.identify("parked", name="Bo")
    with engine.database.write() as connection:
        engine.database.run(
            connection,
            "UPDATE cuebook_wake SET due_at = NULL, trouble = ? WHERE customer = 'parked'",
            trouble,
        )
