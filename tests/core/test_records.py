"""Lists of related records: what is true of some, of all, of none, and of how many."""

import pytest

from cuebook.dsl.conditions import Scope, condition
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Scalar
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.expr import Expr
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.origin import Span
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone

BERLIN = zone("Europe/Berlin")
NOW = parse_instant("2026-03-20 10:00", BERLIN)
CONTACT = Type(
    "record",
    fields=(
        ("name", Type("text")),
        ("role", Type("text")),
        ("ends", Type("date")),
        ("tags", Type("list", item=Type("text"))),
    ),
)
CONTACTS = Type("list", item=CONTACT)
WORDS = Vocabulary(
    "acme",
    attributes={
        "role": Type("text"),
        "contacts": CONTACTS,
        "nobody": CONTACTS,
        "tags": Type("list", item=Type("text")),
        "company": Type("record", fields=(("contacts", CONTACTS),)),
    },
    events={"login": {}},
)
ADA = {"name": "Ada", "role": "champion", "ends": "2026-04-01", "tags": ["vip"]}
BO = {"name": "Bo", "role": "user", "ends": "2026-03-25"}
CY = {"name": "Cy"}
CUSTOMER = {
    "role": "user",
    "contacts": [ADA, BO, CY],
    "nobody": None,
    "tags": ["beta", None],
    "company": {"contacts": [BO]},
}


def read(text: str) -> Expr:
    report = Report()
    found = condition(Scalar(text, Span("p.yaml", 0, len(text))), Scope(WORDS), report)
    assert found is not None, list(report)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('any of contacts where (role == "champion")', True),
        ('any of contacts where (role == "boss")', None),
        ('all of contacts where (role == "champion")', False),
        ('all of contacts where (role in ["champion", "user"])', None),
        ('none of contacts where (role == "champion")', False),
        ('none of contacts where (role == "boss")', None),
        ('none of contacts where (name == "Di")', True),
        ("all of contacts where (name is present)", True),
        ("any of nobody where (name is present)", False),
        ("all of nobody where (name is missing)", True),
        ("number of nobody == 0", True),
        ("number of contacts == 3", True),
        ('number of contacts where (role == "boss") == 0', True),
        ("number of contacts where (role == customer.role) == 1", True),
        ('any of tags where (it == "beta")', True),
        ("number of tags == 1", True),
        ('any of contacts where (any of tags where (it == "vip"))', True),
        ('all of company.contacts where (role == "user")', True),
        ("any of contacts where (ends in next 7 days)", True),
        ("all of contacts where (ends in next 7 days or ends is missing)", False),
        ("any of contacts where (has login)", False),
    ],
)
def test_what_is_true_of_records_is_known_as_far_as_it_can_be(
    text: str, expected: bool | None
) -> None:
    """A field that is missing leaves open what the others do not decide; a missing list is empty."""
    found = compile_condition(read(text), Calendar())

    world = (CUSTOMER, History(), NOW, BERLIN, None)

    assert (found.holds(*world), found.fails(*world)) == (expected is True, expected is False)
    assert found.explain(*world).value is expected


def test_a_date_of_a_record_tells_when_the_condition_changes() -> None:
    """`ends in next 7 days` becomes true by time alone, at the instant of the earliest record."""
    found = compile_condition(read("any of contacts where (ends in next 7 days)"), Calendar())

    early = parse_instant("2026-03-01 10:00", BERLIN)
    due = found.next_change(CUSTOMER, History(), early, BERLIN, None)

    assert due is not None
    assert iso(due, BERLIN) == "2026-03-18T00:00:00+01:00"


def test_the_reason_tells_of_how_many_it_is_true() -> None:
    """Who reads `why` sees how near it was."""
    trace = compile_condition(read('any of contacts where (role == "user")'), Calendar()).explain(
        CUSTOMER, History(), NOW, BERLIN, None
    )

    assert trace.note == "true of 1 of 3, unknown of 1"
