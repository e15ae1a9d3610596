"""Lists of related records: which items a list has, and of how many something is true."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from .vocabulary import fold

__all__ = ["MOST", "distinct", "every", "identity", "items", "number", "some"]

MOST: Final = 100
"""How many records of one list are acted upon at one occasion; the rest is cut and journalled."""
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


def identity(item: object) -> str:
    """Return what makes an item one and the same, wherever in the list it stands.

    Of a record its `id`, else its `email`, else all of it.

    >>> identity({"email": "Ada@acme.example", "role": "user"})
    'email ada@acme.example'
    """
    if isinstance(item, Mapping):
        for key in ("id", "email"):
            value = next((one for name, one in item.items() if fold(name) == key), None)
            if value is not None:
                return f"{key} {value}".casefold()
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def distinct(value: object, test: Test | None) -> dict[str, object]:
    """Return the items for which a test passes by what makes them one; of two alike the first."""
    found: dict[str, object] = {}
    for item in items(value):
        if test is None or test(item):
            found.setdefault(identity(item), item)
    return found
