"""The outbox: who may settle, when it is tried again, and how lanes share what there is."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cuebook.engine.contract import Context, Done, Event, InDoubt, Outcome, Rejected, Retry
from cuebook.engine.core.duration import HOUR, MINUTE, SECOND
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.outbox import Room, backoff

from .playing import SETTINGS, Clock, notes, rows

Deploy = Callable[..., Path]
WELCOME = "welcome: on login -> greet"
BOUNCED = Event("email-bounced", {"email": "ada@example.com"})
BOUNCES = SETTINGS.replace("paid: {", "email-bounced: {email: text}, paid: {")


@pytest.mark.parametrize("attempt", range(1, 30))
def test_pauses_double_up_to_six_hours_and_differ_by_key(attempt: int) -> None:
    """Between half of the pause and all of it, the same wherever it is worked out."""
    whole = min(10 * SECOND * 2 ** (attempt - 1), 6 * HOUR)
    pauses = [backoff(f"run/{number}", attempt) for number in range(200)]

    assert all(whole // 2 <= pause <= whole for pause in pauses)
    assert max(pauses) - min(pauses) > whole // 4
    assert pauses == [backoff(f"run/{number}", attempt) for number in range(200)]


def test_a_lane_that_is_full_leaves_room_for_others() -> None:
    """And a place that was given back can be taken again."""
    room = Room(2)

    assert [room.take("slow"), room.take("slow"), room.take("slow")] == [True, True, False]
    assert room.take("quick")
    assert room.full == ["slow"]
    room.leave("slow")
    assert room.full == []
    assert room.take("slow")


@pytest.mark.parametrize(
    ("outcome", "status", "note", "journal"),
    [
        (Done(), "done", "", []),
        (Done({"id": 7}), "done", '{"id": 7}', []),
        (None, "done", "", []),
        (Rejected("no such address"), "dead", "no such address", ["failed: no such address"]),
        (InDoubt("timed out"), "in doubt", "timed out", ["in doubt: timed out"]),
        (Retry("busy"), "waiting", "busy", []),
    ],
    ids=repr,
)
def test_an_outcome_becomes_a_row_and_comes_back_to_its_customer(
    outcome: Outcome | None,
    status: str,
    note: str,
    journal: list[str],
    engine: Engine,
    deploy: Deploy,
    database: Database,
) -> None:
    """What is over without success is an occurrence of the customer's, and in its journal."""
    deploy(WELCOME)

    @engine.action("greet")
    def greet(_args: object, _context: Context) -> Outcome | None:
        return outcome

    engine.track("ada", "login")
    engine.tick()

    [letter] = engine.sent()
    assert (letter.status, letter.note, letter.attempt) == (status, note, 1)
    assert notes(database, "settled") == journal


def test_it_is_tried_again_after_its_pause_and_given_up_in_the_end(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """Each time under the same key, with the number of the attempt."""
    deploy(WELCOME)
    calls: list[tuple[str, int]] = []

    @engine.action("greet", attempts=3)
    def greet(_args: object, context: Context) -> Outcome:
        calls.append((context.key, context.attempt))
        raise ConnectionError("nobody answers")

    engine.track("ada", "login")
    engine.tick()
    [letter] = engine.sent()
    assert letter.due_at == clock.now + backoff(letter.key, 1)
    engine.tick(letter.due_at - 1)
    assert len(calls) == 1
    for attempt in (1, 2):
        clock.now += backoff(letter.key, attempt)
        engine.tick()

    assert calls == [(letter.key, 1), (letter.key, 2), (letter.key, 3)]
    [letter] = engine.sent()
    assert letter.status == "dead"
    assert letter.note == "ConnectionError: nobody answers (given up after 3 attempts)"
    assert letter.settled_at == clock.now


def test_the_other_side_may_say_when_to_come_back(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """`Retry-After` counts, but nobody makes us wait for more than a week."""
    deploy(WELCOME)
    answers = iter([Retry("later", timedelta(minutes=20)), Retry("much later", timedelta(days=90))])

    @engine.action("greet")
    def greet(_args: object, _context: Context) -> Outcome:
        return next(answers)

    engine.track("ada", "login")
    engine.tick()
    assert engine.sent()[0].due_at == clock.now + 20 * MINUTE

    clock.now += 20 * MINUTE
    engine.tick()
    assert engine.sent()[0].due_at == clock.now + 7 * 24 * HOUR


def test_whoever_comes_back_after_its_lease_has_ended_settles_nothing(
    engine: Engine, another: Callable[..., Engine], deploy: Deploy, clock: Clock
) -> None:
    """The attempt's number and its owner are the fence."""
    deploy(WELCOME)
    arrived, let_go = threading.Event(), threading.Event()
    second = another()

    @engine.action("greet")
    def hang(_args: object, _context: Context) -> Outcome:
        arrived.set()
        let_go.wait(60)
        return Rejected("too late")

    @second.action("greet")
    def greet(_args: object, context: Context) -> Outcome:
        return Done(context.attempt)

    engine.track("ada", "login")
    engine.tick(perform=False)
    slow = engine._dispatcher()
    slow.step(clock.now)
    assert arrived.wait(60)
    assert engine.sent()[0].status == "sending"
    assert second.tick().settled == 0

    clock.now += HOUR
    assert second.tick().settled == 1
    let_go.set()
    while slow.busy:
        slow.step(clock.now, 1.0)

    [letter] = engine.sent()
    assert (letter.status, letter.attempt, letter.note) == ("done", 2, "2")
    assert engine.status().inbox == 0
    slow.close(0)


@pytest.mark.parametrize("outcome", [Done("sent", (BOUNCED,)), Rejected("no", (BOUNCED,))])
def test_what_an_action_tells_is_an_event_that_playbooks_wait_for(
    outcome: Outcome, engine: Engine, deploy: Deploy, database: Database
) -> None:
    """Nobody has to post a bounce from outside: whoever was refused says so in its outcome."""
    deploy(
        f"{WELCOME}\nworry: on email-bounced where (email ends with '.com') -> greet",
        settings=BOUNCES,
    )
    calls = []

    @engine.action("greet")
    def greet(_args: object, context: Context) -> Outcome | None:
        calls.append(context.playbook)
        return outcome if context.playbook == "welcome" else None

    engine.track("ada", "login")
    engine.tick()
    engine.tick()

    assert calls == ["welcome", "worry"]


def test_an_event_that_nobody_declares_is_kept(
    engine: Engine, deploy: Deploy, database: Database
) -> None:
    """A package tells what it knows, whatever the project asks for."""
    deploy(WELCOME)
    engine.action("greet")(lambda _args, _context: Rejected("no", (BOUNCED,)))

    engine.track("ada", "login")
    engine.tick()
    engine.tick()

    kept = "SELECT name, body FROM cuebook_inbox WHERE kind = 'event' ORDER BY id"
    assert [tuple(row) for row in rows(database, kept)][1:] == [
        ("email-bounced", '{"email":"ada@example.com"}')
    ]


@pytest.mark.parametrize(
    "told", [("bounced",), (Event(""),), (Event("x", {"a": object()}),), 3, (Event("x", []),)]
)
def test_what_is_no_event_is_said_and_the_outcome_stands(
    told: object, engine: Engine, deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    """An action that was performed is not performed again because it told nonsense."""
    deploy(WELCOME)
    engine.action("greet")(lambda _args, _context: Done("sent", told))  # type: ignore[arg-type]

    engine.track("ada", "login")
    engine.tick()

    assert engine.sent()[0].status == "done"
    assert "the handler of greet told something that is no event" in caplog.text
