"""Conditions as SQL of two sides, when they may be true and when false; and how such are put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, literal, not_, or_, true
from sqlalchemy.sql.elements import False_

from ..core.anchors import Intervals
from .columns import Sql

__all__ = [
    "ANYBODY", "OPS", "Part", "all_of", "any_of", "counted", "inside", "known", "later", "of_order",
]  # fmt: skip

OPS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, or a part of one, as SQL."""

    yes: Sql
    """True of all of whom the condition is true."""
    no: Sql
    """True of all of whom it is false."""
    exact: bool = True
    """Whether they are true of nobody else, but for those who are vague."""
    vague: Sql = false()  # noqa: RUF009 - it is one value, and nobody changes it
    """True of those about whom both may be wrong; never NULL."""

    @property
    def is_vague(self) -> bool:
        """Whether there may be any such."""
        return not isinstance(self.vague, False_)

    def turned(self) -> "Part":
        """Return the negation."""
        return Part(self.no, self.yes, self.exact, self.vague)

    def but(self, doubts: Sequence[Sql]) -> "Part":
        """Return the same, where it may be either for those whom doubts are true of."""
        return Part(
            or_(self.yes, *doubts), or_(self.no, *doubts), self.exact, or_(self.vague, *doubts)
        )


ANYBODY: Final = Part(true(), true(), exact=False)


def all_of(parts: Sequence[Part]) -> Part:
    """Return what is true when all are, and false when one is."""
    yes, no = and_(*(p.yes for p in parts)), or_(*(p.no for p in parts))
    return Part(yes, no, _exact(parts), _vague(parts))


def any_of(parts: Sequence[Part]) -> Part:
    """Return what is true when one is, and false when all are."""
    yes, no = or_(*(p.yes for p in parts)), and_(*(p.no for p in parts))
    return Part(yes, no, _exact(parts), _vague(parts))


def _exact(parts: Sequence[Part]) -> bool:
    return all(part.exact for part in parts)


def _vague(parts: Sequence[Part]) -> Sql:
    return or_(false(), *(part.vague for part in parts))


def known(sql: Sql) -> Part:
    """Return what SQL finds true, false or, of what is missing, neither."""
    return Part(sql, not_(sql))


def of_order(op: str, upto: Part, earlier: Part) -> Part:
    """Return how something is ordered, of which it is known when it is not later, and when earlier."""
    match op:
        case "<=":
            return upto
        case ">":
            return upto.turned()
        case "<":
            return earlier
        case ">=":
            return earlier.turned()
        case _:
            same = all_of((upto, earlier.turned()))
            return same if op == "==" else same.turned()


def inside(value: Sql, intervals: Intervals) -> Part:
    """Return whether a value is inside one of some intervals."""
    known_ = value.is_not(None)
    if not intervals:
        return Part(false(), known_)
    if intervals == ((None, None),):
        return Part(known_, false())
    return known(or_(*(_between(value, *ends) for ends in intervals)))


def _between(value: Sql, low: int | None, high: int | None) -> Sql:
    ends = [] if low is None else [value >= low]
    return and_(*ends, *([] if high is None else [value <= high]))


def later(last: Sql, since: Sql) -> Part:
    """Ask which came last; of one instant that is what arrived later, which only the state knows."""
    both = and_(last.is_not(None), since.is_not(None))
    no = or_(last.is_(None), since.is_(None), last <= since)
    return Part(and_(both, last >= since), no, vague=and_(both, last == since))


def counted(lately: Part, since: Part, total: Sql, fits: Callable[[Any], Any]) -> Part:
    """Ask whether a count fits, of which all are in a window, none, or some: one to all but one."""
    some = and_(total.is_not(None), lately.yes, since.no)
    least, most = literal(bool(fits(1))), fits(total - 1)
    none = lately.no if fits(0) else false()
    missed = false() if fits(0) else lately.no
    return Part(
        or_(none, and_(since.yes, fits(total)), and_(some, or_(least, most))),
        or_(missed, and_(since.yes, not_(fits(total))), and_(some, or_(not_(least), not_(most)))),
        vague=and_(some, least != most),
    )
