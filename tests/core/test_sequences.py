"""Sequences as triggers: one event and then another, or not, by their own instants."""

import json

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.effects import Effect, Perform
from cuebook.engine.core.occurrence import Changed, Deployed, Happened, Passed
from cuebook.engine.core.pairs import MOST_KEPT
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer

from .playing import VOCABULARY, World, at, book, days

SAME = E.Compare("==", E.ItemField(("order",)), E.TriggerField(("order",)))
PAIRS = E.Pairs(E.Happening("purchase"), E.Happening("paid", SAME), days(7))
PLAIN = E.Pairs(E.Happening("go-live"), E.Happening("login"), days(7))
SAY = P.Step("mail", P.Do("send-email", "mail", {"order": "{{ event.order }}"}), None)


def then(pairs: E.Pairs = PAIRS, **more: object) -> P.Plan:
    """Return a playbook on `A then B within 7 days`."""
    return book(P.OnSequence(pairs), SAY, while_running="parallel", **more)


def without(pairs: E.Pairs = PAIRS, **more: object) -> P.Plan:
    """Return a playbook on `A without B within 7 days`."""
    return book(P.OnSequence(pairs, without=True), SAY, while_running="parallel", **more)


def told(world: World) -> list[tuple[str, object]]:
    """Return when something was done, and for which order."""
    done = [effect for effect in world.effects if isinstance(effect, Perform)]
    moments = [moment for moment, _ in world.actions()]
    orders = [(one.event or {}).get("order") for one in done if not one.skipped]
    return list(zip(moments, orders, strict=True))


def test_a_second_of_the_same_order_completes_its_own_first() -> None:
    """Others stay open, and what both carry is at hand."""
    world = World(then()).arrive("2026-03-01")
    world.event("2026-03-02", "purchase", order="a", amount=5)
    world.event("2026-03-03", "purchase", order="b", amount=7)
    world.event("2026-03-05T12:00", "paid", order="b")
    world.event("2026-03-06", "paid", order="b").event("2026-03-20", "paid", order="a")

    assert told(world) == [("2026-03-05T12:00", "b")]
    (done,) = [effect for effect in world.effects if isinstance(effect, Perform)]
    assert done.event == {"order": "b", "amount": 7}


def test_without_fires_at_the_very_instant_across_a_clock_change() -> None:
    """Seven days after 10:00 is 10:00 where the customer is, and the first is its event."""
    world = World(without()).arrive("2026-03-01")
    world.event("2026-03-26T10:00", "purchase", order="a")
    world.event("2026-03-27T10:00", "purchase", order="b")
    world.event("2026-03-28", "paid", order="a").until("2026-05-01")

    assert told(world) == [("2026-04-03T10:00", "b")]


def test_a_second_at_the_end_is_too_late_and_one_just_before_is_not() -> None:
    """First + D itself is outside, as in every window."""
    for when, expected in (("2026-03-09T09:59:59.999999", []), ("2026-03-09T10:00", ["mail"])):
        world = World(without(PLAIN)).arrive("2026-03-01")
        world.event("2026-03-02T10:00", "go-live").event(when, "login").until("2026-05-01")

        assert [step for _, step in world.actions()] == expected


def test_a_late_second_cancels_what_is_pending_and_never_unsends() -> None:
    """What was done stays done."""
    world = World(without(PLAIN)).arrive("2026-03-01")
    world.event("2026-03-02", "go-live").until("2026-03-08").event("2026-03-03", "login")
    world.event("2026-03-10", "go-live").until("2026-03-18").event("2026-03-11", "login")
    world.until("2026-05-01")

    assert world.actions() == [("2026-03-17T00:00", "mail")]


def test_a_first_that_is_told_after_its_second_still_pairs() -> None:
    """By their own instants, whichever was told first."""
    world = World(then(PLAIN)).arrive("2026-03-01")
    world.event("2026-03-05", "login").event("2026-03-04", "go-live")
    silent = World(without(PLAIN)).arrive("2026-03-01")
    silent.event("2026-03-05", "login").event("2026-03-04", "go-live").until("2026-05-01")

    assert len(world.notes("started")) == 1
    (done,) = [effect for effect in world.effects if isinstance(effect, Perform)]
    assert done.planned_at == at("2026-03-05")
    assert silent.effects == []


def test_a_late_second_completes_once_however_many_follow() -> None:
    """The earlier of two seconds that is told later is no second completion."""
    world = World(then(PLAIN)).arrive("2026-03-01").event("2026-03-02", "go-live")
    world.event("2026-03-06", "login").event("2026-03-04", "login")

    assert len(world.notes("started")) == 1


@pytest.mark.parametrize(("late", "done"), [("skip", 0), ("run", 1)])
def test_a_late_first_whose_time_is_over_begins_at_its_own_instant(late: str, done: int) -> None:
    """`late:` decides about its steps."""
    world = World(without(PLAIN, late=late)).arrive("2026-03-01").until("2026-03-20")
    world.event("2026-03-02", "go-live")

    assert len(world.notes("started")) == 1
    assert len(world.actions()) == done
    performs = [effect for effect in world.effects if isinstance(effect, Perform)]
    assert [one.planned_at for one in performs] == [at("2026-03-09")]


