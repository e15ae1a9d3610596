"""What a request tells, on its way from another system's shape to a row of the inbox."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ...engine.core.instant import parse_instant
from ...engine.core.zone import UTC
from ...engine.lines import Record, name_in
from ...engine.runtime.mail import moment, row
from ...engine.runtime.spelling import spell
from .bodies import BATCH, EVENT

__all__ = ["DEEPEST", "Asked", "Form", "Item", "Json", "Odd", "Operation", "each", "told"]

Json = Any
_LONGEST: Final = 400
"""Characters of an event's name and of its id."""
_LONGEST_KEY: Final = 1_000
"""Bytes; PostgreSQL's indexes take 2,704."""
DEEPEST: Final = 32
"""How deep values may be nested."""
_FLAT: Final = frozenset([str, int, float, bool, type(None)])


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that could be read: from whom, when, and what it says."""

    source: str
    now: int
    """Microseconds UTC."""
    body: Json
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    customer_at: str = ""
    """Of a signed hook: where in the body the customer stands."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that cannot be taken: why, what it was, and whom it is about."""

    reason: str
    about: Json
    customer: str = ""
    index: int = 0
    """Which of a batch it was."""
    aside: bool = False
    """Whether whoever sent it has done nothing wrong: it is kept, and the answer is a success."""
    whole: bool = False
    """Whether it is all that a batch could have told: then the request has failed."""


Item = tuple[Any, ...] | Odd
"""A row of the inbox, or why there is none."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a body may look like, for one Content-Type, with examples."""

    schema: Mapping[str, Json]
    examples: Mapping[str, Json]
    kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked: what serves it and what describes it are made of this alone."""

    name: str
    method: Literal["POST", "PUT", "DELETE"]
    path: str
    summary: str
    read: Callable[[Asked], Iterable[Item]]
    forms: tuple[Form, ...]
    tag: str
    by: Literal["key", "signature"] = "key"
    batch: bool = False
    """Whether it may tell many things: then one that cannot be taken does not fail the others."""
    key_in_body: bool = False
    """Whether the body may hold the `writeKey`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of its own, with examples; those of a signature are required."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what its Content-Type may be, besides nothing at all."""
        return tuple(form.kind for form in self.forms)

    @property
    def most(self) -> int:
        """Return how many bytes its body may have."""
        return BATCH if self.batch else EVENT


def each(many: Iterable[Any], read: Callable[[Any], Iterable[Item]]) -> list[Item]:
    """Return what each of a batch tells; what is odd knows which one it was."""
    return [
        replace(item, index=index) if isinstance(item, Odd) else item
        for index, one in enumerate(many)
        for item in read(one)
    ]


def told(asked: Asked, record: Record, about: Json, *, ahead: int = 0, space: str = "") -> Item:
    """Return a record in the plain shape (`customer`, `at`, `id`, `event` or `set`) as a row.

    `ahead` is by how much the sender's clock is; `space` goes before the id, which is unique in it.
    """
    customer = name_in(record.get("customer"))
    if not customer:
        return Odd("it names no customer", about)
    try:
        return _row(asked, customer, record, ahead, space)
    except UnicodeEncodeError:
        return Odd("a name or an id holds half of a character", about)
    except (ValueError, TypeError) as trouble:
        return Odd(str(trouble), about, customer)


def _row(asked: Asked, customer: str, record: Record, ahead: int, space: str) -> Item:
    at, own = record.get("at"), record.get("id")
    kind: Literal["event", "change"] = "event"
    if "set" in record:
        kind, event, values = "change", "", record["set"]
    else:
        event, values = _text(record.get("event"), "the event's name"), record.get("properties")
    return row(
        customer,
        kind,
        event,
        _body(values),
        asked.now if at is None else _instant(at, ahead),
        None if own is None or own == "" else _key(asked.source, space, name_in(own)),
        stamped=at is None,
    )


def _body(values: object) -> str:
    """Return values of JSON as text. Raises TypeError or ValueError for what cannot be kept."""
    if not isinstance(values, dict):
        raise TypeError("the values are no object")
    if not _FLAT.issuperset(map(type, values.values())) and _deeper(values, DEEPEST):
        raise ValueError(f"the values are nested more than {DEEPEST} deep")
    body = spell(values)
    if len(body) > EVENT:
        raise ValueError(f"the values have more than {EVENT // 1024} KB")
    return body


def _key(source: str, space: str, id_: str) -> str:
    """Return under what the inbox knows an id; a hash of it where an index could not hold it."""
    key = f"{source}/{space}{_text(id_, 'the id')}"
    if "\0" in key:
        raise ValueError(f"the id holds NUL: {key!r:.60}")
    long = len(key.encode()) > _LONGEST_KEY
    return f"{source}/sha256 {hashlib.sha256(key.encode()).hexdigest()}" if long else key


def _text(value: object, what: str) -> str:
    """Return a text that can be kept; raises ValueError for any other value."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or "\0" in value:
        raise ValueError(f"{what} is no text of 1 to {_LONGEST} characters: {value!r:.60}")
    value.encode()
    return value


def _instant(at: object, ahead: int) -> int:
    """Return an instant given as ISO text, UTC without an offset, or as seconds since 1970."""
    if isinstance(at, str):
        found = parse_instant(at, UTC)
        return moment(found - ahead, 0) if ahead else found
    if isinstance(at, int | float) and not isinstance(at, bool):
        return moment(round(at * 1_000_000), 0)
    raise TypeError(f"this is no time: {at!r:.60}")


def _deeper(value: object, most: int) -> bool:
    """Whether a value of JSON is nested more than `most` deep."""
    if isinstance(value, dict):
        return most == 0 or any(_deeper(one, most - 1) for one in value.values())
    if isinstance(value, list):
        return most == 0 or any(_deeper(one, most - 1) for one in value)
    return False
