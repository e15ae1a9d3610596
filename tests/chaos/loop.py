"""The kill loop: `make chaos`, or `python -m tests.chaos.loop URL=KILLS…`; a line for each database.

Workers are killed with SIGKILL at random while events arrive and a receiver sometimes fails. At the
end every action that plain arithmetic expects was decided exactly once, none is lost, a delivery is
repeated with the same key only, at most once per kill and thread, and every state replays. People are
asked meanwhile, and the clerk who answers is killed as well: each question was asked once, and answered
or escalated once.
"""

import argparse
import json
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

from cuebook.engine.core.effects import ASK
from cuebook.engine.runtime import Engine, reading
from cuebook.engine.runtime.programs import Programs
from cuebook.engine.runtime.replay import Log
from cuebook.engine.runtime.schema import upgrade

from ..runtime.postgresql import server
from .processes import PROJECT, THREADS, attend, equip, feed, way_of, work
from .receiver import Receiver

__all__ = ["Storm", "main"]

_FORKS = multiprocessing.get_context("forkserver")
_SHORTEST_S, _LONGEST_S = 0.15, 0.5
"""How long nobody is killed."""
_CLERK: Final = 5
"""With every so-manieth worker the clerk is killed, too."""
_ON_POSTGRESQL, _ON_SQLITE = 100, 50
"""How many kills the long form takes."""


