"""A program takes over: runs follow, finish or stop; triggers are kept, learnt or forgotten."""

from dataclasses import replace

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.occurrence import Deployed
from cuebook.engine.core.program import Program
from cuebook.engine.core.ready import version_of

from .playing import World, at, book, days, do, event

WAITS = P.WaitFor(E.Happening("paid"), days(10), "yes", "no")
HEALTHY = E.Compare(">=", E.Attribute("health"), E.Constant(50))


def wait(count: int, following: str = "mail") -> P.Step:
    """Return a wait under the id `w`."""
    return P.Step("w", P.Wait(days(count)), following)


def deploy(
    world: World,
    when: str,
    *plans: P.Plan,
    keep: bool = True,
    zone: str = "",
    calendar: P.Calendar | None = None,
) -> World:
    """Let a program of these plans take over, knowing the older ones unless it has lost them."""
    before = world.program.project
    vocabulary = replace(before.vocabulary, timezone=zone or before.vocabulary.timezone)
    project = P.Project(vocabulary, calendar or before.calendar, plans)
    older = [plan for plan in before.plans if plan not in plans]
    world.program = Program(project, older=older if keep else ())
    world.program.succeed("before", before)
    return world.take(Deployed(at(when), "before"))


def test_an_unchanged_playbook_does_not_notice() -> None:
    """Its run waits on, and nothing is written down."""
    plan = book(event("go-live"), wait(7), do())
    world = World(plan).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04", plan, book(event("login"), do(), name="other"))
    world.until("2026-04-01")

    assert world.notes("deployed") == []
    assert world.actions() == [("2026-03-09T10:00", "mail")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("follow", [("2026-03-12T10:00", "new")]),
        ("finish old", [("2026-03-09T10:00", "old")]),
        ("stop", []),
    ],
)
def test_a_run_does_as_the_new_version_says(rule: str, expected: list[tuple[str, str]]) -> None:
    """`in flight` of the version that takes over decides, and its run says under which one it goes on."""
    old = book(event("go-live"), wait(7, "old"), do("old"))
    new = book(event("go-live"), wait(10, "new"), do("new"), in_flight=rule)
    world = World(old).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04", new)
    versions = [run.version for run in world.customer.runs.values()]
    world.until("2026-04-01")

    assert world.actions() == expected
    notes = {
        "follow": [f"follows version {version_of(new)} after {version_of(old)}"],
        "finish old": [f"finishes on version {version_of(old)}"],
        "stop": [],
    }
    assert world.notes("deployed") == notes[rule]
    assert versions == {"follow": [version_of(new)], "finish old": [version_of(old)]}.get(rule, [])
    if rule == "stop":
        assert world.notes("ended") == ["its playbook has changed, and `in flight` is stop"]


def test_a_wait_that_would_be_over_ends_at_once() -> None:
    """It is computed anew from its start, and nothing is decided before the deployment."""
    world = World(book(event("go-live"), wait(7), do())).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-06T12:00", book(event("go-live"), wait(2), do()))
    world.until("2026-03-06T12:00")

    assert world.actions() == [("2026-03-06T12:00", "mail")]


def test_the_deadline_of_a_wait_for_an_event_moves_too() -> None:
    """`up to` counts from where the wait began."""
    steps = do("yes"), do("no")
    longer = replace(WAITS, up_to=days(14))
    world = World(book(event("go-live"), P.Step("s", WAITS, None), *steps))
    world.event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04", book(event("go-live"), P.Step("s", longer, None), *steps))
    world.until("2026-04-01")

    assert world.actions() == [("2026-03-16T10:00", "no")]


def test_a_condition_that_was_edited_is_looked_at_at_once() -> None:
    """A run does not wait for what is already so."""

    def until(least: int) -> P.Plan:
        enough = E.Compare(">=", E.Attribute("health"), E.Constant(least))
        body = P.WaitUntil(enough, None, "yes", None)
        return book(event("go-live"), P.Step("s", body, None), do("yes"))

    world = World(until(50)).arrive("2026-03-01", health=30)
    world.event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04T08:00", until(20))

    assert world.actions() == [("2026-03-04T08:00", "yes")]


def test_a_step_that_now_does_something_else_is_done() -> None:
    """Its id is the same, so the run goes on there."""
    world = World(book(event("go-live"), P.Step("s", WAITS, None), do("yes"), do("no")))
    world.event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04T08:00", book(event("go-live"), do("s")))

    assert world.actions() == [("2026-03-04T08:00", "s")]
    assert world.customer.armed == {}


def test_a_run_that_follows_may_be_stopped_by_the_new_version() -> None:
    """`stop when` holds for whoever is under way."""
    old = book(event("go-live"), wait(7), do())
    world = World(old).arrive("2026-03-01", churned=True).event("2026-03-02", "go-live")

    deploy(world, "2026-03-04", replace(old, stop_when=E.Attribute("churned")))

    assert world.customer.runs == {}
    assert world.customer.armed == {}


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_whose_step_has_vanished_says_what_becomes_of_it(*, keep: bool) -> None:
    """It finishes on the version it knows, as long as that is known."""
    old = book(event("go-live"), wait(7), do())
    world = World(old).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04", book(event("go-live"), do("new")), keep=keep)
    world.until("2026-04-01")

    version = version_of(old)
    if keep:
        assert world.notes("deployed") == [f"step w is gone: finishes on version {version}"]
        assert world.actions() == [("2026-03-09T10:00", "mail")]
    else:
        assert world.notes("ended") == [f"step w is gone, and so is version {version}"]
        assert world.actions() == []


