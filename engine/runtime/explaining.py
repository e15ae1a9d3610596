"""A customer's life out of the log, for somebody who asks why."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from ..core.effects import Effect
from ..core.journal import Line, to_line
from ..core.occurrence import Occurrence
from ..core.plan import Trigger
from ..core.ready import ReadyPlan
from ..core.trace import Trace, read_trace
from ..core.witnessing import Attempt, Book, witness
from ..explaining import Life, decisions
from .database import Database
from .deciding import Kept, Mail, Turn
from .forecasting import Present
from .programs import Loaded, Programs
from .reading import runs
from .replay import Log

__all__ = ["life"]

_MOST: Final = 2_000
"""How many rows of the journal are read, the latest ones."""


def life(
    database: Database,
    connection: Connection,
    customer: str,
    playbook: str | None,
    now: int,
    until: int | None,
) -> Life:
    """Return the life of a customer; `until` ends it then. See `Engine.why` for what it raises."""
    programs, log = Programs(database), _Log(database, connection, customer, until)
    closely = log.last_events()

    def begin(name: str, loaded: Loaded) -> _Watched:
        return _Watched(name, loaded, closely, playbook)

    watched = Log(database, connection, programs).replay(customer, until=until, begin=begin)
    assert isinstance(watched, _Watched)  # noqa: S101 - as it was begun
    turn: Turn = watched
    if until is None:
        turn = _now(database, connection, programs, customer)
    elif not watched.turned.decided:
        raise KeyError(f"nothing was decided about {customer} until then")
    else:
        watched.begin_last()
        while watched.settle(until):
            pass  # What was due by then may have been settled together with what came after it.
    at = max(now if until is None else until, turn.customer.clock)
    return Life(
        turn.customer,
        turn.loaded.program,
        at,
        decisions(log.lines(watched.effects), at),
        watched.attempts,
        watched.book.sources,
        log.past(turn.loaded),
        {run.id: run.version for run in runs(database, connection, customer)},
        [turn.opened(letter) for letter in _ahead(database, connection, customer, at)],
    )


def _ahead(database: Database, connection: Connection, customer: str, at: int) -> list[Mail]:
    """Return what is dated after an instant, decided meanwhile or not."""
    rows = database.rows(
        connection,
        """SELECT id, kind, name, body, at, stamped, key FROM cuebook_inbox
        WHERE customer = ? AND at > ? ORDER BY at, id""",
        customer,
        at,
    )
    return [Mail(*row) for row in rows]


def _now(database: Database, connection: Connection, programs: Programs, customer: str) -> Turn:
    """Return a customer as it is kept, met by the program in force if it has slept since.

    Raises KeyError when nothing is kept.
    """
    rows = database.rows(
        connection, "SELECT decided, program, state FROM cuebook_customer WHERE id = ?", customer
    )
    if not rows:
        raise KeyError(f"nothing was decided about {customer}")
    kept, latest = Kept(*rows[0]), programs.latest(connection)
    if latest is not None and latest.program != kept.program:
        return Present(database, connection, programs, latest, ()).known(customer, kept)
    return Turn(customer, programs.load(connection, kept.program), kept, lambda kind, _: kind)


class _Watched(Turn):
    """A customer about whom all is decided again while somebody looks."""

    def __init__(
        self, name: str, loaded: Loaded, closely: frozenset[int], playbook: str | None
    ) -> None:
        super().__init__(name, loaded, None, lambda kind, _: kind)
        self.attempts: dict[str, Attempt] = {}
        self.effects: dict[int, list[Effect]] = {}
        """By the number of what they were decided at."""
        self.book = Book(self._hear, plan=playbook)
        self._closely = closely
        self._last: int | None = None

    def begin_last(self) -> None:
        """Take all that follows for the beginning of one more decision, not for several."""
        self._last = self.turned.decided + 1

    def _hear(self, attempt: Attempt) -> None:
        self.attempts[attempt.trigger] = attempt

    def decided(self, cause: Occurrence) -> list[Effect]:
        """Decide about one occurrence, and keep what was seen."""
        number = self._last or self.turned.decided
        self.book.closely = number in self._closely
        found = witness(self.customer, cause, self.loaded.program, self.book)
        self.effects.setdefault(number, []).extend(found)
        return found

    def recall(self, letters: Iterable[Mail]) -> bool:
        """Remember what happened, and who told of which attribute."""
        anything = False
        for letter in letters:
            before = self.customer.attributes
            anything |= super().recall([letter])
            self.book.told(self.customer.attributes, before, letter.at)
        return anything

    def deploy(self, loaded: Loaded, at: int, before: str) -> None:
        """Let a program take over; what a trigger was met with goes with a trigger that is edited."""
        old, new = self.loaded.program.plans, loaded.program.plans
        for key, attempt in list(self.attempts.items()):
            was, now = old[attempt.playbook], new.get(attempt.playbook)
            if now is None or _trigger(was, key) != _trigger(now, key):
                del self.attempts[key]
            elif was.version != now.version:
                self.attempts[key] = replace(attempt, edited=True)
        super().deploy(loaded, at, before)


def _trigger(ready: ReadyPlan, key: str) -> Trigger | None:
    """Return the trigger that a key names, if there is one."""
    triggers, number = ready.plan.triggers, int(key.rpartition("/")[2])
    return triggers[number] if number < len(triggers) else None


class _Log:
    """What the database holds about one customer until an instant."""

    def __init__(
        self, database: Database, connection: Connection, customer: str, until: int | None
    ) -> None:
        about = (customer, 2**62 if until is None else until)
        self._told = database.rows(
            connection,
            """SELECT name, number, at FROM cuebook_inbox WHERE customer = ? AND at <= ?
            AND kind = 'event' AND number IS NOT NULL ORDER BY number""",
            *about,
        )
        rows = database.rows(
            connection,
            """SELECT number, lines FROM cuebook_journal WHERE customer = ? AND (at <= ? OR number =
            (SELECT min(number) FROM cuebook_journal WHERE customer = ? AND at > ?))
            ORDER BY number DESC LIMIT ?""",
            *about,
            *about,
            _MOST,
        )
        self._journal = [(number, json.loads(lines)) for number, lines in reversed(rows)]

    def last_events(self) -> frozenset[int]:
        """Return the numbers of the last occurrences with each event, told or emitted."""
        told = {name: number for name, number, _ in self._told}
        emitted = {
            line[6]: number
            for number, lines in self._journal
            for line in lines
            if line[0] == "entry" and line[2] == "emitted"
        }
        return frozenset((*told.values(), *emitted.values()))

    def past(self, loaded: Loaded) -> dict[str, int]:
        """Return when each event was last told of, by its declared name."""
        door, there = loaded.door, loaded.program.zone
        return {door.event(name, {}, there)[0]: at for name, _, at in self._told}

    def lines(self, effects: dict[int, list[Effect]]) -> Iterator[tuple[Line, tuple[Trace, ...]]]:
        """Yield the journal with its reasons, and where values came from as far as that is sure.

        It is for what was decided again to the same lines: the first of a row, where what is asked
        about lies between what was decided in one go.
        """
        for number, lines in self._journal:
            seen = effects.get(number, [])
            again = json.loads(json.dumps([to_line(effect) for effect in seen]))
            same = again == lines[: len(again)]
            for place, line in enumerate(lines):
                told = tuple(read_trace(trace) for trace in line[-1])
                yield line, seen[place].why if same and place < len(seen) else told