@dataclass
class Storm:
    """One kill loop over one database; bounded in kills and in seconds."""

    url: str
    kills: int
    seed: int
    workers: int = 4
    customers: int = 20
    patience_s: float = 90.0

    def run(self) -> str:
        """Return the line of counts; AssertionError when the promise is broken."""
        self._chance = random.Random(self.seed)
        receiver = Receiver(self.seed)
        try:
            self._prepare(receiver.port)
            orders = self._blow(receiver.port)
            return self._judge(receiver, orders)
        finally:
            receiver.close()

    def _prepare(self, port: int) -> None:
        self.engine = Engine(self.url)
        upgrade(self.engine.database)
        equip(self.engine, port)
        with tempfile.TemporaryDirectory() as folder:
            for name, text in PROJECT.items():
                file = Path(folder, name)
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
            self.engine.deploy(folder)

    def _blow(self, port: int) -> int:
        """Kill while events arrive, then let the last workers drain; return orders per customer."""
        orders = _FORKS.Value("i", 0)
        seconds = self.kills * (_SHORTEST_S + _LONGEST_S) / 2
        told = (self.url, self.seed, self.customers, seconds, orders)
        with _processes() as running:
            feeder = _FORKS.Process(target=feed, args=told)
            feeder.start()
            running.append(feeder)
            workers = [self._worker(running, port) for _ in range(self.workers)]
            clerk = self._clerk(running)
            killed = 0
            while killed < self.kills:
                time.sleep(self._chance.uniform(_SHORTEST_S, _LONGEST_S))
                victim = self._victim(workers)
                victim.kill()
                victim.join()
                workers[workers.index(victim)] = self._worker(running, port)
                killed += 1
                if killed % _CLERK == 0:
                    clerk.kill()
                    clerk.join()
                    clerk = self._clerk(running)
            feeder.join(self.patience_s)
            assert feeder.exitcode == 0, f"the feeder ended with {feeder.exitcode}"
            self._drain()
            clerk.kill()
            self._await(workers)
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.join(self.patience_s)
            assert {worker.exitcode for worker in workers} == {0}, "a worker did not end by itself"
        return orders.value

    def _worker(self, running: list[ForkServerProcess], port: int) -> ForkServerProcess:
        worker = _FORKS.Process(target=work, args=(self.url, port))
        worker.start()
        running.append(worker)
        return worker

    def _clerk(self, running: list[ForkServerProcess]) -> ForkServerProcess:
        clerk = _FORKS.Process(target=attend, args=(self.url, self.seed))
        clerk.start()
        running.append(clerk)
        return clerk

    def _victim(self, workers: list[ForkServerProcess]) -> ForkServerProcess:
        """Return whom to kill: on SQLite the one that leads, else anybody."""
        file = self.engine.database.file
        if file is None:
            return self._chance.choice(workers)
        until = time.monotonic() + self.patience_s
        while time.monotonic() < until:
            leader = Path(file + ".cuebook-lock")
            said = leader.read_text().strip() if leader.exists() else ""
            for worker in workers:
                if said == str(worker.pid):
                    return worker
            time.sleep(0.02)
        raise AssertionError("nobody has taken over")

    def _await(self, workers: list[ForkServerProcess]) -> None:
        """Wait until each has signed on: one that was only just started cannot be told to stop."""
        until, missing = time.monotonic() + self.patience_s, {worker.pid for worker in workers}
        while missing and time.monotonic() < until:
            time.sleep(0.05)
            missing -= {worker["pid"] for worker in self.engine.status().workers}
        assert not missing, f"{missing} never signed on"

    def _drain(self) -> None:
        """Wait until all is done, for as long as something is still decided now and then."""
        decided, until = -1, time.monotonic() + self.patience_s
        while time.monotonic() < until:
            # Twice: between the first look and that at the tasks somebody may have answered one.
            if self._calm() and not self.engine.tasks() and self._calm():
                return
            if (now := self._decided()) != decided:
                decided, until = now, time.monotonic() + self.patience_s
            time.sleep(0.1)
        raise AssertionError(f"nothing for {self.patience_s:g} s: {self.engine.status()}")

    def _decided(self) -> int:
        """Return how many occurrences were decided."""
        database = self.engine.database
        with database.read() as connection:
            rows = database.rows(connection, "SELECT sum(decided) FROM cuebook_customer")
        return int(rows[0][0] or 0)

    def _calm(self) -> bool:
        """Whether nothing is due and nothing will be, as one statement sees it."""
        pulse = self.engine.pulse()
        return pulse.idle and pulse.next_at is None

    def _judge(self, receiver: Receiver, orders: int) -> str:
        database = self.engine.database
        with database.read() as connection:
            outbox = database.rows(connection, "SELECT key, args FROM cuebook_outbox")
            undone = database.rows(
                connection, "SELECT key, status, note FROM cuebook_outbox WHERE status <> 'done'"
            )
            journal = database.rows(connection, "SELECT lines FROM cuebook_journal")
        decided = Counter(_says(json.loads(args)) for _, args in outbox)
        expected = Counter(_expected(self.customers, orders))
        assert decided == expected, f"lost {expected - decided}, too many {decided - expected}"
        assert not undone, f"not done: {undone}"

        lines = [line for (lines,) in journal for line in json.loads(lines)]
        told = Counter(
            line[8] for line in lines if line[0] == "action" and line[6] != ASK and not line[9]
        )
        assert told == Counter(key for key, _ in outbox), "the journal tells of other actions"
        asked, done = self._judge_people(lines, orders)

        sent = {key for key, args in outbox if "says" in json.loads(args)}
        accepted, keys = receiver.accepted(), receiver.keys_of()
        assert accepted.keys() == sent, f"lost {sent - accepted.keys()}"
        assert all(len(same) == 1 for same in keys.values()), "one action came under two keys"
        repeated = accepted.total() - len(accepted)
        most = self.kills * THREADS
        assert repeated <= most, f"{repeated} deliveries repeated after {self.kills} kills"

        replayed = self._replayed()
        refused = len(receiver.deliveries) - accepted.total()
        return (
            f"{database.dialect}: {self.workers} workers, {self.kills} kills, "
            f"{orders * self.customers} events, {len(outbox)} actions expected, decided and "
            f"delivered, 0 lost, 0 decided twice; {len(receiver.deliveries)} deliveries, {refused} "
            f"refused by the receiver, {repeated} repeated with the same key (at most {most}); "
            f"{asked} questions asked and answered or escalated once, {done} tasks opened and done once; "
            f"{replayed} states replayed; seed {self.seed}"
        )

    def _judge_people(self, lines: list[list[Any]], orders: int) -> tuple[int, int]:
        """Return how many questions and tasks there were, each once and each over as it should be."""
        database = self.engine.database
        with database.read() as connection:
            tasks = reading.tasks(database, connection, answered=True, most=100_000)
        found = Counter((task.title, task.answer or task.closing) for task in tasks)
        expected = Counter(_expected_of_people(self.customers, orders))
        # Nobody is asked what is decided about only when the time to answer is over.
        late = sum(
            line[:1] == ["entry"] and line[2:4] == ["skipped", "escalation"] for line in lines
        )
        lost = expected - found
        assert found <= expected, f"too many {found - expected}"
        assert lost.total() == late, f"{late} came too late, and lost are {lost}"
        assert all(" anybody " in title for title, _ in lost), f"lost {lost}"
        questions = [task.key for task in tasks if task.choices]
        asked = Counter(line[8] for line in lines if line[0] == "action" and line[6] == ASK)
        assert asked == Counter(questions), "the journal tells of other questions"
        return len(questions), len(tasks) - len(questions)

    def _replayed(self) -> int:
        """Decide everything again from the log; return how many states came out the same."""
        database = self.engine.database
        with database.read() as connection:
            log = Log(database, connection, Programs(database))
            rows = database.rows(connection, "SELECT id, decided, state FROM cuebook_customer")
            for name, decided, state in rows:
                again = log.replay(name).done(None)
                assert (again.decided, again.state) == (decided, state), f"{name} replays otherwise"
        assert len(rows) == self.customers
        return len(rows)


