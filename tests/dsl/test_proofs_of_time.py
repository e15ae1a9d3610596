"""What is proven of dates, of events and of the time since: compared with instant after instant."""

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl import conditions
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.rules.possible import FALSE, TRUE, UNKNOWN, Judge
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import And, Expr, Not, Or
from cuebook.engine.core.history import History, HistoryPlan
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import zone

from .reading import SCOPE, WORDS, scalar

BERLIN = zone("Europe/Berlin")
CALENDAR = Calendar()
ANCHOR = parse_instant("2026-03-27 00:00", BERLIN)
"""Two days before the clocks go forward: a day is not always 24 hours."""
LENGTHS = ["24 hours", "1 day", "2 days", "7 days", "1 month", "2 business days"]
NUMBERS = ["0", "1", "2", "7", "-1", "1.5"]
OPS = ["==", "!=", "<", "<=", ">", ">="]
DATED = [
    *(f"renewal_date in {way} {length}" for way in ("next", "last") for length in LENGTHS),
    *(
        f"days {way} renewal_date {op} {n}"
        for way in ("since", "until")
        for op in OPS
        for n in NUMBERS
    ),
    *(f"renewal_date {op} {now}" for op in OPS for now in ("now", "today")),
    *(f'renewal_date {op} date "2026-03-{day}"' for op in OPS for day in ("26", "27", "28")),
    "renewal_date is missing",
    "days since renewal_date default 3 > 2",
]
PAST = [
    "has login",
    "no login",
    *(f"has login in last {length}" for length in LENGTHS),
    *(f"no login for {length}" for length in LENGTHS),
    *(
        f"time since last login {op} {length}"
        for op in ("<", "<=", ">", ">=")
        for length in LENGTHS
    ),
    *(f"days since last login {op} {n}" for op in OPS for n in NUMBERS),
    *(f"count of login {op} {n}" for op in OPS for n in ("0", "1", "2")),
    *(f"count of login in last {length} > {n}" for length in LENGTHS for n in ("0", "1")),
    "days since last login default 9 > 7",
    "days since last login is missing",
]


@cache
def read(text: str) -> Expr:
    report = Report()
    made = conditions.condition(scalar(text), SCOPE, report)
    assert made is not None, list(report)
    return made


def instants() -> Iterator[int]:
    """Yield an instant for every way in which now can stand to the anchor."""
    lengths = [0, DAY, 2 * DAY, 3 * DAY, 4 * DAY, 7 * DAY, 8 * DAY, 31 * DAY]
    for length in lengths:
        for near in (-HOUR, -1, 0, 1, HOUR, 5 * HOUR):
            yield ANCHOR + length + near
            yield ANCHOR - length + near


NOWS = sorted({at for at in instants() if at <= ANCHOR + 40 * DAY})


@cache
def remembered(*ats: int) -> History:
    """Return a past with logins at these instants, first seen long ago or with the only one."""
    first = min([ANCHOR - 400 * DAY, *ats]) if len(ats) != 1 else ats[0]
    asked = [read(text) for text in PAST]
    plan, h = HistoryPlan(asked, CALENDAR, grace=400 * DAY), History(first_seen_at=first)
    for seq, at in enumerate(ats):
        plan.record(h, "login", at, seq, {}, BERLIN)
    return h


PASTS = [(), (ANCHOR,), (ANCHOR, ANCHOR), (ANCHOR - 2 * DAY, ANCHOR), (ANCHOR - 60 * DAY, ANCHOR)]


def worlds(condition: Expr) -> Iterator[World]:
    """Yield what can be the case, as far as a condition may care."""
    dated = "renewal_date" in repr(condition)
    dates = [None, "2026-03-26", "2026-03-27", "2026-03-28"] if dated else [None]
    pasts = PASTS if "login" in repr(condition) else [()]
    for date, past, now in product(dates, pasts, NOWS):
        if not past or now >= past[-1]:
            history = remembered(*past)
            yield World({"renewal_date": date}, history, now, BERLIN, None, CALENDAR, {})


def found(condition: Expr, world: World) -> int:
    value = evaluate(condition, world)
    return TRUE if value is True else FALSE if value is False else UNKNOWN


def joined(texts: list[str]) -> st.SearchStrategy[Expr]:
    return st.recursive(
        st.sampled_from(texts).map(read),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=2).map(lambda items: And(tuple(items))),
            st.lists(inner, min_size=2, max_size=2).map(lambda items: Or(tuple(items))),
        ),
        max_leaves=4,
    )


@settings(deadline=None)
@given(st.one_of(joined(DATED), joined(PAST)), st.sampled_from([TRUE, FALSE, FALSE | UNKNOWN]))
def test_what_some_instant_brings_is_never_called_impossible(expr: Expr, wanted: int) -> None:
    """A false alarm about time would be believed: nobody tries every instant by hand."""
    if not Judge(WORDS).possible([(expr, wanted)]):
        assert not any(found(expr, world) & wanted for world in worlds(expr))


@pytest.mark.parametrize(
    "text",
    [
        "renewal_date in next 30 days and renewal_date < today",
        "renewal_date in next 30 days and renewal_date in last 30 days and renewal_date != now",
        "renewal_date in next 30 days and days until renewal_date > 60",
        "renewal_date in next 1 month and days until renewal_date > 60",
        "days until renewal_date > 90 and days until renewal_date < 30",
        "days until renewal_date between 60 and 30",
        "days since renewal_date > 5 and renewal_date > now",
        'renewal_date > date "2026-06-01" and renewal_date < date "2026-05-01"',
        'renewal_date > date "2026-06-01" and renewal_date < date "2026-06-02"',
        "renewal_date is missing and renewal_date in next 30 days",
        "signed_at > now and signed_at in last 7 days",
        "no login for 14 days and has login in last 7 days",
        "no login and has login",
        "no login and count of login > 0",
        "no login and days since last login > 3",
        "count of login in last 7 days > 5 and count of login in last 30 days < 3",
        "count of login == 0 and has login in last 1 hour",
        "time since last login > 14 days and days since last login < 10",
        "days since last login < 0",
        "no login for 14 days and not no login for 7 days",
        "has purchase where (amount > 10) and no purchase where (amount > 10)",
    ],
)
def test_what_no_instant_brings_is_found(text: str) -> None:
    """What authors get wrong about time is what they cannot see by looking at it."""
    assert not Judge(WORDS).possible([(read(text), TRUE)])


@pytest.mark.parametrize(
    "text",
    [
        "renewal_date in next 31 days and not renewal_date in next 1 month",
        "renewal_date in next 1 month and not renewal_date in next 30 days",
        "no login for 24 hours and has login in last 1 day",
        "no login for 2 business days and has login in last 3 days",
        "days since renewal_date == 0 and renewal_date < today",
        'signed_at > date "2026-06-01" and signed_at < date "2026-06-02"',
        "has login and no login since purchase",
        "count of login in last 7 days > 5 and count of login in last 30 days < 9",
        "time since first login > 30 days and has login in last 7 days",
    ],
)
def test_what_a_calendar_may_bring_is_left_alone(text: str) -> None:
    """A month has 28 to 31 days, a day 23 to 25 hours, and business days leave days out."""
    assert Judge(WORDS).possible([(read(text), TRUE)])
