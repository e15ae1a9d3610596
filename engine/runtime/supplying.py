"""Signals that the host supplies: its functions are asked about customers, their answers told.

A function is called outside of any transaction and waited for only so long, by one process at a
time for each customer. What it answers enters as an occurrence like any other: decided in order,
and in the log.
"""

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection

from ..core.door import Door
from ..core.duration import MINUTE
from ..core.instant import microseconds
from ..core.plan import Project
from ..core.zone import zone
from ..values import Values
from .bounded import Bounded, Hanging
from .database import Database
from .mail import Letter, post
from .programs import Programs

__all__ = ["Function", "Suppliers", "supplier"]

Function = Callable[[str, Mapping[str, object]], object]
"""A host's function: a customer and its attributes to the signal's value, None where it has none."""

_COLUMNS: Final = ("customer", "signal", "due_at", "again_at")
_SOONER: Final = """ON CONFLICT (customer, signal) DO UPDATE SET due_at =
    CASE WHEN cuebook_asked.due_at > cuebook_asked.again_at
    THEN cuebook_asked.again_at ELSE cuebook_asked.due_at END"""
_LEASE: Final = 5 * MINUTE
"""How long what is being asked belongs to whoever asks; who dies with it is asked again by others."""
_LONGEST_CALL_S: Final = 60
"""The longest an answer may be waited for: well within what a claim lasts."""
_REST_S: Final = 1.0
"""How long one lot of questions lies behind the other."""

_log = logging.getLogger("cuebook.signals")


@dataclass(frozen=True, slots=True)
class _Supplier:
    """One function with its pace; lengths of time in microseconds."""

    signal: str
    function: Function
    every: int
    soonest: int
    most: int
    timeout_s: float
    bounded: Bounded


@dataclass(frozen=True, slots=True)
class _Asked:
    """A customer that is asked about, as it is kept."""

    customer: str
    lease: int
    attributes: Mapping[str, object]
    zone: str


def supplier(
    signal: str,
    function: Function,
    every: timedelta,
    soonest: timedelta,
    most: int,
    timeout: timedelta,
) -> _Supplier:
    """Return a function with its pace. Raises ValueError for a pace that never rests."""
    if every <= timedelta() or soonest <= timedelta() or most < 1:
        raise ValueError(f"the signal {signal} would be asked for without a rest")
    timeout_s = timeout.total_seconds()
    if not 0 < timeout_s <= _LONGEST_CALL_S:
        raise ValueError(
            f"an answer is waited for up to {_LONGEST_CALL_S} s, and not {timeout_s:g}"
        )
    pace = microseconds(every), microseconds(soonest), most
    return _Supplier(signal, function, *pace, timeout_s, Bounded(timeout_s))


