"""Bringing files in: customers and events of the shapes that a rehearsal reads, as letters.

A line that cannot be taken is kept with its file and number and counted; it never stops the rest.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..core.instant import parse_instant
from ..core.zone import UTC, Zone, is_zone, zone
from ..lines import Bad, Record, files_in, name_in, records, told_in
from ..segment import parts
from .intake import Intake, Moment, change, happening
from .mail import Letter, name_of

__all__ = ["Imported", "Importing", "Zones", "bring"]

_MOST_BAD: Final = 1_000
"""How many bad lines are kept with their reasons; beyond that they are only counted."""
_instant = lru_cache(maxsize=65_536)(parse_instant)
_OFFSET: Final = re.compile(r"^.{10}.*([zZ]|[+-]\d\d(:?\d\d){0,2})\s*$")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    customers: int
    """Lines of customers that were taken."""
    events: int
    """Events and changes that were taken for the first time."""
    known: int
    """Those that were there already, or whose customer was erased later than they are dated."""
    bad_lines: int
    bad: tuple[Bad, ...]
    """The bad lines with their reasons, at most a thousand."""
    done: bool = True
    """Whether anything was written: not with `strict` and a bad line."""


@dataclass(slots=True)
class Zones:
    """In which zone a time without an offset is read."""

    own: Zone | None
    """The project's; None where nobody knows."""
    attribute: str | None = None
    """The attribute that names a customer's own zone, if one does."""
    kept: Callable[[str], Zone | None] = lambda _: None
    """Returns the zone of a customer that is known already."""
    named: dict[str, Zone | None] = field(default_factory=dict)

    def learn(self, customer: str, record: Record) -> None:
        """Take the zone that a line of a file of customers names."""
        named = record.get(self.attribute) if self.attribute else None
        if isinstance(named, str) and is_zone(named):
            self.named[customer] = zone(named)

    def of(self, customer: str) -> Zone | None:
        """Return a customer's zone, else the project's, or None when nobody knows it."""
        if self.attribute is None:
            return self.own
        if customer not in self.named:
            self.named[customer] = self.kept(customer)
        return self.named[customer] or self.own


@dataclass(slots=True)
class Importing:
    """One pass over files: yields letters, and keeps what could not be taken."""

    zones: Zones
    now: int
    at: Moment = None
    """Since when the attributes of customers hold; None for now."""
    lines: int = 0
    """Lines seen, good and bad."""
    bad: list[Bad] = field(default_factory=list)
    bad_lines: int = 0
    customers: int = 0
    events: int = 0
    """Events and changes that could be read."""

    def letters(self, customers: Iterable[Path], events: Iterable[Path]) -> Iterator[Letter]:
        """Yield a letter for each line that can be taken. Raises OSError for a file that cannot be read."""
        for path in files_in(customers):
            for line, record in self._records(path):
                letter = record if isinstance(record, str) else self._customer(record)
                yield from self._taken(path, line, letter)
        for path in files_in(events):
            for line, record in self._records(path):
                for found in parts(record):
                    letter = found if isinstance(found, str) else self._event(path, line, found)
                    yield from self._taken(path, line, letter)

    def _records(self, path: Path) -> Iterator[tuple[int, Record | str]]:
        for line, record in records(path):
            self.lines += 1
            yield line, record

    def _taken(self, path: Path, line: int, letter: Letter | str) -> Iterator[Letter]:
        if not isinstance(letter, str):
            yield letter
            return
        self.bad_lines += 1
        if len(self.bad) < _MOST_BAD:
            self.bad.append(Bad(str(path), line, letter))

    def _customer(self, record: Record) -> Letter | str:
        """Return what a line says of a customer, or what is wrong with it.

        It has no key: what is said twice changes nothing, and a file that was corrected is to count.
        """
        name = _name(record.pop("id", None))
        if name is None:
            return "no `id`: whose attributes are these?"
        self.zones.learn(name, record)
        self.customers += 1
        return change(name, record, now=self.now, at=self.at)

    def _event(self, path: Path, line: int, record: Record) -> Letter | str:
        """Return what a line tells, or what is wrong with it."""
        whole = json.dumps(record, sort_keys=True)
        name = _name(record.pop("customer", None))
        if name is None:
            return "no customer"
        at = self._when(name, record.pop("at", None))
        if isinstance(at, str):
            return at
        own = name_in(record.pop("id", None))
        found = told_in(record)
        if isinstance(found, str):
            return found
        event, values = found
        if not (_fit(event) and _fit(own)):
            return "the event's name or `id` is no text that can be kept"
        # With its content: two files of one name are not mistaken for one.
        id_, source = own, ""
        if not own:
            content = hashlib.sha256(whole.encode()).hexdigest()[:16]
            id_, source = f"{path.name}:{line}/{content}", "import"
        self.events += 1
        if not event:
            return change(name, values, now=self.now, at=at, id=id_, source=source)
        return happening(name, event, values, now=self.now, at=at, id=id_, source=source)

    def _when(self, customer: str, when: object) -> int | str:
        if not isinstance(when, str):
            return "no time: `at` is missing" if when is None else f"`at` is no text: {when!r:.40}"
        there = UTC if _OFFSET.match(when) else self.zones.of(customer)
        try:
            at = _instant(when, there or UTC)
        except ValueError as error:
            return str(error)
        if there is None:
            return f"{when[:40]!r} has no offset, and nothing is deployed that says in which zone"
        return at


def bring(
    intake: Intake,
    importing: Importing,
    customers: Sequence[Path],
    events: Sequence[Path],
    on_progress: Callable[[int], None],
) -> Imported:
    """Post what files tell, some thousands of lines to a transaction; see `Engine.import_files`."""

    def watched() -> Iterator[Letter]:
        for letter in importing.letters(customers, events):
            on_progress(importing.lines)
            yield letter

    new = intake.many(watched())
    told = importing.customers + importing.events
    return Imported(
        importing.customers, new - importing.customers, told - new, importing.bad_lines,
        tuple(importing.bad),
    )  # fmt: skip


def _name(value: object) -> str | None:
    """Return a customer's name if it can be one."""
    try:
        return name_of(name_in(value))
    except ValueError:
        return None


def _fit(text: str) -> bool:
    """Whether a text can be kept in a database."""
    try:
        return "\0" not in text.encode().decode()
    except UnicodeEncodeError:
        return False