@contextmanager
def _processes() -> Iterator[list[ForkServerProcess]]:
    """Hold processes, and leave none behind."""
    running: list[ForkServerProcess] = []
    try:
        yield running
    finally:
        for process in running:
            if process.is_alive():
                process.kill()
            process.join()


def _expected(customers: int, orders: int) -> Iterator[str]:
    """Return what has to be said, once each."""
    said = {"approve": "approved", "escalate": "escalated", "call": "call"}
    for customer in range(customers):
        for number in range(1, orders + 1):
            yield f"c{customer} thanks {number}"
            yield f"c{customer} after {number}"
            yield f"c{customer} {said[way_of(customer, number)]} {number}"
            if number >= 3:
                yield f"c{customer} regular {number}"
        if orders >= 3:
            yield f"c{customer} promoted"


def _expected_of_people(customers: int, orders: int) -> Iterator[tuple[str, str]]:
    """Return what people have to be asked, once each, and how that has to end."""
    asked = {
        "approve": ("ready", "approved"),
        "escalate": ("anybody", "nobody has answered in time"),
        "call": ("call", "done"),
    }
    for customer in range(customers):
        for number in range(1, orders + 1):
            what, ending = asked[way_of(customer, number)]
            yield f"c{customer} {what} {number}", ending


def _says(args: Mapping[str, str]) -> str:
    return args.get("says") or args["title"]


def main() -> None:
    """Run one storm over each database and print its line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.loop", description=__doc__)
    parser.add_argument("url", nargs="*", help="an empty database, and `=KILLS` after it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args()
    _FORKS.set_forkserver_preload(["tests.chaos.processes"])
    with _databases() if not args.url else nullcontext(args.url) as urls:
        for given in urls:
            url, _, kills = given.rpartition("=")
            print(Storm(url, int(kills), args.seed, args.workers).run(), flush=True)


@contextmanager
def _databases() -> Iterator[list[str]]:
    """Hold one of each, for the long form: a file, and a database of a server that is ours."""
    with tempfile.TemporaryDirectory(prefix="cuebook-chaos-") as folder, server() as started:
        yield [f"{started.get_uri()}={_ON_POSTGRESQL}", f"sqlite:///{folder}/plays.db={_ON_SQLITE}"]


if __name__ == "__main__":
    main()
