"""The nearest known word is a help, never a guess out of nowhere."""

import pytest

from cuebook.dsl.spelling import nearest

KNOWN = ("plan", "seats", "renewal_date", "name")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("plann", "plan"),
        ("paln", "plan"),
        ("Renewal Dat", "renewal_date"),
        ("zzz", None),
        ("", None),
    ],
)
def test_a_slip_is_found_and_a_stranger_is_not(word: str, meant: str | None) -> None:
    """One swap, one letter more or less, any case."""
    assert nearest(word, KNOWN) == meant
