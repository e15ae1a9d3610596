"""The canonical text of a condition is one an author could have written."""

import pytest

from cuebook.dsl.conditions import Scope, condition
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Scalar
from cuebook.engine.core.expr import Attribute, Constant, ItemField, Like
from cuebook.engine.core.origin import Span
from cuebook.engine.core.say import say, say_name, say_text
from cuebook.engine.core.vocabulary import Type, Vocabulary

WORDS = Vocabulary(
    "acme",
    attributes={
        "plan": Type("text"),
        "seats": Type("number"),
        "churned": Type("boolean"),
        "last": Type("date"),
        "Renewal Date": Type("date"),
        "signed_at": Type("instant"),
        "address": Type("record", fields=(("city", Type("text")),)),
        "tags": Type("list", item=Type("text")),
        "stage of customer": Type("one of", ("a", "b", "b.on trial", "b.c", "at risk")),
        "stage of product b": Type("one of", ("a", "when")),
        "contacts": Type(
            "list",
            item=Type(
                "record",
                fields=(
                    ("role", Type("text")),
                    ("first", Type("text")),
                    ("it", Type("text")),
                    ("tags", Type("list", item=Type("text"))),
                ),
            ),
        ),
    },
    events={
        "login": {"device": Type("text")},
        "purchase": {"amount": Type("number"), "sku": Type("text")},
        "Order Completed": {"total paid": Type("number")},
    },
)

TEXTS = (
    'plan in ["pro", "free"] and seats < 50 or churned',
    'plan not in ["pro"] ignoring case',
    'not (plan == "pro") and not churned',
    "(seats + 1) * 2 - 3 / (4 - 1) >= -seats",
    "seats - (2 - 1) == 1.5",
    "(seats default 0) default 1 > 2",
    "seats between 5 and 10 and plan is missing",
    'plan starts with "A" ignoring case or plan contains "b"',
    'plan like "acme*" or plan matches "^a+$" ignoring case',
    "address.city is present",
    "no login",
    "no login in last 7 days",
    "no login for 14 days",
    "not (no login for 14 days)",
    "count of purchase where (amount > customer.seats) since login >= 3",
    "count of purchase where (amount > 2 and sku == trigger.sku) since trigger > 1",
    'sum of "Order Completed"."total paid" in last 2 business days > 100',
    'first value of purchase.sku where (amount > 1) == "x"',
    "has login then purchase where (amount > 1) within 7 days",
    "time since first login > 1 month",
    "days since last purchase >= 14",
    "days since signed_at >= 14 and days until customer.last < 3",
    'customer."Renewal Date" in next 90 days or signed_at in last 30 days',
    'customer.last > date "2026-03-01" and signed_at < now and today == customer.last',
    "event.sku is present",
    'any of contacts where (role == "champion" and it.first is present)',
    "not (all of contacts where (it.it is missing or role == customer.plan))",
    'none of contacts where (number of tags where (it == "vip") > 1)',
    "number of contacts + 1 > 2 or number of tags default 0 == 1",
    'stage is a or stage is not b.c or stage of "product b" is missing',
    'stage in [a, "b.on trial", "at risk"] and stage not in [a, b.c]',
    'stage of "product b" is "when" and stage 30 days ago is a',
    'time in stage > 180 days and days in stage of "product b" >= 3',
    'was ever in stage b or was ever in stage "at risk" or was ever in stage a of "product b"',
    "seats 30 days ago - seats > 5 and address.city 1 month ago is present",
    "seats drops by 20% in 14 days or not (seats rises by 2.5 in 1 week)",
    'has login where (customer.plan == stage of "customer")',
    '(plan == "a") == (plan == \'say "b"\')',
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_condition_reads_back_as_itself(text: str) -> None:
    """What `show` prints and the journal keeps parses to the very tree that was judged."""
    tree = read(text)

    assert read(say(tree)) == tree
    assert say(tree) == text


@pytest.mark.parametrize("text", ["has login ever", "count of login since trigger > 2"])
def test_within_a_run_all_history_is_spelt_ever(text: str) -> None:
    """Where history begins at the trigger by itself, all of it needs a word."""
    scope = Scope(WORDS, trigger_event="purchase", has_trigger=True, window="since trigger")
    tree = read(text, scope)

    assert say(tree, in_run=True) == text
    assert read(say(tree, in_run=True), scope) == tree


def test_names_and_texts_are_told_apart() -> None:
    """Two trees never share a text: histories are found again by it."""
    assert say_name("go-live") == "go-live"
    assert say_name("since") == '"since"'
    assert say(Attribute("in")) == "customer.in"
    assert say_text("it's") == '"it\'s"'
    assert say(ItemField(("a.b",))) != say(ItemField(("a", "b")))
    assert say(Constant("1")) != say(Constant(1)) != say(Constant(1.0))
    assert say(Like(Attribute("plan"), '"it\'s"\n')) == 'plan like "\\"it\'s\\"\\n"'


def read(text: str, scope: Scope | None = None) -> object:
    report = Report()
    known = scope or Scope(WORDS, trigger_event="purchase", has_trigger=True)
    tree = condition(Scalar(text, Span("p.yaml", 0, len(text))), known, report)
    assert tree is not None, list(report)
    return tree
