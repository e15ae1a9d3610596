"""What `set:` and `emit:` put together of several values: texts, lists and records."""

from collections.abc import Iterable
from typing import Final

from .instant import iso
from .zone import Zone

__all__ = ["LONGEST", "joined", "listed", "recorded", "shown", "text_of"]

LONGEST: Final = 64_000
"""Characters a text may have: one that is set from itself again and again would double each time."""


def shown(value: str | float) -> str:
    """Return a value as a person writes it: `true`, and `12` for 12.0.

    >>> shown(True), shown(12.0), shown(11.77), shown("12.0")
    ('true', '12', '11.77', '12.0')
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e16:
            return str(int(value))
        case _:
            return repr(value)


def text_of(value: object, zone: Zone, *, instant: bool = False) -> str | None:
    """Return a value as a text; None for what is missing, and for what is none: a list, a record."""
    if instant and isinstance(value, int):
        return iso(value, zone)
    return shown(value) if isinstance(value, str | bool | int | float) else None


def joined(texts: Iterable[str | None]) -> str | None:
    """Return texts one after the other; None where one is missing, or there is too much of it.

    >>> joined(["seats: ", "12"]), joined(["seats: ", None])
    ('seats: 12', None)
    """
    found = list[str]()
    for text in texts:
        if text is None:
            return None
        found.append(text)
    return "".join(found) if sum(map(len, found)) <= LONGEST else None


def listed(values: Iterable[object]) -> list[object]:
    """Return the values that are not missing."""
    return [value for value in values if value is not None]


def recorded(names: Iterable[str], values: Iterable[object]) -> dict[str, object]:
    """Return a record of the values that are not missing."""
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
