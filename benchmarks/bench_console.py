"""How soon the console's pages are there when 100,000 customers are inside, beside a page that asks nothing.

A thousand customers are decided by the engine and stand in the tables a hundred times each. `first` is
the first page of a console that has just been made; the others are medians of pages asked for again, in
interleaved rounds. Measured from request to last byte, without a network: by the wall clock, and what all
threads have used of the processor, which waiting for others leaves as it is.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from measure import report
from places import SQLite
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from workload import waiting

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.web.console import console

BENCH = "console"
REAL = 1_000
COPIES = 100
ROUNDS = 15
GOAL_MS = 100
BARE = "bare: a Starlette page of the same size"
PAGES = {
    "playbooks": "/",
    "customers, from the middle": "/customers?from=c5",
    "inbox": "/inbox",
    "given up": "/given-up",
    "one playbook, its picture counted": "/playbook?name=check-in",
    "one customer": "/customer?id=c7",
    "numbers": "/numbers",
}

Took = tuple[float, float]


def multiplied(url: str) -> None:
    """Let each customer stand in every table a hundred times, under names of its own."""
    database = Database(url)
    times = f"WITH RECURSIVE times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < {COPIES - 1})"
    copies = {
        "cuebook_wake": ("customer",),
        "cuebook_run": ("id", "customer"),
        "cuebook_journal": ("customer",),
        "cuebook_outbox": ("key", "customer"),
    }
    with database.write() as connection:
        for table, names in copies.items():
            found = database.rows(connection, f"SELECT name FROM pragma_table_info('{table}')")
            columns = [name for (name,) in found if (table, name) != ("cuebook_journal", "id")]
            told = [f"{name} || '-' || n" if name in names else name for name in columns]
            database.run(
                connection,
                f"INSERT INTO {table} ({', '.join(columns)}) {times}"
                f" SELECT {', '.join(told)} FROM {table}, times",
            )
    database.pool.dispose()


def took(ask: Callable[[], object]) -> Took:
    """Return how many milliseconds a page takes: by the wall clock, and of the processor."""
    began, before = time.perf_counter(), time.process_time()
    ask()
    return (time.perf_counter() - began) * 1000, (time.process_time() - before) * 1000


def bare(text: str) -> TestClient:
    """Return a browser before an application that answers with a text."""

    def page(_: Request) -> HTMLResponse:
        return HTMLResponse(text)

    return TestClient(Starlette(routes=[Route("/", page)]))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cuebook-bench-") as scratch:
        place = SQLite(Path(scratch))
        url = waiting(place, REAL)
        multiplied(url)
        place.settle(url)
        engine = Engine(url)
        engine.ready()
        first = []
        for _ in range(5):
            browser = TestClient(console(engine))
            first.append(took(lambda ask=browser: ask.get("/")))
        texts = {name: browser.get(address).text for name, address in PAGES.items()}
        assert "100,000" in texts["playbooks"]
        times: dict[str, list[Took]] = {name: [] for name in (BARE, *PAGES)}
        plain = bare(texts["playbooks"])
        for _ in range(ROUNDS):
            times[BARE].append(took(lambda: plain.get("/")))
            for name, address in PAGES.items():
                times[name].append(took(lambda at=address: browser.get(at)))
        engine.database.pool.dispose()
    tell("first page of a new console", first, goal_ms=GOAL_MS)
    for name, own in times.items():
        tell(name, own)


def tell(case: str, times: Sequence[Took], **facts: float) -> None:
    """Print one result, each figure a median of its own."""
    wall, cpu = (round(median(kind), 1) for kind in zip(*times, strict=True))
    report(BENCH, case, customers=REAL * COPIES, wall_ms=wall, cpu_ms=cpu, **facts)


if __name__ == "__main__":
    main()
