"""Each form of trigger becomes exactly its value."""

import pytest

from cuebook.dsl import conditions
from cuebook.dsl.diagnostics import Report
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.expr import (
    Absent,
    Arith,
    Attribute,
    Compare,
    Constant,
    Happening,
    ItemField,
    Pairs,
    RecordField,
    Records,
    TriggerField,
)
from cuebook.engine.core.plan import (
    Cron,
    Every,
    Monthly,
    OnChange,
    OnCondition,
    OnCrossing,
    OnDate,
    OnEvent,
    OnManual,
    OnRecord,
    OnSchedule,
    OnSequence,
    Trigger,
    Weekly,
)
from cuebook.engine.core.say_trigger import say_trigger

from .reading import SCOPE, notes, scalar

BUSY = Compare(">", Attribute("seats"), Constant(3))
QUIET = Absent(Happening("login"), Duration(14, "day"))
BIG = Happening("purchase", Compare(">", ItemField(("amount",)), Constant(100)))
WEEK = tuple(range(7))
WEEK_LONG = Duration(7, "day")
LIVE, LOGIN = Happening("go-live"), Happening("login")
SAME = Happening("purchase", Compare("==", ItemField(("sku",)), TriggerField(("sku",))))
OLD, NEW = ItemField(("old",)), ItemField(("new",))
GROWN = Compare(">", NEW, Arith("*", OLD, Constant(1.2)))
CHAMPIONS = Records(
    Attribute("contacts"), Compare("==", RecordField(("role",)), Constant("champion"))
)
CASES: list[tuple[str, Trigger]] = [
    ("go-live", OnEvent(Happening("go-live"))),
    ("on Go_Live", OnEvent(Happening("go-live"))),
    ('"Order Completed"', OnEvent(Happening("Order Completed"))),
    ("on purchase where (amount > 100)", OnEvent(BIG)),
    ("event renewal", OnEvent(Happening("renewal"))),
    ("attribute renewal", OnDate("renewal")),
    ("renewal_date", OnDate("renewal_date")),
    ("90 days before renewal_date", OnDate("renewal_date", Duration(90, "day"))),
    ("3 business days after signed_at", OnDate("signed_at", Duration(3, "business day"), "after")),
    ("plan changes", OnChange("plan")),
    ("customer.plan changes", OnChange("plan")),
    ("plan changes from free to growth", OnChange("plan", Constant("free"), Constant("growth"))),
    ("seats changes to 5", OnChange("seats", None, Constant(5))),
    ("seats drops below 50", OnCrossing(Attribute("seats"), "drops below", Constant(50))),
    ("seats rises above 80", OnCrossing(Attribute("seats"), "rises above", Constant(80))),
    ("when seats > 3", OnCondition(BUSY)),
    ("when seats > 3 for 3 days", OnCondition(BUSY, Duration(3, "day"))),
    ("no login for 14 days", OnCondition(QUIET)),
    ("when no login for 14 days", OnCondition(QUIET)),
    ("when (no login for 14 days) for 3 days", OnCondition(QUIET, Duration(3, "day"))),
    ("every 90 days", OnSchedule(Every(Duration(90, "day")))),
    ("every 90 days while seats > 3", OnSchedule(Every(Duration(90, "day")), BUSY)),
    ("every monday at 09:00", OnSchedule(Weekly((0,), 540))),
    ("every monday, friday at 9:00", OnSchedule(Weekly((0, 4), 540))),
    ("every day at 09:00", OnSchedule(Weekly(WEEK, 540))),
    ("every business day at 09:00", OnSchedule(Weekly(WEEK, 540, business=True))),
    ("every month on day 31 at 09:00", OnSchedule(Monthly(31, 540))),
    ("every quarter on day 1 at 09:00", OnSchedule(Monthly(1, 540, (1, 4, 7, 10)))),
    ("every year on day 1 at 09:00", OnSchedule(Monthly(1, 540, (1,)))),
    (
        'cron "0 9 1 1 mon-fri"',
        OnSchedule(Cron((0,), (9,), (1,), (1,), (0, 1, 2, 3, 4), either=True)),
    ),
    ("manual", OnManual()),
    ("address.city changes", OnChange("address", path=("city",))),
    ("address.city changes to Rome", OnChange("address", None, Constant("Rome"), ("city",))),
    ("contract.ends", OnDate("contract", path=("ends",))),
    (
        "30 days before customer.contract.ends",
        OnDate("contract", Duration(30, "day"), path=("ends",)),
    ),
    ("seats changes where (new > old * 1.2)", OnChange("seats", where=GROWN)),
    ("contacts loses one", OnRecord(Records(Attribute("contacts")), "loses")),
    ('contacts gains one where (role == "champion")', OnRecord(CHAMPIONS, "gains")),
    (
        "company.contacts loses one",
        OnRecord(Records(Attribute("company", ("contacts",))), "loses"),
    ),
    ("go-live then login within 7 days", OnSequence(Pairs(LIVE, LOGIN, WEEK_LONG))),
    ("go-live without login within 7d", OnSequence(Pairs(LIVE, LOGIN, WEEK_LONG), without=True)),
    (
        "purchase where (amount > 100) then purchase where (sku == first.sku) within 7 days",
        OnSequence(Pairs(BIG, SAME, WEEK_LONG)),
    ),
    (
        "purchase where (amount > 100) without purchase where (sku == trigger.sku) within 7 days",
        OnSequence(Pairs(BIG, SAME, WEEK_LONG), without=True),
    ),
]


