"""Signals that are not kept: which ones, who still sees them, and what a deployment makes of them."""

from dataclasses import replace

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.compile import Inlining
from cuebook.engine.core.derived import Derived, Segment, Signal
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.expr import Attribute
from cuebook.engine.core.inlining import inlined, substituted
from cuebook.engine.core.occurrence import Deployed
from cuebook.engine.core.plan_limits import Never, Target
from cuebook.engine.core.program import Program

from .playing import World, at, book, days, do, event
from .test_deriving import project

QUIET = Signal("quiet", E.DaysSinceEvent("last", E.Happening("login")))
HEALTH = Signal("fit", E.Arith("-", E.Constant(100), E.Attribute("quiet")))
LOW = E.Compare("<", E.Attribute("fit"), E.Constant(90))
DROPS = P.OnCrossing(E.Attribute("fit"), "drops below", E.Constant(90))
CHANGES = P.OnChange("fit", None, None)


def names(*plans: P.Plan, derived: tuple[Derived, ...] = (QUIET, HEALTH)) -> set[str]:
    """Return which signals are inlined."""
    return set(inlined(project(*plans, derived=derived)))


def playing(*plans: P.Plan, derived: tuple[Derived, ...] = (QUIET, HEALTH)) -> World:
    """Return a customer in a project that computes something."""
    made = World(*plans)
    made.program = Program(project(*plans, derived=derived), compiler=Inlining)
    made.customer = made.program.customer("ada")
    return made


def deploy(w: World, when: str, *plans: P.Plan, older: tuple[P.Plan, ...] = ()) -> World:
    """Let other playbooks take over."""
    before = w.program.project
    w.program = Program(project(*plans, derived=before.derived), older=older, compiler=Inlining)
    w.program.succeed("before", before)
    return w.take(Deployed(at(when), "before"))


def test_a_signal_that_is_asked_only_what_it_is_now_is_inlined() -> None:
    """By triggers, conditions of starts and steps, other signals and segments."""
    low = Segment("low", LOW)
    plans = (
        book(DROPS, do(only_if=LOW), name="a"),
        book(P.OnCondition(LOW), do(), name="b"),
        book(event("login"), do(), condition=LOW, name="c"),
        book(P.OnSchedule(P.Every(days(7)), LOW), do(), name="d"),
    )

    assert names(*plans, derived=(QUIET, HEALTH, low)) == {"quiet", "fit"}


@pytest.mark.parametrize(
    "plan",
    [
        book(CHANGES, do()),
        book(event("login"), do(), stop_when=LOW),
        book(event("login"), do(), goal=LOW),
        book(event("login"), P.Step("w", P.WaitUntil(LOW, days(9), None, None), None)),
        book(P.OnCondition(E.Compare(">", E.Ago(Attribute("fit"), days(3)), E.Constant(1))), do()),
        book(event("purchase", E.Compare("<", E.ItemField(("amount",)), Attribute("fit"))), do()),
    ],
    ids=["changes", "stop when", "goal", "wait until", "ago", "where"],
)
def test_a_signal_that_is_asked_for_more_is_kept(plan: P.Plan) -> None:
    """Its changes, its past, what ends a wait; in a filter it would be computed for each event."""
    assert names(plan) == {"quiet"}


def test_a_promise_and_many_readers_keep_a_signal() -> None:
    """A promise is judged outside of turns; nine conditions would each compute it."""
    nine = tuple(
        book(P.OnCondition(E.Compare("<", Attribute("fit"), E.Constant(n))), do(), name=f"p{n}")
        for n in range(9)
    )
    promised = replace(
        project(derived=(QUIET, HEALTH)), never=(Never((Target("all", ""),), LOW, None),)
    )

    assert names(*nine[:8]) == {"quiet", "fit"}
    assert names(*nine) == {"quiet"}
    assert set(inlined(promised)) == {"quiet"}


def test_a_long_expression_is_written_once() -> None:
    """Of signals that name another twice, each is twice as long."""
    chain = [Signal("s0", E.Count(E.Happening("login"), E.AllTime()))]
    for n in range(1, 9):
        before = Attribute(f"s{n - 1}")
        chain.append(Signal(f"s{n}", E.Arith("+", before, before)))

    found = inlined(project(derived=tuple(chain)))

    assert {"s0", "s1", "s2"} <= found.keys() != {one.name for one in chain}


def test_a_signal_is_replaced_by_what_it_means_all_the_way_down() -> None:
    """No other inlined signal is left in it; what names none stays the same object."""
    found = inlined(project(derived=(QUIET, HEALTH)))

    assert substituted(LOW, found) == E.Compare(
        "<", E.Arith("-", E.Constant(100), QUIET.value), E.Constant(90)
    )
    other = E.Compare("<", Attribute("health"), E.Constant(90))
    assert substituted(other, found) is other


def test_an_action_and_its_reasons_see_what_is_not_kept() -> None:
    """Templates may name any signal, and conditions are explained as they were written."""
    w = playing(book(event("purchase"), do(), condition=LOW)).arrive("2026-03-01")

    w.event("2026-03-02", "login").event("2026-03-22", "purchase", amount=1)

    [action] = [one for one in w.effects if isinstance(one, Perform)]
    assert (action.attributes["quiet"], action.attributes["fit"]) == (20, 80)
    assert w.customer.attributes["fit"] is None
    assert "fit < 90" in str([one.why for one in w.effects if hasattr(one, "why")])


def test_time_wakes_nobody_before_the_answer_changes() -> None:
    """A value that is another every day has one timer for the day that matters."""
    w = playing(book(DROPS, do())).arrive("2026-03-01").event("2026-03-02T10:00", "login")

    assert set(w.customer.armed.values()) == {at("2026-03-13T10:00")}
    w.until("2026-03-13T10:00")
    assert w.actions() == [("2026-03-13T10:00", "mail")]
    assert not w.customer.armed


@pytest.mark.parametrize("also", [(), (book(CHANGES, do("told"), name="told"),)])
@pytest.mark.parametrize("then", [(), (book(CHANGES, do("told"), name="told"),)])
def test_a_trigger_goes_on_when_its_signal_is_kept_from_now_on_or_no_longer(
    also: tuple[P.Plan, ...], then: tuple[P.Plan, ...]
) -> None:
    """A playbook that comes or goes beside it is none of its business."""
    mine = book(DROPS, do(), name="mine")
    when = book(P.OnCondition(LOW), do("low"), name="when")
    w = playing(mine, when, *also).arrive("2026-03-01").event("2026-03-02T10:00", "login")

    deploy(w, "2026-03-05", mine, when, *then).until("2026-04-01")

    done = [one for one in w.actions() if one[1] != "told"]
    assert done == [("2026-03-13T10:00", "mail"), ("2026-03-13T10:00", "low")]
    told = [one for one in w.actions() if one[0] > "2026-03-05" and one[1] == "told"]
    assert bool(told) is bool(then)


def test_a_run_of_an_older_version_stops_at_what_is_inlined_now() -> None:
    """The program that decides keeps nothing for it; it finds out by itself."""
    steps = (P.Step("rest", P.Wait(days(30)), "mail"), do())
    old = book(event("go-live"), *steps, stop_when=LOW, in_flight="finish old")
    new = book(event("go-live"), do("other"), in_flight="finish old")
    w = playing(old).arrive("2026-03-01").event("2026-03-02T10:00", "login")
    w.event("2026-03-02T12:00", "go-live")

    deploy(w, "2026-03-05", new, older=(old,)).until("2026-05-01")

    assert w.actions() == []
    assert not w.customer.runs
