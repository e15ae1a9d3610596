"""Nodes are compared, hashed and shown as the dataclasses they are."""

from dataclasses import fields, make_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.node import Node
from cuebook.engine.core.origin import Span

KINDS = [
    kind
    for module in (E, P)
    for kind in vars(module).values()
    if isinstance(kind, type) and kind.__module__ == module.__name__
]
VALUES = st.sampled_from([None, 0, 0.0, False, 1, 1.0, True, "1", "", (), (1,), E.Constant(1)])


def _plain(node: Any) -> Any:
    """Return the same values in a dataclass of the same name that writes its own methods."""
    made = [(field.name, field.type, field) for field in fields(node)]
    kind = _PLAIN.setdefault(
        type(node), make_dataclass(type(node).__name__, made, frozen=True, slots=True)
    )
    return kind(**{field.name: getattr(node, field.name) for field in fields(node)})


_PLAIN: dict[type, type] = {}


@given(st.data())
def test_equality_hash_and_repr_are_those_of_a_dataclass(data: st.DataObject) -> None:
    """Caches and sets of nodes rest on it: what is equal hashes alike, 1 is True, places are blind."""
    kind: Any = data.draw(st.sampled_from(KINDS))
    names = [field.name for field in fields(kind) if field.name != "span"]
    one = kind(**{name: data.draw(VALUES) for name in names})
    two = kind(**{name: data.draw(VALUES) for name in names})

    assert (one == two) == (_plain(one) == _plain(two))
    assert one != two or hash(one) == hash(two)
    assert repr(one) == repr(_plain(one))


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_leaves_equality_to_its_base_and_is_cheap_to_make(kind: Any) -> None:
    """One declared with a plain dataclass would be right, and slow to import or to make."""
    assert kind.__eq__ is Node.__eq__
    assert kind.__hash__ is Node.__hash__
    assert kind.__repr__ is Node.__repr__
    assert not kind.__dataclass_params__.frozen
    assert "__dict__" not in dir(kind)


def test_the_place_of_a_node_takes_no_part_in_what_it_means() -> None:
    """The same condition written twice is one condition."""
    here = E.Attribute("plan", span=Span("a.yaml", 1, 5))
    there = replace(here, span=Span("b.yaml", 9, 13))

    assert here == there
    assert hash(here) == hash(there)


def test_nodes_of_two_classes_are_never_equal() -> None:
    """`days since x` is not `days until x`, though both hold the same."""
    assert E.DaysSince(E.Attribute("x")) != E.DaysUntil(E.Attribute("x"))
    assert E.AllTime() != E.SinceTrigger()
    assert E.AllTime() == E.AllTime()
    assert E.Constant(1) != 1
