"""Random well-typed conditions, and customers with missing values and histories to judge by them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from hypothesis import strategies as st

from cuebook.engine.core.channels import History
from cuebook.engine.core.duration import DAY, HOUR, Duration
from cuebook.engine.core.expr import (
    Absent,
    Ago,
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    FirstField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    LastWindow,
    Like,
    MovedBy,
    Negate,
    Not,
    Now,
    NumberOf,
    Or,
    Quantified,
    RecordField,
    Records,
    Sequence,
    SinceEvent,
    SinceTrigger,
    Stat,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
    WasIn,
    Window,
    WithinLast,
    WithinNext,
)
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.instant import instant
from cuebook.engine.core.past import Stay
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import Zone, zone

CALENDAR = Calendar(holidays=("2026-12-25",))
START = instant(datetime(2026, 10, 23, 22, 15, tzinfo=UTC))
"""Two days before European clocks are put back; months end and a leap of years lie ahead."""
TEXTS = ("free", "pro", "Pro", "")
EVENTS = ("login", "purchase", "Order Completed")
STAGES = ("trial", "active", "loyal")
STAGE = Attribute("stage of customer")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")

zones = st.sampled_from(ZONES).map(zone)
instants = st.one_of(
    st.integers(0, 200 * 24).map(lambda hours: START + hours * HOUR),
    st.integers(0, 8 * 1440).map(lambda minutes: START + minutes * HOUR // 60),
    st.integers(0, 200 * DAY).map(lambda passed: START + passed),
)
dates = st.sampled_from(
    (
        "2026-10-24",
        "2026-10-25",
        "2026-10-26",
        "2026-11-01",
        "2027-01-31",
        "2027-02-28",
        "2027-03-28",
    )
)
durations = st.one_of(
    st.builds(Duration, st.integers(1, 72), st.sampled_from(("minute", "hour"))),
    st.builds(Duration, st.integers(1, 40), st.sampled_from(("day", "week", "business day"))),
    st.builds(Duration, st.integers(1, 3), st.sampled_from(("month", "quarter"))),
)
OPS: tuple[Any, ...] = ("==", "!=", "<", "<=", ">", ">=")
orderings = st.sampled_from(OPS)


@dataclass(frozen=True)
class Anchor:
    """What started a run, as conditions see it."""

    at: int
    seq: int
    event: dict[str, object] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Told:
    """One event as it arrives."""

    at: int
    event: str
    properties: dict[str, object] = field(hash=False)


properties = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.none() | st.integers(-5, 5) | st.sampled_from((0.5, 2.5)),
        "sku": st.none() | st.sampled_from(TEXTS),
    },
)
told = st.lists(st.builds(Told, instants, st.sampled_from(EVENTS), properties), max_size=12)
contacts = st.fixed_dictionaries(
    {
        "email": st.none() | st.sampled_from(("ada@acme.example", "bo@acme.example")),
        "role": st.none() | st.sampled_from(TEXTS),
        "seats": st.none() | st.integers(-3, 60),
        "until": st.none() | dates,
        "tags": st.none() | st.lists(st.sampled_from(TEXTS), max_size=2),
    }
)
attributes = st.fixed_dictionaries(
    {
        "plan": st.none() | st.sampled_from(TEXTS),
        "first": st.none() | st.sampled_from(TEXTS),
        "seats": st.none() | st.integers(-3, 60) | st.sampled_from((0.5, 50.0)),
        "churned": st.none() | st.booleans(),
        "renewal_date": st.none() | dates,
        "last_invoice_at": st.none() | instants,
        "tags": st.none() | st.lists(st.sampled_from(TEXTS), max_size=2),
        "address": st.none() | st.fixed_dictionaries({"city": st.none() | st.sampled_from(TEXTS)}),
        "contacts": st.none() | st.lists(st.none() | contacts, max_size=3),
        STAGE.name: st.none() | st.sampled_from(STAGES),
    }
)
earlier = st.lists(
    st.tuples(
        instants,
        st.fixed_dictionaries(
            {},
            optional={
                "seats": st.none() | st.integers(-3, 60) | st.sampled_from((0.5, 50.0)),
                "plan": st.none() | st.sampled_from(TEXTS),
            },
        ),
    ),
    max_size=8,
)
"""What attributes were, in the order in which it was told; some of it late."""
stays = st.none() | st.builds(Stay, instants, st.lists(st.sampled_from(STAGES), max_size=2))
anchors = st.none() | st.builds(Anchor, instants, st.integers(0, 12), st.none() | properties)

# --- values -------------------------------------------------------------------------------------

Scope = Literal["customer", "item"]

text_constants = st.sampled_from(TEXTS).map(Constant)
number_constants = st.one_of(st.integers(-3, 60), st.sampled_from((0.5, 14.5, 50.0))).map(Constant)


def texts(scope: Scope) -> st.SearchStrategy[Expr]:
    """Expressions of texts."""
    named: list[Expr] = [
        Attribute("plan"),
        Attribute("first"),
        Attribute("address", ("city",)),
        TriggerField(("sku",)),
    ]
    named += (
        [ItemField(("sku",))]
        if scope == "item"
        else [
            ValueOf("last", Happening("purchase"), ("sku",), AllTime()),
            Ago(Attribute("plan"), Duration(20, "day")),
        ]
    )
    names = st.sampled_from(named)
    return names | text_constants | st.builds(Default, names, text_constants)


def numbers(scope: Scope) -> st.SearchStrategy[Expr]:
    """Expressions of numbers."""
    leaves: list[st.SearchStrategy[Expr]] = [
        st.just(Attribute("seats")),
        st.just(TriggerField(("amount",))),
        number_constants,
    ]
    if scope == "item":
        leaves.append(st.just(ItemField(("amount",))))
    else:
        leaves += [
            st.builds(Count, happenings, windows),
            st.builds(
                Stat,
                st.sampled_from(("sum", "avg", "min", "max")),
                happenings,
                st.just(("amount",)),
                windows,
            ),
            st.builds(
                ValueOf,
                st.sampled_from(("first", "last")),
                happenings,
                st.just(("amount",)),
                windows,
            ),
            st.builds(DaysSinceEvent, st.sampled_from(("first", "last")), happenings),
            st.builds(Ago, st.just(Attribute("seats")), durations),
            st.just(DaysInStage(STAGE)),
        ]
    leaves += [st.builds(DaysSince, moments(scope)), st.builds(DaysUntil, moments(scope))]
    return st.recursive(
        st.one_of(leaves),
        lambda inner: (
            st.builds(Arith, st.sampled_from(("+", "-", "*", "/")), inner, inner)
            | st.builds(Negate, inner)
            | st.builds(Default, inner, inner)
        ),
        max_leaves=3,
    )


def moments(scope: Scope) -> st.SearchStrategy[Expr]:
    """Expressions of dates and instants."""
    fixed = st.sampled_from((Attribute("renewal_date"), Attribute("last_invoice_at"), Today()))
    return (
        fixed
        | dates.map(DayOf)
        | st.builds(Default, fixed, dates.map(DayOf))
        | (st.just(Now()) if scope == "customer" else fixed)
    )


# --- history ------------------------------------------------------------------------------------

windows: st.SearchStrategy[Window] = st.one_of(
    st.just(AllTime()),
    st.builds(LastWindow, durations),
    st.builds(SinceEvent, st.sampled_from(EVENTS)),
    st.just(SinceTrigger()),
)
fixed_filters = st.one_of(
    st.builds(Compare, orderings, st.just(ItemField(("amount",))), number_constants),
    st.builds(Compare, st.sampled_from(("==", "!=")), st.just(ItemField(("sku",))), text_constants),
    st.just(IsMissing(ItemField(("sku",)))),
)
moving_filters = st.one_of(
    st.builds(Compare, orderings, st.just(ItemField(("amount",))), st.just(Attribute("seats"))),
    st.just(Compare("==", ItemField(("sku",)), TriggerField(("sku",)))),
    st.builds(
        Or,
        st.tuples(
            fixed_filters,
            st.builds(Compare, orderings, st.just(Now()), st.just(Attribute("last_invoice_at"))),
        ),
    ),
)
happenings = st.builds(
    Happening, st.sampled_from(EVENTS), st.none() | fixed_filters | moving_filters
)

followers = st.builds(
    Happening,
    st.sampled_from(EVENTS),
    st.one_of(
        st.just(Compare("==", ItemField(("sku",)), FirstField(("sku",)))),
        st.builds(
            And,
            st.tuples(
                st.just(Compare(">", ItemField(("amount",)), FirstField(("amount",)))),
                fixed_filters | moving_filters,
            ),
        ),
    ),
)
"""What follows an event and looks at it, in `has A then B …`."""

# --- records ------------------------------------------------------------------------------------

_role, _until = RecordField(("role",)), RecordField(("until",))
_of_tags = st.builds(
    Records,
    st.just(RecordField(("tags",))),
    st.builds(Compare, st.just("=="), st.just(RecordField(())), text_constants),
)
record_filters = st.recursive(
    st.one_of(
        st.builds(Compare, orderings, st.just(_role), text_constants | st.just(Attribute("plan"))),
        st.builds(Compare, orderings, st.just(RecordField(("seats",))), number_constants),
        st.builds(Compare, orderings, st.builds(DaysUntil, st.just(_until)), number_constants),
        st.builds(Compare, orderings, st.just(_until), st.just(Today()) | dates.map(DayOf)),
        st.builds(WithinNext, st.just(_until), durations),
        st.builds(WithinLast, st.just(_until), durations),
        st.builds(IsMissing, st.just(_role)),
        st.builds(In, st.just(_role), st.lists(text_constants, max_size=2).map(tuple)),
        st.builds(Like, st.just(_role), st.sampled_from(("p*", ""))),
        st.builds(Has, st.builds(Happening, st.sampled_from(EVENTS)), windows),
        st.builds(Quantified, st.sampled_from(("any", "all", "none")), _of_tags),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.tuples(inner, inner)),
    ),
    max_leaves=3,
)
records = st.builds(Records, st.just(Attribute("contacts")), record_filters)

# --- truths -------------------------------------------------------------------------------------


def _comparisons() -> st.SearchStrategy[Expr]:
    scope: Scope = "customer"
    text, number, moment = texts(scope), numbers(scope), moments(scope)
    folded = st.booleans()
    return st.one_of(
        st.builds(Compare, orderings, number, number),
        st.builds(Compare, orderings, number, number_constants),
        st.builds(Compare, orderings, text, text, folded),
        st.builds(Compare, orderings, moment, moment),
        st.builds(
            Compare, st.sampled_from(("contains", "starts with", "ends with")), text, text, folded
        ),
        st.builds(Compare, st.just("contains"), st.just(Attribute("tags")), text, folded),
        st.builds(
            Compare,
            st.sampled_from(("==", "!=")),
            st.just(Attribute("churned")),
            st.booleans().map(Constant),
        ),
        st.builds(Between, number, number_constants, number_constants),
        st.builds(Between, moment, moment, moment),
        st.builds(In, text, st.lists(text_constants, max_size=3).map(tuple), folded),
        st.builds(In, text, st.lists(text, max_size=3).map(tuple), folded),
        st.builds(In, number, st.lists(number_constants, max_size=3).map(tuple)),
        st.builds(Like, text, st.sampled_from(("*", "p*", "*r*", "f*e", "")), folded),
        st.builds(IsMissing, text | number | moment),
        st.builds(IsPresent, text | number | moment),
        st.builds(WithinNext, moment, durations),
        st.builds(WithinLast, moment, durations),
        st.just(Attribute("churned")),
    )


_stages = st.sampled_from(STAGES).map(Constant)


def _questions() -> st.SearchStrategy[Expr]:
    since = st.builds(TimeSince, st.sampled_from(("first", "last")), happenings)
    lengths = durations.map(DurationOf)
    return st.one_of(
        st.builds(Has, happenings, windows),
        st.builds(Absent, happenings, durations),
        st.builds(Sequence, happenings, happenings | followers, durations, st.booleans()),
        st.builds(Quantified, st.sampled_from(("any", "all", "none")), records),
        st.builds(
            Compare,
            orderings,
            st.builds(NumberOf, records | st.just(Records(Attribute("contacts")))),
            number_constants,
        ),
        st.builds(
            MovedBy,
            st.just(Attribute("seats")),
            st.sampled_from(("drops by", "rises by")),
            st.integers(1, 60) | st.just(0.5),
            st.booleans(),
            durations,
        ),
        st.builds(WasIn, st.just(STAGE), st.just("late"), st.just(STAGES[1:])),
        st.builds(Compare, st.sampled_from(("==", "!=")), st.just(STAGE), _stages),
        st.builds(In, st.just(STAGE), st.lists(_stages, max_size=2).map(tuple)),
        st.builds(Compare, orderings, st.just(TimeInStage(STAGE)), lengths),
        st.builds(Compare, orderings, lengths, st.just(TimeInStage(STAGE))),
        st.builds(Compare, orderings, st.just(DaysInStage(STAGE)), number_constants),
        st.builds(Compare, orderings, since, lengths),
        st.builds(Compare, orderings, lengths, since),
        st.builds(
            Compare,
            orderings,
            st.builds(DaysSince, moments("customer")) | st.builds(DaysUntil, moments("customer")),
            number_constants,
        ),
    )


leaves = _comparisons() | _questions()
conditions: st.SearchStrategy[Expr] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
"""Conditions as they may stand in an `if:`."""


def remember(
    events: list[Told],
    *asked: Expr,
    where: Zone,
    values: Iterable[tuple[int, Mapping[str, object]]] = (),
    stay: Stay | None = None,
) -> History:
    """Return the history that conditions find after all this was told, in this order."""
    plan = HistoryPlan(asked, CALENDAR, grace=400 * DAY)
    history = History(first_seen_at=START)
    for seq, event in enumerate(events):
        plan.record(history, event.event, event.at, seq, event.properties, where)
    clock = START
    for at, told_values in values:
        clock = max(clock, at)
        plan.note(history, told_values, at, clock)
    if stay is not None:
        history.stays[STAGE.name] = stay
    return history
