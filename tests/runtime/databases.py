"""Databases for the tests of the runtime: each test runs once on SQLite and once on PostgreSQL.

PostgreSQL comes from a wheel and is started once per test process; `CUEBOOK_TEST_POSTGRES`, the URL
of a server on which databases may be made, stands in for it. A database that a test has left as it
was made, but for rows, is emptied and taken again: to make one takes ten times as long.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.schema import upgrade

from .playing import Clock, write_project
from .postgresql import server

DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def bare_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of an empty database."""
    yield from fresh(dialect, tmp_path, request, upgraded=False)


@pytest.fixture
def url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a database that holds our tables and nothing in them."""
    yield from fresh(dialect, tmp_path, request, upgraded=True)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Yield a database that holds our tables and nothing in them."""
    opened = Database(url)
    yield opened
    opened.pool.dispose()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test moves by hand."""
    return Clock()


@pytest.fixture
def another(database: Database, clock: Clock) -> Iterator[Callable[..., Engine]]:
    """Yield what makes engines on this database: the second one is a restart, or another process."""
    made: list[Engine] = []

    def make(**options: Any) -> Engine:
        made.append(Engine(database.pool, **{"clock": clock, **options}))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def engine(another: Callable[..., Engine]) -> Engine:
    """Return an engine that runs by `tick` and lives by the test's clock; nothing is deployed."""
    return another()


@pytest.fixture
def deploy(engine: Engine, tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a project and deploys it in `engine`; its words are `write_project`'s."""

    def write_and_deploy(*playbooks: str, **more: Any) -> Path:
        project = write_project(tmp_path / "project", *playbooks, **more)
        engine.deploy(project)
        return project

    return write_and_deploy


# --- where databases come from --------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that holds our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """Yield a server on which databases may be made."""
    given = os.environ.get("CUEBOOK_TEST_POSTGRES")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with server() as started:
        # Tests kill us, not the machine: nothing here has to survive the loss of power.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            started.psql(f"ALTER SYSTEM SET {setting} = off")
        started.psql("SELECT pg_reload_conf()")
        yield make_url(started.get_uri()).set(drivername="postgresql+psycopg")


_FORM = """
SELECT array_agg(said ORDER BY said) FROM (
    SELECT concat_ws(' ', nspname, relname, relkind, relacl, reloptions) AS said
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_|^information'
    UNION ALL SELECT concat_ws(' ', relname, attname, atttypid, attnotnull) FROM pg_attribute
    JOIN pg_class c ON c.oid = attrelid
    JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_|^information'
    UNION ALL SELECT concat_ws(' ', 'trigger', tgname) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', proname)
    FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname !~ '^pg_|^information'
    UNION ALL SELECT concat_ws(' ', 'setting', setconfig)
    FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
    WHERE datname = current_database()
) AS every
"""
"""All that a database has besides rows: tables, columns, rights, triggers, functions, settings."""
_LEAVE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
"""Takes everybody else off a database, and waits until they have gone."""
_TABLES = """
SELECT string_agg(relname, ', ') FROM pg_class
WHERE relkind = 'r' AND starts_with(relname, 'cuebook_') AND relname <> 'cuebook_version'
"""
_VERSION = "SELECT version_num FROM cuebook_version"


@dataclass(slots=True)
class _Upgraded:
    """Databases of a server that hold our tables and nothing in them."""

    server: URL
    template: str
    """The name of one that is copied and not used."""
    form: object
    version: object
    free: list[str] = field(default_factory=list)

    def take(self) -> str:
        """Return the name of one, which is made if none is free."""
        if self.free:
            return self.free.pop()
        name = _name()
        _on(self.server, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return name

    def give_back(self, name: str) -> None:
        """Empty one that has kept its form; drop any other."""
        with psycopg.connect(_bare(self.server, name), autocommit=True) as line:
            line.execute(_LEAVE)
            kept = _one(line, _FORM) == self.form and _one(line, _VERSION) == self.version
            if kept:
                line.execute(f"TRUNCATE {_one(line, _TABLES)} RESTART IDENTITY".encode())
        if kept:
            self.free.append(name)
        else:
            _on(self.server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_upgraded(postgresql: URL) -> Iterator[_Upgraded]:
    """Yield databases that hold our tables."""
    name = _name()
    _on(postgresql, f"CREATE DATABASE {name}")
    _upgrade(_text(postgresql.set(database=name)))
    with psycopg.connect(_bare(postgresql, name)) as line:
        made = _Upgraded(postgresql, name, _one(line, _FORM), _one(line, _VERSION))
    yield made
    for one in (name, *made.free):
        _on(postgresql, f"DROP DATABASE {one} WITH (FORCE)")


def fresh(
    dialect: str, folder: Path, request: pytest.FixtureRequest, *, upgraded: bool
) -> Iterator[str]:
    """Yield the URL of a new database, with our tables where it is `upgraded`."""
    if dialect == "sqlite":
        path = folder / "plays.db"
        if upgraded:
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: URL = request.getfixturevalue("postgresql")
    if upgraded:
        databases: _Upgraded = request.getfixturevalue("postgresql_upgraded")
        name = databases.take()
        yield _text(server.set(database=name))
        databases.give_back(name)
        return
    name = _name()
    _on(server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield _text(server.set(database=name))
    _on(server, f"DROP DATABASE {name} WITH (FORCE)")


def _name() -> str:
    return f"cuebook_test_{uuid.uuid4().hex}"


def _bare(server: URL, name: str) -> str:
    """Return what the driver alone connects with."""
    return _text(server.set(database=name, drivername="postgresql"))


def _one(line: psycopg.Connection[Any], question: str) -> Any:
    found = line.execute(question.encode()).fetchone()
    return found and found[0]


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.pool.dispose()


def _on(server: URL, statement: str) -> None:
    """Run a statement of administration, which no transaction may hold."""
    pool = create_engine(server, isolation_level="AUTOCOMMIT")
    with pool.connect() as connection:
        connection.exec_driver_sql(statement)
    pool.dispose()
