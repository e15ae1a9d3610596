"""Why: what was decided about a customer, and how each trigger stands, now or as it was."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection

from ..core.plan import Plan
from ..core.ready import version_of
from ..core.state import Customer
from ..core.trace import Trace, read_trace
from ..core.zone import Zone
from .database import Database
from .deciding import Kept, Turn
from .outlook import Outlook, Past, Scene, outlook, refusal
from .programs import Loaded, Programs
from .reading import RunView, runs
from .replay import Log

__all__ = ["Decision", "PlaybookWhy", "Why", "why"]

_MOST: int = 2_000
"""How many rows of the journal are read, the latest ones."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the journal with its reasons; instants in microseconds UTC."""

    at: int
    kind: str
    """`started`, `not started`, `waiting`, `performed`, `skipped`, `ended`, …"""
    run: str
    step: str
    note: str
    due_at: int | None
    why: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An action that limits do not let through yet; instants in microseconds UTC."""

    step: str
    note: str
    """Which limit, in words."""
    due_at: int
    """When it is looked at again."""


@dataclass(frozen=True, slots=True)
class PlaybookWhy:
    """One playbook and one customer."""

    playbook: str
    version: str
    """Empty for one that the program does not hold any more."""
    runs: tuple[RunView, ...]
    """The earliest first."""
    decisions: tuple[Decision, ...]
    triggers: tuple[Outlook, ...]
    refusal: str
    """What would keep a run from beginning although its trigger fires: `again`, `while running`."""
    held_back: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """What was decided about a customer until `at`, and how things stood then."""

    customer: str
    at: int
    zone: Zone
    playbooks: tuple[PlaybookWhy, ...]


def why(
    database: Database,
    connection: Connection,
    customer: str,
    playbook: str | None,
    now: int,
    until: int | None,
) -> Why:
    """Return why; `until` looks at the customer as it was then. See `Engine.why` for what it raises."""
    programs = Programs(database)
    log = Log(database, connection, programs)
    turn = _now(database, connection, programs, customer) if until is None else None
    if turn is None:
        turn = log.replay(customer, until=until)
        if not turn.turned.decided:
            raise KeyError(f"nothing was decided about {customer} until then")
    at = max(now if until is None else until, turn.customer.clock)
    plans = {plan.playbook: plan for plan in turn.loaded.project.plans}
    decided = _decisions(database, connection, customer, at)
    known = runs(database, connection, customer)[::-1]
    names = [playbook] if playbook is not None else list(dict.fromkeys([*plans, *decided]))
    if playbook is not None and playbook not in plans and playbook not in decided:
        raise KeyError(f"there is no playbook {playbook} in the program of that time")
    past = _past(database, connection, log, turn.customer.id, turn.loaded, at)
    scene = Scene(turn.customer, turn.loaded.program, at, past)
    told = (
        PlaybookWhy(
            name,
            version_of(plans[name]) if name in plans else "",
            tuple(
                _as_of(run, at) for run in known if run.playbook == name and run.started_at <= at
            ),
            tuple(decided.get(name, ())),
            tuple(_outlooks(scene, plans.get(name))),
            refusal(scene, name),
            tuple(_held_back(turn.customer, name)),
        )
        for name in names
    )
    return Why(customer, at, turn.customer.zone, tuple(told))


def _now(database: Database, connection: Connection, programs: Programs, customer: str) -> Turn:
    """Return a customer as it is kept. Raises KeyError when nothing is."""
    rows = database.rows(
        connection, "SELECT decided, program, state FROM cuebook_customer WHERE id = ?", customer
    )
    if not rows:
        raise KeyError(f"nothing was decided about {customer}")
    kept = Kept(*rows[0])
    return Turn(customer, programs.load(connection, kept.program), kept, lambda kind, _: kind)


def _decisions(
    database: Database, connection: Connection, customer: str, until: int
) -> dict[str, list[Decision]]:
    """Return the lines of the journal by playbook, in order."""
    rows = database.rows(
        connection,
        """SELECT lines FROM cuebook_journal WHERE customer = ? AND at <= ?
        ORDER BY number DESC LIMIT ?""",
        customer,
        until,
        _MOST,
    )
    found: dict[str, list[Decision]] = {}
    for (lines,) in reversed(rows):
        reasons: tuple[Trace, ...] = ()
        for line in json.loads(lines):
            if line[0] == "action":
                reasons = _traces(line[10])  # The line that says it was performed has none.
                continue
            _, at, kind, playbook, run, step, note, due, own = line
            because = _traces(own) or (reasons if kind == "performed" else ())
            reasons = ()
            if playbook and at <= until:
                decision = Decision(at, kind, run, step, note, due, because)
                found.setdefault(playbook, []).append(decision)
    return found


def _traces(data: list[Any]) -> tuple[Trace, ...]:
    return tuple(read_trace(trace) for trace in data)


def _as_of(run: RunView, at: int) -> RunView:
    """Return a run without the ending it had not come to yet."""
    if run.ended_at is None or run.ended_at <= at:
        return run
    return replace(run, ended_at=None, ending="")


def _held_back(customer: Customer, playbook: str) -> Iterator[HeldBack]:
    for held in customer.held:
        if held.run.playbook == playbook:
            yield HeldBack(held.run.step, held.note, held.due)


def _outlooks(scene: Scene, plan: Plan | None) -> Iterator[Outlook]:
    for number, trigger in enumerate(plan.triggers if plan is not None else ()):
        assert plan is not None  # noqa: S101 - only a plan has triggers
        yield outlook(scene, scene.program.plans[plan.playbook], number, trigger)


def _past(
    database: Database,
    connection: Connection,
    log: Log,
    customer: str,
    loaded: Loaded,
    until: int,
) -> dict[str, Past]:
    """Return the last event of each name, with the customer as it was when that was decided."""
    rows = database.rows(
        connection,
        """SELECT number, name, body, at FROM cuebook_inbox WHERE customer = ? AND kind = 'event'
        AND number IS NOT NULL AND at <= ? ORDER BY number DESC""",
        customer,
        until,
    )
    since = _deployed_at(database, connection, Programs(database), loaded)

    found: dict[str, Past] = {}

    @cache
    def moments() -> dict[int, Customer]:
        return log.moments(customer, loaded.name, {past.number for past in found.values()})

    def then(number: int) -> Customer:
        return moments()[number].copy()

    for number, name, body, at in rows:
        declared, properties, _ = loaded.door.event(name, json.loads(body), loaded.program.zone)
        if declared not in found:
            found[declared] = Past(at, properties, number, then, since)
    return found


def _deployed_at(
    database: Database, connection: Connection, programs: Programs, loaded: Loaded
) -> dict[str, int]:
    """Return since when each playbook of a program stands as it does, by its name."""
    versions = {plan.playbook: version_of(plan) for plan in loaded.project.plans}
    since: dict[str, int] = {}
    rows = database.rows(connection, "SELECT program, at FROM cuebook_deployment ORDER BY id")
    for name, at in rows:
        held = {p.playbook: version_of(p) for p in programs.project(connection, name).plans}
        for playbook, version in versions.items():
            if held.get(playbook) != version:
                since.pop(playbook, None)
            else:
                since.setdefault(playbook, at)
    return since