class Suppliers:
    """The functions of one engine, and whom they have to be asked about; used by one thread."""

    def __init__(self, database: Database) -> None:
        self.functions: dict[str, _Supplier] = {}
        self._database = database
        self._programs = Programs(database)
        self._known: set[str] = set()
        """The signals for which every customer there was has been put down."""
        self._rested_at = 0.0

    def wanted(self, project: Project) -> tuple[str, ...]:
        """Return the signals of a project that are asked for here."""
        return tuple(name for name in project.supplied if name in self.functions)

    def step(self, now: int, stopping: Callable[[], bool]) -> float:
        """Ask about some of those who are due; return how long to rest, in seconds."""
        left = self._rested_at - monotonic()
        if left > 0:
            return left
        self.ask(now, stopping)
        self._rested_at = monotonic() + _REST_S
        return _REST_S

    def ask(self, now: int, stopping: Callable[[], bool] = lambda: False) -> int:
        """Ask about those who are due, so many at a time; return how many were asked about.

        It ends early when it is `stopping`, and when a function does not come back.
        """
        with self._database.read() as connection:
            deployment = self._programs.latest(connection)
            if deployment is None:
                return 0
            project = self._programs.project(connection, deployment.program)
        asked = 0
        for name, one in self.functions.items():
            if name not in project.supplied:
                self._notice(f"signal `{name}` is not declared `from: host`", "", now)
                continue
            self._put_down(name, now)
            if one.bounded.stuck:
                self._notice(f"signal `{name}`: its function hangs; it is asked no more", "", now)
                continue
            about = self._claim(one, now)
            for number, customer in enumerate(about):
                if stopping() or one.bounded.stuck:
                    self._release(one, about[number:], now)
                    break
                self._ask(one, customer, project, now)
                asked += 1
        return asked

    def _ask(self, one: _Supplier, about: _Asked, project: Project, now: int) -> None:
        """Call one function about one customer, and tell what it answers if that is new."""
        value, trouble = _called(one, about, project)
        if trouble:
            self._notice(trouble, about.customer, now)
            self._settle(one, about, now, None)
            return
        letter = Letter(
            about.customer, "signal", one.signal, {one.signal: value}, now, stamped=True
        )
        known = about.attributes.get(one.signal)
        self._settle(one, about, now, letter if value != known else None)

    def _claim(self, one: _Supplier, now: int) -> Sequence[_Asked]:
        """Take those who are due for a while, so that nobody else asks about them."""
        lock = "" if self._database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        due = f"""SELECT customer FROM cuebook_asked WHERE signal = ? AND due_at <= ?
            ORDER BY due_at LIMIT ?{lock}"""
        lease = now + _LEASE
        with self._database.write() as connection:
            found = self._database.rows(connection, due, one.signal, now, one.most)
            names = [name for (name,) in found]
            rows = [(lease, now + one.soonest, name, one.signal) for name in names]
            columns = ("due_at", "again_at")
            self._database.update(
                connection, "cuebook_asked", ("customer", "signal"), columns, rows
            )
            sql = f"SELECT id, state FROM cuebook_customer WHERE {self._database.among('id')}"
            kept = self._database.rows(connection, sql, self._database.values(names))
        states = ((name, json.loads(state)) for name, state in kept)
        return [_Asked(name, lease, s["attributes"], str(s["zone"])) for name, s in states]

    def _release(self, one: _Supplier, about: Sequence[_Asked], now: int) -> None:
        """Give back who was not asked about, for whoever asks next."""
        keys = ("customer", "signal", "due_at")
        sql = f"UPDATE cuebook_asked SET due_at = ? WHERE {' AND '.join(f'{key} = ?' for key in keys)}"
        with self._database.write() as connection:
            for held in about:
                self._database.run(connection, sql, now, held.customer, one.signal, held.lease)

    def _settle(self, one: _Supplier, about: _Asked, now: int, letter: Letter | None) -> None:
        """Tell an answer, and say when to ask again: later, or as soon as something has changed.

        Who took longer than a claim lasts tells nothing: another has asked since, and may know better.
        """
        sql = """UPDATE cuebook_asked SET due_at = ?
            WHERE customer = ? AND signal = ? AND due_at = ?"""
        with self._database.write() as connection:
            # The customer's lock first, as everywhere: who tells of somebody holds them.
            self._database.hold(
                connection, "cuebook_wake", "customer", "customer = ?", about.customer
            )
            again = now + one.every
            row = (again, about.customer, one.signal, about.lease)
            if self._database.run(connection, sql, *row) == 1 and letter is not None:
                post(self._database, connection, [letter])

    def _put_down(self, signal: str, now: int) -> None:
        """Ask once about everybody who was there before this function."""
        if signal in self._known:
            return
        with self._database.write() as connection:
            self._database.run(
                connection,
                """INSERT INTO cuebook_asked (customer, signal, due_at, again_at)
                SELECT id, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
                FROM cuebook_customer WHERE true ON CONFLICT (customer, signal) DO NOTHING""",
                signal,
                now,
                now,
            )
        self._known.add(signal)

    def mark(self, connection: Connection, told: Iterable[tuple[str, Project]], now: int) -> None:
        """Ask again about customers of whom something was decided: in the worker's transaction."""
        rows = sorted(
            (customer, signal, now, now)
            for customer, project in told
            for signal in self.wanted(project)
        )
        self._database.insert(connection, "cuebook_asked", _COLUMNS, rows, _SOONER)

    def _notice(self, text: str, customer: str, now: int) -> None:
        with self._database.write() as connection:
            columns, then = ("text", "customer", "at"), "ON CONFLICT (text) DO NOTHING"
            self._database.insert(
                connection, "cuebook_notice", columns, [(text, customer, now)], then
            )


def _called(one: _Supplier, about: _Asked, project: Project) -> tuple[object, str]:
    """Return what a function answers, as the signal is declared, or what is wrong with it."""
    types = project.vocabulary.attributes
    values = Values("customer", about.attributes, types, about.zone, about.customer)

    def call() -> object:
        answer: Any = one.function(about.customer, {name: values.get(name) for name in types})
        return asyncio.run(_awaited(answer)) if inspect.isawaitable(answer) else answer

    try:
        answer = one.bounded.call(call)
    except Hanging:
        _log.error("the function for signal %s hangs about %s", one.signal, about.customer)
        late = f"its function gave no answer within {one.timeout_s:g} s"
        return None, f"signal `{one.signal}`: {late}; nothing was changed"
    except BaseException as trouble:  # noqa: BLE001 - whatever a host's function runs into
        _log.exception("the function for signal %s failed about %s", one.signal, about.customer)
        kind = type(trouble).__name__
        return None, f"signal `{one.signal}`: its function raised {kind}; nothing was changed"
    taken, problems = Door(project.vocabulary).attributes({one.signal: answer}, zone(about.zone))
    if problems:
        kind = types[one.signal].kind
        _log.error("the function for signal %s answered %r", one.signal, answer)
        return None, f"signal `{one.signal}`: its function answered no {kind}; nothing was changed"
    return taken[one.signal], ""


async def _awaited(answer: Any) -> object:
    return await answer