@pytest.mark.parametrize(
    ("rule", "ending", "done"),
    [
        ("follow", "its playbook was removed", []),
        ("stop", "its playbook was removed", []),
        ("finish old", "finished", [("2026-03-09T10:00", "mail")]),
    ],
)
def test_a_removed_playbook_ends_its_runs_unless_it_lets_them_finish(
    rule: str, ending: str, done: list[tuple[str, str]]
) -> None:
    """Nobody else can say what should become of them."""
    plan = book(event("go-live"), wait(7), do(), in_flight=rule)
    world = World(plan).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-04", book(event("login"), do(), name="other"))
    world.until("2026-04-01")

    assert world.notes("ended") == [ending]
    assert world.actions() == done


def test_a_trigger_that_was_kept_keeps_what_it_knows_and_its_timers() -> None:
    """It neither fires again nor begins to count anew."""
    ill = book(P.OnCondition(E.Not(HEALTHY), days(3)), do("call"), name="ill")
    quiet = book(P.OnCondition(E.Absent(E.Happening("login"), days(14))), do("wb"), name="quiet")
    world = World(ill, quiet).arrive("2026-03-01T10:00", health=10)

    deploy(world, "2026-03-02", ill, quiet, book(event("login"), do(), name="other"))
    world.until("2026-03-05")
    deploy(world, "2026-03-06", ill, quiet)
    world.until("2026-04-01")

    assert world.actions() == [("2026-03-04T10:00", "call"), ("2026-03-15T10:00", "wb")]


@pytest.mark.parametrize(("existing", "done"), [("ignore", []), ("enter", ["some"])])
def test_an_edited_when_only_learns_unless_those_who_match_may_enter(
    existing: str, done: list[str]
) -> None:
    """What already holds is no news."""
    few = E.Compare("<", E.Attribute("health"), E.Constant(20))
    some = E.Compare("<", E.Attribute("health"), E.Constant(50))
    world = World(book(P.OnCondition(few), do("few"))).arrive("2026-03-01", health=30)

    deploy(world, "2026-03-02", book(P.OnCondition(some), do("some"), existing=existing))
    assert [step for _, step in world.actions()] == done

    world.set("2026-03-03", health=90).set("2026-03-04", health=30)
    assert [step for _, step in world.actions()] == [*done, "some"]


def test_a_trigger_that_is_gone_leaves_no_timer_behind() -> None:
    """What nobody waits for wakes nobody."""
    world = World(
        book(P.OnCondition(E.Absent(E.Happening("login"), days(14))), do(), name="quiet"),
        book(P.OnSchedule(P.Weekly((0,), 540)), do(), name="weekly"),
        book(P.OnDate("renewal_date"), do(), name="date"),
    ).arrive("2026-03-01", renewal_date="2026-06-01")
    assert len(world.customer.armed) == 3

    deploy(world, "2026-03-02", book(event("login"), do(), name="other"))

    assert world.customer.armed == {}
    assert world.customer.next_due() is None


def test_a_project_in_another_zone_takes_along_all_that_waits() -> None:
    """Calendars and waits are the customers', and they are somewhere else now."""
    weekly = book(P.OnSchedule(P.Weekly((0,), 540)), do("weekly"), name="weekly")
    later = book(
        event("go-live"), P.Step("w", P.Wait(days(2)), "mail", timing=P.Timing(at=540)), do()
    )
    world = World(weekly, later).arrive("2026-03-01").event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-03", weekly, later, zone="America/New_York")
    world.until("2026-03-10")

    assert world.actions() == [
        ("2026-03-02T03:00", "weekly"),  # At nine in Berlin, where the project was then.
        ("2026-03-04T09:00", "mail"),
        ("2026-03-09T09:00", "weekly"),
    ]


def test_an_edited_calendar_moves_the_waits_of_playbooks_that_did_not_change() -> None:
    """A holiday that was added is not worked on, by nobody's next step."""
    wait_two = P.Step("w", P.Wait(Duration(2, "business day")), "mail")
    plan = book(event("go-live"), wait_two, do())
    world = World(plan).event("2026-03-02T10:00", "go-live")

    deploy(world, "2026-03-03", plan, calendar=P.Calendar(holidays=("2026-03-04",)))
    world.until("2026-04-01")

    assert world.actions() == [("2026-03-05T10:00", "mail")]


def test_an_edited_calendar_moves_dates_and_conditions_that_wait() -> None:
    """What is watched is watched by the days that count now, and keeps what it knows."""
    before = P.OnDate("renewal_date", Duration(2, "business day"), "before")
    absent = E.Absent(E.Happening("login"), Duration(2, "business day"))
    plans = [
        book(before, do(), name="dates"),
        book(P.OnCondition(absent), do("absence"), name="absences"),
        book(P.OnCondition(HEALTHY, Duration(2, "business day")), do("held"), name="holds"),
    ]
    world = World(*plans).event("2026-03-02T10:00", "login")
    world.set("2026-03-02T10:00", renewal_date="2026-03-10", health=60)

    deploy(world, "2026-03-03", *plans, calendar=P.Calendar(holidays=("2026-03-04", "2026-03-06")))
    world.until("2026-04-01")

    assert sorted(world.actions()) == [
        ("2026-03-05T00:00", "mail"),
        ("2026-03-05T10:00", "absence"),
        ("2026-03-05T10:00", "held"),
    ]
