"""Bad days of databases: wrong, closed, too new, full. Each has a message, and nothing is lost."""

import ctypes
import json
import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine, Unusable
from cuebook.engine.runtime.database import Database, reason
from cuebook.engine.runtime.schema import upgrade

from .playing import Clock, rows, write_project
from .serving import ROOT, python


@pytest.mark.parametrize("url", ["plays.db", "", "nonsense://x", "sqlite", "://"])
def test_what_is_no_url_is_refused_with_one_that_is(url: str) -> None:
    """Whoever mistypes it sees how it is written."""
    with pytest.raises(Unusable, match=r"no database URL.*write sqlite:///plays\.db or postgres"):
        Engine(url)


def test_another_kind_of_database_is_refused() -> None:
    """The two are named, and what was given."""
    pool = create_engine("sqlite://")
    pool.dialect.name = "mysql"

    with pytest.raises(Unusable, match="SQLite or PostgreSQL, not in mysql"):
        Engine(pool)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    """A message may stand in a log that others read."""
    engine = Engine("postgresql://ada:secret@127.0.0.1:1/plays")

    with pytest.raises(Unusable, match="next: see that the server runs") as told:
        engine.status()

    assert "secret" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """SQLite itself says no more than that it cannot open a file."""
    with pytest.raises(Unusable, match="cannot be used: unable to open") as told:
        Engine(f"sqlite:///{tmp_path}/nowhere/plays.db").status()

    assert f"next: see that this user may write both the file and its folder {tmp_path}" in str(
        told.value
    )


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """Neither opening nor upgrading writes into what is somebody else's."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada, " * 500)

    with pytest.raises(Unusable, match="not a database"):
        Engine(f"sqlite:///{file}").status()
    with pytest.raises(Unusable, match="not a database"):
        upgrade(Database(f"sqlite:///{file}"))

    assert file.read_text() == "Dear Ada, " * 500


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_no_right_to_write_a_file_is_told_at_the_door(
    sqlite_template: Path, tmp_path: Path, closed: str
) -> None:
    """Nothing starts that would fail at its first decision."""
    file = tmp_path / "plays.db"
    file.write_bytes(sqlite_template.read_bytes())
    file.chmod(0o444 if closed == "file" else 0o644)
    tmp_path.chmod(0o555 if closed == "folder" else 0o755)

    with _as_anybody(), pytest.raises(Unusable, match="next: see that this user may write"):
        Engine(f"sqlite:///{file}").start()

    tmp_path.chmod(stat.S_IRWXU)


def test_a_role_that_may_not_create_or_read_is_told_what_it_lacks(postgresql: URL) -> None:
    """First `db upgrade` is refused, later a role that was granted nothing."""
    name = f"cuebook_test_{uuid.uuid4().hex}"
    _administer(postgresql, f"CREATE DATABASE {name} TEMPLATE template0")
    _administer(postgresql, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    there = postgresql.set(database=name)
    _administer(there, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    weak = Database(_text(there.set(username=name, password="x")))  # noqa: S106 - of a minute
    strong = Database(_text(there))
    try:
        with pytest.raises(Unusable, match=r"permission denied for schema public\n next: see that"):
            upgrade(weak)
        assert rows(strong, "SELECT to_regclass('cuebook_inbox')") == [(None,)]

        upgrade(strong)

        with pytest.raises(Unusable, match="permission denied for table cuebook_version\n next:"):
            Engine(weak.pool).status()
    finally:
        weak.pool.dispose()
        strong.pool.dispose()
        _administer(postgresql, f"DROP DATABASE {name} WITH (FORCE)")
        _administer(postgresql, f"DROP ROLE {name}")


def test_tables_of_a_newer_release_are_not_touched(database: Database) -> None:
    """An older release neither works on them nor takes them back."""
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_version SET version_num = '9999'")

    with pytest.raises(Unusable, match=r"newer release.*\n next: pip install --upgrade cuebook"):
        Engine(database.pool).start()
    with pytest.raises(Unusable, match="version 9999"):
        upgrade(database)

    assert rows(database, "SELECT version_num FROM cuebook_version") == [("9999",)]


def test_a_full_disk_delays_and_blames_nobody(sqlite_template: Path, tmp_path: Path) -> None:
    """What does not fit is refused to whoever tells it; what was taken is decided when there is room."""
    file, clock = tmp_path / "plays.db", Clock()
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}")
    engine, done = Engine(database.pool, clock=clock), _greeting(tmp_path)
    done(engine)
    pages = rows(database, "PRAGMA page_count")[0][0]

    with _limit(database, pages + 4):
        taken = _told(engine)
    assert taken > 0

    with _limit(database, rows(database, "PRAGMA page_count")[0][0]):
        for _ in range(7):  # More often than a customer may fail before it is parked.
            with pytest.raises(OperationalError, match="full"):
                engine.tick()
            clock.now += 2_000_000
    status = engine.status()
    assert (status.parked, status.inbox) == ([], taken)

    engine.tick()

    status = engine.status()
    assert (status.inbox, status.outbox) == (0, {"done": taken})


def test_files_that_may_not_grow_are_a_full_disk(sqlite_template: Path, tmp_path: Path) -> None:
    """The operating system refuses to write, in the middle of anything; that is told, and survived."""
    file = tmp_path / "plays.db"
    file.write_bytes(sqlite_template.read_bytes())
    project = write_project(tmp_path / "project", "welcome: on go-live -> greet")

    told = json.loads(python("-m", "tests.runtime.cramped", str(file), str(project), cwd=ROOT))

    assert told["taken"] > 0
    assert told["refusal"].startswith("its disk is full, or a limit is reached (")
    assert "nothing that was taken is lost: make room, and it goes on" in told["log"]
    assert told["parked"] == []
    assert told["outbox"] == {"done": told["taken"]}
    assert rows(Database(f"sqlite:///{file}"), "PRAGMA integrity_check") == [("ok",)]


def test_a_lock_that_cannot_be_written_into_is_held_all_the_same(tmp_path: Path) -> None:
    """On a full disk a process would stand by for itself for ever."""
    script = f"""
        import resource
        from cuebook.engine.runtime.leading import Leadership
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        leads = Leadership({str(tmp_path / "plays.db")!r})
        print(leads.held(), leads.held(), Leadership({str(tmp_path / "plays.db")!r}).held())
    """

    assert python("-c", dedent(script), cwd=ROOT) == "True True False\n"


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("table", ["inbox", "journal"])
def test_a_full_disk_of_postgresql_is_told_and_survived(
    engine: Engine, database: Database, tmp_path: Path, table: str
) -> None:
    """A statement fails with the code of a full disk; the work is done when that is over."""
    _greeting(tmp_path)(engine)
    told = engine.track("ada", "go-live")
    with database.write() as connection:
        connection.exec_driver_sql(_FULL)
        connection.exec_driver_sql(
            f"CREATE TRIGGER full_disk BEFORE INSERT ON cuebook_{table} EXECUTE FUNCTION full_disk()"
        )

    for _ in range(7):  # More often than a customer may fail before it is parked.
        with pytest.raises(OperationalError) as refusal:
            engine.tick() if table == "journal" else engine.track("bo", "go-live")
    status = engine.status()
    with database.write() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER full_disk ON cuebook_{table}")
    engine.tick()

    assert reason(refusal.value) == (
        "its disk is full, or a limit is reached (No space left on device); nothing that was taken "
        "is lost: make room, and it goes on"
    )
    assert told
    assert (status.parked, status.inbox) == ([], 1)
    assert engine.status().outbox == {"done": 1}


_FULL = """\
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


