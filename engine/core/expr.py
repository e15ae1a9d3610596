"""The condition tree: the parser builds it, the checker types it, the core evaluates it.

Every name is resolved: an `Attribute` carries the declared spelling, a `Happening` a declared event.
Inside the core a text is `str`, a number `int` or `float`, a boolean `bool`, a date an ISO string
(`"2026-09-01"`), an instant an `int` (microseconds since 1970 UTC), a list a `list`, a record a
`dict`, and *missing* is `None`. The place a node was written takes no part in equality or hashing.
"""

from dataclasses import field
from typing import Literal as OneOf

from .duration import Duration
from .fixed import node
from .node import Node
from .origin import NOWHERE, Span

__all__ = [
    "Absent",
    "Ago",
    "AllTime",
    "And",
    "AnswerField",
    "Arith",
    "Attribute",
    "Between",
    "Compare",
    "Constant",
    "Count",
    "DayOf",
    "DaysInStage",
    "DaysSince",
    "DaysSinceEvent",
    "DaysUntil",
    "Default",
    "DurationOf",
    "Expr",
    "FirstField",
    "GivenField",
    "Happening",
    "Has",
    "In",
    "IsMissing",
    "IsPresent",
    "ItemField",
    "Joined",
    "LastWindow",
    "Like",
    "ListOf",
    "Matches",
    "Missing",
    "MovedBy",
    "Negate",
    "Not",
    "Now",
    "NumberOf",
    "Or",
    "Pairs",
    "Quantified",
    "RecordField",
    "RecordOf",
    "Records",
    "Sequence",
    "SinceEvent",
    "SinceTrigger",
    "Stat",
    "TextOf",
    "TimeInStage",
    "TimeSince",
    "Today",
    "TriggerField",
    "ValueOf",
    "WasIn",
    "Window",
    "WithinLast",
    "WithinNext",
]


# --- values -------------------------------------------------------------------------------------


