"""A question to a million customers: `who` beside the same SQL written by hand, and beside loops.

`plan == "growth" and seats >= 10 and no login in last 14 days`, true of one in seven; the ids are
returned. By hand it is asked of the same columns, on the bare driver; of the states as JSON; and,
on SQLite, of generated columns over the states with a covering index. The loop reads every state
and judges it by the condition as it is compiled for decisions. `bench_who.py 100000` asks fewer.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from measure import Clocked, clocked
from places import Place, SQLite, places, tables

from cuebook.dsl.load import condition, load
from cuebook.engine.core.channels import Channel
from cuebook.engine.core.codec import digest
from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.history import History
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database, Row
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.facts import layout_of, put
from cuebook.engine.runtime.programs import Programs
from cuebook.engine.runtime.spelling import read, spell

BENCH = "who"
CUSTOMERS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
BATCH = 20_000
LOOPED = min(CUSTOMERS, 100_000)
"""How many the loop reads: its rate is the same for more."""
NOW = 1_800_000_000_000_000
DAY = 86_400_000_000
SINCE = NOW - 14 * DAY
ASKED = 'plan == "growth" and seats >= 10 and no login in last 14 days'
SETTINGS = """\
project: bench
timezone: UTC
attributes:
  name: text
  plan: {one of: [free, growth, enterprise]}
  seats: number
  churned: boolean
  renewal_date: date
  csm: text
  health_score: number
events: {login: {}}
kinds: [greet]
"""
PLAY = "quiet: when no login for 14 days -> greet\n"


def project() -> Project:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "playbooks").mkdir()
        (folder / "playbooks" / "quiet.play").write_text(PLAY, encoding="utf-8")
        return load(folder)


def customers(start: int, stop: int) -> list[Customer]:
    """Return customers as an engine would keep them, the same in every run."""
    chance, found = random.Random(start), []
    for number in range(start, stop):
        history = History(NOW - 400 * DAY)
        last = NOW - chance.randrange(60 * DAY)
        if chance.random() < 0.9:
            history.channels["login"] = Channel(chance.randrange(1, 90), last - DAY, last, 1, 9)
        attributes: dict[str, object] = {
            "name": f"Customer {number}", "plan": chance.choice(("free", "growth", "enterprise")),
            "seats": chance.randrange(1, 20), "churned": chance.random() < 0.1,
            "renewal_date": f"2027-{chance.randrange(1, 13):02}-01",
            "csm": f"csm{chance.randrange(40)}", "health_score": chance.randrange(100),
        }  # fmt: skip
        found.append(Customer(f"c{number:07}", attributes, history, UTC, last, 9))
    return found


def everybody(made: Project) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield the states and the facts of all customers, some at a time."""
    name, layout = digest(made), layout_of(digest(made), made)
    for start in range(0, CUSTOMERS, BATCH):
        some = customers(start, min(start + BATCH, CUSTOMERS))
        states: list[Row] = [(one.id, 9, name, spell(one.to_json())) for one in some]
        yield states, [(*layout.row(one), one.id) for one in some]


def fill(both: Sequence[Place]) -> list[str]:
    """Return the URLs of databases that hold everybody, the same in each."""
    made, urls = project(), [tables(place) for place in both]
    databases = [Database(url) for url in urls]
    for database in databases:
        with database.write() as connection:
            Programs(database).deploy(connection, made, NOW - 500 * DAY)
    layout = layout_of(digest(made), made)
    columns = ("id", "decided", "program", "state")
    for states, facts in everybody(made):
        for database in databases:
            with database.write() as connection:
                database.insert(connection, "cuebook_customer", columns, states)
                put(database, connection, layout.columns, facts)
    for place, database, url in zip(both, databases, urls, strict=True):
        with database.write() as connection:
            add_generated(database, connection)
        database.pool.dispose()
        place.settle(url)
    return urls


def add_generated(database: Database, connection: Any) -> None:
    """Give SQLite what a person would give it who had the states alone."""
    if database.dialect != "sqlite":
        return
    for name, path in PATHS.items():
        column = f"g_{name} AS (json_extract(state, '{path}')) VIRTUAL"
        database.run(connection, f"ALTER TABLE cuebook_customer ADD COLUMN {column}")
    columns = ", ".join(f"g_{name}" for name in PATHS)
    database.run(connection, f"CREATE INDEX by_hand ON cuebook_customer ({columns}, id)")


PATHS = {
    "plan": "$.attributes.plan",
    "seats": "$.attributes.seats",
    "login": '$.history.channels."login".last_at',
}


