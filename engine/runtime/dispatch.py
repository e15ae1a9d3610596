"""Dispatch: several threads perform what was promised, one hand takes it up and settles it.

The hand never has more actions out than there are threads, counting those not yet settled: so a
crash can repeat at most one call for each thread, with the same key.
"""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ..contract import Action, Context, InDoubt, Outcome, Retry, Tasks
from ..core.instant import to_datetime
from ..registry import Registry
from .database import Database
from .outbox import Outbox, Promise, Room

__all__ = ["Dispatcher"]

_log = logging.getLogger("cuebook.dispatch")
_SHARE: Final = 4
"""A lane leaves one thread in so many to others, so that a slow receiver does not hold them up."""
_GATHER_S: Final = 0.0005
"""How long the next answer is waited for, so that those that come together share a commit."""
_LATER: Final = timedelta(minutes=1)
_FOR_EVER: Final = 2**31
_MARGIN_S: Final = 30
"""How much longer than its call a lease lasts, in seconds."""


@dataclass(slots=True, eq=False)
class _Out:
    """An action that is with a thread."""

    promise: Promise
    action: Action
    until: float
    """When the call counts as hanging, by the monotonic clock."""
    given_up: bool = False


@dataclass(slots=True, eq=False)
class Dispatcher:
    """Performs actions. `step` is for one thread only; the calls run on threads of its own."""

    database: Database
    registry: Registry
    outbox: Outbox
    tasks: Callable[[Promise], Tasks]
    clock: Callable[[], int]
    threads: int = 16
    _todo: "queue.SimpleQueue[_Out | None]" = field(default_factory=queue.SimpleQueue)
    _ended: "queue.SimpleQueue[tuple[_Out, Outcome]]" = field(default_factory=queue.SimpleQueue)
    _out: dict[str, _Out] = field(default_factory=dict)
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
        ended = self._back(wait_s if self._out else 0.0)
        room = 0 if self.closing else self.threads - len(self._out) + len(ended)
        if not ended and room <= 0:
            return 0
        for out, _ in ended:
            self._forget(out)
        settled = [(out.promise, outcome) for out, outcome in ended]
        with self.database.write() as connection:
            self.outbox.settle(connection, settled, now, self._attempts)
            taken = (
                self.outbox.take(connection, now, room, lease=self._lease, room=self._room)
                if room > 0
                else []
            )
        for promise in taken:
            self._hand_out(promise)
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
            self.step(self.clock(), min(0.2, grace_s))
        for _ in range(self._running):
            self._todo.put(None)
        self._running = 0
        return len(self._out)

    @property
    def _lease(self) -> int:
        longest = max(
            (out.action.timeout.total_seconds() for out in self._out.values()), default=30.0
        )
        return int((max(longest, 30.0) + _MARGIN_S) * 1_000_000)

    def _attempts(self, kind: str) -> int:
        action = self.registry.find(kind)
        return _FOR_EVER if action is None else action.attempts

    def _back(self, wait_s: float) -> list[tuple[_Out, Outcome]]:
        """Return what has come back, and give up what hangs."""
        ended: list[tuple[_Out, Outcome]] = []
        try:
            ended.append(self._ended.get(timeout=wait_s) if wait_s else self._ended.get_nowait())
            while len(ended) < len(self._out):
                ended.append(self._ended.get(timeout=_GATHER_S))
        except queue.Empty:
            pass  # That was all.
        ended = [(out, outcome) for out, outcome in ended if not out.given_up]
        moment = time.monotonic()
        for out in [out for out in self._out.values() if out.until < moment and not out.given_up]:
            out.given_up = True
            self._running -= 1  # Its thread is lost; another one takes its place.
            said = f"no answer within {out.action.timeout.total_seconds():g} s"
            ended.append((out, Retry(said) if out.action.repeatable else InDoubt(said)))
        return ended

    def _forget(self, out: _Out) -> None:
        if self._out.pop(out.promise.key, None) is not None:
            self._room.leave(out.promise.lane)

    def _hand_out(self, promise: Promise) -> None:
        try:
            action = self.registry.find(promise.kind)
        except Exception as trouble:  # noqa: BLE001 - a package of somebody else's is loaded here
            action = None
            _log.error("the action %s cannot be loaded: %s", promise.kind, trouble)
        if action is None:
            action = Action(promise.kind, _nobody)
        out = _Out(promise, action, time.monotonic() + action.timeout.total_seconds())
        self._out[promise.key] = out
        if promise.crashed and not action.repeatable:
            doubt = InDoubt("whoever performed it did not come back: it may have been done")
            self._ended.put((out, doubt))
            return
        if self._running < min(self.threads, len(self._out)):
            self._running += 1
            threading.Thread(target=self._perform, daemon=True, name="cuebook-action").start()
        self._todo.put(out)

    def _perform(self) -> None:
        """Perform one action after the other, until told to go."""
        while (out := self._todo.get()) is not None:
            promise = out.promise
            context = Context(
                promise.key, promise.customer, promise.playbook, promise.run, promise.step,
                promise.attempt, to_datetime(promise.decided_at), self.tasks(promise),
            )  # fmt: skip
            outcome = out.action.perform(json.loads(promise.args), context)
            self._ended.put((out, outcome))
            if out.given_up:
                return  # Another thread has taken this one's place.


def _nobody(_args: object, context: Context) -> Outcome:
    """Leave an action to a process that knows its kind, now or after the next restart."""
    return Retry(f"no process that looked at {context.key} performs its kind", _LATER)
