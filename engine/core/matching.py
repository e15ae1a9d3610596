"""Which event triggers an event starts, at a cost that follows the answer, not the playbooks.

For each event name, the legs its conditions share become tables: equality is a hash lookup, the
commonest threshold is cut by bisect, and what is left is compared in one generated loop.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from .expr import Expr
from .legs import Leg, LegOp, Scalar, Subject, take_apart
from .scans import Remainder, Residual, Scan, Shape, Table, Test, chain, scan_of

__all__ = ["Matcher", "Row", "build_matcher"]

_FEW: Final = 4
"""Blocks of so few rows are read through faster than cut."""
_SHAPES: Final = 16
"""How many shapes of an event get a loop of their own; rarer ones share loops that test slower."""

_EQUAL: Final[tuple[LegOp, ...]] = ("==", "in")
_ORDERED: Final[tuple[LegOp, ...]] = ("<", "<=", ">", ">=")


class Row(NamedTuple):
    """One event trigger: its number, its event, and the conditions that must be true."""

    key: int
    event: str
    where: Expr | None
    condition: Expr | None


class Matcher:
    """Finds the triggers an event starts; an event's tables are made when it first happens."""

    __slots__ = ("_gates", "_plain", "_residual", "_rows", "_tables")

    def __init__(
        self, by_event: Mapping[str, Sequence[Row]], residual: Residual, *, apart: bool
    ) -> None:
        self._residual = residual
        self._rows = by_event
        self._plain: dict[str, list[tuple[int, Test]]] = {}
        self._gates = _Gates(residual)
        self._tables: dict[str, Table] = {
            event: (self._first_time if apart else self._each, rows)
            for event, rows in by_event.items()
        }

    def match(
        self,
        event: str,
        properties: Mapping[str, object],
        attributes: Mapping[str, object],
        history: object,
        now: int,
        zone: object,
        trigger: object = None,
    ) -> Sequence[int]:
        """Return the keys, ascending, of the rows of `event` whose conditions are both true.

        `history`, `now` (microseconds since 1970 UTC), `zone` and `trigger` go untouched to what
        the residual compiler made.
        """
        found = self._tables.get(event)
        if found is None:
            return ()
        scan: Scan = found[0]
        given = (event, properties, attributes, history, now, zone, trigger)
        try:
            return scan(found, *given)
        except TypeError:
            # A value without its declared type: no table can place it, but every row has an answer.
            return self._each(found, *given)

    def _each(self, _table: Table, event: str, *given: Any) -> Sequence[int]:
        """Ask the whole conditions of each row of an event."""
        return [key for key, test in self._one_by_one(event) if test(*given)]

    def _one_by_one(self, event: str) -> list[tuple[int, Test]]:
        """Return the rows of an event with their whole conditions compiled as residuals."""
        if event not in self._plain:
            self._plain[event] = [
                (row.key, self._residual(row.where, row.condition)) for row in self._rows[event]
            ]
        return self._plain[event]

    def _first_time(
        self,
        unmade: tuple[Any, Sequence[Row]],
        event: str,
        properties: Mapping[str, object],
        attributes: Mapping[str, object],
        history: object,
        now: int,
        zone: object,
        trigger: object,
    ) -> Sequence[int]:
        """Stand in for the scan of an event that never happened: make its tables, then scan."""
        table = self._tables[event] = self._made(event, unmade[1])
        scan: Scan = table[0]
        return scan(table, event, properties, attributes, history, now, zone, trigger)

    def _made(self, event: str, rows: Sequence[Row]) -> Table:
        if len(rows) == 1:
            return self._gates.of(event, _entry(rows[0]))
        return _arrange(rows, self._residual)


def build_matcher(
    rows: Iterable[tuple[int, str, Expr | None, Expr | None]],
    residual: Residual,
    *,
    apart: bool = True,
) -> Matcher:
    """Return the matcher of all event triggers of a program.

    `residual` compiles what no table can decide (history, arithmetic, `or`); it is called for a
    row when its answer is first needed. Without `apart` every condition is left to it whole.
    """
    by_event: defaultdict[str, list[Row]] = defaultdict(list)
    for row in sorted(map(Row._make, rows), key=lambda row: row.key):
        by_event[row.event].append(row)
    return Matcher(by_event, residual, apart=apart)


# --- the tables of one event --------------------------------------------------------------------


class _Entry(NamedTuple):
    """A row taken apart, and its place: the leg it is filed under, and the leg it is cut by."""

    key: int
    legs: tuple[Leg, ...]
    """What is neither filed nor cut, in an order that rows of one shape share."""
    where: Expr | None
    condition: Expr | None
    filed: Leg | None = None
    cut: Leg | None = None
    loose: bool = False
    """Its shape is rare: its legs are tested one by one, not by a loop of their own."""

    @property
    def shape(self) -> Shape:
        """What the loop over rows like this one looks like."""
        return Shape(
            None if self.filed is None else self.filed.subject,
            None if self.cut is None else (self.cut.subject, self.cut.op),
            () if self.loose else tuple((leg.subject, leg.op) for leg in self.legs),
            self.where is not None
            or self.condition is not None
            or (self.loose and bool(self.legs)),
        )

    def row(self, residual: Residual) -> tuple[Any, ...]:
        """Return what a table holds of this: levels, what else to ask, key."""
        fixed: tuple[Leg, ...] = () if self.loose else self.legs
        levels = tuple(leg.level for leg in fixed)
        if not self.shape.rest:
            return (*levels, self.key)
        more = Remainder(self.legs[len(fixed) :], self.where, self.condition, residual)
        return (*levels, more, self.key)

    def values(self) -> Iterable[Scalar]:
        """Return the values this is filed under."""
        level = None if self.filed is None else self.filed.level
        return level if isinstance(level, frozenset) else () if level is None else (level,)


