"""Periods cut by the calendar: whole parts, incomplete ends, clocks that are put on and back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.zone import UTC, zone
from cuebook.engine.runtime.figures.spans import PERS, Per, spans

BERLIN = zone("Europe/Berlin")


def cut(since: str, until: str, per: Per) -> list[tuple[str, str, str]]:
    """Return the parts as people write them."""
    found = spans(parse_instant(since, BERLIN), parse_instant(until, BERLIN), per, BERLIN)
    return [(one.name, iso(one.since, BERLIN), iso(one.until, BERLIN)) for one in found]


def test_a_month_is_as_long_as_the_clocks_say() -> None:
    """March has 31 days and one hour less."""
    assert cut("2026-02-15", "2026-04-01T12:00", "month") == [
        ("2026-02", "2026-02-15T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2026-03", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ("2026-04", "2026-04-01T00:00:00+02:00", "2026-04-01T12:00:00+02:00"),
    ]


def test_weeks_begin_on_monday_and_quarters_with_their_month() -> None:
    """Both are named by what people call them."""
    assert [name for name, *_ in cut("2026-12-30", "2027-01-05", "week")] == [
        "2026-12-28",
        "2027-01-04",
    ]
    assert [name for name, *_ in cut("2025-11-30", "2026-07-02", "quarter")] == [
        "2025-Q4",
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
    ]
    assert cut("2026-03-29", "2026-03-30", "day") == [
        ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    ]


@given(
    st.integers(0, 60 * 366 * DAY), st.integers(1, 900 * DAY), st.sampled_from(PERS),
    st.sampled_from([UTC, BERLIN, zone("America/Santiago"), zone("Pacific/Apia")]),
)  # fmt: skip
def test_parts_follow_each_other_without_a_gap(
    since: int, length: int, per: Per, z: object
) -> None:
    """Whatever happened in the period is in one part of it."""
    found = spans(since, since + length, per, z)  # type: ignore[arg-type]

    assert found[0].since == since
    assert found[-1].until == since + length
    assert all(one.until == other.since for one, other in pairwise(found))
    assert all(one.since < one.until for one in found)
    assert len({one.name for one in found}) == len(found)


def test_a_period_that_is_empty_or_too_finely_cut_is_refused() -> None:
    """Before a database is asked a million times."""
    with pytest.raises(ValueError, match="ends before it begins"):
        spans(5, 5, "day", UTC)
    with pytest.raises(ValueError, match="more than 5,000 of a day"):
        spans(0, 6_000 * DAY, "day", UTC)
