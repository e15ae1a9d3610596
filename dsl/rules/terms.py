"""What atoms are about, each with a value for every way in which its atoms can come out.

Of a term only finitely many values differ to its atoms: those written beside it, one between any
two, one beyond each end, and missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Protocol

from ...engine.core.certain import never_missing
from ...engine.core.expr import (
    Absent,
    Attribute,
    Compare,
    Constant,
    Count,
    DayOf,
    Default,
    Expr,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    NumberOf,
    TimeInStage,
)
from ...engine.core.lifecycles import leaves_of
from ...engine.core.node import Node
from ...engine.core.reads import parts_of
from ...engine.core.vocabulary import Type, Vocabulary
from .atoms import about, sides
from .happenings import counted, happenings
from .moments import moments
from .outcomes import FALSE, OPEN, TRUE, UNKNOWN, compared, either, truth
from .stretches import stretch

__all__ = ["Term", "terms"]

_COUNTED: Final = (Count, NumberOf)


class Term(Protocol):
    """What some atoms are about."""

    @property
    def values(self) -> Sequence[object]:
        """A value for every way in which its atoms can come out."""

    def judged(self, atom: Expr, value: object) -> int:
        """Return what an atom may come to at one of the values."""


def terms(atoms: Sequence[Expr], words: Vocabulary) -> dict[int, Term]:
    """Return the term of each atom, by the identity of the atom; what they share they are about."""
    groups: dict[Node, list[Expr]] = {}
    for atom in atoms:
        groups.setdefault(about(atom), []).append(atom)
    found: dict[int, Term] = {}
    for subject, group in groups.items():
        term = _term(subject, group, words)
        if term is not None:
            found |= {id(one): term for one in group}
            continue
        alone = {one: _Itself(one, words) for one in group}
        found |= {id(one): alone[one] for one in group}
    return found


def _term(subject: Node, group: Sequence[Expr], words: Vocabulary) -> Term | None:
    """Return the term of what a group is about, None where its atoms are better left apart."""
    if isinstance(subject, Constant):
        return _Value(group, [subject.value])  # Who is not known to belong to a segment does not.
    if isinstance(subject, Happening):
        match group:
            case [Has() | Absent()]:
                return None
            case [Compare() | In() as one] if (count := counted(one)) is not None:
                return _Value(group, _guessed(count, _written(group)))
            case _:
                return happenings(group)
    if isinstance(subject, TimeInStage):
        return moments(group, dated=False, since=True)
    kind = words.attributes.get(subject.name) if isinstance(subject, Attribute) else None
    if kind is None or (isinstance(subject, Attribute) and subject.path):
        timed = any(isinstance(one, DayOf) for atom in group for one in parts_of(atom))
        if timed or any(stretch(atom) is not None for atom in group):
            return moments(group, dated=False)
        return _Value(group, _guessed(subject, _written(group)))
    if kind.kind in ("date", "instant"):
        return moments(group, dated=kind.kind == "date")
    certain = isinstance(subject, Attribute) and subject.name in words.certain
    return _Value(group, [*([] if certain else [None]), *_declared(kind, _written(group))])


class _Itself:
    """An atom that is not understood: it may come to anything, but to the same wherever it stands."""

    def __init__(self, atom: Expr, words: Vocabulary) -> None:
        known = never_missing(atom, words.certain)
        self.values: Sequence[object] = (True, False) if known else (True, False, None)

    def judged(self, atom: Expr, value: object) -> int:  # noqa: ARG002 - a term has one atom
        return truth(value)


class _Value:
    """A value that is compared with values written out."""

    def __init__(self, group: Sequence[Expr], values: Sequence[object]) -> None:
        self.values = values
        self.sides = {id(atom): sides(atom) for atom in group if isinstance(atom, Compare)}

    def judged(self, atom: Expr, value: object) -> int:
        match atom:
            case Compare():
                found = self.sides[id(atom)]
                if found is None:
                    return truth(value)
                at = (
                    value if value is not None or found.otherwise is None else found.otherwise.value
                )
                return compared(found.op, at, _read(found.other))
            case In(of, items, folded=False):
                # One that is equal is enough; the values written out are never missing.
                at = _read_or(of, value)
                each = [compared("==", at, _read(item)) for item in items]
                return either([UNKNOWN if at is None else FALSE, *each])
            case IsMissing(of):
                return TRUE if _read_or(of, value) is None else FALSE
            case IsPresent(of):
                return FALSE if _read_or(of, value) is None else TRUE
            case Has():
                return truth(value if value is OPEN else value != 0)
            case _:
                return truth(value)


def _read(written: Expr) -> object:
    return written.value if isinstance(written, Constant) else OPEN


def _read_or(of: Expr, value: object) -> object:
    if value is None and isinstance(of, Default) and isinstance(of.otherwise, Constant):
        return of.otherwise.value
    return value


def _written(group: Iterable[Expr]) -> set[object]:
    """Return the values that atoms tell apart."""
    found = set[object]()
    for atom in group:
        for part in parts_of(atom):
            inner = part.otherwise if isinstance(part, Default) else part
            if isinstance(inner, Constant):
                found.add(inner.value)
    return found


def _declared(kind: Type, seen: set[object]) -> list[object]:
    match kind.kind:
        case "boolean":
            return [True, False]
        case "one of":
            return list(leaves_of(kind))
        case "number":
            return _numbers(seen)
        case "text":
            return _texts(seen)
        case _:
            return [OPEN]


def _guessed(subject: Node, seen: set[object]) -> list[object]:
    """Return values for a term whose type is not at hand."""
    if isinstance(subject, _COUNTED):
        return list(_whole(seen))
    if isinstance(subject, Expr) and never_missing(subject) and not seen:
        return [True, False]
    numbers = bool(seen) and all(type(one) in (int, float) for one in seen)
    return [None, *(_numbers(seen) if numbers else [OPEN])]


def _numbers(seen: set[object]) -> list[object]:
    levels = sorted({one for one in seen if isinstance(one, int | float)})
    if not levels:
        return [OPEN]
    between = [(low + high) / 2 for low, high in pairwise(levels)]
    return [levels[0] - 1, *levels, *between, levels[-1] + 1]


def _whole(seen: set[object]) -> Iterator[object]:
    levels = {int(one) for one in seen if isinstance(one, int | float)} or {0}
    near = {level + step for level in levels for step in (-1, 0, 1)}
    yield from sorted({0, 1, *(one for one in near if one >= 0)})


def _texts(seen: set[object]) -> list[object]:
    texts = sorted(one for one in seen if isinstance(one, str))
    return [*texts, "".join(texts) + "\x00"]
