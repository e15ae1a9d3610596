"""Timers: 100,000 due at once.

Each customer waits in a run of its own, so that firing means: read the state, end the wait, promise
the action, write state, journal, run, outbox and the next wake. The limit is these writes by hand
(`by_hand.py`), the wakes in a table clustered by their instant and removed by range. APScheduler
fires fewer, which favours it: its store reads all that is due at once. What it loses in a crash it
loses: a job leaves its store before it has run.
"""

import sys
import threading
import time
from collections.abc import Mapping
from functools import partial

from by_hand import Hand
from measure import Clocked, clocked
from places import Place, SQLite, places
from workload import DAY, START, engine, timed, waiting

from cuebook.engine.runtime.worker import MOST_CUSTOMERS

BENCH = "timers"
TIMERS = 100_000
JOBS = 2_000
LATER = START + 60 * DAY


def by_hand(place: Place, source: str) -> Mapping[str, float]:
    url = place.copy(source)
    hand = Hand(place, url)
    hand.cluster()
    took = timed(lambda: hand.fire(LATER, MOST_CUSTOMERS))
    hand.close()
    place.drop(url)
    return {limit(place): TIMERS / took}


def by_engine(place: Place, source: str) -> Mapping[str, float]:
    url = place.copy(source)
    made = engine(url, clock=lambda: LATER)
    began = time.perf_counter()
    done = made.tick(LATER, perform=False)
    took = time.perf_counter() - began
    assert done.actions == TIMERS, done
    made.database.pool.dispose()
    place.drop(url)
    return {f"{place.name}: {TIMERS:,} timers due at once": TIMERS / took}


def limit(place: Place) -> str:
    return f"limit: {place.name}, {TIMERS:,} timers clustered by instant"


_fired = threading.Semaphore(0)


def fire() -> None:
    """Be the job of APScheduler, which finds its jobs by name."""
    _fired.release()


def apscheduler(place: SQLite, synchronous: str) -> Mapping[str, float]:
    """Fire jobs from APScheduler's store, on SQLite in WAL mode."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler
    from sqlalchemy import create_engine, event

    url = place.empty()
    pool = create_engine(url)

    @event.listens_for(pool, "connect")
    def prepare(connection: object, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")

    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=pool)},
        executors={"default": ThreadPoolExecutor(10)},
        timezone="UTC",
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    for number in range(JOBS):
        scheduler.add_job(fire, "date", run_date="2026-01-01", id=str(number))

    def all_of_them() -> None:
        scheduler.resume()
        for _ in range(JOBS):
            assert _fired.acquire(timeout=60)
        while scheduler.get_jobs():
            time.sleep(0.005)

    took = timed(all_of_them)
    scheduler.shutdown()
    pool.dispose()
    place.drop(url)
    return {peer(synchronous): JOBS / took}


def peer(synchronous: str) -> str:
    return f"APScheduler: SQLAlchemyJobStore, SQLite in WAL, {synchronous}, {JOBS:,} jobs"


def main(rounds: int = 3) -> None:
    with places() as (lite, postgres):
        modes = ("NORMAL", "FULL")
        parts = []
        for place in (lite, postgres):
            source = waiting(place, TIMERS)
            own = f"{place.name}: {TIMERS:,} timers due at once"
            peers = tuple(map(peer, modes)) if place is lite else ()
            parts.append(Clocked(partial(by_hand, place, source), {limit(place): ()}))
            parts.append(Clocked(partial(by_engine, place, source), {own: (limit(place), *peers)}))
        parts += [Clocked(partial(apscheduler, lite, mode), {peer(mode): ()}) for mode in modes]
        clocked(BENCH, parts, unit="timers/s", rounds=rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
