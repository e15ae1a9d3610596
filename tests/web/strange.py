"""A second house, in which everything that an author, an action, a colleague or a sender may word is hostile.

The names that a project declares are not among it: `check` takes letters, digits, blanks, `-` and `_` there.
"""

import json
from pathlib import Path

from cuebook.engine.contract import Context, Done, Event, InDoubt, Outcome, Rejected
from cuebook.engine.core.duration import DAY
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.schema import upgrade

from ..runtime.playing import Clock, write_project
from .house import evil, shown

__all__ = ["ASKED", "EVE", "GONE", "MALLORY", "PLAYBOOK", "estrange"]

EVE = evil("customer")
"""Somebody who waits near the end of the playbook."""
GONE = evil("gone")
"""Somebody who came to its end."""
ASKED = evil("asked")
"""Somebody about whom a question is open."""
PLAYBOOK = evil("playbook")
MALLORY = evil("undecided")
"""Somebody of whom was told, and about whom nobody has decided yet."""


def _text(field: str) -> str:
    """Return a hostile text as YAML spells it."""
    return json.dumps(evil(field))


def _compared(left: str, field: str, behind: str = "") -> str:
    """Return a comparison with a hostile text as YAML spells it: without the quotation mark in it."""
    return json.dumps(f'{left} "{shown(field)}"{behind}')


_SETTINGS = f"""\
project: {_text("project")}
timezone: Europe/Berlin
attributes: {{name: text, mood: text, when: text}}
events: {{upset: {{word: text}}, task-done: {{answer: text, by: text}}, told: {{word: text}}}}
kinds: [greet, write, {_text("ring")}, {_text("kind")}]
channels: {{{_text("channel")}: [write]}}
limits: {{{_text("channel")}: {{at most: 1 per 30 days}}}}
kpis: {{upset: {{is: count of upset, title: {_text("kpi")}, unit: {_text("unit")}, target: 1000}}}}
teams: {{crew: [{_text("member")}]}}
never: [{{do: {_text("kind")}, if: {_compared("name !=", "never")}}}]
"""

_STRANGE = f"""\
playbook: {_text("playbook")}
title: {_text("title")}
on: {_compared("upset where (word !=", "where", ")")}
if: {_compared("name !=", "if")}
steps:
  - {{do: greet, as: said}}
  - do: create-task
    id: {_text("id")}
    with: {{title: {_text("task")}, assignee: {_text("absent")}, due: 2 hours, escalate to: {_text("escalated")}, checklist: [{_text("point")}], body: {_text("body")}}}
  - {{do: create-task, id: {_text("crewed")}, with: {{title: For the crew, assignee: least loaded of crew, due: "{{{{ customer.when }}}}"}}}}
  - {{do: {_text("ring")}, id: ring, with: {{text: "{{{{ said.answer }}}}"}}}}
  - do: {_text("kind")}
  - {{do: write, with: {{{_text("word given")}: {_text("given")}, purpose: {_text("purpose")}}}}}
  - {{do: write, if: {_compared("name !=", "step-if")}}}
  - set: {{mood: {_text("set")}}}
  - emit: {{told: {{word: {_text("emitted")}}}}}
  - ask: How is it?
    id: ask
    of: {_text("of")}
    up to: 30 days
    later: []
    fine: []
  - {{do: create-task, id: last, with: {{title: Last}}}}
  - id: {_text("waiting")}
    wait until: {_compared("mood ==", "until")}
    up to: 3 days
    else: [{{stop: {_text("stop")}}}]
goal: {_compared("mood ==", "goal", " within 5 days")}
stop when: {_compared("mood ==", "stop-when")}
---
playbook: {_text("listener")}
on: told
steps:
  - wait: 60 days
"""


_RETIRED = f"""\
playbook: {_text("retired")}
on: upset
steps:
  - wait: 60 days
"""


def estrange(folder: Path) -> tuple[Engine, Clock]:
    """Return an engine that went through all of it, and its clock."""
    clock = Clock()
    engine = Engine(f"sqlite:///{folder / 'strange.db'}", clock=clock)
    upgrade(engine.database)

    @engine.action("greet")
    def greet(_args: dict[str, str], _context: Context) -> Outcome:
        return Done(evil("answer"), (Event("told", {"word": evil("action's event")}),))

    @engine.action(evil("ring"))
    def ring(_args: dict[str, str], _context: Context) -> Outcome:
        return InDoubt(evil("doubt"))

    @engine.action("write")
    def write(_args: dict[str, str], _context: Context) -> Outcome:
        return Rejected(evil("rejected"))

    engine.deploy(write_project(folder / "project", _STRANGE, _RETIRED, settings=_SETTINGS))
    engine.away(evil("absent"), until=clock.now + 90 * DAY, instead=evil("instead"))
    for customer in (GONE, EVE):
        _tell(engine, customer)
        clock.forward(0.5)
        _answer(engine, customer)
        clock.forward(4 if customer == GONE else 1)
        engine.tick()
    engine.dismiss(f"{PLAYBOOK}/{GONE}/1/ring", by=evil("settler"), why=evil("dismissed"))
    engine.track(GONE, "upset", {"word": shown("where")})
    engine.track(EVE, evil("ahead"), at=clock.now + 80 * DAY)
    _tell(engine, ASKED)
    for customer in (MALLORY, *(evil(f"with many, {number}") for number in range(60))):
        engine.track(customer, evil("event"), source=evil("source"))
    engine.deploy(write_project(folder / "project", _STRANGE, settings=_SETTINGS))
    return engine, clock


def _tell(engine: Engine, customer: str) -> None:
    """Tell of somebody what nobody has declared, and what begins a run."""
    undeclared = {evil("attribute"): {evil("key"): evil("value")}}
    engine.identify(customer, {"name": evil("name"), "when": evil("due"), **undeclared})
    nested = {evil("property"): [{evil("nested"): evil("deep")}]}
    engine.track(customer, evil("event"), nested, source=evil("source"))
    engine.track(customer, "upset", {"word": evil("word")})
    _settle(engine)


def _answer(engine: Engine, customer: str) -> None:
    """Let deadlines pass, and people answer."""
    _settle(engine)
    run = f"{PLAYBOOK}/{customer}/1"
    engine.answer(f"{run}/ask", "later", by=evil("by"))
    _settle(engine)
    engine.comment(f"{run}/{evil('id')}", evil("comment"), by=evil("commenter"))
    engine.answer(f"{run}/last", evil("done"), by=evil("by"))
    _settle(engine)


def _settle(engine: Engine) -> None:
    """Let the engine decide, perform, and decide about what came of it."""
    for _ in range(4):
        engine.tick()
