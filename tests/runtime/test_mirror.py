"""The host's own table is taken over row by row, each change once, whatever happens in between."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import Engine as Pool
from sqlalchemy import Enum as Choice
from sqlalchemy.orm import sessionmaker

from cuebook.engine.core.instant import instant
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime import mirror as room
from cuebook.engine.runtime.database import Database

from .hosts import NOON, Desk, write_host
from .playing import Clock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Plan(Enum):
    """A host's own kind of value."""

    FREE = "free"
    GROWTH = "growth"


COMPANY = Table(
    "company",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("level", Choice(Plan)),
    Column("seats", BigInteger),
    Column("logo", LargeBinary),
    Column("changed", DateTime(timezone=True)),
)
"""A table of the host."""

ROWS = select(COMPANY.c.id, COMPANY.c.level.label("plan"), COMPANY.c.seats, COMPANY.c.changed)


@pytest.fixture
def host(database: Database) -> Iterator[Pool]:
    """Return the host's own way to the database, with its table."""
    COMPANY.metadata.create_all(database.pool)
    yield database.pool
    database.pool.dispose()


@pytest.fixture
def engine(database: Database, tmp_path: Path) -> Engine:
    """Return an engine that mirrors the host's table."""
    engine = Engine(database.pool)
    engine.mirror(ROWS, key="id", updated="changed", every=timedelta())
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    return engine


def write(host: Pool, *names: str, at: datetime, plan: Plan = Plan.FREE, seats: int = 1) -> None:
    """Let the host write new rows, all at one instant."""
    rows = [{"id": n, "level": plan, "seats": seats, "changed": at} for n in names]
    with host.begin() as connection:
        connection.execute(insert(COMPANY), rows)


def change(host: Pool, name: str, at: datetime, **values: object) -> None:
    """Let the host change a row."""
    with host.begin() as connection:
        where = COMPANY.c.id == name
        connection.execute(update(COMPANY).where(where).values(changed=at, **values))


def told(database: Database) -> list[tuple[str, dict[str, object]]]:
    """Return whose changes were posted and what they say, in order."""
    with database.read() as connection:
        sql = "SELECT customer, body FROM cuebook_inbox WHERE kind = 'change' ORDER BY id"
        return [(name, json.loads(body)) for name, body in database.rows(connection, sql)]


def test_a_row_is_taken_with_its_labels_and_decides(
    engine: Engine, host: Pool, database: Database
) -> None:
    """What the host calls `level` is the playbooks' `plan`; a change of it starts a run."""
    desk = Desk(engine)
    write(host, "acme", at=NOON)
    engine.tick(NOON)
    assert told(database) == [("acme", {"plan": "free", "seats": 1})]

    change(host, "acme", NOON + SECOND, level=Plan.GROWTH)
    engine.tick(NOON + SECOND)

    assert told(database)[1:] == [("acme", {"plan": "growth", "seats": 1})]
    assert desk.greeted == ["hello acme"]


def test_what_was_seen_before_is_not_posted_again(
    engine: Engine, host: Pool, database: Database
) -> None:
    """Looking again is free: nobody is woken, nothing is decided."""
    write(host, "acme", "bolt", at=NOON)
    assert engine.tick(NOON).occurrences == 2

    again = engine.tick(NOON + HOUR)

    assert again.occurrences == 0
    assert len(told(database)) == 2


def test_rows_that_share_the_instant_of_the_watermark_are_not_lost(
    engine: Engine, host: Pool, database: Database
) -> None:
    """The second row was stamped in the same instant as the last one read, and committed later."""
    write(host, "acme", at=NOON)
    engine.tick(NOON)

    write(host, "bolt", at=NOON)
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme", "bolt"]


def test_what_was_stamped_before_the_watermark_and_committed_after_is_found(
    engine: Engine, host: Pool, database: Database
) -> None:
    """A transaction stamps its rows when it begins, and may commit after one that began later."""
    write(host, "acme", at=NOON)
    engine.tick(NOON)

    write(host, "bolt", at=NOON - 30 * SECOND)
    write(host, "cask", at=NOON - HOUR)
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme", "bolt"]  # An hour is too late.


