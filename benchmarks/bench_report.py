"""KPIs by month over a million events, and over the CDNOW log, beside the same numbers in SQL by hand.

By hand each number is one statement over the log as it lies there, its JSON included, written by
somebody who knows how numbers and names are spelt in it; `kpis` finds that out and converts. Both
have to come to the same. Six numbers over 24 and 18 months. `bench_report.py 100000` asks fewer;
the CDNOW log is measured where `CUEBOOK_CDNOW` or ../shared/data/cdnow has it.
"""

import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from measure import Clocked, clocked, missing
from places import Place, places, tables

from cuebook.dsl.load import load
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database, Row
from cuebook.engine.runtime.figures.kpis import kpis
from cuebook.engine.runtime.spelling import spell

BENCH = "report"
EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ROOT = Path(__file__).parent.parent
CDNOW = Path(os.environ.get("CUEBOOK_CDNOW") or ROOT / "../shared/data/cdnow/CDNOW_master.txt")
BATCH = 50_000
COLUMNS = ("key", "customer", "kind", "name", "body", "at", "stamped", "number")
SETTINGS = """\
project: bench
timezone: UTC
events: {purchase: {cds: number, amount: number}, login: {}, page-viewed: {}}
kpis:
  orders: count of purchase
  value: avg of purchase.amount
  active: number of customers where (has purchase)
  repeat: number of customers where (count of purchase >= 2) / active
  retention: {standard: retention, of: purchase}
  interval: avg of time between purchase
"""
PURCHASES = "FROM cuebook_inbox WHERE kind = 'event' AND name = 'purchase' AND number IS NOT NULL"
MONTH = {
    "sqlite": "strftime('%Y-%m', at / 1000000, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM')",
}
AMOUNT = {
    "sqlite": "json_extract(body, '$.amount')",
    "postgresql": "(body::jsonb ->> 'amount')::float8",
}
NEXT = {
    "sqlite": "strftime('%Y-%m', month || '-01', '+1 month')",
    "postgresql": "to_char(to_date(month, 'YYYY-MM') + interval '1 month', 'YYYY-MM')",
}


def by_hand(dialect: str) -> Mapping[str, str]:
    """Return what a person would write for each number: months and values."""
    month, amount = MONTH[dialect], AMOUNT[dialect]
    each = f"SELECT customer, {month} AS month, count(*) AS n {PURCHASES} GROUP BY 1, 2"
    return {
        "orders": f"SELECT {month}, count(*) {PURCHASES} GROUP BY 1",
        "value": f"SELECT {month}, avg({amount}) {PURCHASES} GROUP BY 1",
        "active": f"SELECT month, count(*) FROM ({each}) AS each GROUP BY 1",
        "repeat": f"""SELECT month, avg(CASE WHEN n >= 2 THEN 1.0 ELSE 0.0 END)
            FROM ({each}) AS each GROUP BY 1""",
        "retention": f"""WITH each AS ({each}), kept AS (SELECT customer, {NEXT[dialect]} AS later
            FROM each) SELECT kept.later, avg(CASE WHEN each.customer IS NULL THEN 0.0 ELSE 1.0 END)
            FROM kept LEFT JOIN each ON each.customer = kept.customer AND each.month = kept.later
            GROUP BY 1""",
        "interval": f"""SELECT month, avg((at - before) / 86400000000.0) FROM (SELECT at,
            {month} AS month, lag(at) OVER (PARTITION BY customer ORDER BY at, id) AS before
            {PURCHASES}) AS each GROUP BY 1""",
    }


# --- what is in the log -------------------------------------------------------------------------


