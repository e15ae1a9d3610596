"""The grammar has no conflict, the table is current, and Lark's parser reads what ours reads."""

from functools import cache

import pytest
from lark import Lark
from lark import Token as LarkToken
from lark import Tree as LarkTree

from cuebook.dsl.parser import END, Mistake, Token, Tree, parse, tokens
from cuebook.dsl.table import TABLE, compiled, lark
from cuebook.dsl.words import HIDDEN, TOKENS, alternatives

TEXTS = [
    (
        "condition",
        'plan in ["growth"] and count of login where (device == "x") in last 30 days >= 2',
    ),
    ("condition", "not a.b is missing or first_name like 'x*' ignoring case"),
    ("condition", "-a * 2 + b default 3 > sum of purchase.amount since trigger"),
    ("condition", 'no "Order Completed" for 14 days or renewal_date in the next 2 weeks'),
    ("trigger", "on plan changes from free to growth"),
    ("trigger", "every month on day 1 at 09:00 while seats > 3"),
    ("rule", "x: on go-live if seats > 5 -> check-in after 7 days at 09:00 → y; per event.sku"),
]


def test_the_grammar_is_free_of_conflicts() -> None:
    """Lark resolves a conflict silently, and then means something nobody chose."""
    pytest.importorskip("interegular")

    lark(strict=True)


def test_the_table_is_current() -> None:
    """A grammar changed without `make grammar` would not be the one that runs."""
    assert TABLE.read_text("utf-8") == compiled()


@cache
def larks() -> Lark:
    """Return Lark's own parser; to make it is what costs."""
    return lark()


def shape(node: object) -> object:
    match node:
        case Token(kind=kind, text=text) | LarkToken(type=kind, value=text):
            return kind, text
        case Tree(rule=rule, parts=parts):
            return rule, [shape(part) for part in parts]
        case LarkTree(data=rule, children=parts):
            return str(rule), [shape(part) for part in parts]
    raise AssertionError(node)


@pytest.mark.parametrize(("start", "text"), TEXTS)
def test_ours_and_larks_parser_agree(start: str, text: str) -> None:
    """The driver is ours, the language is what Lark says the grammar means."""
    ours = parse(list(tokens(text)), start)

    assert shape(ours) == shape(larks().parse(text, start=start))


def test_every_token_has_a_name_in_words() -> None:
    """A message never shows the inner name of a token."""
    names = {terminal.name for terminal in larks().terminals} | {END}

    for name in names - HIDDEN:
        assert name in TOKENS or "_" not in alternatives({name})


def test_a_mistake_says_what_would_fit() -> None:
    """The table alone knows it; an action that only reduces does not count."""
    found = parse(list(tokens("count of login in last 30 days")), "duration")

    assert isinstance(found, Mistake)
    assert found.expected == {"DURATION", "NUMBER"}
