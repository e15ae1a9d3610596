"""Numbers that have a definition in the field, by name: `standard: nps` with the events it is of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..engine.core.duration import Duration
from ..engine.core.expr import (
    AllTime,
    And,
    Compare,
    Constant,
    Count,
    Expr,
    Happening,
    Has,
    IsPresent,
    ItemField,
    Not,
    Sequence,
    Window,
)
from ..engine.core.kpis import (
    BeforePeriod,
    Calculated,
    Customers,
    Figure,
    InPeriod,
    Number,
    TimeBetween,
    TimeFrom,
    Total,
)

__all__ = ["STANDARDS", "Of", "Standard"]

_PERIOD: Final = InPeriod()
_LAST: Final = InPeriod(-1)


@dataclass(frozen=True, slots=True)
class Of:
    """What an author gives a standard."""

    of: Happening
    path: tuple[str, ...] = ()
    """The property of it, as in `of: purchase.amount`."""
    other: Happening | None = None
    """What stands under `to:` or `among:`."""
    within: Duration | None = None

    def narrowed(self, test: Expr) -> Happening:
        """Return the event where something more holds of it."""
        where = test if self.of.where is None else And((self.of.where, test))
        return replace(self.of, where=where)

    @property
    def second(self) -> Happening:
        """What stands under `to:` or `among:`, which a standard that asks for it has."""
        assert self.other is not None  # noqa: S101 - asked for by the table below
        return self.other

    @property
    def length(self) -> Duration:
        """What stands under `within:`, likewise."""
        assert self.within is not None  # noqa: S101 - as above
        return self.within


@dataclass(frozen=True, slots=True)
class Standard:
    """A definition of the field."""

    figure: Callable[[Of], Figure]
    needs: tuple[str, ...] = ()
    """The keys it needs besides `of:`."""
    takes: tuple[str, ...] = ()
    """The keys it may have."""
    number: bool = False
    """Whether `of:` names a property that is a number."""
    unit: str = ""
    good: Literal["up", "down", ""] = ""


def _ratio(above: Figure, below: Figure) -> Figure:
    return Calculated("/", above, below)


def _customers(*all_of: Expr) -> Figure:
    return Customers(all_of[0] if len(all_of) == 1 else And(all_of))


def _has(what: Happening, window: Window = _PERIOD) -> Expr:
    return Has(what, window)


def _retention(g: Of) -> Figure:
    before = _has(g.of, _LAST)
    return _ratio(_customers(before, _has(g.of)), _customers(before))


def _churn(g: Of) -> Figure:
    before = _has(g.of, _LAST)
    return _ratio(_customers(before, Not(_has(g.of))), _customers(before))


def _repeated(g: Of) -> Figure:
    twice = Compare(">=", Count(g.of, _PERIOD), Constant(2))
    return _ratio(_customers(twice), _customers(_has(g.of)))


def _new(what: Happening) -> Figure:
    return _customers(_has(what), Not(_has(what, BeforePeriod())))


def _frequency(g: Of) -> Figure:
    return _ratio(Count(g.of, _PERIOD), _customers(_has(g.of)))


def _conversion(g: Of) -> Figure:
    both = Sequence(g.of, g.second, g.length)
    return _ratio(_customers(both), _customers(_has(g.of)))


def _abandonment(g: Of) -> Figure:
    alone = Sequence(g.of, g.second, g.length, without=True)
    return _ratio(_customers(alone), _customers(_has(g.of)))


def _lifetime(g: Of) -> Figure:
    ever = AllTime()
    return _ratio(Total("sum", g.of, g.path, ever), _customers(_has(g.of, ever)))


def _acquisition(g: Of) -> Figure:
    return _ratio(Total("sum", g.of, g.path, _PERIOD), _new(g.second))


def _adoption(g: Of) -> Figure:
    return _ratio(_customers(_has(g.of), _has(g.second)), _customers(_has(g.second)))


def _scored(g: Of, op: Literal[">=", "<="], score: int) -> Figure:
    return Count(g.narrowed(Compare(op, ItemField(g.path), Constant(score))), _PERIOD)


def _answered(g: Of) -> Figure:
    return Count(g.narrowed(IsPresent(ItemField(g.path))), _PERIOD)


def _nps(g: Of) -> Figure:
    difference = Calculated("-", _scored(g, ">=", 9), _scored(g, "<=", 6))
    return _ratio(Calculated("*", Number(100), difference), _answered(g))


STANDARDS: Final[Mapping[str, Standard]] = {
    "active customers": Standard(lambda g: _customers(_has(g.of)), good="up"),
    "new customers": Standard(lambda g: _new(g.of), good="up"),
    "retention": Standard(_retention, unit="%", good="up"),
    "churn": Standard(_churn, unit="%", good="down"),
    "repeat rate": Standard(_repeated, unit="%", good="up"),
    "frequency": Standard(_frequency, good="up"),
    "interval": Standard(lambda g: TimeBetween("median", g.of), unit="days", good="down"),
    "conversion": Standard(_conversion, needs=("to", "within"), unit="%", good="up"),
    "abandonment": Standard(_abandonment, needs=("to", "within"), unit="%", good="down"),
    "time to": Standard(
        lambda g: TimeFrom("median", g.of, g.second, g.within),
        needs=("to",), takes=("within",), unit="days", good="down",
    ),
    "average value": Standard(
        lambda g: Total("avg", g.of, g.path, _PERIOD), number=True, good="up"
    ),
    "lifetime value": Standard(_lifetime, number=True, good="up"),
    "acquisition cost": Standard(_acquisition, needs=("to",), number=True, good="down"),
    "adoption": Standard(_adoption, needs=("among",), unit="%", good="up"),
    "nps": Standard(_nps, number=True, good="up"),
    "csat": Standard(
        lambda g: _ratio(_scored(g, ">=", 4), _answered(g)), number=True, unit="%", good="up"
    ),
    "ces": Standard(lambda g: Total("avg", g.of, g.path, _PERIOD), number=True, good="up"),
}  # fmt: skip
"""Each by the word under `standard:`. NPS is asked from 0 to 10, CSAT and CES from 1 upwards."""
