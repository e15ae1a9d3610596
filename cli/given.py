"""What is named in the words of a command: files that have to be there, and instants."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .exits import Misuse

if TYPE_CHECKING:  # a command is helped without the core
    from ..engine.core.zone import Zone

__all__ = [
    "add_data",
    "add_files",
    "asks_files",
    "check_files",
    "data_files",
    "instant",
    "lying_ready",
]


def check_files(paths: Iterable[Path], command: str) -> None:
    """Raise Misuse for the first file that is not there."""
    for path in paths:
        if not path.exists():
            raise Misuse(f"there is no file {path}", f"cuebook {command} --help")


def add_data(parser: ArgumentParser) -> None:
    """Let a command be told files of customers and of events."""
    add = parser.add_argument
    add("--customers", action="append", type=Path, metavar="FILE", help="who is there (repeatable)")
    add("--events", action="append", type=Path, metavar="FILE", help="what happened (repeatable)")


def add_files(parser: ArgumentParser) -> None:
    """Let a command that asks a database ask a project and its data instead."""
    parser.add_argument("project", nargs="?", type=Path,
        help="a project's folder, in place of a database: its data/ is asked, or the files "
        "that are named (with files, default: here)")  # fmt: skip
    add_data(parser)


def asks_files(args: Namespace, command: str) -> bool:
    """Tell whether files are to be asked: some are named, or the project they lie in.

    Raises Misuse where a database is named, too.
    """
    if args.project is None and not args.customers and not args.events:
        return False
    if args.db:
        said = "--db and a project or its files are two sources: name one"
        raise Misuse(said, f"cuebook {command} --help")
    args.project = args.project or Path()
    return True


def data_files(args: Namespace, command: str) -> tuple[list[Path], list[Path]]:
    """Return the files of customers and of events that are named, or else those of the project itself.

    Raises Misuse for a file that is not there, and where there are none.
    """
    customers, events = args.customers or [], args.events or []
    if not customers and not events:
        customers, events = lying_ready(args.project)
    check_files((*customers, *events), command)
    return customers, events


def lying_ready(project: Path) -> tuple[list[Path], list[Path]]:
    """Find a project's own data: `data/customers.*` and `data/events.*` or `data/events/`."""
    from ..engine.lines import SUFFIXES  # noqa: PLC0415 - see above

    folder = (project if project.is_dir() else project.parent) / "data"
    here = sorted(folder.iterdir()) if folder.is_dir() else []
    readable = [path for path in here if path.is_dir() or path.suffix in SUFFIXES]
    customers = [path for path in readable if path.stem == "customers"]
    events = [path for path in readable if path.stem == "events"]
    if not customers and not events:
        raise Misuse(
            f"no data: neither --customers nor --events, and nothing to read in {folder}",
            f"cuebook dry-run {project} --customers customers.csv --events events.csv",
        )
    return customers, events


def instant(text: str, option: str, zone: "Zone", after: str) -> int:
    """Return an instant in microseconds UTC; Misuse, with what to type `after`, for anything else."""
    from ..engine.core.instant import parse_instant  # noqa: PLC0415 - see above

    try:
        return parse_instant(text, zone)
    except ValueError as trouble:
        raise Misuse(f"{option}: {trouble}", after) from trouble