@pytest.mark.parametrize(("text", "trigger"), CASES, ids=[text for text, _ in CASES])
def test_a_trigger_is_read(text: str, trigger: Trigger) -> None:
    """One text, one trigger, and nothing to complain about."""
    report = Report()

    assert conditions.trigger(scalar(text), SCOPE, report) == trigger
    assert notes(text, report) == []


MET = [one for _, one in CASES if isinstance(one, OnChange | OnRecord | OnSequence | OnCrossing)]


@pytest.mark.parametrize("trigger", MET, ids=say_trigger)
def test_a_trigger_is_said_as_an_author_would_write_it(trigger: Trigger) -> None:
    """What `show` and `why` print reads back as the very trigger."""
    report = Report()

    assert conditions.trigger(scalar(say_trigger(trigger)), SCOPE, report) == trigger


MISUSES = [
    ("go-liv", "N104", "go-liv"),
    ("plan", "N104", "plan"),
    ("renewal", "N107", "renewal"),
    ("plann changes", "N103", "plann"),
    ("plan changes to pro", "T104", "pro"),
    ("3 days before seats", "T108", "seats"),
    ("every mondy at 09:00", "S114", "mondy"),
    ("every monday", "S117", "every monday"),
    ("every month at 09:00", "S117", "every month at 09:00"),
    ("every monday at 25:00", "S113", "25:00"),
    ("every 0 days", "D103", "0 days"),
    ('cron "0 9 * *"', "S115", '"0 9 * *"'),
    ('cron "99 9 * * *"', "S115", '"99 9 * * *"'),
    ("stage moves back from loyalty", "N301", "stage"),
    ("enters segment vips", "N109", "vips"),
    ("go-live then logon within 7 days", "N104", "logon"),
    ("go-life without login within 7 days", "N104", "go-life"),
    ("purchase then login where (device == first.skew) within 7 days", "N105", "first.skew"),
    ("purchase where (sku == first.sku) then login within 7 days", "N105", "first.sku"),
    ("purchase then login where (device > 3) within 7 days", "T101", "device > 3"),
    ("go-live then login", "S101", "n"),
    ("seats changes where (before > 3)", "N105", "before"),
    ("seats changes where (new == 'x')", "T101", "new == 'x'"),
    ("seats loses one where (it > 3)", "T113", "seats"),
    ("contacts loses one where (rol == 'x')", "N105", "rol"),
    ("address.town changes", "N105", "address.town"),
    ("3 days before address.city", "T108", "address.city"),
    ("seats > 3", "S101", ">"),
    ("when no login for 14 days for 3 days", "S101", "for"),
]


@pytest.mark.parametrize(("text", "code", "place"), MISUSES, ids=[text for text, *_ in MISUSES])
def test_a_misuse_is_told_at_its_place(text: str, code: str, place: str) -> None:
    """One mistake, one code, the exact characters."""
    report = Report()

    assert conditions.trigger(scalar(text), SCOPE, report) is None
    assert notes(text, report) == [(code, place)]