def _greeting(folder: Path) -> Callable[[Engine], None]:
    """Return what lets an engine greet whoever goes live."""

    def equip(engine: Engine) -> None:
        @engine.action("greet")
        def greet(_args: object, context: Context) -> None:
            """Nothing has to be done."""

        engine.deploy(write_project(folder / "project", "welcome: on go-live -> greet"))

    return equip


def _told(engine: Engine) -> int:
    """Tell of customers until the disk is full; return how many were taken."""
    for taken in count():
        try:
            engine.track(f"c{taken}", "go-live", {"why": "x" * 500})
        except OperationalError:
            return taken
    raise AssertionError("it never ends")


@contextmanager
def _limit(database: Database, pages: int) -> Iterator[None]:
    """Let no connection make the file longer than so many pages."""

    def checked_out(raw: object, _record: object, _proxy: object) -> None:
        raw.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    event.listen(database.pool, "checkout", checked_out)
    yield
    event.remove(database.pool, "checkout", checked_out)
    with database.read() as connection:
        database.rows(connection, "PRAGMA max_page_count=1000000")
    database.pool.dispose()


@contextmanager
def _as_anybody() -> Iterator[None]:
    """Live by the rights on files, as root too: without the capability that overrides them."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(0x2008_0522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, held) == 0
    before = held[0]
    held[0] &= ~0b110
    assert libc.capset(header, held) == 0
    try:
        yield
    finally:
        held[0] = before
        assert libc.capset(header, held) == 0


def _administer(server: URL, statement: str) -> None:
    pool = create_engine(server, isolation_level="AUTOCOMMIT")
    with pool.connect() as connection:
        connection.exec_driver_sql(statement)
    pool.dispose()


def _text(url: URL) -> str:
    return make_url(url).render_as_string(hide_password=False)
