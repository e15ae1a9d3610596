"""Databases for the tests of the runtime: each test runs once on SQLite and once on PostgreSQL.

PostgreSQL comes from a wheel and is started once per test process; `CUEBOOK_TEST_POSTGRES`, the URL
of a server on which databases may be made, stands in for it.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def postgresql_template(postgresql: URL) -> Iterator[str]:
    """Yield the name of a database that holds our tables, to be copied."""
    name = _name()
    _on(postgresql, f"CREATE DATABASE {name}")
    _upgrade(_text(postgresql.set(database=name)))
    yield name
    _on(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


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
    template = request.getfixturevalue("postgresql_template") if upgraded else "template0"
    name = _name()
    _on(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _text(server.set(database=name))
    _on(server, f"DROP DATABASE {name} WITH (FORCE)")


def _name() -> str:
    return f"cuebook_test_{uuid.uuid4().hex}"


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
