"""A few facts about each customer, each in a column of its own, for questions to all of them.

They are taken from the state whenever it is written, and are no second truth: whoever asks falls
back on the state wherever a column cannot tell.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, Final, Literal

from sqlalchemy import Connection

from ..core.codec import to_json
from ..core.expressions import project_expressions
from ..core.history import HistoryPlan
from ..core.places import Places, widest
from ..core.plan import Project
from ..core.state import Customer
from ..core.tzif import EPOCH_DAY
from ..core.vocabulary import Type
from ..patterns import matchers
from .database import Database
from .fact_table import NUMBERS, TEXTS

__all__ = ["BETWEEN", "Fact", "Key", "Kind", "Layout", "Mark", "Row", "layout_of", "put"]

Kind = Literal["number", "boolean", "instant", "date", "text", "list"]
Key = tuple[str, ...]
"""`("attribute", "plan")`, `("attribute", "address", "city")`, `("last", "login")`, …"""
Row = tuple[Any, ...]
"""What stands in the columns of a layout: see `Layout.columns`."""
Mark = tuple[object, object, object]
"""What facts depend on: attributes, what is known of times, what has happened."""

BETWEEN: Final = "\x1f"
"""What stands before and behind each item of a list, and in none that a column holds."""
_VERSION: Final = 1
"""Of how facts are found and spelt; another one makes all that was written before count as old."""
_EXACT: Final = 2**53
"""Whole numbers up to this are exact as floating point, in which columns hold them."""
_LONGEST: Final = 200
"""What is longer than so many characters is left to the state."""
_PLAIN: Final[Mapping[str, Kind]] = {
    "number": "number", "boolean": "boolean", "instant": "instant", "date": "date",
    "text": "text", "one of": "text", "timezone": "text", "calendar": "text",
}  # fmt: skip
"""The types whose values fit a column."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of each customer, and the column in which it stands."""

    key: Key
    kind: Kind
    column: str
    bit: int
    """Set in `odd` where the column cannot tell."""


class Layout:
    """Which facts the customers of a project have, and how they are read off a customer."""

    def __init__(self, project: Project) -> None:
        self.places = Places(project)
        self.facts = {fact.key: fact for fact in _placed(_wanted(project))}
        """What has a column, by its key; what has none is left to the state."""
        self.columns = ("layout", "odd", "place", *(f.column for f in self.facts.values()))
        self.number = _number(project, self.facts)
        """Names this layout, and all that decides what its facts are."""
        self._readers: tuple[tuple[Callable[[Customer], object], Fact], ...] = tuple(
            (_reader(fact.key), fact) for fact in self.facts.values()
        )
        counted = {"last", "total", "first"}
        self._counted = tuple(one for one in self._readers if one[1].key[0] in counted)
        self.counted = tuple(fact.column for _, fact in self._counted)
        """The columns that tell what has happened: an event moves no others."""
        self._channels = tuple({key[1] for key in self.facts if key[0] == "last"})

    def find(self, *key: str) -> Fact | None:
        """Return a fact by its key, None for what has no column."""
        return self.facts.get(key)

    def row(self, customer: Customer) -> Row:
        """Return the facts of a customer, one for each of `columns`."""
        odd, values = 0, []
        for read, fact in self._readers:
            value = read(customer)
            taken = None if value is None else _TAKE[fact.kind](value)
            if taken is _ODD:
                odd, taken = odd | fact.bit, None
            values.append(taken)
        return self.number, odd, self.place(customer.attributes), *values

    def happened(self, customer: Customer) -> Row | None:
        """Return what stands in `counted`, None where a column cannot hold it."""
        values = []
        for read, fact in self._counted:
            value = read(customer)
            values.append(None if value is None else _TAKE[fact.kind](value))
        return None if _ODD in values else tuple(values)

    def mark(self, customer: Customer) -> Mark:
        """Return something that stays equal for as long as no fact of a customer changes."""
        channels, stays = customer.history.channels, customer.history.stays
        counted = [
            (channel.total, channel.last_at, channel.first_at)
            for key in self._channels
            if (channel := channels.get(key)) is not None
        ]
        known = customer.history.first_seen_at, [stay.since for stay in stays.values()]
        return customer.attributes, known, counted

    def place(self, attributes: Mapping[str, object]) -> str:
        """Return what names the place of a customer; empty for where the project is."""
        places = self.places
        named = [
            value if isinstance(value := attributes.get(name), str) else None
            for name in (places.zone_attribute or "", places.calendar_attribute or "")
        ]
        return json.dumps(named) if any(named) else ""

    def located(self, place: str) -> Mapping[str, object]:
        """Return the attributes that a customer of a place has."""
        zone, calendar = json.loads(place) if place else (None, None)
        names = (self.places.zone_attribute or "", self.places.calendar_attribute or "")
        return dict(zip(names, (zone, calendar), strict=True))


def layout_of(digest: str, project: Project) -> Layout:
    """Return the layout of a project, made once for each of the last few."""
    found = _KNOWN.get(digest)
    if found is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        found = _KNOWN[digest] = Layout(project)
    return found