def test_more_rows_than_a_batch_at_one_instant_are_all_taken(
    engine: Engine, host: Pool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement of the host stamps all rows alike, and one look does not take them all."""
    monkeypatch.setattr(room, "_BATCH", 7)
    monkeypatch.setattr(room, "_MOST", 20)
    names = [f"c{number:03}" for number in range(100)]
    write(host, *names, at=NOON)

    engine.tick(NOON)

    assert sorted(name for name, _ in told(database)) == names


def test_the_watermark_is_never_ahead_of_the_letters(
    engine: Engine, host: Pool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies in the middle of a table goes on where the last batch was written."""
    monkeypatch.setattr(room, "_BATCH", 3)
    write(host, *"abcdefgh", at=NOON)
    posted = room.post

    def dies(*args: object, **more: object) -> int:
        if len(told(database)) >= 3:
            raise OSError("the machine is gone")
        return posted(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "post", dies)
    engine.tick(NOON)
    assert [name for name, _ in told(database)] == ["a", "b", "c"]

    monkeypatch.setattr(room, "post", posted)
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == list("abcdefgh")


def test_two_processes_take_each_row_once(
    engine: Engine, host: Pool, database: Database, tmp_path: Path
) -> None:
    """The mark itself is the fence: who was overtaken writes nothing."""
    other = Engine(database.pool)
    other.mirror(ROWS, key="id", updated="changed", every=timedelta())
    for number in range(5):
        write(host, f"c{number}", at=NOON + number * SECOND)
        engine.tick(NOON)
        other.tick(NOON)

    assert [name for name, _ in told(database)] == [f"c{number}" for number in range(5)]


def test_who_was_overtaken_writes_nothing(
    engine: Engine, host: Pool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process looks while this one holds a batch in its hands."""
    other = Engine(database.pool)
    other.mirror(ROWS, key="id", updated="changed", every=timedelta())
    write(host, "acme", at=NOON)
    letters = room.Mirror._letters

    def slow(self: room.Mirror, *args: object) -> object:
        monkeypatch.setattr(room.Mirror, "_letters", letters)
        other.tick(NOON + SECOND, perform=False)
        return letters(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(room.Mirror, "_letters", slow)
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme"]


def test_what_was_last_changed_before_the_first_deployment_is_history(
    engine: Engine, host: Pool, database: Database
) -> None:
    """Customers of years ago do not arrive today: nothing is sent to them for what they are."""
    desk = Desk(engine)
    write(host, "old", at=NOON - 365 * 24 * HOUR, plan=Plan.GROWTH)
    write(host, "new", at=NOON, plan=Plan.GROWTH)

    engine.tick(NOON)

    assert desk.greeted == ["hello new"]


def test_a_row_that_names_nobody_is_passed_over_and_told(
    engine: Engine, host: Pool, database: Database
) -> None:
    """One bad row must not hold up the thousand behind it, nor vanish without a word."""
    write(host, " ", "acme", at=NOON)

    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme"]
    assert [notice for notice in engine.status().notices if "passed over a row" in notice]


def test_a_value_without_json_is_told(host: Pool, database: Database, tmp_path: Path) -> None:
    """Bytes cannot be an attribute."""
    engine = Engine(database.pool)
    statement = select(COMPANY.c.id, COMPANY.c.logo, COMPANY.c.changed)
    engine.mirror(statement, key="id", updated="changed")
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    with host.begin() as connection:
        connection.execute(insert(COMPANY).values(id="acme", logo=b"gif", changed=NOON))

    engine.tick(NOON)

    assert told(database) == []
    assert "a bytes cannot be kept as a value" in str(engine.status().notices)


def test_another_column_makes_the_mirror_read_anew(
    engine: Engine, host: Pool, database: Database
) -> None:
    """A release of the host that selects one more attribute gets it for every customer."""
    write(host, "acme", at=NOON)
    engine.tick(NOON)
    later = Engine(database.pool)
    more = ROWS.add_columns(func.length(COMPANY.c.id).label("letters"))
    later.mirror(more, key="id", updated="changed")

    later.tick(NOON + HOUR)

    assert told(database)[-1] == ("acme", {"plan": "free", "seats": 1, "letters": 4})


@pytest.mark.parametrize("by_session", [False, True])
def test_the_table_may_be_in_another_database(
    database: Database, tmp_path: Path, by_session: bool
) -> None:
    """The mark and the letters are in ours, in one transaction."""
    elsewhere = create_engine(f"sqlite:///{tmp_path}/crm.db")
    COMPANY.metadata.create_all(elsewhere)
    engine = Engine(database.pool)
    source = sessionmaker(elsewhere) if by_session else elsewhere
    engine.mirror(ROWS, key="id", updated="changed", source=source)
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    write(elsewhere, "acme", at=NOON)

    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme"]
    elsewhere.dispose()


def test_a_table_that_is_out_of_reach_holds_nobody_up(database: Database, tmp_path: Path) -> None:
    """Decisions go on; the rows are read when the table is back."""
    elsewhere = create_engine(f"sqlite:///{tmp_path}/crm.db")
    engine = Engine(database.pool)
    desk = Desk(engine)
    engine.mirror(ROWS, key="id", updated="changed", source=elsewhere, every=timedelta())
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    engine.track("bolt", "go-live", at=NOON)
    engine.tick(NOON)
    assert desk.greeted == ["hello bolt"]

    COMPANY.metadata.create_all(elsewhere)
    write(elsewhere, "acme", at=NOON)
    engine.tick(NOON + SECOND)

    assert [name for name, _ in told(database)] == ["acme"]
    elsewhere.dispose()


def test_a_number_that_grows_is_a_watermark_too(
    host: Pool, database: Database, tmp_path: Path
) -> None:
    """Hosts that count versions have no instant to offer."""
    engine = Engine(database.pool)
    statement = select(COMPANY.c.id, COMPANY.c.level.label("plan"), COMPANY.c.seats)
    engine.mirror(statement, key="id", updated="seats", every=timedelta())
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    write(host, "acme", at=NOON, seats=9)
    write(host, "bolt", at=NOON, seats=10)
    engine.tick(NOON)

    write(host, "cask", at=NOON, seats=10)
    write(host, "dune", at=NOON, seats=11)
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme", "bolt", "cask", "dune"]


def test_times_that_sqlite_writes_itself_are_not_lost(tmp_path: Path, database: Database) -> None:
    """Its CURRENT_TIMESTAMP has no fraction, and as text comes before the same instant with one."""
    elsewhere = create_engine(f"sqlite:///{tmp_path}/crm.db")
    with elsewhere.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE company (id TEXT, changed DATETIME)")
        connection.exec_driver_sql("INSERT INTO company VALUES ('acme', '2026-03-02 12:00:00')")
    naive = Table("company", MetaData(), Column("id", String), Column("changed", DateTime))
    engine = Engine(database.pool)
    engine.mirror(
        select(naive), key="id", updated="changed", source=elsewhere, every=timedelta(),
        overlap=timedelta(),
    )  # fmt: skip
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    engine.tick(NOON)

    with elsewhere.begin() as connection:
        connection.exec_driver_sql("INSERT INTO company VALUES ('bolt', '2026-03-02 12:00:00')")
    engine.tick(NOON)

    assert [name for name, _ in told(database)] == ["acme", "bolt"]
    elsewhere.dispose()


def test_a_mirror_looks_no_more_often_than_it_is_told(
    host: Pool, database: Database, tmp_path: Path
) -> None:
    """Every minute is every minute, however often somebody ticks."""
    engine = Engine(database.pool)
    engine.mirror(ROWS, key="id", updated="changed", every=60 * SECOND)
    engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    engine.tick(NOON)
    write(host, "acme", at=NOON)

    engine.tick(NOON + 59 * SECOND)
    assert told(database) == []
    engine.tick(NOON + 60 * SECOND)

    assert [name for name, _ in told(database)] == ["acme"]


def test_a_table_at_rest_is_not_read_again(
    engine: Engine, host: Pool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a whole overlap has gone by without news, only what is past the watermark is read."""
    moments = iter(range(0, 10_000, 200))
    monkeypatch.setattr(room, "monotonic", lambda: float(next(moments)))
    write(host, "acme", at=NOON)
    for number in range(4):
        engine.tick(NOON + number * HOUR)
    read: list[int] = []
    letters = room.Mirror._letters
    monkeypatch.setattr(
        room.Mirror,
        "_letters",
        lambda self, rows, now: (read.append(len(rows)), letters(self, rows, now))[1],
    )

    engine.tick(NOON + 5 * HOUR)
    assert read == []
    write(host, "bolt", at=NOON + 5 * HOUR)
    engine.tick(NOON + 5 * HOUR)

    assert [name for name, _ in told(database)] == ["acme", "bolt"]


def test_a_mirror_needs_columns_and_a_name_of_its_own(database: Database) -> None:
    """What the host got wrong is said when it writes it, not at three in the morning."""
    engine = Engine(database.pool)

    with pytest.raises(ValueError, match="no column uuid, only id, plan, seats, changed"):
        engine.mirror(ROWS, key="uuid", updated="changed")
    with pytest.raises(ValueError, match="more than one table needs a name"):
        engine.mirror(ROWS.join(COMPANY.alias(), COMPANY.c.id == "a"), key="id", updated="changed")
    engine.mirror(ROWS, key="id", updated="changed")
    with pytest.raises(ValueError, match="there is a mirror company already"):
        engine.mirror(ROWS, key="id", updated="changed")


def test_the_process_that_decides_looks_by_itself(
    engine: Engine, host: Pool, database: Database
) -> None:
    """In its housekeeping; a process that only tells or stands by does not read the table."""
    write(host, "acme", at=NOON)
    engine._keep_house()
    assert told(database) == []

    with engine:
        loop = engine._loop
        while loop is not None and not loop.leads:
            sleep(0.01)
        engine._keep_house()

    assert [name for name, _ in told(database)] == ["acme"]


def test_who_was_erased_is_not_taken_again(engine: Engine, host: Pool, database: Database) -> None:
    """The row is still in the host's table, and still within the overlap."""
    write(host, "acme", at=NOON)
    engine.tick(NOON)
    engine.erase("acme")

    engine.tick(NOON + SECOND)

    assert engine.runs("acme") == []
    with pytest.raises(KeyError):
        engine.export("acme")


COUNTED = Table(
    "counted",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("seats", BigInteger),
    Column("tag", String, server_default="new"),
    Column("change", BigInteger),
)
"""A table of the host whose rows carry the number of their last change, and no instant."""


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock(instant(NOON))


@pytest.fixture
def counting(database: Database, clock: Clock, tmp_path: Path) -> Iterator[Engine]:
    """Return an engine that mirrors the table with numbers."""
    COUNTED.metadata.create_all(database.pool)
    yield count(Engine(database.pool, clock=clock), "id", "seats", "change", tmp_path=tmp_path)
    database.pool.dispose()


def count(engine: Engine, *columns: str, tmp_path: Path) -> Engine:
    """Mirror the table with numbers, by some of its columns."""
    rows = select(*(COUNTED.c[name] for name in columns))
    engine.mirror(rows, key="id", updated="change", every=timedelta(seconds=10))
    if engine.project() is None:
        engine.deploy(write_host(tmp_path / "project"), at=NOON - HOUR)
    return engine


def number(database: Database, name: str, change: int, seats: int = 1) -> None:
    """Let the host write a row anew, under the number of the change."""
    with database.pool.begin() as connection:
        connection.execute(COUNTED.delete().where(COUNTED.c.id == name))
        connection.execute(insert(COUNTED), {"id": name, "seats": seats, "change": change})


def test_a_mirror_that_counts_does_not_bring_back_who_was_erased(
    counting: Engine, database: Database, clock: Clock, tmp_path: Path
) -> None:
    """Its rows carry no instant: what it has seen before is old, whoever reads it anew."""
    number(database, "acme", 1)
    counting.tick()
    erased = counting.erase("acme")
    number(database, "bolt", 2)

    for _ in range(3):
        clock.forward(1)
        counting.tick()
    clock.forward(1)
    count(
        Engine(database.pool, clock=clock), "id", "seats", "tag", "change", tmp_path=tmp_path
    ).tick()

    assert {name for name, _ in told(database)} - {"bolt"} == {erased.alias}
    with pytest.raises(KeyError):
        counting.export("acme")
    assert counting.export("bolt")["attributes"]["seats"] == 1


def test_what_a_counter_reaches_long_after_the_erasure_is_somebody_new(
    counting: Engine, database: Database, clock: Clock
) -> None:
    """Who signs up again is a customer again; a change that may be from before it is not."""
    number(database, "acme", 1)
    counting.tick()
    clock.forward(1)
    number(database, "acme", 2, seats=2)
    counting.erase("acme")
    counting.tick()
    with pytest.raises(KeyError):
        counting.export("acme")

    clock.forward(1)
    counting.tick()
    number(database, "acme", 3, seats=3)
    clock.forward(1)
    counting.tick()

    assert counting.export("acme")["attributes"]["seats"] == 3
