"""Matchers for `matches` take any text that a customer may carry."""

import pytest

from cuebook.engine.core.expr import Attribute, Matches
from cuebook.engine.patterns import matchers


@pytest.mark.parametrize(
    ("pattern", "folded", "text", "found"),
    [
        ("^a+$", False, "aaa", True),
        ("^A+$", True, "aaa", True),
        ("a$", False, "a\n", False),
        ("^half .$", False, "half \ud800", True),
        ("nul.x", False, "nul\0x", True),
        ("東", False, "東\udfff", True),
    ],
)
def test_any_text_is_searched(pattern: str, *, folded: bool, text: str, found: bool) -> None:
    """Half of a surrogate pair is a sign like another."""
    (matcher,) = matchers([Matches(Attribute("name"), pattern, folded)]).values()

    assert (matcher.search(text) is not None) == found
