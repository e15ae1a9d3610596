"""What arrives is converted once, at the door."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.door import Door
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone

BERLIN = zone("Europe/Berlin")
CONTACT = Type("record", fields=(("name", Type("text")), ("age", Type("number"))))
DOOR = Door(
    Vocabulary(
        "acme",
        attributes={
            "name": Type("text"),
            "seats": Type("number"),
            "churned": Type("boolean"),
            "plan": Type("one of", options=("free", "growth")),
            "renewal_date": Type("date"),
            "last_invoice_at": Type("instant"),
            "notice": Type("duration"),
            "timezone": Type("timezone"),
            "contacts": Type("list", item=CONTACT),
        },
        events={"go-live": {}, "purchase": {"amount": Type("number"), "sku": Type("text")}},
    )
)
JANUARY = 1_767_258_000_000_000  # 2026-01-01T09:00:00Z


@pytest.mark.parametrize(
    ("name", "raw", "taken"),
    [
        ("name", "", ""),
        ("name", 12, "12"),
        ("seats", "12", 12),
        ("seats", "12.5", 12.5),
        ("seats", 7, 7),
        ("churned", "Yes", True),
        ("churned", 0, False),
        ("plan", "Growth", "growth"),
        ("renewal_date", "2026-09-01", "2026-09-01"),
        ("renewal_date", date(2026, 9, 1), "2026-09-01"),
        ("renewal_date", "2026-08-31T23:00:00Z", "2026-09-01"),
        ("last_invoice_at", "2026-01-01 10:00", JANUARY),
        ("last_invoice_at", datetime(2026, 1, 1, 9, tzinfo=UTC), JANUARY),
        ("notice", "7 days", "7 days"),
        ("timezone", "Asia/Tokyo", "Asia/Tokyo"),
        ("contacts", '[{"name": "Ada", "age": "36"}]', [{"name": "Ada", "age": 36}]),
        ("seats", None, None),
    ],
)
def test_a_value_becomes_what_it_was_declared_to_be(name: str, raw: object, taken: object) -> None:
    """Numbers in quotes, words for truth, times without a zone: converted here, never later."""
    values, problems = DOOR.attributes({name: raw}, BERLIN)

    assert (dict(values), problems) == ({name: taken}, ())


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("seats", "many"),
        ("seats", "nan"),
        ("seats", "1_000"),
        ("seats", True),
        ("churned", "perhaps"),
        ("plan", "pro"),
        ("renewal_date", "2026-02-30"),
        ("last_invoice_at", 1_700_000_000),
        ("notice", "7 lightyears"),
        ("timezone", "Mars/Olympus"),
        ("contacts", "nobody"),
        ("contacts", [{"age": "old"}]),
        ("name", ["Ada"]),
    ],
)
def test_a_value_that_does_not_fit_is_reported_and_missing(name: str, raw: object) -> None:
    """A wrong value is no reason to guess; it counts as missing, and somebody is told."""
    values, problems = DOOR.attributes({name: raw}, BERLIN)

    assert values[name] is None
    assert [problem.undeclared for problem in problems] == [False]
    assert f"`{name}`" in problems[0].text


def test_names_are_found_by_any_spelling_and_come_out_as_declared() -> None:
    """`Go Live` and `go_live` are one event."""
    assert DOOR.event("Go Live", {}, BERLIN)[0] == "go-live"
    assert DOOR.event("PURCHASE", {"SKU": "a", "Amount": 3}, BERLIN)[1] == {"sku": "a", "amount": 3}


def test_what_nobody_declared_is_kept_and_told_as_such() -> None:
    """It cannot be read by a playbook, yet it is data and not a mistake of the value."""
    name, properties, problems = DOOR.event("purchase", {"amount": 3, "color": "red"}, BERLIN)

    assert (name, dict(properties)) == ("purchase", {"amount": 3, "color": "red"})
    assert [problem.undeclared for problem in problems] == [True]
    assert DOOR.event("moonrise", {"x": 1}, BERLIN)[2][0].undeclared


def test_properties_that_are_right_are_not_copied() -> None:
    """Most events are right as they are, and there are many."""
    properties = {"amount": 3, "sku": "a"}

    assert DOOR.event("purchase", properties, BERLIN)[1] is properties


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["name", "seats", "churned", "plan", "renewal_date", "last_invoice_at",
                         "notice", "timezone", "contacts", "Seats", "other"])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])  # The first draw loads Unicode's tables.
@given(st.dictionaries(NAMES, JSON))
def test_the_door_is_total_and_what_went_through_goes_through_unchanged(
    raw: dict[str, object],
) -> None:
    """Whatever arrives, nothing is raised; and a converted value is already right, instants apart."""
    values, _ = DOOR.attributes(raw, BERLIN)
    again = {name: value for name, value in values.items() if name != "last_invoice_at"}

    assert repr(dict(DOOR.attributes(again, BERLIN)[0])) == repr(again)
