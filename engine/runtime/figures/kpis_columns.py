"""Where the values of a report stand: one column for each property that is asked for, by its kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, MetaData, Table

from ...core.vocabulary import Type, Vocabulary
from .told import PLAIN

__all__ = ["Columns", "Sort", "sort_of"]


class Sort(Enum):
    """As what a database keeps a value."""

    NUMBER = "n"
    TEXT = "t"
    BOOLEAN = "b"


_TYPES: Final[dict[Sort, Any]] = {Sort.NUMBER: Double, Sort.TEXT: PLAIN, Sort.BOOLEAN: Boolean}


def sort_of(kind: Type) -> Sort:
    """Return as what values of a declared type are kept; the rest is not asked for."""
    match kind.kind:
        case "number":
            return Sort.NUMBER
        case "boolean":
            return Sort.BOOLEAN
        case _:
            return Sort.TEXT


@dataclass(frozen=True, slots=True)
class Columns:
    """The events and properties that are asked for, and the temporary tables they are laid out in."""

    events: Mapping[str, int]
    """Each event by its declared name, with the number it has in the table."""
    properties: Mapping[tuple[str, str], str]
    """The column of each property of each event."""
    attributes: Mapping[str, int]
    """Each attribute, with the number it has in the table."""
    told: Table
    """The events: in the order of their kind and time, for most questions are of one kind and time."""
    worth: Table
    """The changes of attributes."""
    people: Table
    """Who was ever heard of, and since when."""

    @classmethod
    def of(
        cls, events: Iterable[str], properties: Iterable[tuple[str, str]],
        attributes: Iterable[str], words: Vocabulary,
    ) -> "Columns":  # fmt: skip
        """Find a column for each property: what stands under one name belongs to several events."""
        taken: dict[tuple[str, str], str] = {}
        counts: dict[tuple[str, Sort], int] = {}
        for event, name in sorted(set(properties)):
            sort = sort_of(words.events[event][name])
            number = counts[event, sort] = counts.get((event, sort), -1) + 1
            taken[event, name] = f"{sort.value}{number}"
        metadata = MetaData()
        return cls(
            {name: number for number, name in enumerate(sorted(set(events)))},
            taken,
            {name: number for number, name in enumerate(sorted(set(attributes)))},
            _told(metadata, sorted(set(taken.values()))),
            _worth(metadata),
            _people(metadata),
        )


def _told(metadata: MetaData, names: list[str]) -> Table:
    return Table(
        "cuebook_told",
        metadata,
        Column("event", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("customer", PLAIN, nullable=False),
        *(Column(name, _TYPES[Sort(name[0])]) for name in names),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )


def _worth(metadata: MetaData) -> Table:
    return Table(
        "cuebook_worth",
        metadata,
        Column("attribute", Integer, primary_key=True, autoincrement=False),
        Column("customer", PLAIN, primary_key=True),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        *(Column(sort.value, kind) for sort, kind in _TYPES.items()),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )


def _people(metadata: MetaData) -> Table:
    return Table(
        "cuebook_people",
        metadata,
        Column("customer", PLAIN, primary_key=True),
        Column("first_at", BigInteger, nullable=False),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )
