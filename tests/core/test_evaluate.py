"""The plain meaning of conditions, as a table, and how they are explained."""

import pytest

from cuebook.dsl.conditions import Scope, condition
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Scalar
from cuebook.engine.core.channels import History
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.evaluate import World, evaluate, explain
from cuebook.engine.core.expr import Expr
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.origin import Span
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.trace import Trace
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone

BERLIN, CALENDAR = zone("Europe/Berlin"), Calendar()
NOW = parse_instant("2026-03-31 10:00", BERLIN)
WORDS = Vocabulary(
    "acme",
    attributes={
        "plan": Type("text"),
        "gone": Type("text"),
        "seats": Type("number"),
        "nothing": Type("number"),
        "churned": Type("boolean"),
        "renewal_date": Type("date"),
        "signed_at": Type("instant"),
        "tags": Type("list", item=Type("text")),
        "reply_time": Type("duration"),
        "promised": Type("duration"),
    },
    events={"login": {}, "purchase": {"amount": Type("number"), "sku": Type("text")}, "refund": {}},
)
CUSTOMER = {
    "plan": "Pro",
    "gone": None,
    "seats": 12,
    "nothing": None,
    "churned": False,
    "renewal_date": "2026-04-30",
    "signed_at": parse_instant("2026-03-28 10:00", BERLIN),
    "tags": ["vip"],
    "reply_time": "10 days",
    "promised": None,
}
EVENTS = (
    ("login", "2026-02-01 09:00", {}),
    ("purchase", "2026-03-01 10:00", {"amount": 10, "sku": "a"}),
    ("login", "2026-03-24 10:00", {}),
    ("purchase", "2026-03-30 10:00", {"amount": 30}),
)


def read(text: str) -> Expr:
    report = Report()
    expr = condition(Scalar(text, Span("p.yaml", 0, len(text))), Scope(WORDS), report)
    assert expr is not None, list(report)
    return expr


def told(expr: Expr) -> History:
    plan, h = HistoryPlan([expr], CALENDAR), History(first_seen_at=NOW - 90 * DAY)
    for seq, (event, at, properties) in enumerate(EVENTS):
        plan.record(h, event, parse_instant(at, BERLIN), seq, properties, BERLIN)
    return h


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('plan == "Pro"', True),
        ('plan == "pro"', False),
        ('plan == "pro" ignoring case', True),
        ('plan in ["pro", "free"] ignoring case', True),
        ('plan not in ["pro"]', True),
        ('plan like "P*o"', True),
        ('plan like "p*"', False),
        ('plan like "*R*" ignoring case', True),
        ('plan starts with "Pr" and plan ends with "o" and plan contains "r"', True),
        ('tags contains "vip"', True),
        ('gone == "x"', None),
        ('gone != "x"', None),
        ('gone not in ["x"]', None),
        ("gone is missing", True),
        ("nothing < 50", None),
        ("not nothing < 50", None),
        ("nothing < 50 and churned", False),
        ("nothing < 50 or seats > 5", True),
        ("nothing < 50 or churned", None),
        ("nothing default 3 < 50", True),
        ("seats + nothing > 1", None),
        ("seats / 0 > 1", None),
        ("seats * 2 - 4 == 20", True),
        ("reply_time > 9 days", True),
        ("9 days < reply_time", True),
        ("reply_time == 240 hours", True),
        ("reply_time != 10 days", False),
        ("reply_time < 1 month", True),
        ("reply_time between 1 week and 9 days", False),
        ("not (reply_time between 10 days and 2 weeks)", False),
        ("promised > 9 days", None),
        ("promised between 1 day and 9 days", None),
        ("seats between 12 and 12", True),
        ("seats between nothing and 11", False),
        ("seats between nothing and 12", None),
        ("has refund", False),
        ("no refund", True),
        ("count of purchase == 2", True),
        ("count of purchase where (amount > 10) == 1", True),
        ("count of purchase where (amount > customer.seats) == 1", True),
        ("count of login in last 7 days == 0", True),
        ("count of login in last 8 days == 1", True),
        ("count of purchase since login == 1", True),
        ("count of purchase since refund == 0", True),
        ("sum of purchase.amount == 40", True),
        ("sum of purchase.amount where (amount > 99) == 0", True),
        ("avg of purchase.amount == 20", True),
        ("max of purchase.amount where (amount > 99) > 0", None),
        ('first value of purchase.sku == "a"', True),
        ("last value of purchase.sku is missing", True),
        ("no login for 7 days", True),
        ("no login for 8 days", False),
        ("no refund for 90 days", True),
        ("has login then purchase within 7 days", True),
        ("has login then purchase within 5 days", False),
        ("has purchase then purchase within 2 weeks", False),
        ("time since last login >= 1 week", True),
        ("time since last login > 1 week", False),
        ("time since first login > 1 month", True),
        ("time since last refund > 1 day", None),
        ("days since last login == 7", True),
        ("days since signed_at == 3", True),
        ("days until renewal_date == 30", True),
        ("days until renewal_date > 30", False),
        ("renewal_date in next 30 days", True),
        ("renewal_date in next 29 days", False),
        ("signed_at in last 3 days", False),
        ("signed_at in last 4 days", True),
        ("renewal_date > now and signed_at < renewal_date", True),
        ('today == date "2026-03-31"', True),
    ],
)
def test_a_condition_means_what_it_says(text: str, expected: bool | None) -> None:
    """Berlin put its clocks forward on March 29: days are days of the calendar all the same."""
    expr = read(text)

    w = World(CUSTOMER, told(expr), NOW, BERLIN, None, CALENDAR, {})

    assert evaluate(expr, w) is expected


def test_an_explanation_shows_what_was_found() -> None:
    """`why` needs the values, and for histories how many events and when the last one was."""
    expr = read('plan == "pro" and count of login in last 30 days < 3 and nothing < 50')

    trace = explain(expr, CUSTOMER, told(expr), NOW, BERLIN, None, calendar=CALENDAR, matchers={})

    counted = Trace(
        "count of login in last 30 days", 1, (), "1 event, the last at 2026-03-24T10:00:00+01:00"
    )
    assert trace.value is False
    assert trace.parts == (
        Trace('plan == "pro"', value=False, parts=(Trace("plan", "Pro"),)),
        Trace("count of login in last 30 days < 3", value=True, parts=(counted,)),
        Trace("nothing < 50", None, (Trace("nothing", None),)),
    )


def test_an_absence_is_explained_by_the_last_event() -> None:
    """The date that an author looks for first."""
    expr = read("no login for 14 days or no refund")

    absent, never = explain(
        expr, CUSTOMER, told(expr), NOW, BERLIN, None, calendar=CALENDAR, matchers={}
    ).parts

    assert absent.note == "2 events, the last at 2026-03-24T10:00:00+01:00"
    assert never.parts[0].note == "no event"
