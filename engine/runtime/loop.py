"""The running engine: one thread decides, one dispatches, and both sleep until something is due.

Polling is what correctness rests on: it finds what other processes brought in. A nudge from this
process, or the alarm clock, only makes it sooner.
"""

import logging
import os
import random
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import DBAPIError

from ..core.duration import HOUR, SECOND
from .database import Database, reason
from .dispatch import Dispatcher
from .leading import Leadership
from .scheduler import AlarmClock
from .supplying import Suppliers
from .worker import Worker

__all__ = ["Loop"]

_log = logging.getLogger("cuebook.loop")
_POLL_S: Final = 0.5
_REST_S: Final = 0.05
"""How long the dispatcher waits for an answer before it looks whether there is more to do."""
_HOUSEKEEPING: Final = timedelta(seconds=10)
_LONGEST_REST_S: Final = 30.0


class Loop:
    """Runs a worker and a dispatcher until it is told to stop."""

    def __init__(
        self,
        name: str,
        database: Database,
        worker: Worker,
        dispatcher: Dispatcher,
        clock: Callable[[], int],
        housekeeping: Callable[[], None],
        suppliers: Suppliers,
    ) -> None:
        self.name = name
        self._database = database
        self._worker = worker
        self._dispatcher = dispatcher
        self._clock = clock
        self._extra = housekeeping
        self._suppliers = suppliers
        self._leadership = Leadership(database.file)
        self._started_at = clock()
        self._stopping = threading.Event()
        self._nudges = {name: threading.Event() for name in ("decide", "dispatch", "ask")}
        self._alarm = AlarmClock(self.nudge, self._keep_house)
        self._threads: list[threading.Thread] = []
        self.leads = False
        """Whether this process decides, or stands by for the one that does."""
        self.occurrences = self.actions = self.settled = 0
        """What was done since the start."""

    def start(self) -> None:
        """Begin; returns at once."""
        self._alarm.start(_HOUSEKEEPING)
        self._keep_house()
        steps = {"decide": self._decide, "dispatch": self._dispatch}
        if self._suppliers.functions:
            steps["ask"] = self._ask
        for name, step in steps.items():
            thread = threading.Thread(
                target=self._run, args=(name, step), daemon=True, name=f"cuebook-{name}"
            )
            thread.start()
            self._threads.append(thread)

    def nudge(self) -> None:
        """Look now whether something is due."""
        for event in self._nudges.values():
            event.set()

    def stop(self, grace_s: float = 30.0) -> int:
        """Decide nothing more, wait for calls that are out; return how many were left behind."""
        self._stopping.set()
        self.nudge()
        for thread in self._threads:
            thread.join(timeout=grace_s)
        self._alarm.stop()
        if any(thread.is_alive() for thread in self._threads):
            # It waits for the database, holds what is out, and keeps the lock until it comes back.
            _log.error("a step has not ended within %g s; leaving it behind", grace_s)
            return self._dispatcher.busy
        out = self._dispatcher.busy
        left = self._dispatcher.close(grace_s)
        self.settled += out - left
        try:
            with self._database.write() as connection:
                self._database.run(connection, "DELETE FROM cuebook_worker WHERE id = ?", self.name)
        except DBAPIError as trouble:
            _log.warning("could not sign off: %s", reason(trouble))
        self._leadership.release()
        return left

    def forsake(self) -> None:
        """Let go in a forked child, where no thread of ours runs; the parent goes on undisturbed."""
        self._leadership.release()

    def _run(self, name: str, step: Callable[[], float]) -> None:
        """Take one step after the other; after trouble with the database, try again later."""
        failures, nudge = 0, self._nudges[name]
        while not self._stopping.is_set():
            nudge.clear()
            try:
                rest, failures = self._led(step), 0
            except DBAPIError as trouble:
                failures += 1
                rest = _pause(failures)
                said = reason(trouble)
                _log.error("the database does not serve us (next try in %.1f s): %s", rest, said)
                self._stopping.wait(rest)
                continue
            except Exception:  # noqa: BLE001 - the loop outlives whatever a step runs into
                failures += 1
                rest = _pause(failures)
                _log.exception("a step of %s failed; next try in %.1f s", name, rest)
                self._stopping.wait(rest)
                continue
            if rest > 0:
                nudge.wait(rest)

    def _led(self, step: Callable[[], float]) -> float:
        """Take a step if this process leads; else stand by."""
        if not self._leadership.held():
            return _POLL_S
        if not self.leads:
            self.leads = True
            _log.info("this process decides now")
            self._keep_house()  # Whoever looks at the workers sees at once which one it is.
        return step()

    def _decide(self) -> float:
        """Decide about whoever is due; return how long to rest."""
        done = self._worker.turn(self._clock())
        self.occurrences += done.occurrences
        self.actions += done.actions
        if done.actions:
            self._nudges["dispatch"].set()
        if done.customers or done.filled:
            return 0.0
        return self._until(self._worker.next_due())

    def _dispatch(self) -> float:
        """Settle what has come back and take up what is due; return how long to rest."""
        settled = self._dispatcher.step(self._clock(), _REST_S)
        self.settled += settled
        if settled:
            self._nudges["decide"].set()
        if self._dispatcher.busy or settled:
            return 0.0
        return self._until(self._dispatcher.next_due())

    def _ask(self) -> float:
        """Ask the host's functions about whoever is due; return how long to rest."""
        return self._suppliers.step(self._clock(), self._stopping.is_set)

    def _until(self, due: int | None) -> float:
        """Return how long to rest until something is due, and never longer than a poll."""
        longest = _POLL_S * random.uniform(0.8, 1.2)  # noqa: S311 - so that workers do not poll as one
        if due is None:
            return longest
        ahead = (due - self._clock()) / SECOND
        if ahead <= 0:  # Another process has it, or a host's transaction: look again, do not spin.
            return _REST_S
        if ahead < longest:
            self._alarm.ring_at(due)
        return min(longest, ahead + 0.001)

    def _keep_house(self) -> None:
        """Tell that this process is alive, forget those that are not, and do what else is due."""
        now = self._clock()
        row = (self.name, socket.gethostname(), os.getpid(), self._started_at, now, not self.leads)
        columns = ("id", "host", "pid", "started_at", "seen_at", "stands_by")
        then = """ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at,
            stands_by = excluded.stands_by"""
        try:
            with self._database.write() as connection:
                self._database.insert(connection, "cuebook_worker", columns, [row], then)
                self._database.run(
                    connection, "DELETE FROM cuebook_worker WHERE seen_at < ?", now - HOUR
                )
            self._extra()
        except DBAPIError as trouble:
            _log.warning("housekeeping has to wait: %s", reason(trouble))


def _pause(failures: int) -> float:
    """Return how long to rest after so many failures in a row, in seconds: doubling, to half a minute."""
    longest = min(_POLL_S * (1 << min(failures, 10)), _LONGEST_REST_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - so that workers do not come back as one
