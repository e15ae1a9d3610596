"""Histories too long for memory: read once, laid aside on disk by customer, taken up part by part.

Customers are independent, so a part holds some of them with all that happened to them. The same
lines are reported, and the same told twice, as when everything is held at once.
"""

import marshal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final
from zlib import crc32

from ..core.occurrence import Changed, Happened
from ..core.program import Program
from ..lines import files_in
from .material import Histories, Material, Read, Reading, Row, in_order, read_material

__all__ = ["MOST_IN_MEMORY", "Parted", "open_material"]

MOST_IN_MEMORY: Final = 64 * 1024 * 1024
"""Bytes of files that are held at once; in memory they are about eight times as many."""
_PARTS_EACH: Final = 4
"""Parts for as many bytes as might be held at once: reading, rehearsing and actions need some too."""
_MOST_WAITING: Final = 20_000
"""Rows that wait to be written; written together they share their words."""


def open_material(
    program: Program,
    customers: Iterable[Path] = (),
    events: Iterable[Path] = (),
    *,
    most: int = MOST_IN_MEMORY,
) -> "Material | Parted":
    """Read files as `read_material` does; when they are larger than `most` bytes, part by part.

    What is laid aside has no name in the file system and is gone with the process, however it
    ends; `close` makes the room free before. Raises OSError for a file that cannot be opened, and when there is no room.
    """
    customers, events = files_in(customers), files_in(events)
    size = sum(path.stat().st_size for path in events)
    if size <= most:
        return read_material(program, customers, events)
    reading = _Parting(program, _PARTS_EACH * size // max(most, 1) + 1)
    try:
        reading.files(customers, events)
        return reading.done()
    except BaseException:
        reading.parted.close()
        raise
    finally:
        reading.ids.close()


@dataclass(slots=True)
class Parted(Read):
    """Customers, and on disk what happened to each, in parts that fit into memory."""

    first_at: int | None = None
    last_at: int | None = None
    rows: "_Aside" = field(default_factory=lambda: _Aside(1))
    lost: frozenset[tuple[int, int]] = frozenset()
    """File and line of what was told before."""

    def parts(self) -> Iterator[tuple[Mapping[str, Mapping[str, object]], Histories]]:
        """Yield some customers with their histories, and then others; each belongs to one part."""
        known: list[dict[str, Mapping[str, object]]] = [{} for _ in range(self.rows.parts)]
        for name, attributes in self.customers.items():
            known[self.rows.part_of(name)][name] = attributes
        for number, customers in enumerate(known):
            yield customers, self._histories(number)

    def close(self) -> None:
        """Let go of all rows; `parts` has nothing to read any more."""
        self.rows.close()

    def _histories(self, number: int) -> Histories:
        rows: dict[str, list[Row]] = {}
        for name, at, file, line, event, values, key in self.rows.read(number):
            if (file, line) not in self.lost:
                what = Changed(at, values) if event is None else Happened(at, event, values, key)
                rows.setdefault(name, []).append((at, file, line, what))
        return in_order(rows)


class _Aside:
    """Rows laid aside on disk by the part they belong to, in the order in which they came."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        # Nameless from the start, so that nothing is left behind even by a process that is killed.
        self._file = TemporaryFile()  # noqa: SIM115 - open as long as what was read is
        self._chunks: list[list[tuple[int, int]]] = [[] for _ in range(parts)]
        self._waiting: list[list[tuple[Any, ...]]] = [[] for _ in range(parts)]
        self._count = 0

    def part_of(self, name: str) -> int:
        """Return the part a name belongs to, the same in every process."""
        return crc32(name.encode("utf-8", "surrogatepass")) % self.parts

    def put(self, row: tuple[Any, ...]) -> None:
        """Lay a row of plain values aside, by the name it begins with."""
        self._waiting[self.part_of(row[0])].append(row)
        self._count += 1
        if self._count >= _MOST_WAITING:
            self.write()

    def write(self) -> None:
        """Write down what waits."""
        at = self._file.seek(0, 2)
        for number, rows in enumerate(self._waiting):
            if rows:
                size = self._file.write(marshal.dumps(rows))
                self._chunks[number].append((at, size))
                at += size
                rows.clear()
        self._count = 0

    def close(self) -> None:
        """Give the room on disk back."""
        self._file.close()

    def read(self, number: int) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one part."""
        for at, size in self._chunks[number]:
            self._file.seek(at)
            yield from marshal.loads(self._file.read(size))  # noqa: S302 - our own, just written


class _Parting(Reading):
    """A reading that lays everything aside."""

    def __init__(self, program: Program, parts: int) -> None:
        self.parted = Parted(rows=_Aside(parts))
        super().__init__(program, self.parted)
        self.ids = _Aside(parts)

    def keep(self, name: str, row: Row, key: str) -> None:
        """Lay a row aside, and its id where those like it are."""
        at, file, line, told = row
        if isinstance(told, Happened):
            self.parted.rows.put((name, at, file, line, told.event, told.properties, told.id))
        else:
            self.parted.rows.put((name, at, file, line, None, told.values, ""))
        if key:
            self.ids.put((key, at, name, file, line))

    def done(self) -> Parted:
        """Find what was told twice, and from when to when all of it goes."""
        parted = self.parted
        parted.rows.write()
        self.ids.write()
        parted.lost = frozenset(self._told_before())
        parted.duplicates = len(parted.lost)
        for number in range(parted.rows.parts):
            for _, at, file, line, *_ in parted.rows.read(number):
                if (file, line) not in parted.lost:
                    parted.lines += 1
                    parted.first_at = at if parted.first_at is None else min(at, parted.first_at)
                    parted.last_at = at if parted.last_at is None else max(at, parted.last_at)
        return parted

    def _told_before(self) -> Iterator[tuple[int, int]]:
        """Yield file and line of each row with the id of an earlier one."""
        for number in range(self.ids.parts):
            first: dict[str, tuple[Any, ...]] = {}
            for key, *row in self.ids.read(number):
                mine = tuple(row)
                known = first.setdefault(key, mine)
                if known is not mine:
                    first[key] = min(known, mine)
                    yield max(known, mine)[2:]
