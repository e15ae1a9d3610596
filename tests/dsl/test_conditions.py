"""Each construct of a condition becomes exactly its node."""

import pytest

from cuebook.dsl import conditions
from cuebook.dsl.diagnostics import Report
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.expr import (
    Absent,
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    LastWindow,
    Like,
    Matches,
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
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
    WithinLast,
    WithinNext,
)

from .reading import LATER, SCOPE, notes, scalar

PLAN, SEATS, NAME = Attribute("plan"), Attribute("seats"), Attribute("name")
CHURNED, RENEWAL = Attribute("churned"), Attribute("renewal_date")
LOGIN, PURCHASE = Happening("login"), Happening("purchase")
WEEK, TWO_WEEKS = Duration(7, "day"), Duration(14, "day")
BIG = Happening("purchase", Compare(">", ItemField(("amount",)), Constant(100)))


CHAMPION = Compare("==", RecordField(("role",)), Constant("champion"))
CHAMPIONS = Records(Attribute("contacts"), CHAMPION)
AT_COMPANY = Records(Attribute("company", ("contacts",)), CHAMPION)
VIP = Records(Attribute("tags"), Compare("==", RecordField(()), Constant("vip")))


def more(left: Expr, right: int) -> Expr:
    return Compare(">", left, Constant(right))


