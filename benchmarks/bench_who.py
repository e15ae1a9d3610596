"""A question to a million customers: `who` beside the same SQL written by hand, and beside loops.

`plan == "growth" and seats >= 10 and no login in last 14 days`, true of one in seven; the ids are
returned in their order. By hand it is asked of the same columns, on the bare driver, in no order and
in this one; of the states as JSON; and, on SQLite, of generated columns over the states with a
covering index. One in a thousand is asked about as well, where finding them is the least of it. The
loop reads every state and judges it by the condition as it is compiled for decisions. SQLite is
measured by processor time, PostgreSQL, which works in other processes, by the wall clock.
`bench_who.py 100000` asks fewer.
"""

import random
import statistics
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
TIMES = 5
"""How often a round asks what is quick; the median counts."""
ASKED = 'plan == "growth" and seats >= 10 and no login in last 14 days'
FEW = 'plan == "growth" and csm == "csm7" and seats >= 19'
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


Statement = tuple[str, tuple[object, ...]]


def by_hand(place: Place) -> Mapping[str, Statement]:
    """Return what a person would write, with its values."""
    made, mark = project(), place.mark
    facts = layout_of(digest(made), made).facts
    plan, seats = facts["attribute", "plan"].column, facts["attribute", "seats"].column
    csm, login = facts["attribute", "csm"].column, facts["last", "login"].column
    where = f"{plan} = {mark} AND {seats} >= {mark} AND ({login} IS NULL OR {login} <= {mark})"
    values = ("growth", 10, SINCE)
    own = f"FROM cuebook_fact WHERE {where}"
    few = f"SELECT customer FROM cuebook_fact WHERE {plan} = {mark} AND {csm} = {mark} AND {seats} >= {mark}"
    found = {
        "columns": (f"SELECT customer {own}", values),
        "in order": (f"SELECT customer {own} ORDER BY customer", values),
        "count": (f"SELECT count(*) {own}", values),
        "few": (few, ("growth", "csm7", 19)),
    }
    return found | (in_json() if isinstance(place, SQLite) else in_jsonb())


def in_json() -> Mapping[str, Statement]:
    """Return the question to the states on SQLite: as they are, and by generated columns."""
    json_of = {name: f"json_extract(state, '{path}')" for name, path in PATHS.items()}
    found = {}
    for kind, of in (("JSON", json_of), ("generated", {one: f"g_{one}" for one in PATHS})):
        late = f"({of['login']} IS NULL OR {of['login']} <= ?)"
        where = f"{of['plan']} = ? AND {of['seats']} >= ? AND {late}"
        found[kind] = f"SELECT id FROM cuebook_customer WHERE {where}", ("growth", 10, SINCE)
    return found


def in_jsonb() -> Mapping[str, Statement]:
    """Return the question to the states on PostgreSQL."""
    attributes = "state::jsonb -> 'attributes'"
    late = "(state::jsonb #>> '{history,channels,login,last_at}')::bigint"
    where = (
        f"{attributes} ->> 'plan' = %s AND ({attributes} ->> 'seats')::numeric >= %s "
        f"AND ({late} IS NULL OR {late} <= %s)"
    )
    return {"JSON": (f"SELECT id FROM cuebook_customer WHERE {where}", ("growth", 10, SINCE))}


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


class Questions:
    """One database, asked by hand on the bare driver and through an engine."""

    def __init__(self, place: Place, url: str) -> None:
        self.place = place
        self.engine = Engine(url, clock=lambda: NOW)
        self.bare = place.connect(url)
        self.statements = by_hand(place)

    def hand(self, kind: str) -> Callable[[], int]:
        def ask() -> int:
            cursor = self.bare.cursor()
            cursor.execute(*self.statements[kind])
            rows = cursor.fetchall()
            if not isinstance(self.place, SQLite):
                self.bare.commit()  # An index that holds up nobody waits for open transactions.
            return rows[0][0] if kind == "count" else len(rows)

        return ask

    def listed(self, condition: str = ASKED) -> Callable[[], int]:
        return lambda: len(self.engine.who(condition).customers)

    def counted(self) -> int:
        return self.engine.who(ASKED, counting=True).number

    def looped(self, clock: Callable[[], float]) -> float:
        """Return how many the loop reads and judges in a second."""
        began = clock()
        assert loop(self.engine.database, project()) > 0
        return LOOPED / (clock() - began)


