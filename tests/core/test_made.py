"""What `set:` puts together: texts, lists and records, of values that may be missing."""

import pytest

from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_value
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    Attribute,
    Constant,
    DayOf,
    Default,
    Expr,
    Joined,
    ListOf,
    Missing,
    RecordOf,
    TextOf,
)
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.made import LONGEST
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import zone

CALENDAR, BERLIN = Calendar(), zone("Europe/Berlin")
NOW = parse_instant("2026-03-20 10:00", BERLIN)
CUSTOMER = {
    "name": "Ada",
    "seats": 12.0,
    "churned": False,
    "since": NOW,
    "nobody": None,
    "tags": ["a"],
    "much": "x" * LONGEST,
}
NAME, NOBODY = Attribute("name"), Attribute("nobody")


def text(*parts: str | Expr) -> Expr:
    made = (Constant(one) if isinstance(one, str) else TextOf(one) for one in parts)
    return Joined(tuple(made))


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Missing(), None),
        (text("Dear ", NAME), "Dear Ada"),
        (text(Attribute("seats"), " seats, ", Attribute("churned")), "12 seats, false"),
        (text("Dear ", NOBODY), None),
        (text("Dear ", Default(NOBODY, Constant("you"))), "Dear you"),
        (text("tags: ", Attribute("tags")), None),
        (text(Attribute("much")), "x" * LONGEST),
        (text(Attribute("much"), "!"), None),
        (TextOf(Attribute("since"), instant=True), "2026-03-20T10:00:00+01:00"),
        (TextOf(NOBODY, instant=True), None),
        (ListOf((Constant("beta"), NAME, NOBODY)), ["beta", "Ada"]),
        (ListOf(()), []),
        (RecordOf(("name", "until", "tags"), (NAME, DayOf("2027-03-01"), NOBODY)),
         {"name": "Ada", "until": "2027-03-01"}),
        (RecordOf((), ()), {}),
    ],
)  # fmt: skip
def test_what_is_put_together_is_the_same_compiled_and_walked(expr: Expr, expected: object) -> None:
    """A text with a part that is missing is missing; lists and records leave such parts out."""
    asked = (CUSTOMER, History(), NOW, BERLIN, None)

    assert compile_value(expr, CALENDAR)(*asked) == expected
    assert evaluate(expr, World(*asked, CALENDAR, {})) == expected