CASES: list[tuple[str, Expr]] = [
    ("churned", CHURNED),
    ('plan == "free"', Compare("==", PLAN, Constant("free"))),
    ("plan == 'free'", Compare("==", PLAN, Constant("free"))),
    (
        "customer.plan != 'free' or plan is missing",
        Or((Compare("!=", PLAN, Constant("free")), IsMissing(PLAN))),
    ),
    ("seats >= 2.5", Compare(">=", SEATS, Constant(2.5))),
    ("seats between 5 and 10", Between(SEATS, Constant(5), Constant(10))),
    (
        "seats > 1 and seats < 5 and churned",
        And((more(SEATS, 1), Compare("<", SEATS, Constant(5)), CHURNED)),
    ),
    ("churned or (seats > 1 and churned)", Or((CHURNED, And((more(SEATS, 1), CHURNED))))),
    ("not (churned default false)", Not(Default(CHURNED, Constant(value=False)))),
    ('plan in ["free", "growth"]', In(PLAN, (Constant("free"), Constant("growth")))),
    (
        'plan not in ["free"] and plan is present',
        And((Not(In(PLAN, (Constant("free"),))), IsPresent(PLAN))),
    ),
    ('name starts with "A"', Compare("starts with", NAME, Constant("A"))),
    ('name ends  with "A" ignoring case', Compare("ends with", NAME, Constant("A"), folded=True)),
    ('tags contains "vip"', Compare("contains", Attribute("tags"), Constant("vip"))),
    ('name like "acme*"', Like(NAME, "acme*")),
    ('name matches "^a+$" ignoring case', Matches(NAME, "^a+$", folded=True)),
    ("address.city is missing", IsMissing(Attribute("address", ("city",)))),
    ("Renewal-Date is present", IsPresent(RENEWAL)),
    (
        "-seats * 2 + 1 > 3",
        more(Arith("+", Arith("*", Negate(SEATS), Constant(2)), Constant(1)), 3),
    ),
    ("renewal_date > today", Compare(">", RENEWAL, Today())),
    ('renewal_date < date "2026-03-01"', Compare("<", RENEWAL, DayOf("2026-03-01"))),
    ("signed_at < now", Compare("<", Attribute("signed_at"), Now())),
    ("event.amount > 100", more(TriggerField(("amount",)), 100)),
    ("trigger.amount > 100", more(TriggerField(("amount",)), 100)),
    ("has login", Has(LOGIN, AllTime())),
    ("has login in the last 7 days", Has(LOGIN, LastWindow(WEEK))),
    ("no login since trigger", Not(Has(LOGIN, SinceTrigger()))),
    ('has "order completed"', Has(Happening("Order Completed"), AllTime())),
    ("no login for 14 days", Absent(LOGIN, TWO_WEEKS)),
    ("count of login since purchase > 3", more(Count(LOGIN, SinceEvent("purchase")), 3)),
    ("has purchase where (amount > 100) in last 7d", Has(BIG, LastWindow(WEEK))),
    ("has login then purchase within 7 days", Sequence(LOGIN, PURCHASE, WEEK)),
    (
        "sum of purchase.amount in last 7 days > 3",
        more(Stat("sum", PURCHASE, ("amount",), LastWindow(WEEK)), 3),
    ),
    (
        "max of purchase.amount where (amount > 100) > 3",
        more(Stat("max", BIG, ("amount",), AllTime()), 3),
    ),
    (
        'last value of purchase.sku == "x"',
        Compare("==", ValueOf("last", PURCHASE, ("sku",), AllTime()), Constant("x")),
    ),
    (
        "time since first login > 14 days",
        Compare(">", TimeSince("first", LOGIN), DurationOf(TWO_WEEKS)),
    ),
    ("14 days < time since login", Compare(">", TimeSince("last", LOGIN), DurationOf(TWO_WEEKS))),
    (
        "days since last login default 50 > 3",
        more(Default(DaysSinceEvent("last", LOGIN), Constant(50)), 3),
    ),
    ("days since signed_at > 3", more(DaysSince(Attribute("signed_at")), 3)),
    ("days until renewal_date > 3", more(DaysUntil(RENEWAL), 3)),
    ("renewal_date in next 7 days", WithinNext(RENEWAL, WEEK)),
    ("signed_at in last 7 days", WithinLast(Attribute("signed_at"), WEEK)),
    ('any of contacts where (role == "champion")', Quantified("any", CHAMPIONS)),
    ('all of contacts where (it.role == "champion")', Quantified("all", CHAMPIONS)),
    ('none of company.contacts where (role == "champion")', Quantified("none", AT_COMPANY)),
    ('any of tags where (it == "vip")', Quantified("any", VIP)),
    ('number of contacts where (role == "champion") > 3', more(NumberOf(CHAMPIONS), 3)),
    ("number of contacts > 3", more(NumberOf(Records(Attribute("contacts"))), 3)),
    (
        "any of contacts where (until in next 7 days)",
        Quantified(
            "any", Records(Attribute("contacts"), WithinNext(RecordField(("until",)), WEEK))
        ),
    ),
    (
        'any of contacts where (any of tags where (it == "vip") and name == customer.name)',
        Quantified(
            "any",
            Records(
                Attribute("contacts"),
                And(
                    (
                        Quantified("any", Records(RecordField(("tags",)), VIP.where)),
                        Compare("==", RecordField(("name",)), NAME),
                    )
                ),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("text", "node"), CASES, ids=[text for text, _ in CASES])
def test_a_condition_is_read(text: str, node: Expr) -> None:
    """One text, one node, and nothing to complain about."""
    report = Report()

    assert conditions.condition(scalar(text), SCOPE, report) == node
    assert notes(text, report) == []


def test_after_a_trigger_history_without_a_window_starts_there() -> None:
    """`stop when: has login` means a login after the run began."""
    read = conditions.condition

    assert read(scalar("has login"), LATER, Report()) == Has(LOGIN, SinceTrigger())
    assert read(scalar("has login ever"), LATER, Report()) == Has(LOGIN, AllTime())


MISUSES = [
    ("plann in ['free']", "N103", "plann"),
    ("plan == growth", "N103", "growth"),
    ("has logon", "N104", "logon"),
    ("event.amont > 3", "N105", "event.amont"),
    ("has login where (amount > 1)", "N105", "amount"),
    ("stage is retention", "N301", "stage"),
    ("any of seats where (it > 3)", "T113", "seats"),
    ("number of seats > 3", "T113", "seats"),
    ("any of contacts where (rol == 'x')", "N105", "rol"),
    ("any of contacts where (plan == 'free')", "N105", "plan"),
    ("any of contacts where (role)", "T105", "role"),
    ("any of contacts where (it.rol == 'x')", "N105", "it.rol"),
    ("any of tags where (name == 'x')", "N105", "name"),
    ("any of tags where (it > 3)", "T101", "it > 3"),
    ("number of contakts > 3", "N103", "contakts"),
    ("event.amount 30 days ago > 5", "T301", "event.amount"),
    ("seats drops by 0% in 14 days", "T302", "0%"),
    ("in segment power-users", "N109", "power-users"),
    ('plan = "free"', "S102", "="),
    ("churned && churned", "S103", "&&"),
    ("churned || churned", "S103", "||"),
    ("!churned", "S103", "!"),
    ("name == “Ada”", "S104", "“Ada”"),
    ('name == "Ada', "S104", '"Ada'),
    ("seats > 1,000", "S105", "1,000"),
    ("seats > 1000$", "S105", "1000$"),
    ("time since login > 4 hrs", "S106", "hrs"),
    ("has login in last 4 hrs", "S106", "hrs"),
    ("churned AND churned", "S107", "AND"),
    ("1 < seats < 5", "S108", "<"),
    ("", "S111", ""),
    ('plan is "free"', "S112", "is"),
    ("seats > 5 for 3 days", "S116", "for"),
    ("plan ==", "S101", "="),
    ("churned and and churned", "S101", "and"),
    ("churned orb churned", "S101", "orb"),
    ('name == "a" and == 3', "S101", "=="),
]


@pytest.mark.parametrize(("text", "code", "place"), MISUSES, ids=[text for text, *_ in MISUSES])
def test_a_misuse_is_told_at_its_place(text: str, code: str, place: str) -> None:
    """One mistake, one code, the exact characters."""
    report = Report()

    assert conditions.condition(scalar(text), SCOPE, report) is None
    assert notes(text, report) == [(code, place)]


def test_an_unknown_attribute_is_told_in_the_words_of_the_manual() -> None:
    """The first diagnostic a person ever sees is this one."""
    report = Report()
    conditions.condition(scalar('plann in ["free"]'), SCOPE, report)
    (note,) = report

    assert note.title == "unknown attribute `plann`"
    assert note.label == "not an attribute of a customer"
    assert note.hints == ("did you mean `plan`? (free, growth, enterprise)",)


def test_two_mistakes_are_told_in_one_run() -> None:
    """Authors fix all of them at once."""
    text = "plann = 3 and seets = 4"
    report = Report()
    conditions.condition(scalar(text), SCOPE, report)

    assert notes(text, report) == [
        ("N103", "plann"),
        ("S102", "="),
        ("N103", "seets"),
        ("S102", "="),
    ]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("9:00", 540), ("09:00", 540), ("23:59", 1439), ("24:00", None), ("9", None)],
)
def test_a_time_of_day_is_minutes(text: str, minutes: int | None) -> None:
    """Hours and minutes, nothing else."""
    assert conditions.clock(scalar(text), Report()) == minutes


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("monday", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("monday, wednesday", (0, 2)),
        ("fri-mon", (0, 4, 5, 6)),
        ("weekdays", (0, 1, 2, 3, 4)),
        ("business days", "business days"),
        ("someday", None),
    ],
)
def test_days_are_weekdays(text: str, days: object) -> None:
    """Names, ranges and lists of them."""
    report = Report()

    assert conditions.days(scalar(text), report) == days
    assert report.failed == (days is None)


def test_a_duration_is_read_and_an_unknown_unit_is_not_ignored() -> None:
    """A wait whose unit nobody knows would otherwise not wait."""
    report = Report()

    assert conditions.duration(scalar("2 business days"), report) == Duration(2, "business day")
    assert conditions.duration(scalar("4h"), report) == Duration(4, "hour")
    assert conditions.duration(scalar("4 hrs"), report) is None
    assert notes("4 hrs", report) == [("S106", "hrs")]
