"""Where a customer is: its own zone and calendar, or the project's."""

from hypothesis import given
from hypothesis import strategies as st

from cuebook.engine.core.calendar import BusinessDays
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.places import Places, is_same, widest
from cuebook.engine.core.plan import Calendar, Project
from cuebook.engine.core.reach import SLACK, reach
from cuebook.engine.core.vocabulary import Type, Vocabulary

GULF = Calendar((6, 0, 1, 2, 3), ("2026-12-02",))
HOME = Calendar(holidays=("2026-12-25",))
WORDS = Vocabulary(
    "p",
    "Europe/Berlin",
    {"zone": Type("timezone"), "works by": Type("calendar", ("gulf",))},
)
PLACES = Places(Project(WORDS, HOME, (), calendars={"gulf": GULF}))


def test_who_names_nothing_is_where_the_project_is() -> None:
    """Its zone and its calendar count."""
    place = PLACES.of({"zone": None, "works by": None})

    assert (place.name, place.calendar) == ("Europe/Berlin", HOME)


def test_a_zone_and_a_calendar_are_chosen_apart() -> None:
    """Whoever lives in Dubai may work by Berlin's days, and the other way round."""
    lives = PLACES.of({"zone": "Asia/Dubai"})
    works = PLACES.of({"works by": "gulf"})

    assert (lives.name, lives.calendar) == ("Asia/Dubai", HOME)
    assert (works.name, works.calendar) == ("Europe/Berlin", GULF)


def test_the_same_names_give_the_same_place() -> None:
    """Thousands of customers share a place, so that comparing two costs nothing."""
    both = {"zone": "Asia/Dubai", "works by": "gulf"}

    assert PLACES.of(both) is PLACES.of(dict(both))
    assert not is_same(PLACES.of(both), PLACES.of({"zone": "Asia/Dubai"}))


def test_an_unknown_calendar_is_the_projects() -> None:
    """What a calendar that was taken out of the project leaves behind is not obeyed."""
    assert PLACES.of({"works by": "lunar"}).calendar == HOME


CALENDARS = st.builds(
    Calendar,
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    st.sets(st.integers(0, 60), max_size=40).map(
        lambda days: tuple(sorted(f"2026-{1 + d // 28:02}-{1 + d % 28:02}" for d in days))
    ),
)


@given(st.lists(CALENDARS, min_size=1, max_size=3), st.integers(0, 30), st.integers(20400, 20520))
def test_business_days_never_take_longer_than_what_is_remembered(
    calendars: list[Calendar], count: int, day: int
) -> None:
    """Else a count in the last ten business days would miss events that were forgotten too early."""
    named = {str(number): one for number, one in enumerate(calendars)}
    project = Project(Vocabulary("p"), calendars[0], (), calendars=named)

    least, most = reach(Duration(count, "business day"), widest(project))

    for calendar in calendars:
        taken = (BusinessDays(calendar).after(day, count) - day) * DAY
        assert least <= taken <= most - SLACK


def test_holidays_of_many_years_do_not_stretch_a_week() -> None:
    """Only those that lie close together do: a region's fifteen years must not keep history for one."""
    years = tuple(f"{year}-12-{day}" for year in range(2020, 2036) for day in (24, 25, 26))

    _, most = reach(Duration(5, "business day"), Calendar(holidays=years))

    assert most - SLACK <= 21 * DAY
