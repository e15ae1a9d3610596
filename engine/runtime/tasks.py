"""Tasks for people: opened by an action, answered by whoever did them."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ..core.occurrence import Ending
from ..core.vocabulary import fold
from .database import Database
from .mail import Letter, post
from .outbox import Promise
from .reading import TaskView

__all__ = ["TaskBook", "answer", "delegate"]


@dataclass(frozen=True, slots=True)
class TaskBook:
    """Opens the tasks of one promised action."""

    database: Database
    promise: Promise
    now: int

    def open(self, key: str, title: str, *, assignee: str = "", due: str = "") -> None:
        """Open a task; one that is there under this key stays as it is.

        For a customer who was erased meanwhile nothing is opened.
        """
        promise = self.promise
        columns = (
            "key", "customer", "playbook", "run", "step", "title", "assignee", "due", "opened_at",
            "answer",
        )  # fmt: skip
        row = (
            key, promise.customer, promise.playbook, promise.run, promise.step, title, assignee,
            due, self.now, "",
        )  # fmt: skip
        then = "ON CONFLICT (key) DO NOTHING"
        lock = "" if self.database.dialect == "sqlite" else " FOR SHARE"
        still = f"SELECT 1 FROM cuebook_outbox WHERE key = ?{lock}"
        with self.database.write() as connection:
            if self.database.rows(connection, still, promise.key):
                self.database.insert(connection, "cuebook_task", columns, [row], then)


def answer(database: Database, key: str, said: str, now: int, by: str = "") -> bool:
    """Answer a task, once; return whether it was open. See `Engine.answer` for what it raises."""
    with database.write() as connection:
        task = _held(database, connection, key)
        if task is None:
            return False
        if task.choices:
            said = _choice(task, said)
        if task.answered_at is None and _is_over(task, now):
            # Nobody waits for it any more; that somebody answered is worth a line of the journal.
            told = f"answered/{key}/late/{said}/{by}"
            post(database, connection, [_letter(task, "answered", said, now, told, by)])
            return False
        columns, row = ("answered_at", "answer", "answered_by"), (now, said, by, key)
        if not database.update(connection, "cuebook_task", ("key",), columns, [row], _OPEN):
            return False
        told = f"answered/{key}/{task.opened_at}"
        post(database, connection, [_letter(task, "answered", said, now, told, by)])
        return True


def delegate(database: Database, key: str, to: str, now: int, by: str = "") -> bool:
    """Hand a task on to somebody else; it keeps its deadline. Return whether it was still open."""
    with database.write() as connection:
        task = _held(database, connection, key)
        if task is None or task.answered_at is not None or _is_over(task, now):
            return False
        database.update(connection, "cuebook_task", ("key",), ("assignee",), [(to, key)], _OPEN)
        told = f"delegated/{key}/{now}"
        note = f"from {task.assignee} to {to}" if task.assignee else f"to {to}"
        post(database, connection, [_letter(task, "delegated", note, now, told, by)])
        return True


def _held(database: Database, connection: Connection, key: str) -> TaskView | None:
    """Return a task, its customer held; KeyError when there is none, None when it is erased now."""
    columns = ", ".join(TaskView.__slots__)
    sql = f"SELECT {columns} FROM cuebook_task WHERE key = ?"
    found = database.rows(connection, sql, key)
    if not found:
        raise KeyError(f"there is no task {key}")
    customer = TaskView(*found[0]).customer
    database.hold(connection, "cuebook_wake", "customer", "customer = ?", customer)
    # Whoever held the customer until now may have decided about it.
    found = database.rows(connection, sql, key)
    return TaskView(*found[0]) if found else None


def _is_over(task: TaskView, now: int) -> bool:
    return task.closed_at is not None or (task.due_at is not None and task.due_at <= now)


def _choice(task: TaskView, said: str) -> str:
    found = next((one for one in task.answers if fold(one) == fold(said)), None)
    if found is None:
        raise ValueError(f"{said!r} is no answer to {task.key}: {', '.join(task.answers)}")
    return found


def _letter(task: TaskView, ending: Ending, note: str, now: int, told: str, by: str) -> Letter:
    body = {
        "playbook": task.playbook, "run": task.run, "step": task.step, "ending": ending,
        "note": note, "key": task.key if task.choices else "", "by": by,
    }  # fmt: skip
    return Letter(task.customer, "settled", "", body, now, told, stamped=True)


_OPEN: Final = " AND cuebook_task.answered_at IS NULL AND cuebook_task.closed_at IS NULL"