_KNOWN: Final[dict[str, Layout]] = {}
_MOST_KNOWN: Final = 16


def put(
    database: Database, connection: Connection, columns: tuple[str, ...], rows: Sequence[Row]
) -> int:
    """Write the facts of customers, each row ending with whose they are; return how many."""
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns)
    then = f"ON CONFLICT (customer) DO UPDATE SET {sets}"
    return database.insert(connection, "cuebook_fact", (*columns, "customer"), rows, then)


def _wanted(project: Project) -> Iterator[tuple[Key, Kind]]:
    """Yield the facts there are, what is asked for most before what may find no room."""
    yield ("seen",), "instant"
    types = project.vocabulary.attributes
    for name, kind in types.items():
        if kind.kind in _PLAIN:
            yield ("attribute", name), _PLAIN[kind.kind]
    for lifecycle in project.lifecycles:
        yield ("stay", f"stage of {lifecycle.name}"), "instant"
    asked = tuple(project_expressions(project))
    for channel in HistoryPlan(asked, widest(project), matchers(asked)).channels:
        for key in ("last", "total", "first"):
            yield (key, channel), "number" if key == "total" else "instant"
    for name, kind in types.items():
        if kind.kind == "record":
            yield from _inner(("attribute", name), kind)
    for name, kind in types.items():
        if kind.kind == "list" and kind.item is not None and _PLAIN.get(kind.item.kind) == "text":
            yield ("attribute", name), "list"


def _inner(key: Key, record: Type) -> Iterator[tuple[Key, Kind]]:
    for name, kind in record.fields:
        if kind.kind in _PLAIN:
            yield (*key, name), _PLAIN[kind.kind]
        elif kind.kind == "record":
            yield from _inner((*key, name), kind)


def _placed(wanted: Iterable[tuple[Key, Kind]]) -> Iterator[Fact]:
    numbers, texts = iter(range(1, NUMBERS + 1)), iter(range(1, TEXTS + 1))
    for key, kind in wanted:
        is_text = kind in ("text", "list")
        number = next(texts if is_text else numbers, None)
        if number is None:
            continue  # It is left to the state.
        bit = 1 << (number - 1 + (NUMBERS if is_text else 0))
        yield Fact(key, kind, f"{'t' if is_text else 'n'}{number}", bit)


def _number(project: Project, facts: Mapping[Key, Fact]) -> int:
    """Name a layout by all that the facts of a customer depend on, besides what happened to it."""
    columns = [[*fact.key, fact.kind, fact.column] for fact in facts.values()]
    said = [
        to_json(part)
        for part in (project.vocabulary, project.derived, project.lifecycles, project.calendar)
    ]
    calendars = {name: to_json(one) for name, one in project.calendars.items()}
    whole = json.dumps([_VERSION, columns, said, calendars], sort_keys=True)
    return int(hashlib.sha256(whole.encode()).hexdigest()[:13], 16) + 1


# --- off a customer ------------------------------------------------------------------------------


def _reader(key: Key) -> Callable[[Customer], object]:
    match key:
        case ("seen",):
            return lambda customer: customer.history.first_seen_at
        case ("attribute", name):
            return lambda customer: customer.attributes.get(name)
        case ("attribute", name, *path):
            return lambda customer: _dug(customer.attributes.get(name), path)
        case ("stay", name):
            return lambda customer: _since(customer, name)
        case (edge, channel):
            field = {"last": "last_at", "first": "first_at", "total": "total"}[edge]
            return lambda customer: getattr(customer.history.channels.get(channel), field, None)
        case _:
            raise KeyError(key)


def _dug(value: object, path: Sequence[str]) -> object:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _since(customer: Customer, stage: str) -> int | None:
    stay = customer.history.stays.get(stage)
    return None if stay is None or customer.attributes.get(stage) is None else stay.since


_ODD: Final = object()


def _whole_or_not(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _ODD
    exact = abs(value) <= _EXACT if isinstance(value, int) else isfinite(value)
    return float(value) if exact else _ODD


def _truth(value: object) -> object:
    return float(value) if isinstance(value, bool) else _ODD


def _day(value: object) -> object:
    try:
        return float(date.fromisoformat(str(value)).toordinal() - EPOCH_DAY)
    except ValueError:
        return _ODD


def _words(value: object) -> object:
    """Take a text that any database takes as it is."""
    if not isinstance(value, str) or len(value) > _LONGEST or "\0" in value:
        return _ODD
    return value if value.isascii() or _is_unicode(value) else _ODD


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _listed(value: object) -> object:
    """Take a list of texts as one text, in which each of them stands between two signs."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return _ODD
    if any(BETWEEN in one for one in value):
        return _ODD
    return _words(BETWEEN + "".join(one + BETWEEN for one in value))


_TAKE: Final[Mapping[Kind, Callable[[object], object]]] = {
    "number": _whole_or_not, "boolean": _truth, "instant": _whole_or_not, "date": _day,
    "text": _words, "list": _listed,
}  # fmt: skip
