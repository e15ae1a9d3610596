"""What can never be right is told before it runs."""

import pytest

from cuebook.dsl import conditions, logic
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.words import CODES

from .reading import SCOPE, WORDS, notes, scalar

CASES = [
    ('seats == "ten"', "T101", 'seats == "ten"'),
    ("name == 5", "T101", "name == 5"),
    ('churned == "true"', "T101", '"true"'),
    ('name > "x"', "T102", "name"),
    ("churned < true", "T102", "churned"),
    ('seats > "10"', "T103", '"10"'),
    ('plan == "groth"', "T104", '"groth"'),
    ('plan in ["free", "pro"]', "T104", '"pro"'),
    ("seats", "T105", "seats"),
    ("churned and name", "T105", "name"),
    ("name + 1 > 2", "T106", "name"),
    ("signed_at + 3 > now", "T106", "signed_at"),
    ("sum of purchase.sku > 3", "T106", "purchase.sku"),
    ("time since login > 5", "T101", "time since login > 5"),
    ("time since login between 3 days and 5 days", "T107", "time since login"),
    ("days since seats > 3", "T108", "seats"),
    ("days since login > 3", "T108", "login"),
    ("seats contains 5", "T109", "seats"),
    ('seats like "5*"', "T109", "seats"),
    ('name matches "(a"', "T110", '"(a"'),
    ("name in tags", "T111", "tags"),
    ('renewal_date == date "2026-02-30"', "D101", '"2026-02-30"'),
    ('renewal_date > "2026-03-01"', "D102", '"2026-03-01"'),
]


@pytest.mark.parametrize(("text", "code", "place"), CASES, ids=[text for text, *_ in CASES])
def test_a_wrong_type_is_told_at_its_place(text: str, code: str, place: str) -> None:
    """Each mistake has its code and its characters."""
    report = Report()

    assert conditions.condition(scalar(text), SCOPE, report) is None
    assert (code, place) in notes(text, report)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("not churned", "churned"),
        ('plan != "free"', "plan"),
        ('plan not in ["free"]', "plan"),
        ("churned and not (seats > 3)", "seats"),
    ],
)
def test_a_negated_attribute_that_may_be_missing_is_a_warning(text: str, place: str) -> None:
    """Nothing happens on unknown, which surprises most under a negation."""
    report = Report()

    assert logic.condition(scalar(text), "if", SCOPE, report) is not None
    assert notes(text, report) == [("M201", place)]
    assert not report.failed


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("churned", ["churned"]),
        ('churned or plan == "free"', ["churned", "plan"]),
        ("seats > 3 and churned is present", ["seats"]),
        ("not churned", []),
        ("churned default false", []),
        ("churned is present and churned", []),
        ("churned is missing or churned", []),
    ],
)
def test_what_has_to_be_false_is_as_good_as_negated(text: str, places: list[str]) -> None:
    """`unless:` lets nothing happen on unknown either; where it is missing, `not churned` is no surprise."""
    report = Report()

    assert logic.condition(scalar(text), "unless", SCOPE, report, denied=True) is not None
    assert notes(text, report) == [("M201", place) for place in places]


@pytest.mark.parametrize(
    "text",
    [
        "seats > 3 and seats != 7",
        'name is present and name != "Ada"',
        'name is missing or name != "Ada"',
        'not (name is present and name == "Ada")',
        'plan in ["free", "growth"] and not (plan == "free" and seats is missing)',
    ],
)
def test_what_a_condition_asks_for_beside_is_no_surprise(text: str) -> None:
    report = Report()

    assert logic.condition(scalar(text), "if", SCOPE, report) is not None
    assert notes(text, report) == []


def test_event_properties_need_an_event() -> None:
    """A playbook that starts by the calendar has no `event.amount`."""
    report = Report()

    assert conditions.condition(scalar("event.amount > 3"), conditions.Scope(WORDS), report) is None
    assert notes("event.amount > 3", report) == [("N106", "event.amount")]


def test_since_trigger_needs_a_run() -> None:
    """A signal belongs to no run."""
    report = Report()

    conditions.condition(scalar("has login since trigger"), conditions.Scope(WORDS), report)
    assert notes("has login since trigger", report) == [("N108", "trigger")]


def test_mixed_and_or_is_a_warning() -> None:
    """Brackets cost nothing and say what is meant."""
    text = "churned or churned and seats > 3"
    report = Report()

    assert conditions.condition(scalar(text), SCOPE, report) is not None
    assert notes(text, report) == [("L301", "churned and seats > 3")]


def test_every_code_has_a_reason() -> None:
    """`cuebook explain` has a sentence for each."""
    assert all(reason.endswith(".") for reason in CODES.values())
