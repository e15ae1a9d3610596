"""Playbooks that start and cancel one another, for the same customer at the same instant."""

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import MOST_DEEP

from .playing import World, book, days, do, event

STARTS = P.Start("order", (("order", E.Constant("a")),))
ORDER = book(
    event("purchase"), do("care", "wait"), P.Step("wait", P.Wait(days(9)), None), name="order"
)


def test_a_started_playbook_begins_at_once_and_needs_no_manual_trigger() -> None:
    """It runs when the run that starts it has gone as far as it goes; its event is what was given."""
    plan = book(event("go-live"), P.Step("go", STARTS, "mail"), do())
    world = World(plan, ORDER).event("2026-03-02T10:00", "go-live")

    assert world.actions() == [("2026-03-02T10:00", "mail"), ("2026-03-02T10:00", "care")]
    assert world.notes("started") == ["event go-live", "started by book/ada/1"]
    assert world.customer.runs["order/ada/1"].event == {"order": "a"}


def test_a_started_playbook_keeps_its_own_rules() -> None:
    """Its `while running` says no to the second one."""
    plan = book(event("go-live"), P.Step("go", STARTS, "again"), P.Step("again", STARTS, None))
    world = World(plan, ORDER).event("2026-03-02T10:00", "go-live")

    assert world.notes("not started") == ["already running as order/ada/1"]


def test_cancel_ends_every_run_of_a_playbook_but_the_one_that_says_so() -> None:
    """With the reason in the journal; what was done stays done."""
    plan = book(event("refund"), P.Step("off", P.Cancel("order"), "self"),
                P.Step("self", P.Cancel("book"), "mail"), do())  # fmt: skip
    world = World(plan, ORDER).event("2026-03-02T10:00", "purchase")
    world.event("2026-03-03T10:00", "refund").until("2026-04-01")

    assert world.notes("cancelled") == ["order", "book"]
    assert world.notes("ended") == ["finished", "cancelled by book/ada/1"]
    assert world.customer.runs == {}
    assert world.actions()[1:] == [("2026-03-03T10:00", "mail")]


def test_playbooks_that_start_each_other_come_to_an_end() -> None:
    """Every circle is cut, and the journal says so."""
    ping = book(event("go-live"), P.Step("a", P.Start("pong"), None), name="ping")
    pong = book(event("login"), P.Step("b", P.Start("ping"), None), name="pong")

    world = World(ping, pong).event("2026-03-02", "go-live")

    assert len(world.notes("started")) == MOST_DEEP + 1
    assert len(world.notes("cut")) == 1


def test_a_playbook_that_is_not_there_is_told() -> None:
    """As after an edit that took it away."""
    world = World(book(event("go-live"), P.Step("go", STARTS, None))).event("2026-03-02", "go-live")

    assert world.notes("not started") == ["there is no such playbook"]
