"""What turns have decided, written: every table in one statement, all in the worker's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from .database import Database, refused
from .deciding import Turned
from .facts import put

__all__ = ["Conflict", "Refused", "write"]

_JOURNAL: Final = ("customer", "number", "kind", "at", "program", "before", "lines")
_OUTBOX: Final = (
    "key", "customer", "playbook", "run", "step", "kind", "lane", "args", "decided_at", "status",
    "due_at", "attempt", "owner", "note", "awaited",
)  # fmt: skip
_TASK: Final = (
    "key", "customer", "playbook", "run", "step", "title", "assignee", "due", "opened_at",
    "answer", "choices", "due_at",
)  # fmt: skip
_ANEW: Final = "ON CONFLICT (key) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}"
    for name in (*_TASK[5:], "answered_at", "answered_by", "closed_at", "closing")
)
"""A question that was withdrawn because its step had changed is asked under the same key again."""
_OPEN: Final = " AND cuebook_task.answered_at IS NULL"
_NEW_RUN: Final = (
    "id", "customer", "playbook", "version", "started_at", "cause", "step", "waits", "due_at",
    "ended_at", "ending",
)  # fmt: skip
_OLD_RUN: Final = ("version", "step", "waits", "due_at", "ended_at", "ending")


class Refused(Exception):  # noqa: N818 - its docstring is its sentence
    """The database does not take the rows of one of these customers; nothing was written."""


class Conflict(Refused):
    """Somebody else has decided about a customer that was ours; nothing was written."""


def write(database: Database, connection: Connection, turns: Sequence[Turned]) -> None:
    """Write what turns have decided.

    Raises Refused when it is the rows that the database does not take, Conflict among them when a
    state is not the one that a turn began with.
    """
    try:
        _write(database, connection, turns)
    except Refused:
        raise
    except Exception as trouble:
        if refused(trouble):
            raise Refused(f"{type(trouble).__name__}: {trouble}") from trouble
        raise


def _write(database: Database, connection: Connection, turns: Sequence[Turned]) -> None:
    _states(database, connection, turns)
    numbers = [pair for turned in turns for pair in turned.numbers]
    database.update(connection, "cuebook_inbox", ("id",), ("number",), numbers)
    journal = [row for turned in turns for row in turned.journal]
    database.insert(connection, "cuebook_journal", _JOURNAL, journal)
    outbox = [row for turned in turns for row in turned.outbox]
    database.insert(connection, "cuebook_outbox", _OUTBOX, outbox)
    _runs(database, connection, turns)
    tasks = [row for turned in turns for row in turned.tasks]
    database.insert(connection, "cuebook_task", _TASK, tasks, _ANEW)
    closed = [row for turned in turns for row in turned.closed]
    database.update(connection, "cuebook_task", ("key",), ("closed_at", "closing"), closed, _OPEN)
    _notices(database, connection, turns)
    wake = [(turned.due_at, 0, "", turned.customer) for turned in turns]
    columns = ("due_at", "failures", "trouble")
    database.update(connection, "cuebook_wake", ("customer",), columns, wake)


def _states(database: Database, connection: Connection, turns: Sequence[Turned]) -> None:
    fresh = [
        (turned.customer, turned.decided, turned.program, turned.state)
        for turned in turns
        if turned.was is None
    ]
    columns = ("id", "decided", "program", "state")
    database.insert(connection, "cuebook_customer", columns, fresh)
    known = [
        (turned.decided, turned.program, turned.state, turned.customer, turned.was)
        for turned in turns
        if turned.was is not None and turned.was != turned.decided
    ]
    touched = database.update(connection, "cuebook_customer", ("id", "decided"), columns[1:], known)
    if touched != len(known):
        raise Conflict(f"{len(known) - touched} of {len(known)} customers were decided elsewhere")
    _facts(database, connection, turns)


def _facts(database: Database, connection: Connection, turns: Sequence[Turned]) -> None:
    """Write the facts that have changed; what another program had in other columns goes away."""
    moved = [turned.customer for turned in turns if turned.moved]
    if moved:
        where = database.among("customer")
        database.run(connection, f"DELETE FROM cuebook_fact WHERE {where}", database.values(moved))
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for turned in turns:
        if turned.facts is not None:
            columns, row = turned.facts
            found.setdefault(columns, []).append((*row, turned.customer))
    for columns, rows in found.items():
        if columns[0] == "layout":
            put(database, connection, columns, rows)
        else:  # In its place, and without a look at indexes: this is what most events change.
            database.update(connection, "cuebook_fact", ("customer",), columns, rows)


def _runs(database: Database, connection: Connection, turns: Iterable[Turned]) -> None:
    fresh: list[tuple[Any, ...]] = []
    known: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for turned in turns:
        for name, run in turned.runs.items():
            if "started_at" in run:
                row = {"version": "", "ending": "", **run, "id": name, "customer": turned.customer}
                fresh.append(tuple(map(row.get, _NEW_RUN)))
            elif run:
                columns: tuple[str, ...] = tuple(c for c in _OLD_RUN if c in run)
                values = (*(run[column] for column in columns), name)
                known.setdefault(columns, []).append(values)
    database.insert(connection, "cuebook_run", _NEW_RUN, fresh)
    for columns, rows in known.items():
        database.update(connection, "cuebook_run", ("id",), columns, rows)


def _notices(database: Database, connection: Connection, turns: Iterable[Turned]) -> None:
    found = {
        text: (text, turned.customer, at) for turned in turns for text, at in turned.notices.items()
    }
    then = "ON CONFLICT (text) DO NOTHING"
    rows = sorted(found.values())
    database.insert(connection, "cuebook_notice", ("text", "customer", "at"), rows, then)
