"""What a tick costs while a thousand wait, and while a million do: the same, as nothing is polled.

All but one of those who wait are copies, made by SQL, of one customer who really does.
"""

import sys
from collections.abc import Mapping
from functools import partial

from measure import Clocked, clocked
from places import Place, SQLite, places
from workload import DAY, START, engine, timed, waiting

from cuebook.engine.runtime.engine import Engine

BENCH = "ticks"
FEW, MANY = 1_000, 1_000_000
TICKS = 200
IDLE_TICKS = 2_000


def crowd(place: Place, size: int) -> Engine:
    """Return an engine with so many customers who wait, as copies of one who really does."""
    url = waiting(place, 1)
    lite = isinstance(place, SQLite)
    numbers = (
        f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {size})"
        if lite
        else f"WITH n AS (SELECT n FROM generate_series(1, {size}) AS n)"
    )
    connection = place.connect(url)
    for table, first, rest in (
        ("customer", "'m' || n, replace(state, 'c0', 'm' || n)", "decided, program"),
        ("wake", "'m' || n, due_at + n", "failures, trouble"),
        ("run", "replace(id, 'c0', 'm' || n), 'm' || n", "playbook, version, started_at, cause, step, waits, due_at, ending"),
    ):  # fmt: skip
        own = {"customer": "id, state", "wake": "customer, due_at", "run": "id, customer"}[table]
        insert = f"INSERT INTO cuebook_{table} ({own}, {rest})"
        choose = f"SELECT {first}, {rest} FROM n, cuebook_{table}"
        connection.execute(
            f"{insert} {numbers} {choose}" if lite else f"{numbers} {insert} {choose}"
        )
    if not lite:
        connection.commit()
    connection.close()
    place.settle(url)
    made = engine(url, clock=lambda: START + 3 * DAY)
    made.tick()
    return made


def idle(place: Place, made: Engine, size: int) -> Mapping[str, float]:
    """Tick with nothing due."""

    def run() -> None:
        for _ in range(IDLE_TICKS):
            assert made.tick().occurrences == 0

    return {tick(place, size, "nothing due"): IDLE_TICKS / timed(run)}


def busy(place: Place, made: Engine, size: int) -> Mapping[str, float]:
    """Tick with one event to decide and one action to perform; telling it is not counted."""
    took = 0.0
    for _ in range(TICKS):
        made.track("c0", "order", {"amount": 1})
        took += timed(made.tick)
    return {tick(place, size, "one event"): TICKS / took}


def tick(place: Place, size: int, what: str) -> str:
    return f"{place.name}: a tick with {what}, {size:,} waiting"


def main(rounds: int = 5) -> None:
    with places() as both:
        parts = []
        for place in both:
            few, many = crowd(place, FEW), crowd(place, MANY)
            for what, run in (("nothing due", idle), ("one event", busy)):
                least, most = tick(place, FEW, what), tick(place, MANY, what)
                parts.append(Clocked(partial(run, place, few, FEW), {least: ()}))
                parts.append(Clocked(partial(run, place, many, MANY), {most: (least,)}))
        clocked(BENCH, parts, unit="ticks/s", rounds=rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
