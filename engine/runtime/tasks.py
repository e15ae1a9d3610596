"""Tasks for people: opened by an action, answered by whoever did them."""

from dataclasses import dataclass

from .database import Database
from .mail import Letter, post
from .outbox import Promise

__all__ = ["TaskBook", "answer"]


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


def answer(database: Database, key: str, said: str, now: int) -> bool:
    """Answer a task, once; return whether it was open. Raises KeyError when there is none."""
    with database.write() as connection:
        asked = "SELECT customer, playbook, run, step FROM cuebook_task WHERE key = ?"
        found = database.rows(connection, asked, key)
        if not found:
            raise KeyError(f"there is no task {key}")
        customer, playbook, run, step = found[0]
        database.hold(connection, "cuebook_wake", "customer", "customer = ?", customer)
        columns, row = ("answered_at", "answer"), (now, said, key)
        then = " AND cuebook_task.answered_at IS NULL"
        if not database.update(connection, "cuebook_task", ("key",), columns, [row], then):
            return False
        body = {"playbook": playbook, "run": run, "step": step, "ending": "answered", "note": said}
        letter = Letter(customer, "settled", "", body, now, f"answered/{key}", stamped=True)
        post(database, connection, [letter])
        return True
