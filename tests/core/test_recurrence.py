"""Recurrences: the next tick in the customer's zone, through clock changes and short months."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core.calendar import add, place
from cuebook.engine.core.duration import DAY, MINUTE, UNITS, Duration, Unit
from cuebook.engine.core.instant import LATEST, iso, parse_instant
from cuebook.engine.core.plan import Calendar, Cron, Every, Monthly, Recurrence, Weekly
from cuebook.engine.core.recurrence import next_tick
from cuebook.engine.core.zone import UTC, Zone, zone

ALL = tuple(range(7))
DAYS = tuple(range(1, 32))
MONTHS = tuple(range(1, 13))
EASTER = Calendar(holidays=("2026-04-03", "2026-04-06"))
NIGHTLY = Weekly(ALL, 150)
HALF_HOURLY = Cron((0, 30), tuple(range(24)), DAYS, MONTHS, ALL)


def ticks(rule: Recurrence, after: str, count: int, name: str = "Europe/Berlin") -> list[str]:
    """Return the next ticks after a local time, as clocks show them."""
    here = zone(name)
    at = parse_instant(after, here)
    found = []
    for _ in range(count):
        following = next_tick(rule, at, here, EASTER)
        if following is None:
            break
        at = following
        found.append(iso(at, here))
    return found


@pytest.mark.parametrize(
    ("rule", "name", "after", "expected"),
    [
        (
            Weekly((0,), 540),
            "Europe/Berlin",
            "2026-03-23 09:00",
            ["2026-03-30T09:00:00+02:00", "2026-04-06T09:00:00+02:00"],
        ),
        (
            Weekly(ALL, 540, business=True),
            "Europe/Berlin",
            "2026-04-02 08:59",
            ["2026-04-02T09:00:00+02:00", "2026-04-07T09:00:00+02:00"],
        ),
        (
            NIGHTLY,
            "Europe/Berlin",
            "2026-03-28 03:00",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            NIGHTLY,
            "Europe/Berlin",
            "2026-10-24 03:00",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            NIGHTLY,
            "America/New_York",
            "2026-03-07 03:00",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
        (
            HALF_HOURLY,
            "Europe/Berlin",
            "2026-03-29 01:30",
            ["2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"],
        ),
        (
            HALF_HOURLY,
            "Europe/Berlin",
            "2026-10-25 02:00",
            ["2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00"],
        ),
        (
            Monthly(31, 540),
            "Asia/Kathmandu",
            "2028-01-31 09:00",
            ["2028-02-29T09:00:00+05:45", "2028-03-31T09:00:00+05:45"],
        ),
        (
            Monthly(1, 0, (1, 4, 7, 10)),
            "America/New_York",
            "2026-10-01",
            ["2027-01-01T00:00:00-05:00", "2027-04-01T00:00:00-04:00"],
        ),
        (
            Cron((0,), (9,), (29,), (2,), ALL),
            "UTC",
            "2096-03-01",
            ["2104-02-29T09:00:00+00:00", "2108-02-29T09:00:00+00:00"],
        ),
        (
            Cron((0,), (9,), (13,), MONTHS, (4,), either=True),
            "UTC",
            "2026-03-06 09:00",
            ["2026-03-13T09:00:00+00:00", "2026-03-20T09:00:00+00:00"],
        ),
        (
            Cron((0,), (9,), (13,), MONTHS, (4,)),
            "UTC",
            "2026-03-13 09:00",
            ["2026-11-13T09:00:00+00:00", "2027-08-13T09:00:00+00:00"],
        ),
    ],
)
def test_the_next_ticks_are_those_on_the_wall(
    rule: Recurrence, name: str, after: str, expected: list[str]
) -> None:
    """A skipped time ticks at the end of the gap, a doubled one ticks once."""
    assert ticks(rule, after, len(expected), name) == expected


def test_what_can_never_come_has_no_tick() -> None:
    """February 30 ends the search instead of running it for ever."""
    assert ticks(Cron((0,), (9,), (30,), (2,), ALL), "2026-01-01", 1) == []
    assert ticks(Cron((), (9,), DAYS, MONTHS, ALL), "2026-01-01", 1) == []
    assert ticks(Weekly((), 0), "2026-01-01", 1) == []
    assert next_tick(Weekly(ALL, 0), LATEST, UTC, EASTER) is None
    assert next_tick(Monthly(1, 0), LATEST, UTC, EASTER) is None


def test_a_span_without_anchor_or_length_does_not_tick() -> None:
    """There is nothing to count from, or nothing to count."""
    assert next_tick(Every(Duration(1, "day")), 0, UTC, EASTER) is None
    assert next_tick(Every(Duration(0, "day")), 0, UTC, EASTER, anchor=0) is None


def test_every_month_is_counted_from_the_anchor() -> None:
    """A short month does not shift the ones after it."""
    anchor = parse_instant("2026-01-31", UTC)
    rule = Every(Duration(1, "month"))

    first = next_tick(rule, anchor, UTC, EASTER, anchor=anchor)
    assert first is not None
    second = next_tick(rule, first, UTC, EASTER, anchor=anchor)
    assert second is not None

    assert (iso(first)[:10], iso(second)[:10]) == ("2026-02-28", "2026-03-31")


instants = st.integers(parse_instant("1995-01-01", UTC), parse_instant("2050-01-01", UTC))
zones = st.sampled_from(("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia")).map(zone)
minutes = st.integers(0, 1439)


def subsets(values: tuple[int, ...]) -> st.SearchStrategy[tuple[int, ...]]:
    """Choose some of the values, at least one, in order."""
    return st.sets(st.sampled_from(values), min_size=1).map(lambda chosen: tuple(sorted(chosen)))


rules = st.one_of(
    st.builds(Weekly, subsets(ALL), minutes),
    st.builds(Weekly, st.just(ALL), minutes, st.just(value=True)),
    st.builds(Monthly, st.sampled_from(DAYS), minutes, subsets(MONTHS)),
    st.builds(
        Cron,
        subsets(tuple(range(60))),
        subsets(tuple(range(24))),
        subsets(tuple(range(1, 29))),
        subsets(MONTHS),
        subsets(ALL),
        st.booleans(),
    ),
)


@settings(max_examples=150)
@given(rules, instants, zones)
def test_ticks_go_forward_and_leave_none_out(rule: Recurrence, at: int, here: Zone) -> None:
    """From just before a tick, and from anywhere since the last, the same tick is next."""
    following = next_tick(rule, at, here, EASTER)

    assert following is not None
    assert following > at
    assert next_tick(rule, following - 1, here, EASTER) == following
    assert next_tick(rule, (at + following) // 2, here, EASTER) == following


@settings(max_examples=150)
@given(st.sampled_from(UNITS), st.integers(1, 12), st.integers(1, 600), instants, zones)
def test_every_ticks_at_each_multiple_from_the_anchor(
    unit: Unit, count: int, times: int, anchor: int, here: Zone
) -> None:
    """The halving finds what counting from one would find."""
    length = Duration(count, unit)
    at, following = (add(anchor, length, here, EASTER, n) for n in (times, times + 1))

    assert next_tick(Every(length), at - 1, here, EASTER, anchor=anchor) == at
    assert next_tick(Every(length), at, here, EASTER, anchor=anchor) == following


@given(st.integers(0, 200 * 365), minutes)
def test_a_weekly_tick_is_where_a_step_on_that_day_would_be_placed(day: int, time: int) -> None:
    """`every monday at 09:00` and `on: monday` with `at: "09:00"` mean the same."""
    at = day * DAY
    placed = place(at, time=time, on=(0,), not_before=at, zone=UTC, calendar=EASTER)

    assert next_tick(Weekly((0,), time), placed - MINUTE, UTC, EASTER) == placed
