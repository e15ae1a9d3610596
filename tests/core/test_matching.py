"""The index of event triggers finds what reading every trigger one by one finds."""

import operator
from collections.abc import Callable, Mapping
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core.expr import (
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Expr,
    In,
    ItemField,
    Not,
    Or,
    TriggerField,
)
from cuebook.engine.core.legs import Leg, Subject, take_apart
from cuebook.engine.core.matching import build_matcher

Values = Mapping[str, object]

OPS: dict[str, Callable[[object, object], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value_of(expr: Expr, properties: Values, attributes: Values) -> object:
    """Return the value of an operand, None for missing."""
    look = partial(value_of, properties=properties, attributes=attributes)
    match expr:
        case Constant(value):
            return value
        case Attribute(name):
            return attributes.get(name)
        case ItemField(path) | TriggerField(path):
            found: object = properties
            for name in path:
                found = found.get(name) if isinstance(found, dict) else None
            return found
        case Arith("+", left, right):
            a, b = look(left), look(right)
            return a + b if isinstance(a, int) and isinstance(b, int) else None
        case _:
            raise AssertionError(expr)


def truth(expr: Expr, properties: Values, attributes: Values) -> object:
    """Evaluate plainly, by Kleene's tables: True, False, or None for unknown."""
    look = partial(truth, properties=properties, attributes=attributes)
    value = partial(value_of, properties=properties, attributes=attributes)
    match expr:
        case Not(inner):
            return None if look(inner) is None else not look(inner)
        case And(items):
            parts = [look(item) for item in items]
            return False if False in parts else None if None in parts else True
        case Or(items):
            parts = [look(item) for item in items]
            return True if True in parts else None if None in parts else False
        case Compare(op, left, right):
            a, b = value(left), value(right)
            return None if a is None or b is None else OPS[op](a, b)
        case In(left, items):
            return look(Or(tuple(Compare("==", left, item) for item in items)))
        case Between(left, low, high):
            return look(And((Compare(">=", left, low), Compare("<=", left, high))))
        case _:
            return value(expr)


def holds(where: Expr | None, condition: Expr | None, properties: Values, customer: Values) -> bool:
    """Say whether both are true, by reading them."""
    parts = [part for part in (where, condition) if part is not None]
    return all(truth(part, properties, customer) is True for part in parts)


def residual(where: Expr | None, condition: Expr | None) -> Callable[..., bool]:
    return lambda p, a, _h, _now, _z, _t: holds(where, condition, p, a)


def no_residual(where: Expr | None, condition: Expr | None) -> Callable[..., bool]:
    raise AssertionError(where, condition)


TEXTS = ("a", "b", "c")
segments = st.sampled_from(TEXTS).map(Constant)
numbers = st.integers(0, 4).map(Constant)


def trees(names: tuple[Expr, Expr, Expr]) -> st.SearchStrategy[Expr]:
    """Conditions over a text, a number and a boolean: legs, and things that are none."""
    text, number, boolean = names
    ordered = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
    leaves = st.one_of(
        st.just(boolean),
        st.builds(Compare, st.sampled_from(("==", "!=")), st.just(text), segments),
        st.builds(Compare, ordered, st.just(number), numbers),
        st.builds(Compare, ordered, numbers, st.just(number)),
        st.builds(Compare, ordered, st.just(Arith("+", number, Constant(1))), numbers),
        st.builds(In, st.just(text), st.lists(segments, max_size=3).map(tuple)),
        st.builds(Between, st.just(number), numbers, numbers),
    )
    several = st.lists(leaves, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        leaves,
        several.map(And),
        several.map(Or),
        leaves.map(Not),
        several.map(And).map(Not),
        several.map(Or).map(Not),
    )


def known(kind: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | kind


NAMES = ("purchase", "purchase", "purchase", "login", "login", "refund", "visit", "call")
"""Some events have many rows, some have one or none."""
wheres = trees((ItemField(("sku",)), ItemField(("amount",)), ItemField(("gift",))))
nested = trees((TriggerField(("by", "name")), TriggerField(("amount",)), TriggerField(("gift",))))
customers = trees((Attribute("plan"), Attribute("health"), Attribute("churned")))
rows = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.none() | wheres,
        st.none() | customers | st.tuples(customers, nested).map(And),
    ),
    max_size=40,
)
events = st.tuples(
    st.sampled_from((*NAMES, "unheard-of")),
    st.fixed_dictionaries(
        {"by": known(st.fixed_dictionaries({"name": known(st.sampled_from(TEXTS))}))},
        optional={
            "sku": known(st.sampled_from(TEXTS)),
            "amount": known(st.integers(0, 4)),
            "gift": known(st.booleans()),
        },
    ),
    st.fixed_dictionaries(
        {
            "plan": known(st.sampled_from(TEXTS)),
            "health": known(st.integers(0, 4)),
            "churned": known(st.booleans()),
        }
    ),
)


@settings(max_examples=200, deadline=None)
@given(rows, st.lists(events, min_size=1, max_size=12))
def test_the_index_finds_exactly_the_rows_that_hold(
    drawn: list[tuple[str, Expr | None, Expr | None]],
    happenings: list[tuple[str, dict[str, object], dict[str, object]]],
) -> None:
    """However rows are tabled, the answer is that of reading each, missing values included."""
    numbered = [(key, *row) for key, row in enumerate(drawn)]

    matcher = build_matcher(numbered, residual)

    for event, properties, customer in happenings:
        expected = [
            key
            for key, name, where, condition in numbered
            if name == event and holds(where, condition, properties, customer)
        ]
        assert list(matcher.match(event, properties, customer, None, 0, None)) == expected


@pytest.mark.parametrize("count", [1, 3, 60, 400])
def test_many_rows_of_one_shape_are_hashed_and_cut(count: int) -> None:
    """Tables small and large answer alike, and no residual is asked for."""
    plan, health, amount = Attribute("plan"), Attribute("health"), ItemField(("amount",))
    numbered = [
        (
            key,
            "purchase",
            Compare(">", amount, Constant(key % 7)),
            And(
                (
                    Compare("==", plan, Constant(TEXTS[key % 3])),
                    Compare("<", health, Constant(key % 11)),
                )
            ),
        )
        for key in range(count)
    ]

    matcher = build_matcher(numbered, no_residual)

    for health_now in range(12):
        properties, customer = {"amount": 5}, {"plan": "b", "health": health_now}
        expected = [
            key
            for key, _, where, condition in numbered
            if holds(where, condition, properties, customer)
        ]
        assert list(matcher.match("purchase", properties, customer, None, 0, None)) == expected


def test_events_with_one_row_each_keep_their_own_rows_behind_a_shared_gate() -> None:
    """Fifty events whose rows first compare with the same three values are not confused."""
    plan, health = Attribute("plan"), Attribute("health")
    numbered = [
        (
            key,
            f"event {key}",
            Compare(">", ItemField(("amount",)), Constant(key % 7)) if key % 5 else None,
            And(
                (
                    Compare("==", plan, Constant(TEXTS[key % 3])),
                    Compare("<", health, Constant(key % 11)),
                )
            ),
        )
        for key in range(50)
    ]

    matcher = build_matcher(numbered, no_residual)

    properties, found = {"amount": 3}, []
    for customer in [{"plan": plan, "health": health} for plan in TEXTS for health in range(11)]:
        for key, event, where, condition in numbered:
            answer = list(matcher.match(event, properties, customer, None, 0, None))
            assert answer == [key] * holds(where, condition, properties, customer)
            found += answer
    assert len(set(found)) > 20


def test_forty_shapes_of_one_event_share_few_tables() -> None:
    """Rows whose shape is rare are found all the same, by the loop they share."""
    names = [Attribute(f"x{number}") for number in range(40)]
    numbered = [
        (
            key,
            "login",
            None,
            And((Compare(">", name, Constant(1)), Compare("!=", name, Constant(5)))),
        )
        for key, name in enumerate(names)
    ]
    customer = {f"x{number}": number % 7 for number in range(40)}

    found = build_matcher(numbered, no_residual).match("login", {}, customer, None, 0, None)

    assert list(found) == [key for key in range(40) if key % 7 > 1 and key % 7 != 5]


def test_a_residual_is_compiled_when_first_needed_and_once() -> None:
    """Ten thousand playbooks load at once; what never comes to be asked costs nothing."""
    compiled: list[Expr | None] = []

    def compile_(where: Expr | None, condition: Expr | None) -> Callable[..., bool]:
        compiled.append(condition)
        return residual(where, condition)

    rest = Or((Attribute("churned"), Attribute("late")))
    condition = And((Compare("==", Attribute("plan"), Constant("a")), rest))
    matcher = build_matcher([(7, "login", None, condition)], compile_)

    assert not matcher.match("login", {}, {"plan": "b", "late": True}, None, 0, None)
    assert compiled == []
    for _ in range(2):
        assert list(matcher.match("login", {}, {"plan": "a", "late": True}, None, 0, None)) == [7]
    assert compiled == [rest]


def test_a_residual_is_handed_what_the_caller_gave() -> None:
    """The index knows nothing of history, clocks and zones; it passes them on untouched."""
    handed: list[tuple[object, ...]] = []

    def compile_(_where: Expr | None, _condition: Expr | None) -> Callable[..., bool]:
        def test(*given: object) -> bool:
            handed.append(given)
            return True

        return test

    matcher = build_matcher([(0, "login", None, Or((Attribute("a"), Attribute("b"))))], compile_)
    matcher.match("login", {"device": "x"}, {"a": True}, "history", 5, "zone", "trigger")

    assert handed == [({"device": "x"}, {"a": True}, "history", 5, "zone", "trigger")]


def test_a_value_of_another_type_is_compared_row_by_row() -> None:
    """No table can place a list or a text among numbers; the residual decides, nothing raises."""
    below = Compare("<", Attribute("health"), Constant(5))
    on_a = Compare("==", Attribute("plan"), Constant("a"))

    def compile_(where: Expr | None, condition: Expr | None) -> Callable[..., bool]:
        def test(p: Values, a: Values, *_rest: object) -> bool:
            mistyped = isinstance(a.get("health"), str) or isinstance(a.get("plan"), list)
            return not mistyped and holds(where, condition, p, a)

        return test

    matcher = build_matcher([(n, "login", on_a, below) for n in range(9)], compile_)

    for customer in ({"plan": "a", "health": "x"}, {"plan": ["a"], "health": 1}):
        assert not matcher.match("login", {}, customer, None, 0, None)
    assert len(matcher.match("login", {}, {"plan": "a", "health": 1}, None, 0, None)) == 9


def test_legs_are_read_through_negation_and_from_either_side() -> None:
    """`not (churned or 5 <= health)` asks the same as `not churned and health < 5`."""
    condition = Not(Or((Attribute("churned"), Compare("<=", Constant(5), Attribute("health")))))

    found = take_apart(None, condition)

    assert found.legs == (
        Leg(Subject("customer", ("churned",)), "==", level=False),
        Leg(Subject("customer", ("health",)), "<", 5),
    )
    assert found.condition is None
