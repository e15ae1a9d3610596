"""Time that goes by without an engine, backwards, or ahead of it: nothing lost, nothing twice."""

import json
from collections.abc import Callable
from pathlib import Path

from cuebook.engine.core.duration import DAY, HOUR, SECOND
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.intake import happening
from cuebook.engine.runtime.mail import Letter

from .playing import START, Clock, rows
from .scenarios import assert_replays

Deploy = Callable[..., Path]
NUDGE = "nudge: no login for 30 days -> greet"
WELCOME = """\
playbook: welcome
on: purchase
late: skip
steps:
  - {id: thanks, do: greet, with: {text: thanks}}
  - {id: pause, wait: 7 days}
  - {id: tips, do: greet, with: {text: tips}}
"""


def decided(engine: Engine) -> list[tuple[str, str, int]]:
    """Return whose which step was promised when, in order of time."""
    return sorted(
        ((one.customer, one.step, one.decided_at) for one in engine.sent()), key=lambda one: one[2]
    )


def test_ten_thousand_timers_of_a_month_run_once_and_in_order(
    engine: Engine, another: Callable[..., Engine], deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Each is stamped with the instant it was due, as if nobody had been away."""
    deploy(NUDGE)
    step = 30 * DAY // 10_000
    told = [
        happening(f"c{number:05}", "login", now=clock.now, at=clock.now + number * step)
        for number in range(10_000)
    ]
    clock.now = START + 30 * DAY - 1
    engine.track_many(told)
    engine.tick(perform=False)
    due = rows(database, "SELECT count(*) FROM cuebook_wake WHERE due_at > ?", clock.now)
    assert due == [(10_000,)]

    clock.forward(31)
    back = another()
    ticked = back.tick(perform=False)
    again = back.tick(perform=False)

    found = rows(database, "SELECT customer, decided_at FROM cuebook_outbox ORDER BY decided_at")
    assert found == [(f"c{n:05}", START + n * step + 30 * DAY) for n in range(10_000)]
    assert (ticked.actions, again.occurrences) == (10_000, 0)
    assert back.status().overdue == 0


def test_actions_that_fell_due_meanwhile_are_performed_in_the_order_they_were_decided(
    another: Callable[..., Engine], clock: Clock, deploy: Deploy
) -> None:
    """With one thread there is one order; it is that of time."""
    performed: list[str] = []
    engine = another(threads=1)
    deploy(NUDGE)

    @engine.action("greet")
    def greet(_args: object, context: object) -> None:
        performed.append(context.customer)  # type: ignore[attr-defined]

    for number in (3, 1, 2):
        engine.track(f"c{number}", "login", at=clock.now + number * HOUR)
    clock.forward(60)
    engine.tick()

    assert performed == ["c1", "c2", "c3"]


def test_late_and_downtime_are_different_things(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A step delayed by downtime runs; a step of an event that came too late is skipped."""
    deploy(WELCOME)
    engine.track("delayed", "purchase")
    clock.forward(20)
    engine.track("late", "login")
    engine.tick(perform=False)
    clock.forward(1)
    engine.track("late", "purchase", at=clock.now - 10 * DAY)
    engine.tick(perform=False)

    assert [(who, step) for who, step, _ in decided(engine)] == [
        ("delayed", "thanks"),
        ("delayed", "tips"),
    ]
    [run] = engine.runs("late")
    assert run.ending == "finished"
    skipped = [
        line
        for (lines,) in rows(database, "SELECT lines FROM cuebook_journal WHERE customer = 'late'")
        for line in json.loads(lines)
        if line[:1] == ["action"]
    ]
    assert [line[5] for line in skipped] == ["thanks", "tips"]
    assert all(line[9].startswith("late: planned for 2026-01") for line in skipped)
    assert_replays(database)


def test_a_clock_that_jumps_back_an_hour_fires_nothing_twice(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """What was decided stays decided, and what happens in the second of two hours counts."""
    deploy(WELCOME)
    engine.track("ada", "purchase")
    clock.forward(7)
    engine.tick(perform=False)
    before = decided(engine)
    assert len(before) == 2

    clock.now -= HOUR
    assert engine.tick(perform=False).occurrences == 0
    engine.track("ada", "login")
    engine.track("bob", "purchase")
    engine.tick(perform=False)
    clock.now += 2 * HOUR
    engine.tick(perform=False)

    assert decided(engine) == sorted(
        [*before, ("bob", "thanks", START + 7 * DAY - HOUR)], key=lambda one: one[2]
    )
    assert_replays(database)


def test_what_is_dated_ahead_waits_in_the_inbox(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """It is decided when its instant comes, and not a moment before."""
    deploy(WELCOME)
    engine.track("ada", "purchase", at=clock.now + DAY)
    engine.track("ada", "login")

    engine.tick(perform=False)
    assert decided(engine) == []
    assert rows(database, "SELECT name FROM cuebook_inbox WHERE number IS NULL") == [("purchase",)]
    assert engine.tick(clock.now + DAY - 1, perform=False).occurrences == 0

    engine.tick(clock.now + DAY, perform=False)
    assert decided(engine) == [("ada", "thanks", START + DAY)]


def test_one_id_of_a_source_is_taken_once(engine: Engine, deploy: Deploy, clock: Clock) -> None:
    """Whoever reports does not have to know what it has reported."""
    deploy(WELCOME)

    assert engine.track("ada", "purchase", id="17", source="shop")
    assert not engine.track("ada", "purchase", id="17", source="shop")
    engine.tick(perform=False)
    assert not engine.track("ada", "purchase", at=START + SECOND, id="17", source="shop")
    twice = [Letter("bob", "event", "purchase", {}, clock.now, "shop/18")] * 2
    assert engine.track_many(twice) == 1
    assert engine.track("eve", "purchase", id="17", source="till")
    engine.tick(perform=False)

    assert sorted(who for who, _, _ in decided(engine)) == ["ada", "bob", "eve"]
