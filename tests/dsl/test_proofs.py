"""What `check` claims to be in vain is in vain: compared with trying everything out."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl import compile_project
from cuebook.dsl.known import KINDS
from cuebook.dsl.rules.possible import FALSE, TRUE, UNKNOWN, Judge
from cuebook.dsl.rules.registry import RULES
from cuebook.engine.core.channels import History
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    And,
    Attribute,
    Between,
    Compare,
    Constant,
    Default,
    Expr,
    In,
    IsMissing,
    IsPresent,
    Not,
    Or,
)
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import UTC

HERE = Path(__file__).parents[2]
PROJECTS = [
    *(path.parent for path in sorted((HERE / "examples").rglob("cuebook.yaml"))),
    *(path.parent for path in sorted((HERE / "playbooks").rglob("cuebook.yaml"))),
    HERE / "cli" / "starter",
]
WORDS = Vocabulary(
    "small",
    attributes={
        "plan": Type("one of", ("free", "growth")),
        "seats": Type("number"),
        "churned": Type("boolean"),
        "name": Type("text"),
    },
)
EVERYBODY = [
    dict(zip(WORDS.attributes, values, strict=True))
    for values in product(
        [None, "free", "growth"],
        [None, -1, 0, 0.5, 1, 1.5, 2, 3],
        [None, True, False],
        [None, "a", "b", "c"],
    )
]
"""A customer for every way in which conditions about these levels and values can come out."""
LEVELS = st.sampled_from([0, 1, 2]).map(Constant)
SEATS = st.one_of(
    st.just(Attribute("seats")), LEVELS.map(lambda one: Default(Attribute("seats"), one))
)
NAMED = [Attribute("plan"), Attribute("seats"), Attribute("churned"), Attribute("name")]
ATOMS = st.one_of(
    st.builds(Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), SEATS, LEVELS),
    st.builds(Compare, st.sampled_from(["<", ">="]), LEVELS, SEATS),
    st.builds(Between, SEATS, LEVELS, LEVELS),
    st.builds(In, SEATS, st.lists(LEVELS, max_size=2).map(tuple)),
    st.builds(
        Compare,
        st.sampled_from(["==", "!="]),
        st.just(Attribute("plan")),
        st.sampled_from(["free", "growth"]).map(Constant),
    ),
    st.builds(
        In,
        st.just(Attribute("name")),
        st.lists(st.sampled_from(["a", "b"]).map(Constant), max_size=2).map(tuple),
    ),
    st.just(Attribute("churned")),
    st.sampled_from(NAMED).map(IsMissing),
    st.sampled_from(NAMED).map(IsPresent),
)
CONDITIONS: st.SearchStrategy[Expr] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: Or(tuple(items))),
    ),
    max_leaves=6,
)


def found(condition: Expr, customer: dict[str, object]) -> int:
    value = evaluate(condition, World(customer, History(), 0, UTC, None, Calendar(), {}))
    return TRUE if value is True else FALSE if value is False else UNKNOWN


@settings(deadline=None)
@given(CONDITIONS, st.sampled_from([TRUE, FALSE, FALSE | UNKNOWN]))
def test_a_condition_is_possible_when_some_customer_meets_it(condition: Expr, wanted: int) -> None:
    """The proof knows neither more nor less than evaluating the condition for everybody."""
    met = any(found(condition, customer) & wanted for customer in EVERYBODY)

    assert Judge(WORDS).possible([(condition, wanted)]) == met


REMEMBERING = Judge(WORDS)
"""One that has been asked before."""


@settings(deadline=None)
@given(CONDITIONS)
def test_a_condition_comes_to_what_it_comes_to_for_somebody(condition: Expr) -> None:
    """All of it and nothing else, whatever was asked before."""
    each = {found(condition, customer) for customer in EVERYBODY}

    assert Judge(WORDS).outcomes(condition) == sum(each)
    assert REMEMBERING.outcomes(condition) == sum(each)


@settings(deadline=None)
@given(st.lists(st.tuples(CONDITIONS, st.sampled_from([TRUE, FALSE, FALSE | UNKNOWN])), max_size=3))
def test_what_was_asked_before_changes_no_answer(goals: list[tuple[Expr, int]]) -> None:
    """Conditions that mean the same are one to it, and so are questions."""
    assert REMEMBERING.possible(goals) == Judge(WORDS).possible(goals)
    assert REMEMBERING.possible(goals[::-1]) == Judge(WORDS).possible(goals)


@settings(deadline=None)
@given(CONDITIONS, CONDITIONS)
def test_two_conditions_exclude_each_other_when_nobody_meets_both(one: Expr, other: Expr) -> None:
    """Branches, triggers and guards are judged together, about the same customer."""
    met = any(found(one, c) & TRUE and found(other, c) & TRUE for c in EVERYBODY)

    if met:
        assert Judge(WORDS).possible([(one, TRUE), (other, TRUE)])


ALLOWED: dict[str, set[str]] = {}
"""What rules say of projects that ship with cuebook and is meant, by folder: nothing so far."""


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: str(path.relative_to(HERE)))
def test_no_rule_raises_a_false_alarm(path: Path) -> None:
    """What ships with cuebook has been thought about: whatever a rule said of it would be wrong."""
    result = compile_project(path, kinds=KINDS)
    told = {note.code for note in result.report} & {rule.code for rule in RULES}

    assert result.project is not None
    assert told == ALLOWED.get(str(path.relative_to(HERE)), set())
