"""What is named in the words of a command: files that have to be there, and instants."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .exits import Misuse

if TYPE_CHECKING:  # a command is helped without the core
    from ..engine.core.zone import Zone

__all__ = ["check_files", "instant"]


def check_files(paths: Iterable[Path], command: str) -> None:
    """Raise Misuse for the first file that is not there."""
    for path in paths:
        if not path.exists():
            raise Misuse(f"there is no file {path}", f"cuebook {command} --help")


def instant(text: str, option: str, zone: "Zone", after: str) -> int:
    """Return an instant in microseconds UTC; Misuse, with what to type `after`, for anything else."""
    from ..engine.core.instant import parse_instant  # noqa: PLC0415 - see above

    try:
        return parse_instant(text, zone)
    except ValueError as trouble:
        raise Misuse(f"{option}: {trouble}", after) from trouble
