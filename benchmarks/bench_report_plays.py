"""A report over 30,000 customers and 390,000 lines of the journal, beside a loop in Python.

All but a thousand customers are copies, made by SQL, of such who really lived. The loop does the
least that anything in Python would have to do: it reads each line once, and counts what began.
`bench_report_plays.py 100000 1` asks 1.3 million lines, in one round.
"""

import json
import random
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from measure import Clocked, clocked
from places import Place, SQLite, places, tables
from workload import DAY, START, timed

from cuebook.dsl import compile_project
from cuebook.engine.core.plan import Project
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.figures.report import Asked, report
from cuebook.engine.runtime.intake import happening

BENCH = "report of playbooks"
REAL = 1_000
COPIES = (int(sys.argv[1]) if sys.argv[1:] else 30_000) // REAL - 1
UNTIL = START + 200 * DAY
_SETTINGS = """\
project: bench
timezone: UTC
events: {signup: {}, login: {}, purchase: {amount: number}, email-opened: {}}
lifecycles:
  customer:
    stages: [lead, trial, paying, churned]
    start: lead
    moves: ["lead -> trial when has login", "any -> churned", "any -> paying when has purchase"]
"""
_PLAYBOOK = """\
playbook: welcome
on: signup
goal: has purchase within 30 days
holdout: 20%
steps:
  - {do: send-email, id: hello, with: {to: a@bench.example, subject: Hello, body: Hello}}
  - wait: 3 days
  - split:
      short: {share: 50%, steps: [{do: send-email, id: short, with: {to: a@bench.example, subject: Hi, body: Hi}}]}
      long: {share: 50%, steps: [{do: send-email, id: long, with: {to: a@bench.example, subject: Hi, body: Hi}}]}
  - wait for: purchase
    up to: 10 days
    else: [{move to stage: churned}]
"""


def project() -> Project:
    """Return a playbook with a goal, a holdout and two arms, beside a lifecycle."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "cuebook.yaml").write_text(_SETTINGS, encoding="utf-8")
        (folder / "playbooks").mkdir()
        (folder / "playbooks" / "welcome.yaml").write_text(_PLAYBOOK, encoding="utf-8")
        compiled = compile_project(folder)
        assert compiled.project is not None, list(compiled.report)
        return compiled.project


def lived(place: Place) -> tuple[str, int]:
    """Return a database with all of them, and how many lines its journal has."""
    url, chance = tables(place), random.Random(7)
    made = Engine(url, clock=lambda: UNTIL)
    made.deploy(project(), at="2020-01-01T00:00:00Z")
    letters = []
    for number in range(REAL):
        at = START + chance.randrange(150 * DAY)
        letters.append(happening(f"c{number}", "signup", {}, now=UNTIL, at=at))
        for _ in range(chance.randrange(12)):
            at += chance.randrange(6 * DAY)
            name = chance.choice(["login", "login", "email-opened", "purchase"])
            letters.append(happening(f"c{number}", name, {}, now=UNTIL, at=min(at, UNTIL - 1)))
    made.track_many(letters)
    made.tick(UNTIL, perform=False)
    made.database.pool.dispose()
    _copied(place, url)
    place.settle(url)
    count = "SELECT sum(json_array_length(lines)) FROM cuebook_journal"
    if not isinstance(place, SQLite):
        count = count.replace("(lines)", "(lines::json)")
    connection = place.connect(url)
    lines = int(connection.execute(count).fetchone()[0])
    connection.close()
    return url, lines


def _copied(place: Place, url: str) -> None:
    numbers = (
        f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {COPIES})"
        if (lite := isinstance(place, SQLite))
        else f"WITH n AS (SELECT n FROM generate_series(1, {COPIES}) AS n)"
    )
    connection = place.connect(url)
    name = "customer || 'm' || n"
    for table, first, rest in (
        ("journal", f"{name}, replace(lines, '/' || customer || '/', '/' || {name} || '/')", "number, kind, at, program, before"),
        ("inbox", f"{name}, body", "number, kind, name, at, stamped"),
    ):  # fmt: skip
        own = "customer, lines" if table == "journal" else "customer, body"
        insert = f"INSERT INTO cuebook_{table} ({own}, {rest})"
        choose = f"SELECT {first}, {rest} FROM n, cuebook_{table}"
        connection.execute(
            f"{insert} {numbers} {choose}" if lite else f"{numbers} {insert} {choose}"
        )
    if not lite:
        connection.commit()
    connection.close()


def told(place: Place, url: str, lines: int, days: int) -> Mapping[str, float]:
    """Make a report, and say by how much the process has grown."""
    database = Database(url)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = timed(lambda: report(database, Asked(UNTIL - days * DAY, UNTIL, "week")))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"{BENCH}: {place.name}, {days} days: {took:.1f} s, grown {grown} MB", file=sys.stderr)
    database.pool.dispose()
    return {case(place, days): lines / took}


def looped(place: Place, url: str, lines: int) -> Mapping[str, float]:
    """Read each line in Python, and count what began."""
    database = Database(url)

    def run() -> None:
        began: Counter[str] = Counter()
        last = 0
        while True:
            sql = "SELECT id, lines FROM cuebook_journal WHERE id > ? ORDER BY id LIMIT 5000"
            with database.read() as connection:
                rows = database.rows(connection, sql, last)
            if not rows:
                break
            last = rows[-1][0]
            for _, text in rows:
                for line in json.loads(text):
                    if line[0] == "entry" and line[2] == "started":
                        began[line[3]] += 1
        assert began["welcome"] == REAL * (COPIES + 1)

    took = timed(run)
    database.pool.dispose()
    return {f"{place.name}: a loop that counts what began": lines / took}


def case(place: Place, days: int) -> str:
    return f"{place.name}: every figure of {days} days"


def main(rounds: int = 3) -> None:
    with places() as both:
        parts = []
        for place in both:
            url, lines = lived(place)
            print(f"{BENCH}: {place.name}, {lines:,} lines", file=sys.stderr)
            loop = f"{place.name}: a loop that counts what began"
            parts.append(Clocked(partial(looped, place, url, lines), {loop: ()}))
            parts += [
                Clocked(partial(told, place, url, lines, days), {case(place, days): (loop,)})
                for days in (200, 30)
            ]
        clocked(BENCH, parts, unit="lines/s", rounds=rounds)


if __name__ == "__main__":
    main(int(sys.argv[2]) if sys.argv[2:] else 3)