Cases = Mapping[str, tuple[Callable[[], int], tuple[str, ...]]]
"""What to ask, and the cases to compare with."""


def rates(cases: Cases, times: int, clock: Callable[[], float]) -> dict[str, float]:
    """Ask everything by turns, so that whatever else goes on meets all alike; all say the same."""
    took: dict[str, list[float]] = {name: [] for name in cases}
    answers = set()
    for turn in range(times):
        for name in list(cases)[:: 1 if turn % 2 else -1]:
            began = clock()
            answers.add(cases[name][0]())
            took[name].append(clock() - began)
    assert len(answers) == 1, answers
    return {name: CUSTOMERS / statistics.median(each) for name, each in took.items()}


def asked(place: Place, url: str) -> Clocked:
    """Return the cases of one database."""
    made, name = Questions(place, url), place.name
    # SQLite works on this thread, so that its time is the processor's; PostgreSQL in processes of its own.
    clock = time.thread_time if isinstance(place, SQLite) else time.perf_counter
    limit, ordered, count = (
        f"limit: {name}, {what}"
        for what in ("by hand over the same columns", "by hand, in order", "counted by hand")
    )
    plain: Cases = {
        limit: (made.hand("columns"), ()),
        ordered: (made.hand("in order"), (limit,)),
        f"{name}: who": (made.listed(), (limit, ordered)),
        count: (made.hand("count"), ()),
        f"{name}: who, counting": (made.counted, (count,)),
    }
    others: Cases = {f"{name}: by hand over JSON": (made.hand("JSON"), (limit,))}
    if "generated" in made.statements:
        generated = f"{name}: by hand over generated columns, indexed"
        others = {**others, generated: (made.hand("generated"), (limit,))}
    an_index = ", with an index for the question"
    indexed: Cases = {
        f"{limit}{an_index}": (made.hand("columns"), (limit,)),
        f"{ordered}{an_index}": (made.hand("in order"), (limit,)),
        f"{name}: who{an_index}": (
            made.listed(),
            (f"{limit}{an_index}", f"{ordered}{an_index}", limit),
        ),
        f"{count}{an_index}": (made.hand("count"), (count,)),
        f"{name}: who, counting{an_index}": (made.counted, (f"{count}{an_index}", count)),
    }
    by_hand_few, who_few = (
        f"limit: {name}, one in a thousand by hand",
        f"{name}: who, one in a thousand",
    )
    few: Cases = {
        f"{by_hand_few}{an_index}": (made.hand("few"), ()),
        f"{who_few}{an_index}": (made.listed(FEW), (f"{by_hand_few}{an_index}",)),
    }  # fmt: skip

    def run() -> Mapping[str, float]:
        found = rates(plain, TIMES, clock) | rates(others, 1, clock)
        for question, cases in ((ASKED, indexed), (FEW, few)):
            made.engine.index(question)
            settled(place, made.bare)
            found |= rates(cases, TIMES, clock)
            made.engine.drop_index(question)
        return found | {looped: made.looped(clock)}

    looped = f"{name}: a loop over states"
    cases = {**plain, **others, **indexed, **few}
    return Clocked(
        run, {case: against for case, (_, against) in cases.items()} | {looped: (limit,)}
    )


if __name__ == "__main__":
    with places() as both:
        parts = [asked(place, url) for place, url in zip(both, fill(both), strict=True)]
        clocked(BENCH, parts, unit="customers/s", rounds=3)
