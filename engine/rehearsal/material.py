"""What a rehearsal is made of: customers and what happened to them, read from files.

Nothing is dropped in silence: each bad line, each value that does not fit and each line told twice
is counted and kept with its place.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from ..core.door import Door, Problem
from ..core.instant import parse_instant
from ..core.occurrence import Changed, Happened
from ..core.program import Program
from ..core.zone import Zone
from ..lines import Bad, Record, files_in, name_in, records, told_in
from ..segment import parts
from .quiet import undisturbed

__all__ = [
    "Histories",
    "Material",
    "Read",
    "Reading",
    "Row",
    "Told",
    "in_order",
    "read_material",
]

Told = Happened | Changed
"""What a line can tell."""
Row = tuple[int, int, int, Told]
"""What was told, after its instant, the number of its file and its line, by which it is in order."""
Histories = dict[str, list[Told]]


@dataclass(slots=True)
class Read:
    """What came of reading, apart from what happened to whom."""

    customers: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """The attributes of those who were there from the start, as declared."""
    bad: list[Bad] = field(default_factory=list)
    bad_lines: int = 0
    duplicates: int = 0
    lines: int = 0
    """Events and changes taken."""

    def close(self) -> None:
        """Let go of what was laid aside on disk, if anything was."""


@dataclass(slots=True)
class Material(Read):
    """Customers, and for each what happened to it, in order of time, ties by file and line."""

    histories: Histories = field(default_factory=dict)

    @property
    def first_at(self) -> int | None:
        """When the first thing happened, or None when nothing did."""
        return min((history[0].at for history in self.histories.values()), default=None)

    @property
    def last_at(self) -> int | None:
        """When the last thing happened, or None when nothing did."""
        return max((history[-1].at for history in self.histories.values()), default=None)

    def parts(self) -> Iterator[tuple[Mapping[str, Mapping[str, object]], Histories]]:
        """Yield all customers with their histories, as one part."""
        yield self.customers, self.histories


def read_material(
    program: Program,
    customers: Iterable[Path] = (),
    events: Iterable[Path] = (),
) -> Material:
    """Read files or folders of customers and of events.

    Times without an offset are read in the customer's zone. Raises OSError for a file that
    cannot be opened.
    """
    reading = _Whole(program)
    reading.files(customers, events)
    return reading.done()


class Reading:
    """One pass over all files; what is taken goes to `keep`."""

    def __init__(self, program: Program, read: Read) -> None:
        self._program = program
        self._door = Door(program.vocabulary)
        self._read = read
        self._noted: set[str] = set()
        self._zones: dict[str, Zone] = {}
        self._instant = lru_cache(maxsize=65_536)(parse_instant)

    def keep(self, name: str, row: Row, key: str) -> None:
        """Take what happened to a customer; `key` is its own id, if it has one."""
        raise NotImplementedError

    def files(self, customers: Iterable[Path], events: Iterable[Path]) -> None:
        """Read all files, or those in a folder, customers first."""
        with undisturbed():
            for path in files_in(customers):
                self._customers(path)
            for number, path in enumerate(files_in(events)):
                self._events(number, path)
        self._read.bad.sort()

    def _customers(self, path: Path) -> None:
        """Take a file of customers: `id`, the rest attributes."""
        known = self._read.customers
        for line, record in records(path):
            if isinstance(record, str):
                self._refuse(path, line, record)
                continue
            name = name_in(record.pop("id", None))
            if not name:
                self._refuse(path, line, "no `id`: whose attributes are these?")
            elif name in known:
                self._refuse(path, line, f"customer {name[:60]!r} stands here a second time")
            else:
                there = self._program.zone_of(self._own_zone(record))
                values, problems = self._door.attributes(record, there)
                known[name] = values
                self._zones[name] = there
                self._tell(path, line, problems)

    def _events(self, number: int, path: Path) -> None:
        """Take a file of events and changes."""
        for line, record in records(path):
            for part in parts(record):
                trouble = part if isinstance(part, str) else self._event(number, path, line, part)
                if trouble:
                    self._refuse(path, line, trouble)

    def _event(self, number: int, path: Path, line: int, record: Record) -> str:
        """Take one line; return what is wrong with it, if anything is."""
        name = name_in(record.pop("customer", None))
        if not name:
            return "no customer"
        there = self._zones.get(name, self._program.zone)
        when = record.pop("at", None)
        if not isinstance(when, str):
            return "no time: `at` is missing" if when is None else f"`at` is no text: {when!r:.40}"
        try:
            at = self._instant(when, there)
        except ValueError as error:
            return str(error)
        own = record.pop("id", None)
        key = "" if own is None else name_in(own)
        told = self._told(path, line, at, key or f"{path.name}:{line}", record, there)
        if isinstance(told, str):
            return told
        self.keep(name, (at, number, line, told), key)
        return ""

    def _told(
        self, path: Path, line: int, at: int, key: str, record: Record, there: Zone
    ) -> Told | str:
        found = told_in(record)
        if isinstance(found, str):
            return found
        event, values = found
        if not event:
            taken, problems = self._door.attributes(values, there)
            self._tell(path, line, problems)
            return Changed(at, taken)
        declared, properties, problems = self._door.event(event, values, there)
        if problems:
            self._tell(path, line, problems)
        return Happened(at, declared, properties, key)

    def _own_zone(self, record: Mapping[str, object]) -> Mapping[str, object]:
        attributes = self._program.places.attributes
        if not attributes:
            return {}
        own = {key: value for key, value in record.items() if key in attributes}
        return self._door.attributes(own, self._program.zone)[0]

    def _refuse(self, path: Path, line: int, why: str) -> None:
        self._read.bad_lines += 1
        self._read.bad.append(Bad(str(path), line, why))

    def _tell(self, path: Path, line: int, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.undeclared or problem.computed:
                if problem.text in self._noted:
                    continue
                self._noted.add(problem.text)
            self._read.bad.append(Bad(str(path), line, problem.text, problem.undeclared))


class _Whole(Reading):
    """A reading that holds everything."""

    def __init__(self, program: Program) -> None:
        self._material = Material()
        super().__init__(program, self._material)
        self._rows: dict[str, list[Row]] = {}
        self._ids: dict[str, tuple[int, str, Row]] = {}

    def keep(self, name: str, row: Row, key: str) -> None:
        """Keep a row, unless its id was told before."""
        if not key or not self._again(key, name, row):
            self._rows.setdefault(name, []).append(row)

    def done(self) -> Material:
        """Put everything in order."""
        self._material.histories = in_order(self._rows)
        self._material.lines = sum(map(len, self._material.histories.values()))
        return self._material

    def _again(self, key: str, name: str, row: Row) -> bool:
        """Whether a line was told before; of two, the earlier in time is the one that counts."""
        known = self._ids.get(key)
        if known is None:
            self._ids[key] = (row[0], name, row)
            return False
        self._material.duplicates += 1
        if (known[0], known[1]) <= (row[0], name):
            return True
        self._rows[known[1]].remove(known[2])
        self._ids[key] = (row[0], name, row)
        return False


def in_order(rows: Mapping[str, list[Row]]) -> Histories:
    """Return each customer's history in order of time, ties by file and line; sorts the lists."""
    for mine in rows.values():
        mine.sort(key=itemgetter(0, 1, 2))
    return {name: [told for _, _, _, told in mine] for name, mine in rows.items() if mine}
