"""What the tests of the language share: a small vocabulary, and texts at known places."""

from cuebook.dsl.conditions import Scope
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Scalar
from cuebook.engine.core.origin import Span
from cuebook.engine.core.vocabulary import Type, Vocabulary

CONTACT = Type(
    "record",
    fields=(
        ("name", Type("text")),
        ("email", Type("text")),
        ("role", Type("text")),
        ("until", Type("date")),
        ("tags", Type("list", item=Type("text"))),
    ),
)
WORDS = Vocabulary(
    "acme",
    attributes={
        "plan": Type("one of", ("free", "growth", "enterprise")),
        "seats": Type("number"),
        "name": Type("text"),
        "churned": Type("boolean"),
        "renewal_date": Type("date"),
        "signed_at": Type("instant"),
        "renewal": Type("date"),
        "tags": Type("list", item=Type("text")),
        "address": Type("record", fields=(("city", Type("text")),)),
        "contacts": Type("list", item=CONTACT),
        "contract": Type("record", fields=(("ends", Type("date")),)),
        "company": Type("record", fields=(("contacts", Type("list", item=CONTACT)),)),
    },
    events={
        "go-live": {},
        "login": {"device": Type("text")},
        "purchase": {"amount": Type("number"), "sku": Type("text")},
        "renewal": {},
        "Order Completed": {"revenue": Type("number")},
    },
)
SCOPE = Scope(WORDS, trigger_event="purchase", has_trigger=True)
LATER = Scope(WORDS, trigger_event="purchase", has_trigger=True, window="since trigger")


def scalar(text: str) -> Scalar:
    return Scalar(text, Span("p.yaml", 0, len(text)))


def notes(text: str, report: Report) -> list[tuple[str, str]]:
    """Each diagnostic's code, and the text it points at."""
    return [(note.code, text[note.span.start : note.span.end]) for note in report]
