"""Values as JSON text and back."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuebook.engine.runtime.mail import write_body
from cuebook.engine.runtime.spelling import read, spell

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
TEXTS = st.text(st.characters())  # Halves of surrogate pairs, too.
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@example("\ud800")
@example({"a": 2**80, "b": 1e-05, "c": -0.0, "d": "\0"})
def test_what_is_spelt_is_read_back_as_it_was(value: object) -> None:
    """Whoever writes and whoever reads: this, or `json`, as older rows were written."""
    text = spell(value)

    assert text.isascii()
    assert read(text) == value == json.loads(text)
    assert read(json.dumps(value)) == value


def test_numbers_without_end_are_kept() -> None:
    """JSON has none, but what came in is written down before it is judged."""
    assert read(spell({"up": math.inf, "down": -math.inf})) == {"up": math.inf, "down": -math.inf}
    assert math.isnan(read(spell(math.nan)))


def test_values_nested_very_deep_are_kept() -> None:
    """Deeper than the quick way goes."""
    text = "[" * 400 + "]" * 400

    assert spell(read(text)) == text


@given(st.dictionaries(st.text(), SCALARS))
def test_a_body_is_written_alike_whether_its_values_are_simple_or_not(
    values: dict[str, object],
) -> None:
    """Simple ones take the quick way."""
    mixed = {**values, "": ["x"]}

    assert json.loads(write_body(values)) == values
    assert json.loads(write_body(mixed)) == mixed


def test_what_has_no_json_is_refused() -> None:
    """An author's values come from JSON; anything else is a mistake of ours."""
    with pytest.raises(TypeError):
        spell({"a": object()})
