"""The parser keeps every place and never raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl import conditions
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.parser import parse, tokens
from cuebook.dsl.rule_lines import rule
from cuebook.dsl.table import STARTS

from .reading import SCOPE, notes, scalar

WORDS = [
    "plan",
    "seats",
    "churned",
    "login",
    "purchase",
    "event.amount",
    "customer.name",
    "renewal_date",
    "go-live",
    "and",
    "or",
    "not",
    "in",
    "is",
    "missing",
    "present",
    "==",
    "!=",
    "=",
    "<",
    "&&",
    "||",
    "!",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    ";",
    "->",
    "-",
    "+",
    "*",
    "/",
    "7",
    "1,000",
    "10$",
    "3.5",
    "4h",
    "7d",
    "hrs",
    "days",
    "'pro'",
    '"pro"',
    "“pro”",
    '"',
    "09:00",
    "has",
    "no",
    "count",
    "of",
    "sum",
    "where",
    "(amount",
    "in_last",
    "for",
    "since",
    "trigger",
    "ever",
    "within",
    "then",
    "default",
    "true",
    "false",
    "now",
    "today",
    "date",
    "every",
    "monday",
    "at",
    "while",
    "when",
    "manual",
    "cron",
    "if",
    "unless",
    "after",
    "wait",
    "per",
    "stop",
    "late",
    "again",
    "stage",
    "stage.",
    "#",
    "é",
    "²",
    "\x00",
    "any",
    "of\n",
    "in",
    "last",
    "30",
    "days",
]


def test_a_tree_covers_its_brackets() -> None:
    """A caret under a group should show the brackets too."""
    tree = parse(list(tokens("not (a == 1)")), "condition")

    assert (tree.parts[0].parts[1].start, tree.parts[0].parts[1].end) == (4, 12)  # type: ignore[union-attr]


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_every_character_belongs_to_a_token_or_is_space_or_comment(text: str) -> None:
    """Nothing an author writes is dropped in silence."""
    covered = {i for token in tokens(text) for i in range(token.start, token.end)}
    rest = "".join(" " if i in covered else char for i, char in enumerate(text))

    assert all(part.strip() == "" or "#" in part for part in rest.split("\n"))


@given(words=st.lists(st.sampled_from(WORDS), max_size=12), glue=st.sampled_from(["", " "]))
@settings(max_examples=200, deadline=None)
def test_any_soup_of_words_gives_a_node_or_a_mistake_inside_the_text(
    words: list[str], glue: str
) -> None:
    """Authors paste anything; they get a place and a reason, never a traceback."""
    text = glue.join(words)
    for read in (conditions.condition, conditions.trigger, conditions.happening, rule):
        report = Report()
        made = read(scalar(text), SCOPE, report)
        assert (made is None) == report.failed
        for note in report:
            assert 0 <= note.span.start <= note.span.end <= len(text)


@pytest.mark.parametrize("text", ["(" * 1000 + "a" + ")" * 1000, "not " * 400 + "a", "1 + " * 400])
def test_deep_nesting_is_one_mistake(text: str) -> None:
    """Whoever writes a thousand brackets gets one sentence about it."""
    report = Report()

    assert conditions.condition(scalar(text[:2000]), SCOPE, report) is None

    assert [code for code, _ in notes(text, report)] in (["S110"], ["S109"])


def test_a_long_text_is_one_mistake() -> None:
    """Two thousand characters are enough for a condition."""
    text = " or ".join(["churned"] * 400)
    report = Report()

    assert conditions.condition(scalar(text), SCOPE, report) is None
    assert [note.code for note in report] == ["S109"]


def test_a_long_chain_of_or_is_no_nesting() -> None:
    """Many alternatives side by side are not deep."""
    assert conditions.condition(scalar(" or ".join(["churned"] * 150)), SCOPE, Report()) is not None


@pytest.mark.parametrize("start", STARTS)
def test_nothing_at_all_does_not_raise(start: str) -> None:
    """Each start of the grammar meets an empty text."""
    parse([], start)
