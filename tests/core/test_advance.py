"""What an occurrence means for one customer."""

import json

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import MOST_FOLLOW_UPS, advance
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.occurrence import Deployed, Happened, Passed
from cuebook.engine.core.state import Customer

from .playing import World, at, book, days, do, event

CHURNED = E.Compare("==", E.Attribute("churned"), E.Constant(True))  # noqa: FBT003
HEALTHY = E.Compare(">=", E.Attribute("health"), E.Constant(60))


def wait(name: str, count: int, following: str, **timing: object) -> P.Step:
    return P.Step(name, P.Wait(days(count)), following, timing=P.Timing(**timing))  # type: ignore[arg-type]


def test_a_check_in_comes_seven_days_after_go_live_at_nine() -> None:
    """Days are calendar days: the clock change on March 29 does not move the hour."""
    world = World(book(event("go-live"), wait("w", 7, "mail", at=540), do()))

    world.event("2026-03-27T10:00", "go-live").until("2026-04-30")

    assert world.actions() == [("2026-04-03T09:00", "mail")]


def test_due_timers_are_settled_before_what_comes_later_and_at_their_own_instant() -> None:
    """However late the next occurrence comes, a timer fires stamped with when it was due."""
    world = World(
        book(event("go-live"), wait("w", 7, "mail"), do()),
        book(event("login"), do("hello"), name="other"),
    )

    world.event("2026-03-02T10:00", "go-live").event("2026-05-01T10:00", "login")

    assert world.actions() == [("2026-03-09T10:00", "mail"), ("2026-05-01T10:00", "hello")]


def test_wait_counts_from_the_planned_instant_and_after_from_the_trigger() -> None:
    """A chain of waits does not drift, and `after` does not add to it."""
    world = World(
        book(
            event("go-live"),
            wait("w1", 1, "one", at=540),
            do("one", "w2"),
            wait("w2", 1, "two"),
            do("two", "three"),
            do("three", timing=P.Timing(after=days(10))),
        )
    )

    world.event("2026-03-02T10:00", "go-live").until("2026-04-01")

    assert world.actions() == [
        ("2026-03-03T09:00", "one"),
        ("2026-03-04T09:00", "two"),
        ("2026-03-12T10:00", "three"),
    ]


def test_a_step_runs_only_on_true_and_unless_only_on_false() -> None:
    """Unknown blocks both, and the reason is written down."""
    world = World(
        book(
            event("go-live"),
            do("one", "two", only_if=HEALTHY),
            do("two", "three", unless=HEALTHY),
            do("three", only_if=CHURNED),
        )
    )

    world.arrive("2026-03-01", churned=True).event("2026-03-02T10:00", "go-live")

    assert world.actions() == [("2026-03-02T10:00", "three")]
    assert [step for step, _ in world.skipped()] == ["one", "two"]
    assert all("is unknown" in reason for _, reason in world.skipped())


def test_stop_when_ends_a_run_inside_its_wait() -> None:
    """It is looked at whenever anything it reads changes, not only between steps."""
    world = World(book(event("go-live"), wait("w", 30, "mail"), do(), stop_when=CHURNED))

    world.event("2026-03-02", "go-live").set("2026-03-05", churned=True).until("2026-06-01")

    assert world.actions() == []
    assert world.notes("ended") == ["stop when"]
    assert not world.customer.armed


def test_again_and_while_running_keep_a_playbook_from_beginning_anew() -> None:
    """Both are journalled with the reason."""
    once = book(event("go-live"), do(), again=P.Again("after", days(90)), name="once")
    slow = book(event("go-live"), wait("w", 5, "mail"), do(), name="slow")
    world = World(once, slow)

    for day in ("2026-01-01", "2026-01-03", "2026-04-02"):
        world.event(day, "go-live")
    world.until("2026-05-01")

    assert [when for when, _ in world.actions()] == [
        "2026-01-01T00:00",
        "2026-01-06T00:00",
        "2026-04-02T00:00",
        "2026-04-07T00:00",
    ]
    assert [note.split(",")[0].split(" as")[0] for note in world.notes("not started")] == [
        "again: after 90 days",
        "already running",
    ]


def test_restart_and_parallel_do_what_they_say_and_per_tells_runs_apart() -> None:
    """`per` makes runs of different orders unrelated."""
    per = E.TriggerField(("order",))
    restart = book(event("purchase"), wait("w", 3, "r"), do("r"), name="r", while_running="restart")
    parallel = book(
        event("purchase"), wait("w", 3, "p"), do("p"), name="p", while_running="parallel"
    )
    each = book(event("purchase"), wait("w", 3, "e"), do("e"), name="e", per=per)
    world = World(restart, parallel, each)

    world.event("2026-03-02", "purchase", order="a").event("2026-03-03", "purchase", order="a")
    world.event("2026-03-04", "purchase", order="b").until("2026-04-01")

    steps = [step for _, step in world.actions()]
    assert (steps.count("r"), steps.count("p"), steps.count("e")) == (1, 3, 2)


