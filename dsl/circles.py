"""Warns of rules of a lifecycle that would lead a customer round in a circle at one instant."""

from math import inf

from ..engine.core.expr import Compare, Constant, Expr
from ..engine.core.lifecycles import Move, held_by
from ..engine.core.relations import MIRRORED
from ..engine.core.vocabulary import Type
from .diagnostics import Diagnostic, Label, Report
from .document import Scalar

__all__ = ["warn_circles"]

Rules = list[tuple[Move, Scalar]]


def warn_circles(rules: Rules, kind: Type, report: Report) -> None:
    """Report two rules between the same stages that can be seen to hold at once.

    Rules that hold for a time are left alone: a customer stays somewhere meanwhile.
    """
    at_once = [(move, text) for move, text in rules if move.hold is None]
    for number, (one, text) in enumerate(at_once):
        for other, first in at_once[:number]:
            if _leads_back(one, other, kind) and _overlap(one.condition, other.condition):
                report.add(
                    Diagnostic(
                        "P302",
                        "these two rules may both be true, and lead to and fro",
                        text.span,
                        "leads back",
                        ("leave a gap between their levels, or let one hold `for 7 days`",),
                        severity="warning",
                        others=(Label(first.span, "leads here"),),
                    )
                )


def _leads_back(one: Move, other: Move, kind: Type) -> bool:
    """Whether each of two rules begins where the other ends."""
    ends = [(_stages(move.old, kind), held_by(move.new or "", kind)[0]) for move in (one, other)]
    return ends[0][1] in ends[1][0] and ends[1][1] in ends[0][0]


def _stages(name: str | None, kind: Type) -> tuple[str, ...]:
    return held_by(name or "", kind)


def _overlap(one: Expr | None, other: Expr | None) -> bool:
    """Whether two conditions are the same, or levels of one value with values between them."""
    if one == other:
        return True
    first, second = _range(one), _range(other)
    if first is None or second is None or first[0] != second[0]:
        return False
    return max(first[1], second[1]) < min(first[2], second[2])


def _range(expr: Expr | None) -> tuple[Expr, float, float] | None:
    """Return what is compared with a number, and between which numbers it has to lie."""
    match expr:
        case Compare(op, Constant() as left, right) if op in MIRRORED:
            return _range(Compare(MIRRORED[op], right, left))
        case Compare("<" | "<=", left, Constant(int() | float() as level)):
            return left, -inf, level
        case Compare(">" | ">=", left, Constant(int() | float() as level)):
            return left, level, inf
        case _:
            return None