@node
class Constant(Node):
    """`"pro"`, `50`, `true`, and a list of such: a value written out."""

    value: str | int | float | bool | tuple["Constant", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DayOf(Node):
    """`date "2026-03-01"`: a date written out, kept in ISO form."""

    iso: str
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DurationOf(Node):
    """`14 days` as one side of a comparison with `time since`."""

    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Now(Node):
    """`now`: the instant at which the condition is looked at."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Today(Node):
    """`today`: the date of `now` in the customer's zone."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Attribute(Node):
    """`plan`, `customer.plan`, `address.city`: a value the customer carries, by declared name."""

    name: str
    path: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class TriggerField(Node):
    """`event.amount`, `trigger.amount`: a property of the event that started the run."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class GivenField(TriggerField):
    """`with.purpose` in a `never:`: what an action is given, which there stands for the event."""


@node
class AnswerField(Node):
    """`credit.answer.limit`, `credit.failed`: of the answer that a `do` with `as: credit` got."""

    name: str
    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class ItemField(Node):
    """A bare name inside `where (…)`: a property of the event being looked at."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class FirstField(Node):
    """`first.order_id` inside the second `where (…)` of `has A then B …`: a property of that A."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Arith(Node):
    """`seats * 2`: arithmetic on numbers; missing in, or division by zero, gives missing."""

    op: OneOf["+", "-", "*", "/"]
    left: "Expr"
    right: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Negate(Node):
    """`-x`."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Default(Node):
    """`x default 0`: the first value, or the second where the first is missing."""

    value: "Expr"
    otherwise: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- truth --------------------------------------------------------------------------------------


@node
class Not(Node):
    """`not a` in Kleene's logic: the negation of unknown is unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class And(Node):
    """`a and b and c`: false when one is false, true when all are true, else unknown."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Or(Node):
    """`a or b or c`: true when one is true, false when all are false, else unknown."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Compare(Node):
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


@node
class Between(Node):
    """`seats between 5 and 10`: both ends belong to it."""

    value: "Expr"
    low: "Expr"
    high: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class In(Node):
    """`plan in ["pro", "free"]`; `not in` is a `Not` around it. A missing item is unknown."""

    value: "Expr"
    items: tuple["Expr", ...]
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Like(Node):
    """`name like "acme*"`: `*` stands for any characters, everything else for itself."""

    value: "Expr"
    pattern: str
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Matches(Node):
    """`name matches "^a+$"`: a search with a linear-time regular expression, handed to the core."""

    value: "Expr"
    pattern: str
    folded: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class IsMissing(Node):
    """`x is missing`: never unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class IsPresent(Node):
    """`x is present`: never unknown."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- records ------------------------------------------------------------------------------------


@node
class RecordField(Node):
    """A bare name inside `contacts where (…)`: a field of the record; without a path `it`, all of it."""

    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Records(Node):
    """`contacts where (role == "champion")`: the items of a list that count; a missing list is empty."""

    of: "Expr"
    where: "Expr | None" = None
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Quantified(Node):
    """`any of contacts where (…)`: Kleene's `or` over the items, for `all` his `and`.

    `none of` is the negation of `any of`.
    """

    which: OneOf["any", "all", "none"]
    records: Records
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class NumberOf(Node):
    """`number of contacts where (…)`: of how many items it is known to be true; never missing."""

    records: Records
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- history ------------------------------------------------------------------------------------


@node
class Happening(Node):
    """`purchase where (amount > 100)`: the events that count."""

    event: str
    where: "Expr | None" = None
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Pairs(Node):
    """`A then B within 7 days` as a trigger has it: As and Bs are remembered with all they carry.

    In the second's `where`, `trigger.order_id` is a property of the first.
    """

    first: Happening
    then: Happening
    within: Duration


@node
class AllTime(Node):
    """No window, or `ever`: all history."""


@node
class LastWindow(Node):
    """`in last 30 days`: an event at e is inside from e until just before e + 30 days."""

    duration: Duration


@node
class SinceEvent(Node):
    """`since login`: after the last such event, in the order things happened; empty without one."""

    event: str


@node
class SinceTrigger(Node):
    """`since trigger`: after what started the run, in the order things happened."""


Window = AllTime | LastWindow | SinceEvent | SinceTrigger


@node
class Count(Node):
    """`count of login in last 30 days`: never missing."""

    what: Happening
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Has(Node):
    """`has login in last 7 days`; `no login in last 7 days` is a `Not` around it. Never unknown."""

    what: Happening
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Absent(Node):
    """`no login for 14 days`: 14 days have passed since the later of last login and first sight."""

    what: Happening
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Stat(Node):
    """`sum of purchase.amount in last 90 days`: over known values; the sum of none is 0."""

    fn: OneOf["sum", "avg", "min", "max"]
    what: Happening
    path: tuple[str, ...]
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class ValueOf(Node):
    """`last value of purchase.sku`: of the first or last such event, missing without one."""

    which: OneOf["first", "last"]
    what: Happening
    path: tuple[str, ...]
    window: Window
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Sequence(Node):
    """`has A then B within 7 days`: some A, and a B after it and before A + 7 days.

    `without` in the place of `then` asks for an A whose 7 days are over, and no such B. In the second's `where`, `first.order_id` is a property of that A.
    """

    first: Happening
    then: Happening
    within: Duration
    without: bool = False
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class TimeSince(Node):
    """`time since [first] login`: stands beside a duration in a comparison, nowhere else."""

    which: OneOf["first", "last"]
    what: Happening
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DaysSinceEvent(Node):
    """`days since last login`: completed calendar days, missing without a login."""

    which: OneOf["first", "last"]
    what: Happening
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DaysSince(Node):
    """`days since last_invoice_at`: n from anchor + n days until just before anchor + (n+1) days."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DaysUntil(Node):
    """`days until renewal_date`: the negative of `days since`, so it steps at the same instants."""

    value: "Expr"
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class WithinNext(Node):
    """`renewal_date in next 90 days`: now <= x < now + 90 days, so from x - 90 days until x."""

    value: "Expr"
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class WithinLast(Node):
    """`last_invoice_at in last 30 days`: from x until just before x + 30 days."""

    value: "Expr"
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- what attributes were before ----------------------------------------------------------------


@node
class Ago(Node):
    """`health_score 30 days ago`: the value that began last of those that began so long ago."""

    value: Attribute
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class MovedBy(Node):
    """`logins_30d drops by 20% in 14 days`: against its value then; unknown where one is missing."""

    value: Attribute
    direction: OneOf["drops by", "rises by"]
    amount: int | float
    percent: bool
    """Whether the amount is a part of the value then, rather than a number itself."""
    duration: Duration
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- lifecycles ---------------------------------------------------------------------------------


@node
class TimeInStage(Node):
    """`time in stage of product-b`: stands beside a duration in a comparison, nowhere else."""

    stage: Attribute
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class DaysInStage(Node):
    """`days in stage`: completed calendar days since it was entered, missing without a stage."""

    stage: Attribute
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class WasIn(Node):
    """`was ever in stage loyalty`, being in it now included. Never unknown."""

    stage: Attribute
    name: str
    """The stage as it was declared, or the one that holds the stages."""
    stages: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# --- what is set and emitted --------------------------------------------------------------------


@node
class Missing(Node):
    """`risk:` with nothing behind it in a `set:`: the value is taken away."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class TextOf(Node):
    """A value as a template shows it: `12` for 12.0, an instant in the customer's zone."""

    value: "Expr"
    instant: bool = False
    """Whether the value is an instant, which is a number to look at."""
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class Joined(Node):
    """`since {{ event.date }}`: texts one after the other; missing where one of them is."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class ListOf(Node):
    """`[beta, "{{ event.tag }}"]`: a list of which not all is written out; what is missing is left out."""

    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@node
class RecordOf(Node):
    """`{city: Berlin}`: a record, by the declared names of its fields; what is missing is left out."""

    names: tuple[str, ...]
    items: tuple["Expr", ...]
    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


Expr = (
    Constant
    | DayOf
    | DurationOf
    | Now
    | Today
    | Attribute
    | TriggerField
    | AnswerField
    | ItemField
    | FirstField
    | RecordField
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
    | Quantified
    | NumberOf
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
    | Ago
    | MovedBy
    | TimeInStage
    | DaysInStage
    | WasIn
    | Missing
    | TextOf
    | Joined
    | ListOf
    | RecordOf
)
"""Any node of a condition. Read it with `match`; the type checker confirms every case is there."""
