"""Dispatch: several threads perform what was promised, one hand takes it up and settles it.

The hand never has more actions out than there are threads, counting those not yet settled: so a
crash can repeat at most one call for each thread, with the same key.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy.exc import DBAPIError

from ..contract import Action, Context, InDoubt, Outcome, Rejected, Tasks
from ..core.instant import to_datetime
from ..registry import Registry
from .database import Database, reason
from .gate import Gate
from .outbox import Outbox, Promise, Room
from .spelling import read

__all__ = ["Dispatcher"]

_log = logging.getLogger("cuebook.dispatch")
_MICROSECOND: Final = timedelta(microseconds=1)
_SHARE: Final = 4
"""A lane leaves one thread in so many to others, so that a slow receiver does not hold them up."""
_GATHER_S: Final = 0.0005
"""How long the next answer is waited for, so that those that come together share a commit."""
_REST_S: Final = 0.2
"""How long a dispatcher that closes waits for answers at a time."""


@dataclass(slots=True, eq=False)
class _Out:
    """An action that is with a thread."""

    promise: Promise
    action: Action
    taken_at: int
    """When it was taken up, by the clock of the engine."""
    until: float
    """When the call counts as hanging, by the monotonic clock."""
    over: bool = False
    """Whether it has ended: its call came back, or counts as hanging. Whoever says so first."""


@dataclass(slots=True, eq=False)
class Dispatcher:
    """Performs actions. `step` is for one thread only; the calls run on threads of its own."""

    database: Database
    registry: Registry
    outbox: Outbox
    tasks: Callable[[Promise], Tasks]
    clock: Callable[[], int]
    gate: Gate
    threads: int = 16
    margin: timedelta = timedelta(seconds=30)
    """How much longer than its call may take a lease lasts: time to write down how it ended."""
    _todo: deque[_Out] = field(default_factory=deque)
    _bell: "queue.SimpleQueue[Literal['perform', 'go']]" = field(default_factory=queue.SimpleQueue)
    """What gets one of the threads up: to perform, or to go home."""
    _called: bool = False
    """Whether the bell has rung for a thread that is not up yet."""
    _ended: "queue.SimpleQueue[tuple[_Out, Outcome]]" = field(default_factory=queue.SimpleQueue)
    _out: dict[str, _Out] = field(default_factory=dict)
    _unsettled: list[tuple[_Out, Outcome]] = field(default_factory=list)
    """What has come back and is not written down; it stays here until that is committed."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _room: Room = field(init=False)
    _running: int = 0
    closing: bool = False

    def __post_init__(self) -> None:
        self._room = Room(max(1, self.threads * (_SHARE - 1) // _SHARE))

    @property
    def busy(self) -> int:
        """How many actions are out with threads, or back and not yet settled."""
        return len(self._out)

    def step(self, now: int, wait_s: float = 0.0) -> int:
        """Settle what has come back and take up what is due; return how many were settled.

        Waits up to `wait_s` seconds for something to come back when anything is out.
        """
        self._collect(wait_s if self._out and not self._unsettled else 0.0)
        ended = [(out.promise, outcome) for out, outcome in self._unsettled]
        free = 0 if self.closing else self.threads - len(self._out) + len(ended)
        if not ended and free <= 0:
            return 0
        room, held = self._room.copy(), self._out.keys() - {promise.key for promise, _ in ended}
        for promise, _ in ended:
            room.leave(promise.lane)
        taken: list[Promise] = []
        with self.database.write() as connection:
            self.outbox.settle(connection, ended, now, self._attempts)
            if free > 0:
                taken = self.outbox.take(
                    connection, now, free, lease=self._lease, room=room, held=held
                )
        # Only what is committed is forgotten and begun: after trouble the next step tries again.
        self._room = room
        for promise, _ in ended:
            del self._out[promise.key]
        self._unsettled.clear()
        for promise in taken:
            self._hand_out(promise, now)
        self._call()
        return len(ended)

    def idle(self, now: int) -> bool:
        """Whether nothing is out and nothing is due."""
        if self._out:
            return False
        due = self.next_due()
        return due is None or due > now

    def next_due(self) -> int | None:
        """Return when the first action is due that is not out; None when none is."""
        with self.database.read() as connection:
            return self.outbox.next_due(connection)

    def close(self, grace_s: float) -> int:
        """Take up nothing more, wait for what is out, and return how many were left behind."""
        self.closing = True
        deadline = time.monotonic() + grace_s
        while self._out and time.monotonic() < deadline:
            try:
                self.step(self.clock(), min(_REST_S, grace_s))
            except DBAPIError as trouble:
                said = reason(trouble)
                _log.warning("what has come back cannot be written down yet: %s", said)
                time.sleep(min(_REST_S, grace_s))
        for _ in range(self._running):
            self._bell.put("go")
        self._running = 0
        self.registry.close()
        return len(self._out)

    def _lease(self, kind: str) -> int | None:
        action = self.registry.find(kind)
        return None if action is None else (action.timeout + self.margin) // _MICROSECOND

    def _attempts(self, kind: str) -> int:
        action = self.registry.find(kind)
        assert action is not None, kind  # noqa: S101 - it was performed here
        return action.attempts

    def _collect(self, wait_s: float) -> None:
        """Gather what has come back, waiting a little for the first, and give up what hangs."""
        try:
            first = self._ended.get(timeout=wait_s) if wait_s else self._ended.get_nowait()
            self._unsettled.append(first)
            while len(self._unsettled) < len(self._out):
                self._unsettled.append(self._ended.get(timeout=_GATHER_S))
        except queue.Empty:
            pass  # That was all.
        moment = time.monotonic()
        for out in self._out.values():
            if out.until < moment and self._first(out):
                self._running -= 1  # Its thread is lost; another one takes its place.
                said = f"no answer within {out.action.timeout.total_seconds():g} s"
                self._unsettled.append((out, out.action.unknown(said)))

    def _first(self, out: _Out) -> bool:
        """Say that a call is over; return whether nobody had said so."""
        with self._lock:
            over, out.over = out.over, True
        return not over

    def _hand_out(self, promise: Promise, now: int) -> None:
        action = self.registry.find(promise.kind)
        assert action is not None, promise.kind  # noqa: S101 - else it would not have been taken
        out = _Out(promise, action, now, time.monotonic() + action.timeout.total_seconds())
        self._out[promise.key] = out
        if promise.crashed and not action.repeatable:
            out.over = True
            doubt = InDoubt("whoever performed it did not come back: it may have been done")
            self._unsettled.append((out, doubt))
            return
        if self._running < min(self.threads, len(self._out)):
            self._running += 1
            threading.Thread(target=self._perform, daemon=True, name="cuebook-action").start()
        self._todo.append(out)

    def _call(self) -> None:
        """Call a thread if there is anything to do, and none is on its way."""
        if self._todo and not self._called:
            self._called = True
            self._bell.put("perform")

    def _perform(self) -> None:
        """Perform one action after the other, until told to go."""
        while self._bell.get() == "perform":
            self._called = False
            while self._todo:
                try:
                    out = self._todo.popleft()
                except IndexError:
                    break  # Another thread was faster.
                # Each calls the next before it is busy. Calling all of them at once cost more than
                # quick actions do: the first thread has done those before a second one is up.
                self._call()
                outcome = self._outcome(out)
                if not self._first(out):
                    return  # It took too long, and another thread has taken this one's place.
                self._ended.put((out, outcome))

    def _closed(self, out: _Out) -> Outcome | None:
        """Return why nothing is sent to a receiver that takes nothing more."""
        if out.action.lane is None:
            return None
        with self.database.read() as connection:
            by = self.outbox.closed_by(connection, out.promise)
        if by is None:
            return None
        return Rejected(
            f"not sent: its receiver takes nothing more, as it said to {by}; "
            f"`cuebook retry {by}` asks it again, with `--dismiss` it counts as open"
        )

    def _outcome(self, out: _Out) -> Outcome:
        promise = out.promise
        try:
            context = Context(
                promise.key, promise.customer, promise.playbook, promise.run, promise.step,
                promise.attempt, to_datetime(promise.decided_at), self.tasks(promise),
            )  # fmt: skip
            held = self.gate.ask(promise, context, out.taken_at) or self._closed(out)
            return held or out.action.perform(read(promise.args), context)
        except BaseException as trouble:  # noqa: BLE001 - SystemExit too: others wait for this thread
            _log.exception("performing %s ended the hard way", promise.key)
            return out.action.unknown(type(trouble).__name__)
