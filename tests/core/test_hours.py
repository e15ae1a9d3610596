"""Best hours: learnt from a customer's own doings, remembered only where some step asks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.engine.core import plan as P
from cuebook.engine.core.hours import count_hour, learnt
from cuebook.engine.core.program import Program
from cuebook.engine.core.zone import zone

from .playing import World, at, book, days, do, event

BEST = P.BestHour((8 * 60, 18 * 60), 10 * 60)


def world(*, asks: bool = True, learns: tuple[str, ...] = ("login",)) -> World:
    """Return a customer of a project that sends at the best hour, or at no hour."""
    timing = P.Timing(at=BEST if asks else 600)
    made = World(book(event("go-live"), P.Step("w", P.Wait(days(1)), "mail", timing=timing), do()))
    learning = P.Learning(learns, 2)
    project = made.program.project
    made.program = Program(
        P.Project(project.vocabulary, project.calendar, project.plans, best_hour=learning)
    )
    return made


def test_the_hour_with_most_events_is_best() -> None:
    """Only allowed hours count, and the earliest of equals."""
    counts = [9 if hour == 3 else 2 if hour in (9, 15) else 0 for hour in range(24)]

    assert learnt(counts, (480, 1080), 4) == (540, 2, 4)
    assert learnt(counts, (480, 1080), 5) is None
    assert learnt(counts, None, 1) == (180, 9, 13)
    assert learnt((), None, 1) is None


def test_an_hour_that_begins_before_opening_is_not_allowed() -> None:
    """At half past eight nobody sends at eight."""
    counts = [5 if hour == 8 else 1 if hour == 9 else 0 for hour in range(24)]

    assert learnt(counts, (510, 1080), 1) == (540, 1, 1)


@given(
    st.lists(st.integers(0, 9), min_size=24, max_size=24), st.integers(0, 23), st.integers(1, 24)
)
def test_what_is_learnt_is_always_allowed(counts: list[int], opens: int, length: int) -> None:
    """Whatever somebody does at night, nobody writes then."""
    hours = (opens * 60, min(opens + length, 24) * 60)

    found = learnt(counts, hours, 1)

    assert found is None or (hours[0] <= found[0] < hours[1] and found[1] == counts[found[0] // 60])


def test_hours_are_counted_by_the_customers_clocks() -> None:
    """Nine in Berlin is three in New York, and each is somebody's habit."""
    nine = at("2026-03-02T09:30")

    assert count_hour((), nine, zone("Europe/Berlin")).index(1) == 9
    assert count_hour((), nine, zone("America/New_York")).index(1) == 3


def test_nothing_is_remembered_that_no_step_asks() -> None:
    """A project without a best hour keeps no habits of anybody."""
    silent = world(asks=False).event("2026-03-02T09:00", "login")
    asking = world().event("2026-03-02T09:00", "login").event("2026-03-02T09:01", "go-live")

    assert "hours" not in silent.customer.to_json()
    assert asking.customer.hours[9] == 1
    state = json.loads(json.dumps(asking.customer.to_json()))
    assert asking.program.restored(state).hours == asking.customer.hours


def test_the_journal_says_where_the_hour_comes_from() -> None:
    """Whoever asks why it came at nine is told."""
    made = world().event("2026-03-02T09:00", "login").event("2026-03-02T09:01", "go-live")
    made.until("2026-03-02T12:00").event("2026-03-02T12:30", "login")
    made.event("2026-03-02T12:40", "login").until("2026-03-05")

    assert made.actions() == [("2026-03-03T12:00", "mail")]
    assert made.notes("waiting") == [
        "until its planned instant: too little is known of a best hour: 10:00",
        "best hour 09:00, 1 of 2 events",
        "best hour 12:00, 2 of 3 events",
    ]


@pytest.mark.parametrize("late", ["2026-03-02T09:05", "2026-03-02T07:00"])
def test_a_late_event_counts_at_its_own_hour(late: str) -> None:
    """What matters is when somebody opened it, not when that was told."""
    made = world().event("2026-03-02T09:00", "login").event("2026-03-02T16:00", "go-live")

    made.event(late, "login")

    assert made.customer.hours[int(late[11:13])] == 1 + (late[11:13] == "09")
