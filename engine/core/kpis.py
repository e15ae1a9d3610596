"""Numbers that a project is steered by, as data: what is counted, of whom, and in which time.

A number is asked for one period, a month say. Nothing here is decided with; a report asks the log.
"""

from typing import Literal

from .duration import Duration
from .expr import AllTime, Count, Expr, Happening, Window
from .fixed import node
from .node import Node

__all__ = [
    "BeforePeriod",
    "Calculated",
    "CustomerStat",
    "Customers",
    "Figure",
    "InPeriod",
    "Kpi",
    "Number",
    "Other",
    "Statistic",
    "TimeBetween",
    "TimeFrom",
    "Total",
    "parts",
]

Statistic = Literal["sum", "avg", "min", "max", "median"]


# --- windows ------------------------------------------------------------------------------------


@node
class InPeriod(AllTime):
    """No window: the period itself; `3 periods after` and `in the period before` are others."""

    after: int = 0
    """How many periods later; earlier where it is negative."""


@node
class BeforePeriod(AllTime):
    """`before the period`: all that happened until it began."""


# --- numbers ------------------------------------------------------------------------------------


@node
class Number(Node):
    """`100`: a number written out."""

    value: int | float


@node
class Customers(Node):
    """`number of customers where (has purchase)`: of how many it is true at the period's end."""

    where: Expr | None = None


@node
class CustomerStat(Node):
    """`avg of customers.seats where (has login)`: over an attribute, as it was at the period's end."""

    fn: Statistic
    attribute: str
    where: Expr | None = None


@node
class Total(Node):
    """`median of purchase.amount`: over known values; the sum of none is 0, the rest is missing."""

    fn: Statistic
    what: Happening
    path: tuple[str, ...]
    window: Window


@node
class TimeFrom(Node):
    """`median of time from sign-up to purchase within 30 days`, in days of 24 hours.

    For each customer from the first A in the period to the first B after it, for those who have one.
    """

    fn: Statistic
    first: Happening
    then: Happening
    within: Duration | None = None


@node
class TimeBetween(Node):
    """`avg of time between purchase`: from each one in the period back to the customer's last before."""

    fn: Statistic
    what: Happening


@node
class Other(Node):
    """`repeat-rate`: another KPI, for the same period and group."""

    name: str


@node
class Calculated(Node):
    """`a / b`: missing in, or division by zero, gives missing."""

    op: Literal["+", "-", "*", "/"]
    left: "Figure"
    right: "Figure"


Figure = (
    Number | Customers | CustomerStat | Count | Total | TimeFrom | TimeBetween | Other | Calculated
)
"""What a KPI comes to. Read it with `match`; the type checker confirms every case is there."""


@node
class Kpi(Node):
    """A number by its declared name."""

    name: str
    figure: Figure
    title: str = ""
    unit: str = ""
    """What stands behind it; `%` says that the number is a part of one, and is shown as a share."""
    good: Literal["up", "down", ""] = ""
    """Which way is better."""
    indicator: Literal["leading", "lagging", ""] = ""
    target: float | None = None
    by: str = ""
    """The attribute by whose values, at the period's end, customers are told apart."""


def parts(figure: Figure) -> tuple[Figure, ...]:
    """Return the numbers that a number is calculated from, itself where it is not.

    >>> parts(Calculated("/", Number(1), Calculated("+", Number(2), Other("x"))))
    (Number(value=1), Number(value=2), Other(name='x'))
    """
    if isinstance(figure, Calculated):
        return (*parts(figure.left), *parts(figure.right))
    return (figure,)