def invented() -> Iterator[Row]:
    """Yield events of two years: one in five is a purchase."""
    draw = random.Random(1)
    begin, people = parse_instant("2024-01-01", UTC), max(1, EVENTS // 20)
    for number in range(1, EVENTS + 1):
        name = draw.choices(("purchase", "login", "page-viewed"), (20, 40, 40))[0]
        body = {"amount": draw.randrange(100, 30_000) / 100} if name == "purchase" else {"a": 1}
        at = begin + draw.randrange(731 * DAY)
        customer = f"c{draw.randrange(people):07}"
        yield (f"/{number}", customer, "event", name, spell(body), at, False, number)


def of_cdnow() -> Iterator[Row]:
    """Yield the purchases of the CDNOW log."""
    lines = CDNOW.read_text(encoding="utf-8").splitlines()[1:]
    for number, line in enumerate(lines, start=1):
        customer, day, cds, amount = line.split()
        at = parse_instant(f"{day[:4]}-{day[4:6]}-{day[6:]}", UTC)
        body = spell({"cds": int(cds), "amount": float(amount)})
        yield (f"/{number}", customer, "event", "purchase", body, at, False, number)


def filled(place: Place, rows: Callable[[], Iterator[Row]]) -> str:
    """Return the URL of a database that holds a log."""
    url = tables(place)
    database, waiting = Database(url), list[Row]()
    for row in rows():
        waiting.append(row)
        if len(waiting) == BATCH:
            _put(database, waiting)
    _put(database, waiting)
    database.pool.dispose()
    place.settle(url)
    return url


def _put(database: Database, rows: list[Row]) -> None:
    with database.write() as connection:
        database.insert(connection, "cuebook_inbox", COLUMNS, rows)
    rows.clear()


# --- both ways ----------------------------------------------------------------------------------


def told(url: str, since: int, until: int) -> Mapping[str, Mapping[str, float | None]]:
    """Return the numbers as a report tells them, by month."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
        project = load(Path(scratch))
    database = Database(url)
    found = kpis(database, project, since, until, "month")
    database.pool.dispose()
    return {one.name: {value.period: value.value for value in one.values} for one in found}


def asked(url: str) -> Mapping[str, Mapping[str, float]]:
    """Return the numbers as somebody would ask for them by hand."""
    database = Database(url)
    with database.read() as connection:
        found = {
            name: dict(map(tuple, database.rows(connection, sql)))
            for name, sql in by_hand(database.dialect).items()
        }
    database.pool.dispose()
    return found


def agree(ours: Mapping[str, Mapping[str, Any]], theirs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise AssertionError where both ways do not come to the same."""
    for name, months in ours.items():
        for month, value in months.items():
            there = theirs[name].get(month)
            assert (value or 0) == (there or 0) or math.isclose(value, there, rel_tol=1e-9), (
                name, month, value, there,
            )  # fmt: skip


def part(place: Place, url: str, what: str, count: int, span: tuple[int, int]) -> Clocked:
    """Return both ways to ask one database, as events of the log a second."""
    ours, theirs = f"kpis, {what}, {place.name}", f"by hand, {what}, {place.name}"

    def run() -> Mapping[str, float]:
        began = time.perf_counter()
        found = told(url, *span)
        middle = time.perf_counter()
        there = asked(url)
        ended = time.perf_counter()
        agree(found, there)
        return {ours: count / (middle - began), theirs: count / (ended - middle)}

    return Clocked(run, {ours: (theirs,), theirs: ()})


def main() -> None:
    """Fill both databases, and ask in turns."""
    two_years = parse_instant("2024-01-01", UTC), parse_instant("2026-01-01", UTC)
    cdnow = parse_instant("1997-01-01", UTC), parse_instant("1998-07-01", UTC)
    with places() as both:
        parts = list[Clocked]()
        for place in both:
            url = filled(place, invented)
            parts.append(part(place, url, f"{EVENTS:,} events", EVENTS, two_years))
            if CDNOW.is_file():
                log = filled(place, of_cdnow)
                parts.append(part(place, log, "CDNOW", 69_659, cdnow))
        if not CDNOW.is_file():
            missing(BENCH, "CDNOW", f"there is no {CDNOW}")
        clocked(BENCH, parts, unit="events/s", rounds=3)


if __name__ == "__main__":
    main()
