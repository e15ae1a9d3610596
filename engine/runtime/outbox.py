"""Promises to act, as rows: taken up under a lease, settled only by whoever still holds it.

The attempt's number and the owner are the fence: whoever comes back after its lease has ended
touches no row.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from ..contract import Done, Event, InDoubt, Outcome, Postponed, Refused, Rejected, Retry
from ..core.answering import fits
from ..core.duration import DAY, MINUTE, SECOND
from ..core.instant import microseconds
from ..core.occurrence import Ending
from .database import Database
from .mail import Letter, post

__all__ = ["CLOSED_BY", "Outbox", "Promise", "Room", "backoff", "short"]

_COLUMNS: Final = """key, customer, playbook, run, step, kind, lane, args, decided_at, attempt + 1,
    CASE status WHEN 'sending' THEN 1 ELSE 0 END, spent, awaited"""
_KIND: Final = 5
"""Where in them the kind stands."""
_FIRST_PAUSE: Final = 10 * SECOND
_LONGEST_PAUSE: Final = 360 * MINUTE
_LONGEST_WISH: Final = 7 * DAY
_LATER: Final = MINUTE
"""When an action that nobody here performs is looked at again."""
_SOON: Final = SECOND
"""The shortest time for which an action is put off."""
_CLOSED: Final = "closed: "
"""How the note begins of an action whose receiver takes nothing more."""
CLOSED_BY: Final = f"""SELECT key FROM cuebook_outbox WHERE status = 'dead'
    AND substr(note, 1, {len(_CLOSED)}) = '{_CLOSED}' AND lane = ? AND key <> ? ORDER BY key LIMIT 1"""
"""Asked before each call of a kind with lanes, and answered by an index of these few letters alone."""
_KEYS: Final = ("key", "owner", "attempt")
_OURS: Final = " AND cuebook_outbox.status = 'sending'"
_ENDED: Final = ("status", "due_at", "note", "settled_at", "spent")

End = tuple[str, int | None, str, Ending | None]
"""Status, next attempt, note, and how it ended if its customer is to be told."""


class Promise(NamedTuple):
    """An action that was taken up, to be performed now: a row of the outbox."""

    key: str
    customer: str
    playbook: str
    run: str
    step: str
    kind: str
    lane: str
    args: str
    decided_at: int
    attempt: int
    """1 for the first; above it somebody took it up before."""
    crashed: int = 0
    """Whether whoever took it up before has not come back: it may have been performed."""
    spent: int = 0
    """How many attempts came before a person asked for more."""
    awaited: bool = False
    """Whether a run waits for what comes of it."""

    @property
    def tries(self) -> int:
        """Which attempt this is, of those that are to be made without asking a person again."""
        return self.attempt - self.spent


@dataclass(slots=True)
class Room:
    """How much each lane may have out at once, and what it has."""

    most: int
    out: Counter[str] = field(default_factory=Counter)

    @property
    def full(self) -> list[str]:
        """Return the lanes that may have no more out."""
        return [lane for lane, count in self.out.items() if count >= self.most]

    def copy(self) -> "Room":
        """Return the same room, to be changed and kept only once that is committed."""
        return Room(self.most, self.out.copy())

    def take(self, lane: str) -> bool:
        """Take a place in a lane; return whether there was one."""
        if self.out[lane] >= self.most:
            return False
        self.out[lane] += 1
        return True

    def leave(self, lane: str) -> None:
        """Give a place back."""
        self.out[lane] -= 1
        if self.out[lane] <= 0:
            del self.out[lane]


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox as one process sees it: `owner` is this process and no other before or after."""

    database: Database
    owner: str

    def take(
        self,
        connection: Connection,
        now: int,
        most: int,
        *,
        lease: Callable[[str], int | None],
        room: Room,
        held: Container[str] = (),
    ) -> list[Promise]:
        """Take up to `most` actions that are due, where lanes have room.

        `lease` tells for how many microseconds a kind is taken, None when nobody here performs it:
        it waits a minute for a process that does, and that counts as no attempt. What is `held`
        already, because its lease ended while this machine slept, is leased again and not returned.
        """
        database, full = self.database, room.full
        apart = f"AND NOT ({database.among('lane')})" if full else ""
        lock = "" if database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        rows = database.rows(
            connection,
            f"""SELECT {_COLUMNS} FROM cuebook_outbox WHERE due_at <= ? {apart}
            ORDER BY due_at LIMIT ?{lock}""",
            now,
            *([database.values(full)] if full else []),
            most,
        )
        taken: list[Promise] = []
        leased, unknown = [], []
        spans = {kind: lease(kind) for kind in {row[_KIND] for row in rows}}
        for promise in map(Promise._make, rows):
            span = spans[promise.kind]
            if span is None:
                note = f"no process that looked at it performs {promise.kind}"
                unknown.append((now + _LATER, note, promise.key))
            elif promise.key in held:
                leased.append((promise.attempt - 1, self.owner, "sending", now + span, promise.key))
            elif room.take(promise.lane):
                leased.append((promise.attempt, self.owner, "sending", now + span, promise.key))
                taken.append(promise)
        columns = ("attempt", "owner", "status", "due_at")
        database.update(connection, "cuebook_outbox", ("key",), columns, leased)
        database.update(connection, "cuebook_outbox", ("key",), ("due_at", "note"), unknown)
        return taken

    def settle(
        self,
        connection: Connection,
        ended: Sequence[tuple[Promise, Outcome]],
        now: int,
        attempts: Any,
    ) -> None:
        """Write down how actions ended; `attempts` tells how often a kind may be tried.

        Those that are over without success, or whose answer is waited for, come back to their
        customer as an occurrence; before it, what they told of that customer.
        """
        ends = [_end(one, outcome, now, attempts(one.kind)) for one, outcome in ended]
        told = [
            [*_events(one, outcome, now), *_settled(one, outcome, end, now)]
            for (one, outcome), end in zip(ended, ends, strict=True)
        ]
        self._hold(connection, ended, told)
        rows, letters = [], []
        for (promise, outcome), (status, due, note, _), own in zip(ended, ends, told, strict=True):
            settled = None if due is not None else now
            spent = promise.spent + isinstance(outcome, Postponed)
            row = (status, due, note, settled, spent, promise.key, self.owner, promise.attempt)
            if not own:
                rows.append(row)
            elif self._close(connection, [row]):
                letters += own
        self._close(connection, rows)
        post(self.database, connection, letters)

    def closed_by(self, connection: Connection, promise: Promise) -> str | None:
        """Return the dead letter by which the receiver of an action takes nothing more, if one did."""
        found = self.database.rows(connection, CLOSED_BY, promise.lane, promise.key)
        return str(found[0][0]) if found else None

    def next_due(self, connection: Connection) -> int | None:
        """Return when the first action is due, or None when none is."""
        due: int | None = self.database.rows(
            connection, "SELECT min(due_at) FROM cuebook_outbox WHERE due_at IS NOT NULL"
        )[0][0]
        return due

    def _hold(
        self,
        connection: Connection,
        ended: Sequence[tuple[Promise, Outcome]],
        letters: Iterable[Sequence[Letter]],
    ) -> None:
        """Take locks as `erase` does: customers who will be told of it, then several actions of one."""
        database = self.database
        told = {letter.customer for own in letters for letter in own}
        if told:
            where = database.among("customer")
            database.hold(connection, "cuebook_wake", "customer", where, database.values(told))
        if len({promise.customer for promise, _ in ended}) < len(ended):
            keys = database.values(promise.key for promise, _ in ended)
            database.hold(connection, "cuebook_outbox", "key", database.among("key"), keys)

    def _close(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Settle actions that are still ours to settle; return how many were."""
        return self.database.update(connection, "cuebook_outbox", _KEYS, _ENDED, rows, _OURS)


def backoff(key: str, attempt: int) -> int:
    """Return how long to wait after an attempt, in microseconds: doubling, spread by the key.

    The spread comes from the key rather than from chance, so that it is the same wherever it is
    worked out: half to all of 10 s, 20 s, 40 s, … and never more than six hours.
    """
    pause = min(_FIRST_PAUSE << min(attempt - 1, 20), _LONGEST_PAUSE)
    spread = hashlib.sha256(f"{key} {attempt}".encode()).digest()
    return pause // 2 + pause // 2 * spread[0] // 255


def _end(promise: Promise, outcome: Outcome, now: int, attempts: int) -> End:
    """Return what becomes of an action."""
    match outcome:
        case Done(answer):
            note = "" if answer is None else short(json.dumps(answer))
            return "done", None, note, "done" if promise.awaited else None
        case Retry(reason) if promise.tries >= attempts:
            note = short(f"{reason} (given up after {promise.attempt} attempts)")
            return "dead", None, note, "failed"
        case Retry(reason, after):
            pause = backoff(promise.key, promise.tries)
            if after is not None and after > timedelta(0):
                # The other side knows best, and may neither make us wait for ever nor hammer at it.
                pause = min(microseconds(after), _LONGEST_WISH)
            return "waiting", now + pause, short(reason), None
        case Rejected(reason, closes=closes):
            return "dead", None, short(f"{_CLOSED}{reason}" if closes else reason), "failed"
        case InDoubt(reason):
            return "in doubt", None, short(reason), "in doubt"
        case Refused(reason):
            return "refused", None, short(reason), "refused"
        case Postponed(until, reason):
            return "waiting", max(until, now + _SOON), short(reason), None


def short(text: str) -> str:
    """Return a note as any database takes it: of 2000 characters at most, all of them text."""
    return text.replace("\0", "")[:2_000].encode(errors="replace").decode()


def _events(promise: Promise, outcome: Outcome, now: int) -> Iterator[Letter]:
    """Yield what the action told of its customer, under keys that tell one attempt's from another's."""
    events: tuple[Event, ...] = outcome.events if isinstance(outcome, Done | Rejected) else ()
    for number, event in enumerate(events):
        key = f"told/{promise.key}/{promise.attempt}/{number}"
        yield Letter(
            promise.customer, "event", event.name, event.properties, now, key, stamped=True
        )


def _settled(promise: Promise, outcome: Outcome, end: End, now: int) -> Iterator[Letter]:
    """Yield what tells its run how the action ended, where that is to be told."""
    _, _, note, ending = end
    if ending is None:
        return
    answer = outcome.answer if isinstance(outcome, Done) else None
    if ending == "done":
        note = "" if fits(answer) else "its answer is too large to be kept"
    body = {
        "playbook": promise.playbook, "run": promise.run, "step": promise.step,
        "ending": ending, "note": note, "key": promise.key,
        "answer": answer if fits(answer) else None,
    }  # fmt: skip
    key = f"settled/{promise.key}/{promise.attempt}"
    yield Letter(promise.customer, "settled", "", body, now, key, stamped=True)
