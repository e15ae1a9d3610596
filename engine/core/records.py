"""Lists of related records: which items a list has, and of how many something is true."""

from collections.abc import Callable
from typing import Final

__all__ = ["every", "items", "number", "some"]

_NONE: Final[tuple[object, ...]] = ()

Test = Callable[[object], bool]


def items(value: object) -> list[object] | tuple[object, ...]:
    """Return the items of a list; a missing list has none, and a missing item is none.

    >>> items(["a", None]), items(None)
    (['a'], ())
    """
    if not isinstance(value, list):
        return _NONE
    return [item for item in value if item is not None] if None in value else value


def some(value: object, test: Test) -> bool:
    """Return whether a test passes for one item at least."""
    return any(test(item) for item in items(value))


def every(value: object, test: Test) -> bool:
    """Return whether a test passes for all items; with none it does."""
    return all(test(item) for item in items(value))


def number(value: object, test: Test | None) -> int:
    """Return for how many items a test passes, or how many there are."""
    found = items(value)
    return len(found) if test is None else sum(1 for item in found if test(item))
