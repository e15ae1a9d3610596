"""What an engine answers: why something happened or did not, and all that is kept about a person."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.contract import Context
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import iso
from cuebook.engine.explaining import PlaybookWhy
from cuebook.engine.runtime.engine import Engine

from .playing import START, Clock

WELCOME = """\
playbook: welcome
on: go-live
if: plan == "growth" and seats >= 10
steps:
  - wait: 7 days
  - do: greet
    id: hello
    with: {text: "Hello"}
"""
QUIET = "quiet: on when no login for 14 days -> greet"
RENEWAL = "renewal: on 30 days before renewal_date -> greet"


def greet(args: object, context: Context) -> None:
    """Perform what the playbooks here promise."""


def about(engine: Engine, playbook: str, **more: object) -> PlaybookWhy:
    """Return why, for one playbook and ada."""
    [told] = engine.why("ada", playbook, **more).playbooks  # type: ignore[arg-type]
    return told


def test_a_run_that_did_not_begin_is_explained_by_what_was_not_true(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Why this customer did not get it is the question asked most."""
    deploy(WELCOME)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=5)
    engine.track("ada", "go-live")
    engine.tick()
    happened = clock.now
    clock.forward(1)
    engine.identify("ada", seats=12)
    engine.tick()

    why = about(engine, "welcome")

    assert why.runs == ()
    [trigger] = why.triggers
    assert (trigger.trigger, trigger.says, trigger.event_at) == (
        "go-live",
        "happened last",
        happened,
    )
    assert trigger.failed is not None
    assert (trigger.failed.text, trigger.failed.value) == ("seats >= 10", False)
    assert [part.value for part in trigger.failed.parts][:1] == [5]


def test_a_run_is_told_with_its_decisions_and_their_reasons(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """What happened, when, and because of which values."""
    engine.action("greet")(greet)
    deploy(WELCOME)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live")
    engine.tick()
    clock.forward(8)
    engine.tick()

    why = about(engine, "welcome")

    assert [(d.kind, d.step) for d in why.decisions] == [
        ("started", ""), ("waiting", "wait-1"), ("performed", "hello"), ("ended", "hello"),
    ]  # fmt: skip
    assert why.decisions[0].why[0].value is True
    [run] = why.runs
    assert (run.ending, run.ended_at) == ("finished", START + 8 * DAY)


def test_it_is_told_when_time_alone_makes_a_condition_true(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """A timer nobody sees is the usual reason why nothing happens yet."""
    deploy(QUIET, RENEWAL)
    clock.forward(1)
    engine.identify("ada", renewal_date="2026-06-01")
    engine.track("ada", "login")
    engine.tick()

    [quiet] = about(engine, "quiet").triggers
    [renewal] = about(engine, "renewal").triggers

    assert (quiet.trigger, quiet.says) == ("when no login for 14 days", "not true")
    assert quiet.due_at == START + 15 * DAY
    assert renewal.trigger == "30 days before renewal_date"
    assert renewal.due_at is not None
    assert iso(renewal.due_at) == "2026-05-02T00:00:00+00:00"


def test_a_customer_can_be_looked_at_as_it_was(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """What is true today says little about last week."""
    deploy(WELCOME, QUIET)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live")
    engine.track("ada", "login")
    engine.tick()
    clock.forward(20)
    engine.tick()

    [before] = about(engine, "quiet", at=START + 2 * DAY).triggers
    run = about(engine, "welcome", at=START + 2 * DAY)
    [after] = about(engine, "quiet").triggers

    assert (before.says, before.due_at) == ("not true", START + 15 * DAY)
    assert after.says == "true already: it begins when it becomes true again"
    assert [d.kind for d in run.decisions] == ["started", "waiting"]
    assert [one.ended_at for one in run.runs] == [None]


def test_what_keeps_a_run_from_beginning_again_is_said(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """The conditions may all be true, and still nothing begins."""
    deploy(WELCOME.replace("steps:", "again: never\nsteps:"))
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live")
    engine.tick()

    assert about(engine, "welcome").refusal.startswith("again: never, and it ran on 2026-01-02")


def test_an_event_from_before_the_playbook_is_told_apart(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """All conditions hold, and yet nobody began: the playbook came later."""
    deploy(QUIET)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live")
    engine.tick()
    clock.forward(1)
    deploy(QUIET, WELCOME)
    engine.tick()

    [trigger] = about(engine, "welcome").triggers

    assert trigger.says == "happened before this version was deployed"
    assert trigger.failed is None


def test_who_is_not_known_is_said(engine: Engine, deploy: Callable[..., Path]) -> None:
    """A slip of the pen in a name must not look like a customer to whom nothing happens."""
    deploy(QUIET)

    with pytest.raises(KeyError, match="nothing was decided about zoe"):
        engine.why("zoe")


def test_a_playbook_that_is_not_there_is_said(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """The same for the name of a playbook."""
    deploy(QUIET)
    clock.forward(1)
    engine.track("ada", "login")
    engine.tick()

    with pytest.raises(KeyError, match="no playbook quite"):
        engine.why("ada", "quite")


def test_an_export_holds_all_that_is_kept(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """A person has a right to it, in a form that programs read."""
    engine.action("greet")(greet)
    deploy(WELCOME)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live", id="evt-1")
    engine.track("bo", "go-live")
    engine.tick()
    clock.forward(8)
    engine.tick()

    told = engine.export("ada")

    assert told["attributes"] == {"plan": "growth", "seats": 12}
    assert [(e["kind"], e["name"], e["key"]) for e in told["events"]] == [
        ("change", "", None), ("event", "go-live", "/evt-1"),
    ]  # fmt: skip
    assert [run["ending"] for run in told["runs"]] == ["finished"]
    assert [(a["status"], a["args"]) for a in told["actions"]] == [("done", {"text": "Hello"})]
    assert told["tasks"] == []
    assert told["decisions"][0]["at"] == "2026-01-02T10:00:00+00:00"
    with pytest.raises(KeyError, match="nothing is kept about zoe"):
        engine.export("zoe")


def test_what_is_due_is_told_cheaply(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """A status line asks every second."""
    deploy(WELCOME)
    clock.forward(1)
    engine.identify("ada", plan="growth", seats=12)
    engine.track("ada", "go-live")
    assert (engine.pulse().customers, engine.pulse().idle) == (1, False)
    engine.tick()

    pulse = engine.pulse()

    assert pulse.idle
    assert pulse.next_at == START + 8 * DAY
    assert [(one.playbook, one.runs) for one in engine.in_flight()] == [("welcome", 1)]