def test_waiting_for_an_event_takes_then_or_after_the_deadline_else() -> None:
    """The awaited event is compared with the one that began the run."""
    same = E.Compare("==", E.ItemField(("order",)), E.TriggerField(("order",)))
    body = P.WaitFor(E.Happening("paid", same), days(5), "thanks", "nudge")
    world = World(
        book(
            event("purchase"), P.Step("w", body, None), do("thanks"), do("nudge"),
            while_running="parallel",
        )
    )  # fmt: skip

    world.event("2026-03-02", "purchase", order="a").event("2026-03-03", "purchase", order="b")
    world.event("2026-03-04", "paid", order="b").until("2026-04-01")

    assert world.actions() == [("2026-03-04T00:00", "thanks"), ("2026-03-07T00:00", "nudge")]


def test_waiting_until_a_condition_holds_also_when_time_alone_makes_it_hold() -> None:
    """No sweep: a timer is set for the instant at which it can change."""
    quiet = E.Absent(E.Happening("login"), days(3))
    body = P.WaitUntil(quiet, days(10), "yes", "no")
    world = World(book(event("go-live"), P.Step("w", body, None), do("yes"), do("no")))

    world.event("2026-03-02T10:00", "go-live").event("2026-03-03T10:00", "login")
    world.until("2026-04-01")

    assert world.actions() == [("2026-03-06T10:00", "yes")]


def test_what_a_step_sets_is_seen_by_the_next_one_and_starts_others_afterwards() -> None:
    """Set at once; what it triggers follows at the same instant."""
    first = book(
        event("go-live"),
        P.Step("s", P.SetAttributes((("onboarded", E.Constant(True)),)), "c"),  # noqa: FBT003
        P.Step(
            "c",
            P.Choose((P.Branch(E.Attribute("onboarded"), "yes"),), "no"),
            None,
        ),
        do("yes", "e"),
        do("no"),
        P.Step("e", P.Emit("paid", (("order", E.Constant("x")),)), None),
    )
    second = book(P.OnChange("onboarded"), do("changed"), name="second")
    third = book(event("paid"), do("emitted"), name="third")

    world = World(first, second, third).event("2026-03-02", "go-live")

    assert [step for _, step in world.actions()] == ["yes", "changed", "emitted"]


def test_a_loop_of_playbooks_is_cut_and_journalled() -> None:
    """One occurrence may cause only so much."""
    ping = book(event("login"), P.Step("e", P.Emit("paid", ()), None), name="ping")
    pong = book(event("paid"), P.Step("e", P.Emit("login", ()), None), name="pong")

    world = World(ping, pong).event("2026-03-02", "login")

    assert len(world.notes("cut")) == 1
    assert len(world.effects) < 5 * MOST_FOLLOW_UPS


def test_an_absence_fires_once_and_again_after_the_next_event() -> None:
    """14 days after the last login, counted from first sight when there was none."""
    quiet = P.OnCondition(E.Absent(E.Happening("login"), days(14)))
    world = World(book(quiet, do()))

    world.arrive("2026-03-01T08:00").until("2026-04-15")
    world.event("2026-05-01T09:00", "login").event("2026-05-10T09:00", "login").until("2026-07-01")

    assert world.actions() == [("2026-03-15T08:00", "mail"), ("2026-05-24T09:00", "mail")]


def test_a_condition_must_hold_for_as_long_as_for_says() -> None:
    """Losing it in between starts the count anew."""
    unhealthy = E.Compare("<", E.Attribute("health"), E.Constant(50))
    world = World(book(P.OnCondition(unhealthy, days(3)), do()))

    world.arrive("2026-03-01", health=80).set("2026-03-02", health=40).set("2026-03-04", health=90)
    world.set("2026-03-05", health=30).set("2026-03-06", health=20).until("2026-04-01")

    assert world.actions() == [("2026-03-08T00:00", "mail")]


def test_a_crossing_needs_a_known_value_before_and_the_last_known_one_counts() -> None:
    """Missing in between is not a side."""
    world = World(book(P.OnCrossing(E.Attribute("health"), "drops below", E.Constant(50)), do()))

    world.arrive("2026-03-01").set("2026-03-02", health=40).set("2026-03-03", health=60)
    world.set("2026-03-04", health=None).set("2026-03-05", health=45).set("2026-03-06", health=40)

    assert world.actions() == [("2026-03-05T00:00", "mail")]