def test_what_comes_more_than_a_month_late_pairs_with_nothing() -> None:
    """History that old may be forgotten, and nobody waits for it."""
    world = World(without(PLAIN), then(PLAIN, name="other")).arrive("2026-01-01")
    world.until("2026-06-01").event("2026-03-02", "go-live").event("2026-03-03", "login")

    assert world.effects == []


def test_one_event_may_be_both_second_and_first() -> None:
    """Each login closes the one before and opens its own."""
    twice = E.Pairs(E.Happening("login"), E.Happening("login"), Duration(1, "day"))
    world = World(then(twice), without(twice, name="quiet")).arrive("2026-03-01")
    world.event("2026-03-02T10:00", "login").event("2026-03-02T12:00", "login")
    world.until("2026-03-10")

    assert [moment for moment, _ in world.actions()] == ["2026-03-02T12:00", "2026-03-03T12:00"]


def test_who_moves_takes_the_wait_along() -> None:
    """Seven days are days where the customer is."""
    world = World(without(PLAIN)).arrive("2026-03-01")
    world.event("2026-03-05T10:00", "go-live")
    world.set("2026-03-06", timezone="America/New_York").until("2026-03-20")

    assert world.actions() == [("2026-03-12T04:00", "mail")]


def test_more_firsts_than_are_kept_give_the_oldest_up() -> None:
    """What is pending of one customer is bounded, and what is given up is written down."""
    world = World(without()).arrive("2026-03-01")
    for number in range(MOST_KEPT + 2):
        world.event("2026-03-02", "purchase", order=str(number))
    world.until("2026-04-01")

    assert len(world.notes("cut")) == 2
    assert [order for _, order in told(world)][:2] == ["2", "3"]
    assert len(world.actions()) == MOST_KEPT


def through_json(customer: Customer, program: Program) -> Customer:
    """Return the customer as it comes back from a text."""
    return Customer.from_json(json.loads(json.dumps(customer.to_json())), program.blank)


@pytest.mark.parametrize(("existing", "early"), [("ignore", 0), ("enter", 1)])
def test_what_is_open_at_a_deployment_waits_and_what_is_over_follows_existing(
    existing: str, early: int
) -> None:
    """A first of yesterday is history that the new trigger looks at."""
    program = Program(
        P.Project(VOCABULARY, P.Calendar(), (without(PLAIN, existing=existing, late="run"),))
    )
    customer = program.customer("ada")
    for when in ("2026-02-01", "2026-03-01"):
        program.history.record(customer.history, "go-live", at(when), 1, {}, customer.zone)
    customer.history.first_seen_at = customer.clock = at("2026-03-02")

    effects: list[Effect] = apply(customer, Deployed(at("2026-03-02")), program)
    customer = through_json(customer, program)
    later = apply(customer, Passed(at("2026-04-01")), program)

    assert sum(isinstance(effect, Perform) for effect in effects) == early
    assert [effect.at for effect in later if isinstance(effect, Perform)] == [at("2026-03-08")]


def test_a_trigger_that_was_kept_goes_on_waiting_and_an_edited_one_waits_anew() -> None:
    """A deployment neither fires twice nor forgets."""
    old = Program(P.Project(VOCABULARY, P.Calendar(), (without(PLAIN),)))
    longer = E.Pairs(PLAIN.first, PLAIN.then, days(9))
    for plan, expected in ((without(PLAIN, title="new"), 9), (without(longer), 11)):
        new = Program(P.Project(VOCABULARY, P.Calendar(), (plan,)))
        new.succeed("old", old.project)
        customer = old.customer("ada")
        apply(customer, Happened(at("2026-03-02"), "go-live"), old)
        effects = apply(customer, Deployed(at("2026-03-04"), "old"), new)
        effects += apply(customer, Changed(at("2026-04-01"), {"health": 3}), new)

        performed = [effect.at for effect in effects if isinstance(effect, Perform)]
        assert performed == [at(f"2026-03-{expected:02}")]
        assert not any(timer.startswith("pair:") for timer in customer.armed)


def test_what_does_not_follow_in_time_is_known_when_the_time_is_over() -> None:
    """`when has A without B within D` fires at the first's instant and the time, as a trigger does."""
    missed = E.Sequence(E.Happening("go-live"), E.Happening("login"), days(7), without=True)
    world = World(book(P.OnCondition(missed), SAY)).arrive("2026-03-01")
    world.event("2026-03-02T10:00", "go-live").event("2026-03-05", "login")
    world.event("2026-03-26T10:00", "go-live").until("2026-04-20")

    assert [moment for moment, _ in world.actions()] == ["2026-04-02T10:00"]


def test_a_second_of_another_order_does_not_count_for_a_condition() -> None:
    """Each first waits for its own; one that comes at the very end is too late."""
    own = E.Compare("==", E.ItemField(("order",)), E.FirstField(("order",)))
    missed = E.Sequence(E.Happening("purchase"), E.Happening("paid", own), days(7), without=True)
    world = World(book(P.OnCondition(missed), SAY)).arrive("2026-03-01")
    world.event("2026-03-02T10:00", "purchase", order="a")
    world.event("2026-03-03T10:00", "purchase", order="b").event("2026-03-04", "paid", order="a")
    world.event("2026-03-10T10:00", "paid", order="b").until("2026-04-20")

    assert [moment for moment, _ in world.actions()] == ["2026-03-10T10:00"]
