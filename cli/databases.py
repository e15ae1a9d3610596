"""The database at the counter: which one is meant, opened, and its trouble told with what to type."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .exits import Exit, Misuse

if TYPE_CHECKING:  # SQLAlchemy is loaded when a database is opened, not for --help
    from argparse import Namespace

    from ..engine.runtime import Engine
    from ..engine.runtime.database import Database

__all__ = ["DEFAULT", "add_db", "ask", "open_database", "open_engine", "url_of", "usable"]

DEFAULT: Final = "sqlite:///cuebook.db"
"""What is meant where neither --db nor CUEBOOK_DB says otherwise."""


def add_db(parser: ArgumentParser) -> None:
    """Declare `--db`."""
    parser.add_argument(
        "--db",
        metavar="URL",
        help=f"sqlite:///FILE or postgresql://USER@HOST/NAME (default: CUEBOOK_DB, else {DEFAULT})",
    )


def url_of(given: str | None) -> str:
    """Return the URL that is meant."""
    return given or os.environ.get("CUEBOOK_DB") or DEFAULT


def open_database(args: "Namespace", url: str, *, new: bool = False) -> "Database":
    """Open a database; `usable` closes it again.

    Raises Misuse for a SQLite file that is not there, unless it may be `new`.
    """
    from ..engine.runtime.database import Database  # noqa: PLC0415 - see above

    database = args.opened = Database(url)
    file = database.file
    if file and file != ":memory:" and not new and not Path(file).exists():
        raise Misuse(f"there is no database {file}", _upgrade(url))
    if file and new and not Path(file).parent.is_dir():
        raise Misuse(f"there is no folder {Path(file).parent}", f"mkdir -p {Path(file).parent}")
    return database


def open_engine(args: "Namespace", threads: int = 32) -> "Engine":
    """Open an engine on the database that is meant, its tables looked at."""
    from ..engine.runtime import Engine  # noqa: PLC0415 - see above

    engine = Engine(open_database(args, url_of(args.db)).pool, threads=threads)
    engine.ready()
    return engine


def usable(run: "Callable[[Namespace], Exit]") -> "Callable[[Namespace], Exit]":
    """Let a command end with a sentence and advice when its database cannot be used, and close it."""

    @wraps(run)
    def guarded(args: "Namespace") -> Exit:
        from ..engine.runtime.database import Trouble, Unusable, reason  # noqa: PLC0415 - see above

        try:
            return run(args)
        except Unusable as trouble:
            said, _, after = str(trouble).partition("\n next: ")
            raise Misuse(said, after or "cuebook db check") from trouble
        except Trouble as trouble:
            said = f"the database does not serve us: {reason(trouble)}"
            raise Misuse(said, "cuebook db check") from trouble
        finally:
            if hasattr(args, "opened"):
                args.opened.pool.dispose()

    return guarded


def ask(question: str, *, yes: bool, command: str) -> bool:
    """Ask somebody at a terminal; raises Misuse where nobody is there to answer."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Misuse(f"{question} nobody is there to answer", f"{command} --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _upgrade(url: str) -> str:
    from ..engine.runtime.database import shown  # noqa: PLC0415 - see above

    return f"cuebook db upgrade {shown(url)}"