def test_a_date_trigger_follows_its_date() -> None:
    """A moved date moves the timer; a latecomer begins at once; a removed date ends the run."""
    renewal = P.OnDate("renewal_date", days(90), "before")
    steps = (do("kickoff", "remind"), do("remind", timing=P.Timing(after=days(60))))

    moved = World(book(renewal, *steps)).arrive("2026-01-01", renewal_date="2026-06-01")
    moved.set("2026-02-01", renewal_date="2026-07-01").until("2026-04-03")
    moved.set("2026-04-10", renewal_date="2026-08-01").until("2026-12-01")
    assert moved.actions() == [("2026-04-02T00:00", "kickoff"), ("2026-07-02T00:00", "remind")]

    late = World(book(renewal, *steps)).arrive("2026-05-12", renewal_date="2026-06-01")
    assert late.skipped() == [
        ("kickoff", "late: planned for 2026-03-02T23:00:00+00:00"),
        ("remind", "late: planned for 2026-05-01T22:00:00+00:00"),
    ]

    gone = World(book(renewal, *steps)).arrive("2026-01-01", renewal_date="2026-06-01")
    gone.until("2026-03-10").set("2026-03-11", renewal_date=None).until("2026-12-01")
    assert gone.actions() == [("2026-03-03T00:00", "kickoff")]


def test_what_arrives_in_the_other_order_is_not_late_yet() -> None:
    """Two processes that report in the same breath must not cost a customer its mail."""
    world = World(book(event("purchase"), do())).arrive("2026-03-01")
    world.event("2026-03-02 10:00", "login")

    world.event("2026-03-02 09:56", "purchase")
    world.event("2026-03-02 09:54", "purchase")

    assert world.actions() == [("2026-03-02T10:00", "mail")]
    assert world.skipped() == [("mail", "late: planned for 2026-03-02T08:54:00+00:00")]


def test_late_latest_does_only_the_last_of_the_late_steps() -> None:
    """And `run` does them all, at once."""
    renewal = P.OnDate("renewal_date", days(90), "before")
    steps = (
        do("a", "b"),
        do("b", "c", timing=P.Timing(after=days(30))),
        do("c", timing=P.Timing(after=days(80))),
    )

    latest = World(book(renewal, *steps, late="latest"))
    latest.arrive("2026-05-12", renewal_date="2026-06-01").until("2026-06-01")
    run = World(book(renewal, *steps, late="run"))
    run.arrive("2026-05-12", renewal_date="2026-06-01").until("2026-06-01")

    assert latest.actions() == [("2026-05-12T00:00", "b"), ("2026-05-22T00:00", "c")]
    assert run.actions() == [
        ("2026-05-12T00:00", "a"),
        ("2026-05-12T00:00", "b"),
        ("2026-05-22T00:00", "c"),
    ]


def test_schedules_tick_in_the_customers_zone_while_their_condition_holds() -> None:
    """A calendar keeps its grid; `every D while` counts from when the condition became true."""
    monday = P.OnSchedule(P.Weekly((0,), 540), HEALTHY)
    tenth = P.OnSchedule(P.Every(days(10)), HEALTHY)
    world = World(book(monday, do("weekly")), book(tenth, do("tenth"), name="tenth"))

    world.arrive("2026-03-01", health=80, timezone="America/New_York")
    world.set("2026-03-12T12:00", health=10).set("2026-03-20T12:00", health=90)
    world.until("2026-03-31T12:00")

    assert world.actions() == [
        ("2026-03-02T09:00", "weekly"),
        ("2026-03-09T09:00", "weekly"),
        ("2026-03-10T18:00", "tenth"),
        ("2026-03-23T09:00", "weekly"),
        ("2026-03-30T07:00", "tenth"),
        ("2026-03-30T09:00", "weekly"),
    ]


def test_a_manual_playbook_begins_when_asked_for_and_only_then() -> None:
    """Another playbook says that it cannot be asked for."""
    world = World(book(P.OnManual(), do()), book(event("login"), do("x"), name="other"))

    world.request("2026-03-02", "book", {}).request("2026-03-03", "other", {})

    assert world.actions() == [("2026-03-02T00:00", "mail")]
    assert "manual" in world.notes("not started")[0]


