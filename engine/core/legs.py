"""Takes a trigger's conditions apart into legs: plain comparisons that an index can be built on.

Pure analysis: nothing here evaluates. A condition that is true has every one of its legs true.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Final, Literal, NamedTuple

from .expr import (
    And,
    Attribute,
    Between,
    Compare,
    Constant,
    Expr,
    In,
    ItemField,
    Not,
    Or,
    TriggerField,
)

__all__ = ["Leg", "LegOp", "Legs", "Scalar", "Subject", "take_apart"]

Scalar = str | int | float | bool
LegOp = Literal["==", "in", "!=", "not in", "<", "<=", ">", ">="]


class Subject(NamedTuple):
    """What a leg looks at: a property of the event, or an attribute of the customer."""

    owner: Literal["event", "customer"]
    path: tuple[str, ...]


class Leg(NamedTuple):
    """`segment == "smb"`: a subject against a constant; unknown when the subject is missing."""

    subject: Subject
    op: LegOp
    level: Scalar | frozenset[Scalar]


@dataclass(frozen=True, slots=True)
class Legs:
    """A trigger's conditions: the legs, and what is no leg, to be evaluated as it was written."""

    legs: tuple[Leg, ...]
    where: Expr | None
    condition: Expr | None


_OPPOSITE: Final[Mapping[str, LegOp]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
"""What is true of two known values exactly when the other is false."""

_MIRRORED: Final[Mapping[str, LegOp]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""The same comparison with its sides exchanged."""


def take_apart(where: Expr | None, condition: Expr | None) -> Legs:
    """Return the legs of an event trigger's `where` and `if`, and what is left of each.

    Both are true exactly when every leg is true and both remainders are.
    """
    legs: list[Leg] = []
    where_left = _sort_out(where, legs)
    condition_left = _sort_out(condition, legs)
    return Legs(tuple(legs), where_left, condition_left)


def _sort_out(expr: Expr | None, legs: list[Leg]) -> Expr | None:
    """Put the legs of `expr` into `legs` and return the conjunction of everything else."""
    rest: list[Expr] = []
    for part, truth in _conjuncts(expr, truth=True) if expr is not None else ():
        leg = _leg(part, truth=truth)
        if leg is None:
            rest.append(part if truth else Not(part))
        else:
            legs.append(leg)
    if len(rest) > 1:
        return And(tuple(rest))
    return rest[0] if rest else None


def _conjuncts(expr: Expr, *, truth: bool) -> Iterator[tuple[Expr, bool]]:
    """Yield what must be true (or false) for `expr` to be `truth`; Kleene keeps De Morgan."""
    match expr:
        case Not(value):
            yield from _conjuncts(value, truth=not truth)
        case And(items) if truth:
            for item in items:
                yield from _conjuncts(item, truth=True)
        case Or(items) if not truth:
            for item in items:
                yield from _conjuncts(item, truth=False)
        case Between(value, low, high) if truth:
            yield Compare(">=", value, low), True
            yield Compare("<=", value, high), True
        case _:
            yield expr, truth


def _leg(expr: Expr, *, truth: bool) -> Leg | None:
    """Return `expr` (or, where `truth` is False, its negation) as a leg, if it is one."""
    match expr:
        case Compare(op, left, right, False):
            return _comparison(op, left, right, truth=truth)
        case Attribute() | TriggerField() | ItemField():
            return Leg(_subject(expr), "==", truth)
        case In(Attribute() | TriggerField() | ItemField() as value, items, False):
            return _membership(_subject(value), items, truth=truth)
        case _:
            return None


def _comparison(op: str, left: Expr, right: Expr, *, truth: bool) -> Leg | None:
    """Return `left op right` as a leg, if one side is a name and the other a constant."""
    match left, right:
        case ((Attribute() | TriggerField() | ItemField()), Constant(value)):
            name = left
        case Constant(value), (Attribute() | TriggerField() | ItemField()):
            name, op = right, _MIRRORED.get(op, "")
        case _:
            return None
    if op not in _OPPOSITE or isinstance(value, tuple):
        return None
    # Twice opposite is the operator itself, now with a type that says it belongs to a leg.
    opposite = _OPPOSITE[op]
    return Leg(_subject(name), _OPPOSITE[opposite] if truth else opposite, _level(value))


def _membership(subject: Subject, items: tuple[Expr, ...], *, truth: bool) -> Leg | None:
    """Return `subject in items` (or `not in`) as a leg, if all items are written out.

    An empty list is no leg: nothing is in it, not even a missing value.
    """
    levels: set[Scalar] = set()
    for item in items:
        if not isinstance(item, Constant) or isinstance(item.value, tuple):
            return None
        levels.add(_level(item.value))
    if len(levels) == 1:
        return Leg(subject, "==" if truth else "!=", levels.pop())
    return Leg(subject, "in" if truth else "not in", frozenset(levels)) if levels else None


def _level(value: Scalar) -> Scalar:
    """Return the one copy of a text: 10,000 rows that name 100 segments touch 100 texts."""
    return intern(value) if isinstance(value, str) else value


def _subject(name: Attribute | TriggerField | ItemField) -> Subject:
    """Return what a name refers to while an event is matched: its own properties, or a customer."""
    if isinstance(name, Attribute):
        return Subject("customer", (name.name, *name.path))
    return Subject("event", name.path)
