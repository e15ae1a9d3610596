"""The condition tree: the parser builds it, the checker types it, the core evaluates it.

Every name is resolved: an `Attribute` carries the declared spelling, a `Happening` a declared event.
Inside the core a text is `str`, a number `int` or `float`, a boolean `bool`, a date an ISO string
(`"2026-09-01"`), an instant an `int` (microseconds since 1970 UTC), a list a `list`, a record a
`dict`, and *missing* is `None`. The place a node was written takes no part in equality or hashing.
"""

from dataclasses import dataclass, field
from typing import Literal as OneOf

from .duration import Duration
from .origin import NOWHERE, Span

__all__ = [
    "Absent",
    "AllTime",
    "And",
    "Arith",
    "Attribute",
    "Between",
    "Compare",
    "Constant",
    "Count",
    "DayOf",
    "DaysSince",
    "DaysSinceEvent",
    "DaysUntil",
    "Default",
    "DurationOf",
    "Expr",
    "Happening",
    "Has",
    "In",
    "IsMissing",
    "IsPresent",
    "ItemField",
    "LastWindow",
    "Like",
    "Matches",
    "Negate",
    "Not",
    "Now",
    "Or",
    "Sequence",
    "SinceEvent",
    "SinceTrigger",
    "Stat",
    "TimeSince",
    "Today",
    "TriggerField",
    "ValueOf",
    "Window",
    "WithinLast",
    "WithinNext",
]


# --- values -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """`"pro"`, `50`, `true`, and a list of such: a value written out."""

    value: str | int | float | bool | tuple["Constant", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DayOf:
    """`date "2026-03-01"`: a date written out, kept in ISO form."""

    iso: str
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DurationOf:
    """`14 days` as one side of a comparison with `time since`."""

    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Now:
    """`now`: the instant at which the condition is looked at."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Today:
    """`today`: the date of `now` in the customer's zone."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`plan`, `customer.plan`, `address.city`: a value the customer carries, by declared name."""

    name: str
    path: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class TriggerField:
    """`event.amount`, `trigger.amount`: a property of the event that started the run."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class ItemField:
    """A bare name inside `where (…)`: a property of the event being looked at."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Arith:
    """`seats * 2`: arithmetic on numbers; missing in, or division by zero, gives missing."""

    op: OneOf["+", "-", "*", "/"]
    left: "Expr"
    right: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Negate:
    """`-x`."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Default:
    """`x default 0`: the first value, or the second where the first is missing."""

    value: "Expr"
    otherwise: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- truth --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Not:
    """`not a` in Kleene's logic: the negation of unknown is unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and c`: false when one is false, true when all are true, else unknown."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or c`: true when one is true, false when all are false, else unknown."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Compare:
    """`seats >= 10`, `name starts with "A"`: two sides and how they must relate.

    `contains` takes a text or a list on the left. `folded` is `ignoring case`. A comparison with
    missing is unknown. A date beside an instant (or `now`) stands for its first instant in the
    customer's zone. `time since … > 14 days` compares instants: now against then + 14 days.
    """

    op: OneOf["==", "!=", "<", "<=", ">", ">=", "contains", "starts with", "ends with"]
    left: "Expr"
    right: "Expr"
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Between:
    """`seats between 5 and 10`: both ends belong to it."""

    value: "Expr"
    low: "Expr"
    high: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class In:
    """`plan in ["pro", "free"]`; `not in` is a `Not` around it. A missing item is unknown."""

    value: "Expr"
    items: tuple["Expr", ...]
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Like:
    """`name like "acme*"`: `*` stands for any characters, everything else for itself."""

    value: "Expr"
    pattern: str
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Matches:
    """`name matches "^a+$"`: a search with a linear-time regular expression, handed to the core."""

    value: "Expr"
    pattern: str
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class IsMissing:
    """`x is missing`: never unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class IsPresent:
    """`x is present`: never unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- history ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happening:
    """`purchase where (amount > 100)`: the events that count."""

    event: str
    where: "Expr | None" = None
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class AllTime:
    """No window, or `ever`: all history."""


@dataclass(frozen=True, slots=True)
class LastWindow:
    """`in last 30 days`: an event at e is inside from e until just before e + 30 days."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class SinceEvent:
    """`since login`: after the last such event, in the order things happened; empty without one."""

    event: str


@dataclass(frozen=True, slots=True)
class SinceTrigger:
    """`since trigger`: after what started the run, in the order things happened."""


Window = AllTime | LastWindow | SinceEvent | SinceTrigger


@dataclass(frozen=True, slots=True)
class Count:
    """`count of login in last 30 days`: never missing."""

    what: Happening
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Has:
    """`has login in last 7 days`; `no login in last 7 days` is a `Not` around it. Never unknown."""

    what: Happening
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Absent:
    """`no login for 14 days`: 14 days have passed since the later of last login and first sight."""

    what: Happening
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Stat:
    """`sum of purchase.amount in last 90 days`: over known values; the sum of none is 0."""

    fn: OneOf["sum", "avg", "min", "max"]
    what: Happening
    path: tuple[str, ...]
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class ValueOf:
    """`last value of purchase.sku`: of the first or last such event, missing without one."""

    which: OneOf["first", "last"]
    what: Happening
    path: tuple[str, ...]
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Sequence:
    """`has A then B within 7 days`: some A, and a B after it and before A + 7 days."""

    first: Happening
    then: Happening
    within: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class TimeSince:
    """`time since [first] login`: stands beside a duration in a comparison, nowhere else."""

    which: OneOf["first", "last"]
    what: Happening
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DaysSinceEvent:
    """`days since last login`: completed calendar days, missing without a login."""

    which: OneOf["first", "last"]
    what: Happening
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DaysSince:
    """`days since last_invoice_at`: n from anchor + n days until just before anchor + (n+1) days."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DaysUntil:
    """`days until renewal_date`: the negative of `days since`, so it steps at the same instants."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class WithinNext:
    """`renewal_date in next 90 days`: now <= x < now + 90 days, so from x - 90 days until x."""

    value: "Expr"
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class WithinLast:
    """`last_invoice_at in last 30 days`: from x until just before x + 30 days."""

    value: "Expr"
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


Expr = (
    Constant
    | DayOf
    | DurationOf
    | Now
    | Today
    | Attribute
    | TriggerField
    | ItemField
    | Arith
    | Negate
    | Default
    | Not
    | And
    | Or
    | Compare
    | Between
    | In
    | Like
    | Matches
    | IsMissing
    | IsPresent
    | Count
    | Has
    | Absent
    | Stat
    | ValueOf
    | Sequence
    | TimeSince
    | DaysSinceEvent
    | DaysSince
    | DaysUntil
    | WithinNext
    | WithinLast
)
"""Any node of a condition. Read it with `match`; the type checker confirms every case is there."""
