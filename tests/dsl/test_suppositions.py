"""What is supposed is read by the grammar of conditions, and told with its place where it cannot be."""

from typing import Final

import pytest

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.suppositions import supposition
from cuebook.engine.core import derived as D
from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.supposed import Supposed
from cuebook.engine.core.vocabulary import Type

from .reading import WORDS, notes, scalar

ATTRIBUTES = {
    **WORDS.attributes,
    "health": Type("number"),
    "stage of customer": Type("one of", ("trial", "active", "loyal")),
}
PROJECT = P.Project(
    type(WORDS)("acme", attributes=ATTRIBUTES, events=WORDS.events),
    P.Calendar(),
    (),
    derived=(D.Signal("health", E.Count(E.Happening("login"), E.AllTime())),),
)


SUPPOSED: Final = (
    ('plan = "enterprise"', Supposed({"plan": "enterprise"})),
    ("plan = enterprise", Supposed({"plan": "enterprise"})),
    ("Plan is missing", Supposed({"plan": None})),
    ("seats = -3", Supposed({"seats": -3})),
    ("churned = true", Supposed({"churned": True})),
    ('renewal_date = date "2026-05-01"', Supposed({"renewal_date": "2026-05-01"})),
    ('tags = ["a", "b"]', Supposed({"tags": ["a", "b"]})),
    ("stage = loyal", Supposed({"stage of customer": "loyal"})),
    ("stage of customer = trial", Supposed({"stage of customer": "trial"})),
    ("go_live", Supposed({}, "go-live")),
    ('"Order Completed"', Supposed({}, "Order Completed")),
    (
        'purchase where (amount = 120 and sku = "x")',
        Supposed({"amount": 120, "sku": "x"}, "purchase"),
    ),
    ("stage of customer is missing", Supposed({"stage of customer": None})),
    ("purchase where (amount = 120)", Supposed({"amount": 120}, "purchase")),
    (
        'purchase where (amount = 120 and sku = "x" and sku = "y")',
        Supposed({"amount": 120, "sku": "y"}, "purchase"),
    ),
)


@pytest.mark.parametrize(("text", "found"), SUPPOSED)
def test_what_can_be_supposed(text: str, found: Supposed) -> None:
    """Attributes, stages and events, by any spelling of their names."""
    report = Report()

    assert supposition(scalar(text), PROJECT, report) == found
    assert notes(text, report) == []


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ('plann = "free"', "N103", "plann"),
        ("plan = pro", "T104", "pro"),
        ('seats = "many"', "T112", '"many"'),
        ("seats = seats + 1", "T112", "seats + 1"),
        ('renewal_date = "2026-05-01"', "D102", '"2026-05-01"'),
        ("plan == free", "S101", "=="),
        ("health = 3", "N204", "health"),
        ("contract.ends is missing", "T112", "contract.ends"),
        ("stage = gone", "N303", "gone"),
        ("stage of product = trial", "N301", "product"),
        ("log-in", "N104", "log-in"),
        ("purchase where (price = 3)", "N105", "price"),
        ("purchase where (amount > 3)", "S101", ">"),
        ("", "S111", ""),
    ],
)
def test_what_cannot_be_supposed_is_told_with_its_place(text: str, code: str, at: str) -> None:
    """A slip of the pen must not look like an answer."""
    report = Report()

    assert supposition(scalar(text), PROJECT, report) is None
    assert (code, at) in notes(text, report)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            'churned = false and plan = "free"',
            "one thing for each `--if`: `--if 'churned = false' --if 'seats = 3'`",
        ),
        ("seats > 10", "a value is supposed, not a condition: `seats = …`"),
    ],
)
def test_what_is_written_like_a_condition_is_said_otherwise(text: str, hint: str) -> None:
    report = Report()

    assert supposition(scalar(text), PROJECT, report) is None
    assert [note.hints for note in report] == [(hint,)]
