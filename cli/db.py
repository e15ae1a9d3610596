"""`cuebook db`: make the tables, bring them up to date, look at them, or print their SQL."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .databases import add_db, open_database, url_of, usable
from .exits import Exit
from .terminal import plural

if TYPE_CHECKING:  # Alembic is loaded when there is something to look at
    from ..engine.runtime.schema import Standing

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to do with which database."""
    parser.add_argument("what", choices=("upgrade", "check", "sql"), help="what to do")
    parser.add_argument("url", nargs="?", metavar="URL", help="the same as --db URL")
    add_db(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Exit code: 0 as it should be, 1 `check` found a difference, 2 it cannot be opened.\n\n"
        "Examples\n"
        "  cuebook db upgrade                              make or update the tables of cuebook.db\n"
        "  cuebook db upgrade postgresql://me@host/plays\n"
        "  cuebook db check --db sqlite:///plays.db        say whether they are as they should be\n"
        "  cuebook db sql postgresql:// > tables.sql       for whoever makes tables by hand"
    )


@usable
def run(args: Namespace) -> Exit:
    """Do what was asked to the database."""
    from ..engine.runtime import schema  # noqa: PLC0415 - see above

    url = url_of(args.url or args.db)
    if args.what == "sql":
        # The server need not be there: only its kind matters.
        dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
        sys.stdout.write(schema.sql("sqlite" if dialect == "sqlite" else "postgresql"))
        return Exit.CLEAN
    database = open_database(args, url, new=args.what == "upgrade")
    if args.what == "upgrade":
        before = schema.upgrade(database)
        _tell(args, schema.standing(database), before)
        return Exit.CLEAN
    found = schema.standing(database, compare=True)
    _tell(args, found)
    return Exit.CLEAN if found.current and not found.differences else Exit.FOUND


def _tell(args: Namespace, found: "Standing", before: "Standing | None" = None) -> None:
    if args.format == "json":
        told = {"version": found.found, "wanted": found.wanted, "differences": found.differences}
        if before is not None:
            told["before"] = before.found
        sys.stdout.write(json.dumps(told) + "\n")
        return
    if before is not None:
        what = "were up to date" if before.current else "are up to date now"
        sys.stdout.write(f"the tables {what}: version {found.found}\n")
    elif found.found is None:
        sys.stdout.write("there are no tables of ours\n next: cuebook db upgrade\n")
    elif not found.current:
        sys.stdout.write(
            f"the tables are of version {found.found}; this release works with {found.wanted}\n"
        )
    elif found.differences:
        sys.stdout.write(f"{plural(len(found.differences), 'difference')}:\n")
        sys.stdout.writelines(f"  {one}\n" for one in found.differences)
    else:
        sys.stdout.write(f"the tables are as they should be: version {found.found}\n")