class _Gates:
    """The tables of events with a single row.

    Events that compare with the same value first share one table, which then is in the processor's
    nearest cache; their own rows are looked up only behind that gate.
    """

    def __init__(self, residual: Residual) -> None:
        self._residual = residual
        self._behind: dict[str, tuple[Any, ...]] = {}
        self._gates: dict[tuple[Shape, object], Table] = {}

    def of(self, event: str, entry: _Entry) -> Table:
        """Return the table of an event whose only row this is."""
        shape, row = entry.shape._replace(single=True), entry.row(self._residual)
        if not shape.checks:
            return (scan_of(shape), *row)
        self._behind[event] = row[1:]
        gate = (scan_of(shape), row[0], self._behind)
        return self._gates.setdefault((shape, row[0]), gate)


def _arrange(rows: Sequence[Row], residual: Residual) -> Table:
    """Return the table of the rows of one event, which are several."""
    entries = [_entry(row) for row in rows]
    groups: defaultdict[Shape, list[_Entry]] = defaultdict(list)
    for entry in _gather([_cut(part) for part in _file(entries)]):
        groups[entry.shape].append(entry)
    tables = [_table(shape, group, residual) for shape, group in groups.items()]
    return tables[0] if len(tables) == 1 else (chain, tables)


def _entry(row: Row) -> _Entry:
    """Take the conditions of a row apart."""
    found = take_apart(row.where, row.condition)
    legs = sorted(found.legs, key=lambda leg: (leg.op not in _EQUAL, leg.subject, leg.op))
    return _Entry(row.key, tuple(legs), found.where, found.condition)


def _file(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """Part the entries by the subject they are filed under; last those that have none."""
    while subject := _best_subject(entries):
        filed, others = [], []
        for entry in entries:
            leg = next(
                (leg for leg in entry.legs if leg.subject == subject and leg.op in _EQUAL), None
            )
            if leg is None:
                others.append(entry)
            else:
                filed.append(entry._replace(legs=_without(entry.legs, leg), filed=leg))
        yield filed
        entries = others
    if entries:
        yield list(entries)


def _best_subject(entries: Sequence[_Entry]) -> Subject | None:
    """Return the subject that, compared for equality, leaves the fewest rows to look at.

    Values are taken to be equally likely, and as likely as a value that no row names.
    """
    rows: Counter[Subject] = Counter()
    copies: Counter[Subject] = Counter()
    values: defaultdict[Subject, set[Scalar]] = defaultdict(set)
    for entry in entries:
        for subject, op, level in entry.legs:
            if op in _EQUAL:
                levels = level if isinstance(level, frozenset) else (level,)
                rows[subject] += 1
                copies[subject] += len(levels)
                values[subject].update(levels)
    spared = {
        subject: count - copies[subject] / (len(values[subject]) + 1)
        for subject, count in rows.items()
    }
    return max(spared, key=lambda subject: spared[subject], default=None)


def _cut(entries: list[_Entry]) -> list[_Entry]:
    """Give each entry the ordered leg that most of the others have too, if cutting pays."""
    blocks = Counter(value for entry in entries for value in entry.values())
    if entries[0].filed is not None and max(blocks.values(), default=0) <= _FEW:
        return entries
    common = Counter(
        (leg.subject, leg.op) for entry in entries for leg in entry.legs if leg.op in _ORDERED
    )
    found = []
    for entry in entries:
        ordered = [leg for leg in entry.legs if leg.op in _ORDERED]
        leg = max(ordered, key=lambda leg: common[leg.subject, leg.op], default=None)
        found.append(
            entry if leg is None else entry._replace(legs=_without(entry.legs, leg), cut=leg)
        )
    return found


def _gather(parts: Sequence[Sequence[_Entry]]) -> Iterator[_Entry]:
    """Yield all entries, those of a rare shape as loose ones, so that an event has few tables."""
    shapes = Counter(entry.shape for part in parts for entry in part)
    kept = {shape for shape, _ in shapes.most_common(_SHAPES)}
    for part in parts:
        for entry in part:
            yield entry if entry.shape in kept else entry._replace(loose=True)


def _without(legs: tuple[Leg, ...], leg: Leg) -> tuple[Leg, ...]:
    """Return `legs` with one `leg` fewer."""
    at = legs.index(leg)
    return legs[:at] + legs[at + 1 :]


def _table(shape: Shape, entries: Sequence[_Entry], residual: Residual) -> Table:
    """Return the table of these entries, which all have this shape."""
    rows = [(entry, entry.row(residual)) for entry in entries]
    if shape.equal is None:
        return scan_of(shape), _block(rows)
    blocks: defaultdict[Scalar, list[tuple[_Entry, tuple[Any, ...]]]] = defaultdict(list)
    for entry, row in rows:
        for value in entry.values():
            blocks[value].append((entry, row))
    return scan_of(shape), {value: _block(block) for value, block in blocks.items()}


def _block(rows: Sequence[tuple[_Entry, tuple[Any, ...]]]) -> Any:
    """Return rows of one shape the way its scan reads them: by level if cut, else by key."""
    if rows[0][0].cut is None:
        return [row for _, row in rows]
    levelled = [(entry.cut.level, row) for entry, row in rows if entry.cut is not None]
    levelled.sort(key=lambda pair: pair[0])
    return [level for level, _ in levelled], [row for _, row in levelled]
