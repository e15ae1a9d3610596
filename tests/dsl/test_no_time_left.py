"""Limits are called closed for ever exactly where trying each half hour of a week finds none open."""

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl.rules.no_time_left import closing
from cuebook.engine.core.duration import MINUTE
from cuebook.engine.core.limits import Ruled
from cuebook.engine.core.plan import Calendar, Project
from cuebook.engine.core.plan_limits import Limit, Target
from cuebook.engine.core.vocabulary import Vocabulary
from cuebook.engine.core.zone import UTC

WEEK = [half_hour * 30 * MINUTE for half_hour in range(7 * 48)]
TIMES = st.integers(0, 47).map(lambda half_hour: half_hour * 30)
HOURS = st.tuples(TIMES, TIMES).filter(lambda hours: hours[0] != hours[1])
DAYS: st.SearchStrategy[tuple[int, ...] | Literal["business days"]] = st.one_of(
    st.just("business days"),
    st.sets(st.integers(0, 6), min_size=1, max_size=3).map(lambda days: tuple(sorted(days))),
)
LIMITS = st.lists(
    st.builds(
        Limit,
        st.just(Target("everything", "everything")),
        quiet=st.none() | HOURS,
        on=st.none() | DAYS,
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None, max_examples=60)
@given(limits=LIMITS, weekdays=st.sampled_from([(0, 1, 2, 3, 4), (6, 0, 1, 2, 3), (5,)]))
def test_what_is_called_closed_is_closed_at_every_time(
    limits: list[Limit], weekdays: tuple[int, ...]
) -> None:
    """A warning that is wrong would have an author change limits that work."""
    calendar = Calendar(weekdays)
    project = Project(Vocabulary("p"), calendar, ())
    named = tuple((f"limit {number}", limit) for number, limit in enumerate(limits))
    ruled = Ruled(named, ())

    ever = any(ruled.rests_until(at, UTC, calendar)[0] is None for at in WEEK)

    assert bool(closing(named, project)) is not ever
