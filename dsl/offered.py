"""Kinds of action that installed packages bring along, and their words: looked for when one is named.

To look through all packages takes longer than to check most projects, and few bring anything.
"""

from functools import cache
from typing import TYPE_CHECKING

from ..engine.core.takes import Takes
from ..engine.core.vocabulary import fold

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["offered", "takes"]


@cache
def _points() -> "dict[str, EntryPoint]":
    # With what reads mail and archives; who names no such kind would pay for it at every start.
    from importlib.metadata import entry_points  # noqa: PLC0415

    return {fold(point.name): point for point in entry_points(group="cuebook.actions")}


def offered(name: str) -> str | None:
    """Return a kind of action by any of its spellings; None where no package brings it along."""
    point = _points().get(fold(name))
    return point.name if point is not None else None


@cache
def takes(kind: str) -> Takes | None:
    """Return what a kind of a package takes; None where it takes anything, or cannot be loaded."""
    point = _points().get(fold(kind))
    try:
        found = getattr(point.load(), "takes", None) if point is not None else None
    except Exception:  # noqa: BLE001 - a package of somebody else's runs here; whoever performs tells what is wrong
        return None
    return found if isinstance(found, Takes) else None