def test_a_late_event_anchors_its_run_at_its_own_instant() -> None:
    """The clock never goes back: it is decided when it arrives, and late steps are skipped."""
    steps = (do("now", "later"), do("later", timing=P.Timing(after=days(10))))
    world = World(book(event("go-live"), *steps)).event("2026-03-10", "login")

    world.event("2026-03-05", "go-live").until("2026-04-01")

    assert [step for step, _ in world.skipped()] == ["now"]
    assert world.actions() == [("2026-03-15T00:00", "later")]


def test_who_is_there_at_deployment_is_ignored_unless_existing_says_enter() -> None:
    """What already holds is learnt, and only a later change begins a run."""
    unhealthy = E.Compare("<", E.Attribute("health"), E.Constant(50))
    world = World(
        book(P.OnCondition(unhealthy), do("ignored")),
        book(P.OnCondition(unhealthy), do("entered"), name="enter", existing="enter"),
    )
    world.customer.attributes = world.customer.attributes | {"health": 10}

    world.take(Deployed(at("2026-03-01")))
    assert [step for _, step in world.actions()] == ["entered"]

    world.set("2026-03-02", health=80).set("2026-03-03", health=20)
    assert [step for _, step in world.actions()] == ["entered", "ignored", "entered"]


def test_a_customer_who_moves_zone_takes_pending_waits_along() -> None:
    """Nine o'clock is nine o'clock where the customer now is."""
    world = World(book(event("go-live"), wait("w", 7, "mail", at=540), do()))

    world.event("2026-03-02T10:00", "go-live").set("2026-03-04", timezone="America/New_York")
    world.until("2026-04-01")

    assert world.actions() == [("2026-03-09T09:00", "mail")]


def test_advance_leaves_its_customer_as_it_was() -> None:
    """It is a function: the same three values give the same two, every time."""
    world = World(book(event("go-live"), wait("w", 7, "mail"), do()))
    before = json.dumps(world.customer.to_json(), sort_keys=True)

    first = advance(world.customer, Happened(at("2026-03-02"), "go-live"), world.program)
    second = advance(world.customer, Happened(at("2026-03-02"), "go-live"), world.program)

    assert json.dumps(world.customer.to_json(), sort_keys=True) == before
    assert first[1] == second[1]
    assert first[0].to_json() == second[0].to_json()


def test_a_customer_goes_on_from_json_where_it_was() -> None:
    """A restart in the middle of a wait changes nothing."""
    world = World(book(event("go-live"), wait("w", 7, "mail"), do(), stop_when=CHURNED))
    world.event("2026-03-02", "go-live")

    text = json.dumps(world.customer.to_json())
    again = Customer.from_json(json.loads(text), world.program.blank)

    assert json.dumps(again.to_json()) == text
    _, effects = advance(again, Passed(at("2026-04-01")), world.program)
    _, expected = advance(world.customer, Passed(at("2026-04-01")), world.program)
    assert effects == expected


def test_ids_and_keys_are_readable_and_cannot_be_confused() -> None:
    """A slash in a customer's name does not look like the one between the parts."""
    world = World(book(event("go-live"), do()))
    world.customer.id = "a/b"

    world.event("2026-03-02", "go-live")

    (action,) = [e for e in world.effects if hasattr(e, "key")]
    assert action.key == "book/a%2Fb/1/mail"


def test_hours_are_exact_across_a_clock_change() -> None:
    """48 hours after Saturday noon is Monday 13:00 in the week the clocks go forward."""
    step = P.Step("w", P.Wait(Duration(48, "hour")), "mail")
    world = World(book(event("go-live"), step, do()))

    world.event("2026-03-28T12:00", "go-live").until("2026-04-01")

    assert world.actions() == [("2026-03-30T13:00", "mail")]


def test_whoever_was_not_announced_is_first_seen_at_the_first_event() -> None:
    """A runtime need not know who is new."""
    world = World(book(P.OnCondition(E.Absent(E.Happening("login"), days(14))), do()))

    world.event("2026-03-01T08:00", "go-live").until("2026-04-15")

    assert world.actions() == [("2026-03-15T08:00", "mail")]


def test_a_level_is_crossed_from_the_level_or_its_other_side() -> None:
    """Dropping below 50 is from 50 or more to less; rising above is from 50 or less to more."""
    drop = book(P.OnCrossing(E.Attribute("health"), "drops below", E.Constant(50)), do("drop"))
    rise = book(
        P.OnCrossing(E.Attribute("health"), "rises above", E.Constant(50)), do("rise"), name="rise"
    )
    world = World(drop, rise).arrive("2026-03-01", health=50)

    world.set("2026-03-02", health=49).set("2026-03-03", health=50).set("2026-03-04", health=51)

    assert [step for _, step in world.actions()] == ["drop", "rise"]
