"""A rehearsal kept in a database that is gone afterwards: what asks a database can ask files, too."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ..engine.core.compile import Inlining
from ..engine.core.effects import Effect
from ..engine.core.instant import to_datetime
from ..engine.core.journal import to_line
from ..engine.core.plan import Project
from ..engine.core.program import Program
from ..engine.patterns import program
from ..engine.rehearsal.material import Material
from ..engine.rehearsal.parts import Parted, open_material
from ..engine.rehearsal.rehearse import rehearse_parts
from ..engine.runtime import Engine
from ..engine.runtime.database import Database
from ..engine.runtime.schema import upgrade
from ..engine.runtime.spelling import spell
from .exits import Misuse
from .given import data_files, instant
from .projects import compiled_project
from .show_rehearsal import show_bad
from .terminal import Progress

__all__ = ["rehearsed"]

_AT_ONCE: Final = 5_000
_COLUMNS: Final = ("customer", "number", "kind", "at", "program", "before", "lines")


@contextmanager
def rehearsed(args: Namespace) -> Iterator[Database | None]:
    """Yield a database with the log and the journal of a rehearsal over the files of a command.

    None, with its mistakes told, for a project that does not compile.
    """
    project = compiled_project(args, "rehearsed")
    if project is None:
        yield None
        return
    with TemporaryDirectory(prefix="cuebook-report-") as folder:
        database = Database(f"sqlite:///{folder}/report.db", durable=False)
        try:
            upgrade(database)
            _play(args, project, database)
            yield database
        finally:
            database.pool.dispose()


def _play(args: Namespace, project: Project, database: Database) -> None:
    ready = program(project, compiler=Inlining)
    customers, events = data_files(args, "report")
    with closing(open_material(ready, customers, events)) as material:
        show_bad(material.bad, sys.stderr)
        start, until = _period(args, ready, material)
        engine = Engine(database.pool, durable=False, clock=lambda: until)
        name = engine.deploy(project, at=to_datetime(start)).program
        _log(engine, customers, events, start)
        journal = _Journal(database, name)
        with Progress(material.lines, "events") as bar:
            rehearse_parts(
                ready, material.parts(), start=start, until=until, on_progress=bar.to,
                listen=journal.take,
            )  # fmt: skip
        journal.write()


def _period(args: Namespace, ready: Program, material: Material | Parted) -> tuple[int, int]:
    """Return from when until when to rehearse; the period that is told may be a part of that."""
    if material.first_at is None or material.last_at is None:
        raise Misuse("nothing happened in these files: no event could be read",
                     "cuebook report --help")  # fmt: skip
    until = material.last_at + 1
    if args.until is not None:
        until = instant(args.until, "--until", ready.zone, "cuebook report --until 2026-03-01")
    if until <= material.first_at:
        raise Misuse("--until lies before the first event", "cuebook report --help")
    return material.first_at, until


def _log(engine: Engine, customers: list[Path], events: list[Path], start: int) -> None:
    """Write down what was told, as decided: the rehearsal decides it."""
    there = to_datetime(start) - timedelta(microseconds=1)
    engine.import_files(customers, events, at=there)
    with engine.database.write() as connection:
        engine.database.run(connection, "UPDATE cuebook_inbox SET number = id")


@dataclass(slots=True)
class _Journal:
    """Writes down what a rehearsal decides, some thousand lines at once."""

    database: Database
    program: str
    rows: list[tuple[object, ...]] = field(default_factory=list)
    written: int = 0

    def take(self, effect: Effect) -> None:
        number = self.written + len(self.rows) + 1
        lines = spell([to_line(effect)])
        self.rows.append(
            (effect.customer, number, "mail", effect.at, self.program, "", lines)
        )  # fmt: skip
        if len(self.rows) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        with self.database.write() as connection:
            self.database.insert(connection, "cuebook_journal", _COLUMNS, self.rows)
        self.written += len(self.rows)
        self.rows.clear()
