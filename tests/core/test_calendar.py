"""Calendar time: what is added keeps the local time, and days are counted as people count them."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.calendar import (
    Days,
    add,
    business_days,
    date_of,
    days_since,
    place,
    start_of,
    weekday_of,
)
from cuebook.engine.core.duration import DAY, HOUR, MINUTE, UNITS, Duration, Unit
from cuebook.engine.core.instant import EARLIEST, LATEST, iso, parse_instant
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import UTC, Zone, zone

BERLIN = zone("Europe/Berlin")
EASTER = Calendar(holidays=("2026-04-03", "2026-04-06", "2026-04-12"))
zones = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
).map(zone)
instants = st.integers(
    parse_instant("1990-01-01", UTC), parse_instant("2060-01-01", UTC)
) | st.builds(
    lambda start, shift: start + shift * MINUTE,
    st.sampled_from([parse_instant("2026-10-25", BERLIN), parse_instant("2011-12-30", UTC)]),
    st.integers(-600, 600),
)


@pytest.mark.parametrize(
    ("name", "start", "count", "unit", "expected"),
    [
        ("Europe/Berlin", "2026-03-27 10:00", 7, "day", "2026-04-03T10:00:00+02:00"),
        ("Europe/Berlin", "2026-03-28 12:00", 24, "hour", "2026-03-29T13:00:00+02:00"),
        ("Europe/Berlin", "2026-03-28 02:30", 1, "day", "2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-10-24 02:30", 1, "day", "2026-10-25T02:30:00+02:00"),
        ("Europe/Berlin", "2026-10-24 12:00", 1, "day", "2026-10-25T12:00:00+01:00"),
        ("Europe/Berlin", "2026-01-31 10:00", 1, "month", "2026-02-28T10:00:00+01:00"),
        ("Europe/Berlin", "2026-01-31 10:00", 2, "month", "2026-03-31T10:00:00+02:00"),
        ("Europe/Berlin", "2026-03-31 10:00", -1, "month", "2026-02-28T10:00:00+01:00"),
        ("Europe/Berlin", "2028-02-29 00:00", 1, "year", "2029-02-28T00:00:00+01:00"),
        ("Europe/Berlin", "2028-02-29 00:00", 4, "year", "2032-02-29T00:00:00+01:00"),
        ("America/New_York", "2026-11-30 09:00", 1, "quarter", "2027-02-28T09:00:00-05:00"),
        ("America/New_York", "2026-03-01 09:00", 1, "week", "2026-03-08T09:00:00-04:00"),
        ("America/New_York", "2026-03-07 02:30", 1, "day", "2026-03-08T03:00:00-04:00"),
        ("Australia/Sydney", "2026-10-03 02:30", 1, "day", "2026-10-04T03:00:00+11:00"),
        ("Asia/Kathmandu", "2026-12-31 23:00", 2, "month", "2027-02-28T23:00:00+05:45"),
        ("Pacific/Apia", "2011-12-29 10:00", 1, "day", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Apia", "2011-12-29 10:00", 2, "day", "2011-12-31T10:00:00+14:00"),
        ("UTC", "2026-01-31 10:00", 1.5, "day", "2026-02-01T22:00:00+00:00"),
        ("UTC", "2026-01-31 10:00", 0.5, "hour", "2026-01-31T10:30:00+00:00"),
        ("Europe/Berlin", "2026-04-02 10:00", 1, "business day", "2026-04-07T10:00:00+02:00"),
        ("Europe/Berlin", "2026-04-07 10:00", -1, "business day", "2026-04-02T10:00:00+02:00"),
        ("Europe/Berlin", "2026-04-11 10:00", 1, "business day", "2026-04-13T10:00:00+02:00"),
        ("Europe/Berlin", "2026-04-19 10:00", -1, "business day", "2026-04-17T10:00:00+02:00"),
        ("Europe/Berlin", "2026-04-11 10:00", 0, "business day", "2026-04-11T10:00:00+02:00"),
    ],
)
def test_a_length_of_time_is_added_as_calendars_do(
    name: str, start: str, count: float, unit: Unit, expected: str
) -> None:
    """Clock changes, month ends, leap days, the date line and holidays, written out."""
    here = zone(name)

    after = add(parse_instant(start, here), Duration(count, unit), here, EASTER)

    assert iso(after, here) == expected


def test_the_count_is_multiplied_before_the_day_is_clamped() -> None:
    """February does not wear the 31st down to the 28th for good."""
    anchor = parse_instant("2026-01-31", UTC)

    ends = [iso(add(anchor, Duration(1, "month"), UTC, EASTER, times))[:10] for times in (1, 2, 3)]

    assert ends == ["2026-02-28", "2026-03-31", "2026-04-30"]


@given(instants, zones, st.integers(-4000, 4000))
def test_days_keep_the_local_time_unless_it_is_skipped(at: int, here: Zone, days: int) -> None:
    """`7 days` after ten o'clock is ten o'clock."""
    assume(days)
    after = add(at, Duration(days, "day"), here, EASTER)

    wanted = here.local(at) + days * DAY
    assert after == here.utc(wanted)
    assert here.local(after) == wanted or here.local(after - 1) < wanted


@settings(max_examples=200)
@given(instants, zones, st.sampled_from(UNITS), st.integers(1, 40), st.integers(-40, 40))
def test_more_times_is_never_earlier(
    at: int, here: Zone, unit: Unit, count: int, times: int
) -> None:
    """Waits and windows rely on the order."""
    length = Duration(count, unit)

    earlier, later = (add(at, length, here, EASTER, n) for n in (times, times + 1))

    assert earlier < later or earlier == later == EARLIEST


@given(
    st.integers(EARLIEST, LATEST),
    zones,
    st.sampled_from(UNITS),
    st.floats(allow_nan=False) | st.integers(),
)
def test_adding_is_total(at: int, here: Zone, unit: Unit, count: float) -> None:
    """No count an author writes can break a decision."""
    assert EARLIEST <= add(at, Duration(count, unit), here, EASTER) <= LATEST


@settings(max_examples=200)
@given(instants, instants, zones)
def test_days_since_steps_at_anchor_plus_n_days(anchor: int, now: int, here: Zone) -> None:
    """The definition itself."""
    count = days_since(anchor, now, here)

    assert add(anchor, Duration(count, "day"), here, EASTER) <= now
    assert now < add(anchor, Duration(count + 1, "day"), here, EASTER)


@given(st.integers(-20_000, 40_000), st.integers(-300, 300))
def test_business_days_are_counted_as_by_walking(day: int, count: int) -> None:
    """The short way arrives where the long way does."""
    holidays = {DAY_OF[iso_date] for iso_date in EASTER.holidays}
    step = 1 if count > 0 else -1
    here, left = day, abs(count)
    while left:
        here += step
        left -= weekday_of(here) < 5 and here not in holidays

    assert business_days(EASTER).after(day, count) == here


DAY_OF = {iso_date: start_of(iso_date, UTC) // DAY for iso_date in EASTER.holidays}


def test_a_calendar_without_weekdays_counts_every_day() -> None:
    """There is always a day to move to."""
    at = parse_instant("2026-04-02", UTC)
    never = Calendar(weekdays=(), holidays=("2026-04-03",))

    assert iso(add(at, Duration(1, "business day"), UTC, never)) == "2026-04-04T00:00:00+00:00"


@given(instants, zones)
def test_a_date_begins_at_its_first_instant(at: int, here: Zone) -> None:
    """A date stands for its first instant in the zone."""
    today = date_of(at, here)

    begin = start_of(today, here)

    assert begin <= at
    assert date_of(begin, here) == today
    assert date_of(begin - 1, here) != today


@pytest.mark.parametrize(
    ("at", "time", "on", "not_before", "expected"),
    [
        ("2026-04-03 10:00", 9 * 60, None, "2026-03-27 10:00", "2026-04-03T09:00:00+02:00"),
        ("2026-04-03 10:00", 9 * 60, None, "2026-04-03 10:00", "2026-04-04T09:00:00+02:00"),
        ("2026-04-03 09:00", 9 * 60, None, "2026-04-03 09:00", "2026-04-03T09:00:00+02:00"),
        ("2026-04-03 10:00", 9 * 60, "business days", "2026-04-03", "2026-04-07T09:00:00+02:00"),
        ("2026-04-03 10:00", None, "business days", "2026-04-03", "2026-04-07T10:00:00+02:00"),
        ("2026-04-03 10:00", None, (4, 0), "2026-04-03", "2026-04-03T10:00:00+02:00"),
        ("2026-04-04 10:00", None, (4, 0), "2026-04-03", "2026-04-06T10:00:00+02:00"),
        ("2026-03-28 10:00", 150, (6,), "2026-03-28", "2026-03-29T03:00:00+02:00"),
        ("2026-04-01 10:00", None, None, "2026-04-03", "2026-04-01T10:00:00+02:00"),
    ],
)
def test_a_step_is_placed_at_its_time_on_an_allowed_day(
    at: str, time: int | None, on: Days, not_before: str, expected: str
) -> None:
    """First the time of day, then the day."""
    planned, earliest = parse_instant(at, BERLIN), parse_instant(not_before, BERLIN)

    placed = place(planned, time=time, on=on, not_before=earliest, zone=BERLIN, calendar=EASTER)

    assert iso(placed, BERLIN) == expected


@settings(max_examples=200)
@given(
    instants,
    zones,
    st.none() | st.integers(0, 1439),
    st.none() | st.just("business days") | st.sets(st.integers(0, 6), min_size=1).map(tuple),
    st.integers(0, 30 * 24),
)
def test_a_step_is_never_placed_before_its_wait_began(
    at: int, here: Zone, time: int | None, on: Days, waited: int
) -> None:
    """`at: "09:00"` can bring a step forward within its day, but not into the past."""
    began = at - waited * HOUR

    placed = place(at, time=time, on=on, not_before=began, zone=here, calendar=EASTER)

    assert placed >= began
    assert place(placed, time=time, on=on, not_before=began, zone=here, calendar=EASTER) == placed
