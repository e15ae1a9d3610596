"""The part of an engine that pages are made from: small answers, however large the tables are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..core.plan import Project
from .asking import Asking
from .programs import Deployment, Programs
from .reading import Letterbox, RunView, TaskView

__all__ = ["Browsing", "Heard", "Known"]

_FOREVER: Final = 2**62
_RUN: Final = ", ".join(RunView.__slots__)
_LETTER: Final = ", ".join(Letterbox.__slots__)
_TASK: Final = ", ".join(TaskView.__slots__)


@dataclass(frozen=True, slots=True)
class Known:
    """A customer, as a list names it; the instant in microseconds UTC."""

    id: str
    due_at: int | None
    """When it is looked at next by itself."""
    trouble: str
    """Why it could not be decided about, the last time."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was told about a customer; the instant in microseconds UTC."""

    at: int
    kind: str
    """`event`, `change`, `signal`, `request` or `settled`."""
    name: str
    body: str
    """What it carries, as JSON."""
    decided: bool


class Browsing(Asking):
    """Answers a screenful at a time: each read follows an index, or says that it reads more."""

    def customers(self, start: str = "", *, most: int = 50) -> list[Known]:
        """Return customers in the order of their ids, from the first one that is `start` or follows it."""
        sql = """SELECT customer, due_at, trouble FROM cuebook_wake WHERE customer >= ?
            ORDER BY customer LIMIT ?"""
        return [Known(*row) for row in self._rows(sql, start, most)]

    def parked(self, *, most: int = 100) -> list[Known]:
        """Return customers that cannot be decided about until somebody says to try again."""
        sql = """SELECT customer, due_at, trouble FROM cuebook_wake
            WHERE due_at IS NULL AND trouble <> '' ORDER BY customer LIMIT ?"""
        return [Known(*row) for row in self._rows(sql, most)]

    def attributes(self, customer: str) -> dict[str, Any]:
        """Return what is known of a customer as it was last decided; instants in microseconds UTC.

        Raises KeyError for a customer about whom nothing was decided.
        """
        rows = self._rows("SELECT state FROM cuebook_customer WHERE id = ?", customer)
        if not rows:
            raise KeyError(f"nothing was decided about {customer}")
        found: dict[str, Any] = json.loads(rows[0][0])["attributes"]
        return found

    def heard(self, customer: str, *, before: int = _FOREVER, most: int = 200) -> list[Heard]:
        """Return what was told about a customer and dated before an instant, the latest first."""
        # Each half follows an index of its own.
        columns = "SELECT at, id, kind, name, body, number FROM cuebook_inbox"
        sql = f"""{columns} WHERE customer = ? AND number IS NULL AND at < ? UNION ALL
            {columns} WHERE customer = ? AND number IS NOT NULL AND at < ?
            ORDER BY 1 DESC, 2 DESC LIMIT ?"""
        rows = self._rows(sql, customer, before, customer, before, most)
        return [
            Heard(at, kind, name, body, number is not None)
            for at, _, kind, name, body, number in rows
        ]

    def inside(self, playbook: str, *, most: int = 50) -> list[RunView]:
        """Return some of the runs of a playbook that are in flight, by the version they follow."""
        sql = f"""SELECT {_RUN} FROM cuebook_run WHERE ended_at IS NULL AND playbook = ?
            ORDER BY playbook, version LIMIT ?"""
        return [RunView(*row) for row in self._rows(sql, playbook, most)]

    def whereabouts(self, playbook: str) -> dict[str, int]:
        """Return how many runs stand at each step of a playbook; reads all that are in flight."""
        sql = """SELECT step, count(*) FROM cuebook_run
            WHERE ended_at IS NULL AND playbook = ? GROUP BY step"""
        return dict(self._rows(sql, playbook))

    def given_up(self, status: str, *, most: int = 100) -> list[Letterbox]:
        """Return actions that are `dead` or `in doubt`, the latest first."""
        sql = f"""SELECT {_LETTER} FROM cuebook_outbox WHERE status IN ('dead', 'in doubt')
            AND status = ? ORDER BY decided_at DESC, key LIMIT ?"""
        return [Letterbox(*row) for row in self._rows(sql, status, most)]

    def task(self, key: str) -> TaskView:
        """Return one task; KeyError when there is none."""
        rows = self._rows(f"SELECT {_TASK} FROM cuebook_task WHERE key = ?", key)
        if not rows:
            raise KeyError(f"there is no task {key}")
        return TaskView(*rows[0])

    def deployments(self, *, most: int = 20) -> list[Deployment]:
        """Return programs that took over, the latest first."""
        sql = "SELECT id, program, at FROM cuebook_deployment ORDER BY id DESC LIMIT ?"
        return [Deployment(*row) for row in self._rows(sql, most)]

    def program(self, digest: str) -> Project:
        """Return a project that was deployed, by its digest; KeyError for one that never was."""
        with self._reading() as connection:
            return Programs(self.database).project(connection, digest)

    def last_decided(self) -> int:
        """Return the number of the last row of the journal; 0 where there is none."""
        return int(self._rows("SELECT max(id) FROM cuebook_journal")[0][0] or 0)

    def decided_between(self, after: int) -> tuple[int, int]:
        """Return the instants of the first and the last thing decided after a row of the journal.

        Of a deployment where nothing was; microseconds UTC. Raises KeyError before the first one.
        """
        sql = "SELECT min(at), max(at) FROM cuebook_journal WHERE id > ?"
        first, last = self._rows(sql, after)[0]
        if first is None:
            deployed = self.deployments(most=1)
            if not deployed:
                raise KeyError("nothing was deployed here")
            first = last = deployed[0].at
        return first, last

    def decided(self, after: int, *, most: int = 1_000) -> list[tuple[int, list[list[Any]]]]:
        """Return rows of the journal after a number, each with its number and its lines."""
        sql = "SELECT id, lines FROM cuebook_journal WHERE id > ? ORDER BY id LIMIT ?"
        return [(number, json.loads(lines)) for number, lines in self._rows(sql, after, most)]

    def _rows(self, sql: str, *parameters: object) -> Sequence[Any]:
        with self._reading() as connection:
            return self.database.rows(connection, sql, *parameters)
