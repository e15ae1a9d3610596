"""Local time agrees with the standard library, and instants survive the way through text."""

from datetime import UTC as DATETIME_UTC
from datetime import datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core.duration import HOUR, SECOND
from cuebook.engine.core.instant import (
    EARLIEST,
    LATEST,
    instant,
    iso,
    parse_instant,
    to_datetime,
)
from cuebook.engine.core.tzif import read_changes
from cuebook.engine.core.zone import UTC, UnknownZone, is_zone, zone

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Nuuk",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)
EPOCH = datetime(1970, 1, 1, tzinfo=DATETIME_UTC)
MICROSECOND = timedelta(microseconds=1)


def library(name: str) -> ZoneInfo:
    """Read with the standard library the same pinned file."""
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


LIBRARY = {name: library(name) for name in ZONES}
near_changes = st.sampled_from(ZONES).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.one_of(
            st.integers(EARLIEST, LATEST - 24 * HOUR),
            st.builds(
                lambda start, shift: start + shift,
                st.sampled_from(zone_starts(name)),
                st.integers(-3 * HOUR, 3 * HOUR),
            ),
        ),
    )
)


def zone_starts(name: str) -> list[int]:
    """Return the instants since 1900 at which the clocks of a zone change, or 1970."""
    data = files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
    return [start for start in read_changes(data).starts if start > EARLIEST + 24 * HOUR] or [0]


@settings(max_examples=200)
@given(near_changes)
def test_local_time_is_what_the_standard_library_says(case: tuple[str, int]) -> None:
    """Two readers of one file agree, in every year to 9999 and around every clock change."""
    name, at = case

    moment = to_datetime(at).astimezone(LIBRARY[name])

    shown = (moment.replace(tzinfo=DATETIME_UTC) - EPOCH) // MICROSECOND
    assert zone(name).local(at) == shown
    assert zone(name).utc(shown) == instant(moment.replace(fold=0))


@settings(max_examples=200)
@given(near_changes)
def test_utc_is_the_first_instant_not_before_the_local_time(case: tuple[str, int]) -> None:
    """It covers gaps and doubled hours alike: an instant before it shows an earlier time."""
    name, local = case
    here = zone(name)

    at = here.utc(local)

    assert here.local(at) >= local
    assert here.local(at - 1) < local or here.local(at) == local
    assert here.utc(here.local(at)) == at


@pytest.mark.parametrize(
    ("name", "local", "expected"),
    [
        ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59+00:00"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00+00:00"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00+00:00"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00+00:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00+00:00"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00+00:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00+00:00"),
        ("Asia/Kathmandu", "2026-06-01", "2026-05-31T18:15:00+00:00"),
        ("Europe/Berlin", "2500-07-01 12:00", "2500-07-01T10:00:00+00:00"),
    ],
)
def test_skipped_times_become_the_end_of_the_gap_and_doubled_ones_the_first(
    name: str, local: str, expected: str
) -> None:
    """The one rule for clock changes, written out."""
    assert iso(parse_instant(local, zone(name))) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../zones",
        "/etc/localtime",
        "Europe",
        "europe/berlin",
        "Europe/Berlin\n",
        "UTC\0",
        "x" * 999,
    ],
)
def test_what_is_not_in_the_database_is_no_zone(name: str) -> None:
    """Names come from attributes; none of them may lead to another file."""
    assert not is_zone(name)
    with pytest.raises(UnknownZone, match="use an IANA name"):
        zone(name)


def test_only_a_zone_without_changes_is_fixed() -> None:
    """A fixed offset lets callers do without a table."""
    assert UTC.fixed == 0
    assert zone("Etc/GMT+5").fixed == -5 * HOUR
    assert zone("Europe/Berlin").fixed is None
    assert zone("UTC") is UTC
    assert is_zone("UTC")


def test_a_file_that_is_no_zone_is_refused() -> None:
    """A broken installation says so instead of telling a wrong time."""
    with pytest.raises(ValueError, match="reinstall tzdata"):
        read_changes(b"TZif")


@given(st.integers(EARLIEST, LATEST), st.sampled_from(ZONES))
def test_an_instant_survives_being_written_and_read(at: int, name: str) -> None:
    """What the journal prints can be read back, whatever zone it was printed in."""
    assert parse_instant(iso(at), UTC) == at
    assert instant(to_datetime(at)) == at
    assert parse_instant(iso(at, zone(name)), UTC) == at


def test_iso_writes_the_offset_and_microseconds_only_when_there_are_some() -> None:
    """The common case stays short."""
    at = parse_instant("2026-04-03T09:00:00+02:00", UTC)

    assert iso(at) == "2026-04-03T07:00:00+00:00"
    assert iso(at, zone("Europe/Berlin")) == "2026-04-03T09:00:00+02:00"
    assert iso(at + 5, zone("America/St_Johns")) == "2026-04-03T04:30:00.000005-02:30"
    assert iso(-SECOND) == "1969-12-31T23:59:59+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026",
        "20260301",
        "2026-W09-1",
        "2026-02-30",
        "2026-03-01x10:00",
        "1899-12-31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:00:00-05:00",
        "2026-03-01 25:00",
        "é" * 99,
    ],
)
def test_a_text_that_is_no_instant_says_what_to_write(text: str) -> None:
    """Rows of data are written by many hands."""
    with pytest.raises(ValueError, match="write"):
        parse_instant(text, zone("Europe/Berlin"))


def test_a_datetime_without_a_zone_is_no_instant() -> None:
    """Guessing the machine's zone would decide differently on another machine."""
    with pytest.raises(ValueError, match="tzinfo"):
        instant(datetime(2026, 3, 1))  # noqa: DTZ001 - the very thing refused
