"""The durable engine on SQLite and PostgreSQL: what comes in, is decided, dispatched, and how soon.

Each beside the plain limit (`by_hand.py`: the same writes in the same batches, on the bare driver),
and beside queues of jobs on the same work (`peers.py`: one action for each event), in the same
rounds. Every commit is flushed: SQLite with `synchronous=FULL`, PostgreSQL with `fsync`. Workers
are processes of their own, as in production.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import quantiles

from by_hand import Hand
from measure import Clocked, clocked, report
from peers import PEERS, peer, told_as_well
from places import Place, places, tables
from workload import DAY, START, engine, introductions, orders, project, timed

from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.worker import MOST_CUSTOMERS

BENCH = "runtime"
EVENTS = 10_000
"""One for each customer: the dearest mix, as nothing is shared between two of them."""
ALONE = 1_000
BULK = 50_000
BATCH = 2_000
"""How many letters the engine puts into one transaction."""
PROBES = 200
THREADS = 32
"""How many calls the engine has out at most, its default."""


# --- coming in ----------------------------------------------------------------------------------


def alone(place: Place) -> Mapping[str, float]:
    """Tell the engine one event after the other, each committed before the call returns."""
    url = tables(place)
    made = engine(url)
    events = [(f"c{number}", {"amount": number}, f"e{number}") for number in range(ALONE)]

    def tell() -> None:
        for customer, properties, name in events:
            assert made.track(customer, "order", properties, id=name)

    rate = ALONE / timed(tell)
    assert not made.track("c0", "order", id="e0")
    hand = Hand(place, url)
    rows = letters_by_hand(ALONE)
    limit = ALONE / timed(lambda: hand.ingest(rows, 1))
    hand.close()
    leave(place, url, made)
    return {one_by_one(place): limit, f"{place.name}: track, one event a commit": rate}


def one_by_one(place: Place) -> str:
    return f"limit: {place.name}, one event a commit"


def bulk(place: Place) -> Mapping[str, float]:
    """Tell many events at once, by the engine and by hand."""
    rows = [
        (
            f"/order-{n}",
            f"c{n}",
            "event",
            "order",
            f'{{"amount":{n % 100}}}',
            START + DAY + n,
            False,
        )
        for n in range(BULK)
    ]
    url = tables(place)
    hand = Hand(place, url)
    limit = timed(partial(hand.ingest, rows, 2_000))
    hand.close()
    place.drop(url)

    url = tables(place)
    made = engine(url)
    letters = list(orders(BULK))
    own = timed(lambda: made.track_many(letters))
    again = timed(lambda: made.track_many(letters))
    assert waiting(made) == BULK
    leave(place, url, made)
    way = "executemany" if place.name == "SQLite" else "COPY"
    return {
        f"limit: {place.name}, {way}": BULK / limit,
        f"{place.name}: track_many": BULK / own,
        f"{place.name}: track_many, all of it told before": BULK / again,
    }


def letters_by_hand(events: int) -> list[tuple[object, ...]]:
    """Return the orders as rows of the inbox."""
    return [
        (
            f"/order-{n}",
            f"c{n}",
            "event",
            "order",
            f'{{"amount":{n % 100}}}',
            START + DAY + n,
            False,
        )
        for n in range(events)
    ]


def waiting(made: Engine) -> int:
    with made.database.read() as connection:
        sql = "SELECT count(*) FROM cuebook_inbox WHERE number IS NULL"
        return made.database.rows(connection, sql)[0][0]


# --- decided and dispatched ---------------------------------------------------------------------


def filled(place: Place) -> str:
    """Return the URL of a database where every customer is known."""
    url = tables(place)
    made = engine(url, clock=lambda: START)
    made.deploy(project())
    made.track_many(introductions(EVENTS))
    made.tick(START)
    made.database.pool.dispose()
    place.settle(url)
    return url


def by_hand(place: Place, source: str) -> Mapping[str, float]:
    url = place.copy(source)
    hand = Hand(place, url)
    hand.ingest(letters_by_hand(EVENTS), BATCH)
    took = timed(lambda: hand.work(2 * START, MOST_CUSTOMERS, THREADS))
    hand.close()
    place.drop(url)
    return {f"limit: {place.name}, decided and dispatched": EVENTS / took}


def by_engine(place: Place, source: str, workers: int) -> Mapping[str, float]:
    """Let worker processes decide and dispatch all that waits; they are ready before time starts."""
    url = place.copy(source)
    made = engine(url, clock=lambda: START)
    made.ready()
    letters = list(orders(EVENTS))
    told = timed(lambda: made.track_many(letters))
    made.database.pool.dispose()
    words = [sys.executable, __file__, "worker", url]
    started = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(workers)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    watching = place.connect(url)
    began = time.perf_counter()
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    sql = """SELECT (SELECT count(*) FROM cuebook_wake WHERE due_at IS NOT NULL)
        + (SELECT count(*) FROM cuebook_outbox WHERE due_at IS NOT NULL)"""
    while watching.execute(sql).fetchone()[0]:
        watching.commit()
        time.sleep(0.02)
    took = time.perf_counter() - began
    done = watching.execute("SELECT count(*) FROM cuebook_outbox WHERE status = 'done'")
    assert done.fetchone()[0] == EVENTS
    watching.close()
    for process in started:
        process.stdin.close()
        assert process.wait() == 0
    place.drop(url)
    return {
        decided(place, workers): EVENTS / took,
        decided(place, workers, "told, "): EVENTS / (told + took),
    }


def decided(place: Place, workers: int, told: str = "") -> str:
    many = "one worker" if workers == 1 else f"{workers} workers"
    return f"{place.name}: {told}decided and dispatched, {many}"


def worker(url: str) -> None:
    """Be one worker process: ready, then at work from the first line of input to its end."""
    made = engine(url, clock=lambda: 2 * START)
    made.ready()
    print("ready", flush=True)
    sys.stdin.readline()
    with made:
        sys.stdin.read()


# --- how soon -----------------------------------------------------------------------------------


def soon(place: Place) -> None:
    """Report how long it is from `track` to the performed action on an engine that has nothing else to do."""
    heard: dict[str, float] = {}
    url = tables(place)
    made = engine(url, heard=lambda name: heard.__setitem__(name, time.perf_counter()))
    made.deploy(project())
    for number in range(PROBES):
        made.identify(f"c{number}", plan="growth", seats=9)
    took = []
    with made:
        time.sleep(2)
        for number in range(PROBES):
            began = time.perf_counter()
            made.track(f"c{number}", "order", {"amount": number})
            while f"c{number}" not in heard:
                time.sleep(0.0005)
            took.append(heard[f"c{number}"] - began)
            time.sleep(0.02)
    leave(place, url, made)
    cuts = quantiles(took, n=100)
    report(
        BENCH, f"{place.name}: from track to the performed action, idle", probes=PROBES,
        p50_ms=round(cuts[49] * 1000, 1), p99_ms=round(cuts[98] * 1000, 1), goal_p99_ms=250,
    )  # fmt: skip


def leave(place: Place, url: str, made: Engine) -> None:
    made.database.pool.dispose()
    place.drop(url)


def main(rounds: int = 3) -> None:
    with places() as (lite, postgres):
        parts: list[Clocked] = []
        for place in (lite, postgres):
            way = "executemany" if place is lite else "COPY"
            limit = f"limit: {place.name}, {way}"
            told = f"{place.name}: track_many"
            first = one_by_one(place)
            tracked = f"{place.name}: track, one event a commit"
            parts.append(part(alone, place, {first: (), tracked: (first,)}))
            against = {limit: (), told: (limit,), f"{told}, all of it told before": (limit,)}
            parts.append(part(bulk, place, against))
        for place in (lite, postgres):
            source = filled(place)
            parts += side_by_side(place, source)
        clocked(BENCH, parts, unit="events/s", rounds=rounds)
        for place in (lite, postgres):
            soon(place)


def side_by_side(place: Place, source: str) -> list[Clocked]:
    """Return the limit, one worker, two where there may be, and the queues on this database."""
    limit = f"limit: {place.name}, decided and dispatched"
    one, told = decided(place, 1), decided(place, 1, "told, ")
    queues = [name for name, where in PEERS.items() if where == place.name]
    also = [told_as_well(name) for name in queues]
    parts = [
        Clocked(partial(by_hand, place, source), {limit: ()}),
        Clocked(partial(by_engine, place, source, 1), {one: (limit, *queues), told: (*also,)}),
    ]
    if place.name == "PostgreSQL":
        against = {decided(place, 2): (limit, one), decided(place, 2, "told, "): (told,)}
        parts.append(Clocked(partial(by_engine, place, source, 2), against))
    return parts + [
        Clocked(partial(peer, name, place), {name: (limit,), told_as_well(name): ()})
        for name in queues
    ]


def part(
    run: Callable[[Place], Mapping[str, float]],
    place: Place,
    against: Mapping[str, tuple[str, ...]],
) -> Clocked:
    return Clocked(partial(run, place), against)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(sys.argv[2])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
