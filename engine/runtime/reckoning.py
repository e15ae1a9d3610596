"""Arithmetic over columns: to the last digit what Python makes of it, or in doubt.

Columns are floating point, and attributes may be whole numbers, of which Python knows them all. Both
come to the same as long as nothing on the way is beyond 2^53; for whom a column is too large for
that, or so small that PostgreSQL might refuse to calculate, the answer is in doubt.
"""

from collections.abc import Callable, Iterator, Mapping
from math import frexp
from typing import Any, Final

from sqlalchemy import and_, case, func, not_, or_

from ..core import expr as E
from ..core.expr import Expr
from .columns import Columns, Sql, Valued

__all__ = ["reckoned"]

_MOST: Final = 4
"""So many columns may be calculated with: more, and nothing could be told of large numbers."""
_EXACT: Final = 53
"""Whole numbers of so many bits are exact as floating point."""
_TINY: Final = 2.0**-50
_ARITH: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    # What is divided by zero is missing.
    "/": lambda a, b: a / func.nullif(b, 0.0),
}  # fmt: skip


def reckoned(columns: Columns, expr: E.Arith | E.Negate) -> tuple[Valued, list[Sql]] | None:
    """Return what is calculated, and of whom it is in doubt; None for what columns do not tell."""
    leaves = [columns.value(leaf) for leaf in _leaves(expr)]
    if any(one is None or one.kind != "number" for one in leaves) or len(leaves) > _MOST:
        return None
    bits = next((bits for bits in range(_EXACT, 0, -1) if _fits(expr, bits)), None)
    if bits is None:
        return None
    doubts = list[Sql]()
    return Valued(_sql(columns, expr, 2.0**bits, doubts), "number"), doubts


def _leaves(expr: Expr) -> Iterator[Expr]:
    match expr:
        case E.Arith(_, left, right):
            yield from _leaves(left)
            yield from _leaves(right)
        case E.Negate(value):
            yield from _leaves(value)
        case _:
            yield expr


def _fits(expr: Expr, bits: int) -> bool:
    """Whether all that is calculated is exact, when no column holds more bits than so many."""
    match expr:
        case E.Arith(_, left, right):
            inner = _fits(left, bits) and _fits(right, bits)
            return inner and _bits(expr, bits) <= _EXACT
        case E.Negate(value):
            return _fits(value, bits)
        case E.Constant(int() | float() as number):
            return number == 0 or _TINY <= abs(number) <= 2**_EXACT
        case _:
            return True


def _bits(expr: Expr, bits: int) -> int:
    """Return how many bits whole numbers may come to; what is divided is floating point in both."""
    match expr:
        case E.Arith("/"):
            return 0
        case E.Arith("*", left, right):
            return _bits(left, bits) + _bits(right, bits)
        case E.Arith(_, left, right):
            return max(_bits(left, bits), _bits(right, bits)) + 1
        case E.Negate(value):
            return _bits(value, bits)
        case E.Constant(int() | float() as number):
            return max(frexp(number)[1], 0)
        case _:
            return bits


def _sql(columns: Columns, expr: Expr, most: float, doubts: list[Sql]) -> Sql:
    match expr:
        case E.Arith(op, left, right):
            sides = (_sql(columns, side, most, doubts) for side in (left, right))
            made: Sql = _ARITH[op](*sides)
            return made
        case E.Negate(value):
            return -_sql(columns, value, most, doubts)
        case _:
            found = columns.value(expr)
            assert found is not None  # noqa: S101 - it was looked at
            if isinstance(expr, E.Constant):
                return found.sql
            fine = or_(found.sql == 0.0, func.abs(found.sql).between(_TINY, most))
            doubts.append(and_(found.sql.is_not(None), not_(fine)))
            return case((fine, found.sql))