def by_hand(place: Place) -> Mapping[str, tuple[str, tuple[object, ...]]]:
    """Return what a person would write, with its values."""
    made = project()
    layout = layout_of(digest(made), made)
    plan, seats = (
        layout.facts["attribute", "plan"].column,
        layout.facts["attribute", "seats"].column,
    )
    login, mark = layout.facts["last", "login"].column, place.mark
    where = f"{plan} = {mark} AND {seats} >= {mark} AND ({login} IS NULL OR {login} <= {mark})"
    values = ("growth", 10, SINCE)
    own = f"FROM cuebook_fact WHERE {where}"
    found = {
        "columns": (f"SELECT customer {own}", values),
        "count": (f"SELECT count(*) {own}", values),
    }
    if isinstance(place, SQLite):
        json_of = {name: f"json_extract(state, '{path}')" for name, path in PATHS.items()}
        for kind, of in (("JSON", json_of), ("generated", {one: f"g_{one}" for one in PATHS})):
            where = f"{of['plan']} = ? AND {of['seats']} >= ?"
            late = f"({of['login']} IS NULL OR {of['login']} <= ?)"
            found[kind] = f"SELECT id FROM cuebook_customer WHERE {where} AND {late}", values
        return found
    attributes = "state::jsonb -> 'attributes'"
    late = "(state::jsonb #>> '{history,channels,login,last_at}')::bigint"
    found["JSON"] = (
        (
            f"SELECT id FROM cuebook_customer WHERE {attributes} ->> 'plan' = %s AND "
            f"({attributes} ->> 'seats')::numeric >= %s AND ({late} IS NULL OR {late} <= %s)"
        ),
        values,
    )
    return found


def loop(database: Database, made: Project) -> int:
    """Read and judge some of them, as somebody would without columns; return how many it is true of."""
    program = Program(made)
    condition_ = compile_condition(condition(ASKED, made), program.calendar)
    found = 0
    with database.read() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"SELECT state FROM cuebook_customer LIMIT {LOOPED}")
        while rows := cursor.fetchmany(5_000):
            for (state,) in rows:
                kept = read(state)
                values = program.blank | kept["attributes"]
                history = History.from_json(kept["history"])
                found += condition_.holds(values, history, NOW, program.zone, None)
    return found


def settled(place: Place, bare: Any) -> None:
    """Let PostgreSQL know which pages everybody may see, as its housekeeping would by and by."""
    if not isinstance(place, SQLite):
        bare.autocommit = True
        bare.execute("VACUUM cuebook_fact")
        bare.autocommit = False


def asked(place: Place, url: str) -> Clocked:
    """Return the cases of one database, each asked once a round, all with the same answer."""
    engine, made, name = Engine(url, clock=lambda: NOW), project(), place.name
    bare, statements = place.connect(url), by_hand(place)

    def hand(kind: str) -> int:
        cursor = bare.cursor()
        cursor.execute(*statements[kind])
        rows = cursor.fetchall()
        if not isinstance(place, SQLite):
            bare.commit()  # An index that holds up nobody waits for transactions that are open.
        return rows[0][0] if kind == "count" else len(rows)

    cases: dict[str, Callable[[], int]] = {
        f"limit: {name}, by hand over the same columns": lambda: hand("columns"),
        f"{name}: who": lambda: len(engine.who(ASKED).customers),
        f"limit: {name}, counted by hand": lambda: hand("count"),
        f"{name}: who, counting": lambda: engine.who(ASKED, counting=True).number,
        f"{name}: by hand over JSON": lambda: hand("JSON"),
    }
    if "generated" in statements:
        cases[f"{name}: by hand over generated columns, indexed"] = lambda: hand("generated")

    looped = f"{name}: a loop over states"
    indexed = {
        f"limit: {name}, by hand, with an index for the question": lambda: hand("columns"),
        f"{name}: who, with an index for the question": lambda: len(engine.who(ASKED).customers),
    }

    def ask_all(cases: Mapping[str, Callable[[], int]]) -> tuple[dict[str, float], set[int]]:
        rates, answers = {}, set()
        for case, ask in cases.items():
            began = time.perf_counter()
            answers.add(ask())
            rates[case] = CUSTOMERS / (time.perf_counter() - began)
        return rates, answers

    def run() -> Mapping[str, float]:
        rates, answers = ask_all(cases)
        engine.index(ASKED)
        settled(place, bare)
        more, again = ask_all(indexed)
        engine.drop_index(ASKED)
        rates, answers = rates | more, answers | again
        assert len(answers) == 1, answers
        began = time.perf_counter()
        assert 0 < loop(engine.database, made) <= answers.pop()
        return rates | {looped: LOOPED / (time.perf_counter() - began)}

    first, who, counted, counting, *others = cases
    others.append(looped)
    hand_indexed, who_indexed = indexed
    return Clocked(
        run,
        {
            first: (), who: (first,), counted: (), counting: (counted,), hand_indexed: (first,),
            who_indexed: (hand_indexed, first),
            **dict.fromkeys(others, (first,)),
        },
    )  # fmt: skip


if __name__ == "__main__":
    with places() as both:
        parts = [asked(place, url) for place, url in zip(both, fill(both), strict=True)]
        clocked(BENCH, parts, unit="customers/s", rounds=3)
