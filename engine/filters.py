"""What a template may do to a value after `|`: pure functions whose cost is known beforehand."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Final
from urllib.parse import quote

from .core import made
from .core.wording import LOCALIZED
from .localized import LENGTHS, by_length, decimal, listed, money

__all__ = ["FILTERS", "TEXT_MAX", "WITH_LOCALE", "shown"]

TEXT_MAX: Final = made.LONGEST
"""Characters a text may have, at the end and on the way there."""

_DATE_PATTERN: Final = re.compile(r"(?:[^%]|%-?[A-Za-z]|%%)*")


def shown(value: object) -> str:
    """Return a value as a person writes it: `true`, `12` for 12.0, ISO for dates and instants.

    Raises TypeError for a list or a record: which of its parts is meant only the author knows.

    >>> shown(True), shown(12.0), shown(date(2026, 9, 1)), shown(11.77)
    ('true', '12', '2026-09-01', '11.77')
    """
    match value:
        case str() | bool() | int() | float():
            return made.shown(value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case _:
            what = "a record" if isinstance(value, Mapping) else "a list"
            raise TypeError(f"{what} is no text: name a part of it, or use `| join` or `| json`")


def _join(values: Iterable[object], between: str = "", attribute: str = "") -> str:
    texts = [shown(value) for value in _column(values, attribute)]
    _fits(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _replace(text: object, old: str, new: str) -> str:
    whole = shown(text)
    _fits(len(whole) + whole.count(old) * len(new))
    return whole.replace(old, new)


def _truncate(text: object, length: int = 255, end: str = "…") -> str:
    whole = shown(text)
    return whole if len(whole) <= length else whole[: max(length - len(end), 0)] + end


def _round(value: float, digits: int = 0) -> float:
    return round(value, digits) if digits else round(value)


def _number(value: object) -> float:
    number = float(shown(value))
    return int(number) if number.is_integer() else number


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=shown)
    _fits(len(text))
    return text


def _date(value: object, pattern: str = "%Y-%m-%d", *, locale: object = "") -> str:
    if not isinstance(value, date):
        raise TypeError("`| date` needs a date or an instant")
    if pattern in LENGTHS:
        return by_length(value, pattern, locale)
    # A width (`%100000000d`) would make the C library write that many characters.
    if not _DATE_PATTERN.fullmatch(pattern):
        raise ValueError("`| date` takes one letter after each `%`, as in `%d.%m.%Y`")
    return value.strftime(pattern)


def _column(values: Iterable[object], attribute: str) -> list[object]:
    if isinstance(values, str | Mapping):
        raise TypeError("a list is needed here")
    if not attribute:
        return list(values)
    return [row[attribute] for row in _rows(values, attribute) if row.get(attribute) is not None]


def _rows(values: Iterable[object], attribute: str) -> list[Mapping[str, object]]:
    """Return records of which some have the field; a name that none knows is a misspelt one."""
    found = list(values)
    rows = [value for value in found if isinstance(value, Mapping)]
    if len(rows) < len(found):
        raise TypeError(f"no records, of which `{attribute}` could be a field")
    if rows and all(row.get(attribute) is None for row in rows):
        raise LookupError(f"`{attribute}` is missing in all of them")
    return rows


def _sum(values: Iterable[object], attribute: str = "") -> float:
    return sum(value for value in _column(values, attribute) if isinstance(value, int | float))


def _sort(values: Iterable[object], attribute: str = "") -> list[object]:
    if not attribute:
        return sorted(values, key=_order)
    rows = _rows(values, attribute)
    return [*sorted(rows, key=lambda row: _order(row.get(attribute)))]


def _order(value: object) -> tuple[str, float, str]:
    # Numbers among numbers, everything else as its text, so that no two values cannot be compared.
    if isinstance(value, int | float):
        return "number", value, ""
    return type(value).__name__, 0, str(value)


def _first(values: "list[object] | str") -> object:
    return values[0] if values else None


def _last(values: "list[object] | str") -> object:
    return values[-1] if values else None


def _unique(values: Iterable[object]) -> list[object]:
    return list({_json(value): value for value in values}.values())


def _lowest(values: Iterable[object], attribute: str = "") -> object:
    return min(_column(values, attribute), key=_order, default=None)


def _highest(values: Iterable[object], attribute: str = "") -> object:
    return max(_column(values, attribute), key=_order, default=None)


def _fits(length: int) -> None:
    if length > TEXT_MAX:
        raise ValueError(f"a text of more than {TEXT_MAX:,} characters")


FILTERS: Final[dict[str, Callable[..., object]]] = {
    "abs": abs,
    "capitalize": lambda value: shown(value).capitalize(),
    "date": _date,
    "decimal": decimal,
    "escape": lambda value: escape(shown(value)),
    "first": _first,
    "int": lambda value: int(_number(value)),
    "join": _join,
    "json": _json,
    "last": _last,
    "length": len,
    "list": _column,
    "listed": listed,
    "lower": lambda value: shown(value).lower(),
    "map": _column,
    "max": _highest,
    "min": _lowest,
    "money": money,
    "number": _number,
    "replace": _replace,
    "round": _round,
    "sort": _sort,
    "sum": _sum,
    "title": lambda value: shown(value).title(),
    "trim": lambda value: shown(value).strip(),
    "truncate": _truncate,
    "unique": _unique,
    "upper": lambda value: shown(value).upper(),
    "urlencode": lambda value: quote(shown(value), safe=""),
}
"""By the name authors write; `default` is the renderer's own, for it looks at missing values."""

WITH_LOCALE: Final = frozenset({"date", *LOCALIZED})
"""Those that are told the customer's locale, unless their author names one."""
