"""Loops over rows of one shape, generated as Python and shared by all tables of that shape.

No author's text enters the source: names, levels and tests are handed in as values.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from .expr import Expr
from .legs import Leg, LegOp, Subject
from .relations import COMPARE

__all__ = ["Remainder", "Residual", "Scan", "Shape", "Table", "Test", "chain", "scan_of"]

Test = Callable[[Mapping[str, object], Mapping[str, object], Any, int, Any, Any], bool]
"""Says of (properties, attributes, history, now, zone, trigger) whether something is true."""

Residual = Callable[[Expr | None, Expr | None], Test]
"""Compiles what is left of a `where` and of a condition into one test."""

Scan = Callable[
    [Any, str, Mapping[str, object], Mapping[str, object], Any, int, Any, Any], Sequence[int]
]
"""Returns from its table (the first argument) the keys of the rows that are true, ascending.

After the table and the event's name come what a `Test` is given.
"""

Table = tuple[Any, ...]
"""A scan, then what it reads: few objects to touch is what keeps 10,000 events in the cache."""


class Shape(NamedTuple):
    """What rows have in common: where they compare, not what they compare with.

    A row is (levels of the checks, then a `Remainder` if `rest`, then the key). A block is a list
    of rows in key order, or with a `cut` a pair (ascending levels, their rows). A table begins
    with its scan: (scan, block), or with `equal` (scan, mapping from values to blocks). The only
    row of an event (`single`) is (scan, *row), or with checks (scan, the level of the first, mapping
    from events to the rest of their rows), which events of one first level share.
    """

    equal: Subject | None
    cut: tuple[Subject, LegOp] | None
    checks: tuple[tuple[Subject, LegOp], ...]
    rest: bool
    single: bool = False


class Remainder:
    """What a row asks beyond its shape; the residual is compiled when first needed."""

    __slots__ = ("_compile", "_legs", "holds")

    holds: Test
    """Says whether the legs left over and the residual are all true."""

    def __init__(
        self, legs: Sequence[Leg], where: Expr | None, condition: Expr | None, compile_: Residual
    ) -> None:
        self._legs = tuple((subject, _TESTS[op], level) for subject, op, level in legs)
        whole = where is None and condition is None
        self._compile = None if whole else lambda: compile_(where, condition)
        self.holds = self._legs_hold if whole else self._first

    def _legs_hold(
        self, properties: Mapping[str, object], attributes: Mapping[str, object], *_: object
    ) -> bool:
        for (owner, path), test, level in self._legs:
            value = dig(properties if owner == "event" else attributes, path)
            if value is None or not test(value, level):
                return False
        return True

    def _first(self, *given: Any) -> bool:
        """Compile the residual when the legs hold for the first time; then it takes this place."""
        if not self._legs_hold(*given):
            return False
        assert self._compile is not None  # noqa: S101 - without a residual nothing leads here
        residual = self._compile()
        self.holds = residual if not self._legs else lambda *g: self._legs_hold(*g) and residual(*g)
        return residual(*given)


_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    **COMPARE,
    "in": lambda value, levels: value in levels,
    "not in": lambda value, levels: value not in levels,
}

_CUTS: Final[Mapping[str, str]] = {
    "<": "[bisect_right(levels, {0}):]",
    "<=": "[bisect_left(levels, {0}):]",
    ">": "[:bisect_left(levels, {0})]",
    ">=": "[:bisect_right(levels, {0})]",
}
"""Which of the ascending levels L satisfy `value op L`."""


def dig(record: Mapping[str, object], path: Sequence[str]) -> object:
    """Return what stands at `path`, or None where anything on the way is missing."""
    value: object = record
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def chain(
    chained: tuple[Any, Sequence[Table]],
    event: str,
    properties: Mapping[str, object],
    attributes: Mapping[str, object],
    history: object,
    now: int,
    zone: object,
    trigger: object,
) -> Sequence[int]:
    """Be the scan of an event whose rows have several shapes: the keys of all its tables."""
    found: list[int] = []
    for table in chained[1]:
        found += table[0](table, event, properties, attributes, history, now, zone, trigger)
    found.sort()
    return found


@lru_cache(maxsize=4096)
def scan_of(shape: Shape) -> Scan:
    """Return the scan for tables of `shape`."""
    subjects = tuple(dict.fromkeys(_subjects(shape)))
    names = {subject: f"v{number}" for number, subject in enumerate(subjects)}
    source = "\n".join(_source(shape, names))
    keys = [path[0] if len(path) == 1 else path for _, path in subjects]
    scan: Scan = _maker(source)(*keys)
    return scan


@lru_cache(maxsize=4096)
def _maker(source: str) -> Callable[..., Scan]:
    """Run generated source and return the function it defines."""
    space: dict[str, Any] = {"bisect_left": bisect_left, "bisect_right": bisect_right, "dig": dig}
    exec(source, space)  # noqa: S102 - holds numbered names and operators only, no author's text
    maker: Callable[..., Scan] = space["make"]
    return maker


def _subjects(shape: Shape) -> Iterator[Subject]:
    if shape.equal is not None:
        yield shape.equal
    if shape.cut is not None:
        yield shape.cut[0]
    for subject, _ in shape.checks:
        yield subject


def _source(shape: Shape, names: Mapping[Subject, str]) -> Iterator[str]:
    """Yield the lines of a function that, given the keys to read, returns the scan."""
    yield f"def make({', '.join(f'k_{name}' for name in names.values())}):"
    yield "  def scan(table, event, p, a, h, now, z, t):"
    yield from (f"    {line}" for line in (_row if shape.single else _block)(shape, names))
    yield "  return scan"


def _read(subject: Subject, name: str) -> str:
    owner = "p" if subject.owner == "event" else "a"
    call = f"{owner}.get(k_{name})" if len(subject.path) == 1 else f"dig({owner}, k_{name})"
    return f"{name} = {call}"


def _fields(shape: Shape) -> list[str]:
    """Name what a row holds, in order."""
    return [f"c{i}" for i in range(len(shape.checks))] + ["r"] * shape.rest + ["key"]


def _row(shape: Shape, names: Mapping[Subject, str]) -> Iterator[str]:
    """Test a single row, leg by leg, reading no more than it takes."""
    read: set[Subject] = set()
    for i, (subject, op) in enumerate(shape.checks):
        name = names[subject]
        if subject not in read:
            yield _read(subject, name)
            yield f"if {name} is None: return ()"
            read.add(subject)
        if i == 0:
            yield f"if not {name} {op} table[1]: return ()"
            yield "table = table[2][event]"
        else:
            yield f"if not {name} {op} table[{i - 1}]: return ()"
    if shape.rest:
        yield "if not table[-2].holds(p, a, h, now, z, t): return ()"
    yield "return (table[-1],)"


def _block(shape: Shape, names: Mapping[Subject, str]) -> Iterator[str]:
    """Find the block, cut it, and test the rows that are left."""
    rows = "table"
    if shape.equal is not None:
        yield _read(shape.equal, names[shape.equal])
        yield f"table = table[1].get({names[shape.equal]})"
        yield "if table is None: return ()"
    else:
        yield "table = table[1]"
    for subject, name in names.items():
        if subject != shape.equal:
            yield _read(subject, name)
            yield f"if {name} is None: return ()"
    if shape.cut is not None:
        subject, op = shape.cut
        yield "levels, rows = table"
        rows = "rows" + _CUTS[op].format(names[subject])
    tests = [f"{names[subject]} {op} c{i}" for i, (subject, op) in enumerate(shape.checks)]
    tests += ["r.holds(p, a, h, now, z, t)"] * shape.rest
    # A list comprehension would be a function of its own before Python 3.12; blocks are short.
    yield "found = []"
    yield f"for {', '.join(_fields(shape))}, in {rows}:"
    yield f"  if {' and '.join(tests)}: found.append(key)" if tests else "  found.append(key)"
    if shape.cut is not None:
        yield "if len(found) > 1: found.sort()"
    yield "return found"
