"""A deployment that only adds playbooks wakes those it has anything for; all else stays as it would be."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cuebook.dsl.load import load
from cuebook.engine.core.duration import DAY
from cuebook.engine.forecast import Forecast
from cuebook.engine.runtime import asking as asking_module
from cuebook.engine.runtime import engine as engine_module
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.programs import everybody

from .playing import Clock, rows, wipe, write_project

OLD = "hello: on login -> greet"
BIG = """
playbook: big
on: when seats >= 10
existing: enter
steps: [{do: greet}]
"""
GROWN = """
playbook: grown
on: when plan == "growth"
steps: [{do: greet, after: 1 day}]
"""
DATED = "dated: 5 days before renewal_date -> greet"
FALLING = "falling: on seats drops below 5 -> greet"
BOUGHT = "bought: on purchase where (amount > 10) if seats > 3 -> greet"
TIMED = "timed: when no login for 30 days -> greet"


def live(engine: Engine, clock: Clock, folder: Path, *added: str) -> list[str]:
    """Let a population meet a deployment that adds playbooks; return whom it woke."""
    engine.deploy(write_project(folder, OLD))
    for number in range(12):
        told: dict[str, Any] = {"seats": number * 2, "plan": "growth" if number % 3 else "free"}
        if number % 4 == 0:
            told["renewal_date"] = date(2026, 1, 20 + number)
        engine.identify(f"c{number:02}", told)
    engine.identify("nobody", name="Nobody")
    engine.tick()
    clock.forward(1)
    engine.deploy(write_project(folder, OLD, *added))
    database = engine.database
    return [name for (name,) in rows(
        database, "SELECT customer FROM cuebook_wake WHERE due_at <= ? ORDER BY customer", clock.now
    )]  # fmt: skip


def go_on(engine: Engine, clock: Clock) -> None:
    """Let time pass, and things happen to those who were woken and to those who slept."""
    engine.tick()
    for step in range(8):
        clock.forward(3)
        for number in range(step % 3, 12, 3):
            engine.identify(f"c{number:02}", seats=(number * 5 + step * 7) % 23)
            engine.track(f"c{number:02}", "purchase", {"amount": 4 * step})
        engine.identify("nobody", plan="growth" if step % 2 else "free")
        engine.tick()


@pytest.mark.parametrize(
    ("added", "woken"),
    [
        ((BIG,), [f"c{number:02}" for number in range(5, 12)]),
        ((GROWN, FALLING), ["c00", "c01", "c02", "c04", "c05", "c07", "c08", "c10", "c11"]),
        ((DATED,), ["c00", "c04", "c08"]),
        ((BOUGHT,), []),
        ((TIMED, BOUGHT), [*(f"c{number:02}" for number in range(12)), "nobody"]),
    ],
)
def test_only_those_are_woken_whom_a_new_playbook_concerns(
    engine: Engine, clock: Clock, tmp_path: Path, added: tuple[str, ...], woken: list[str]
) -> None:
    """Whoever sleeps costs nothing."""
    assert live(engine, clock, tmp_path / "p", *added) == woken


@pytest.mark.parametrize(
    ("added", "looked_at"),
    [
        ((BIG,), ["c03", *(f"c{number:02}" for number in range(5, 12))]),
        ((DATED,), ["c00", "c03", "c04", "c08"]),
        ((BOUGHT,), ["c03"]),
        ((TIMED,), [*(f"c{number:02}" for number in range(12)), "nobody"]),
    ],
)
def test_a_plan_looks_only_at_those_to_whom_anything_may_happen(
    engine: Engine,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    added: tuple[str, ...],
    looked_at: list[str],
) -> None:
    """Whom a new playbook concerns, and who has something due or mail: others sleep through both."""
    live(engine, clock, tmp_path / "p")
    engine.track("c03", "login")
    after = load(write_project(tmp_path / "after", OLD, *added), ("greet",))
    until = clock.now + 30 * DAY
    looked, take = list[str](), Forecast.take
    monkeypatch.setattr(
        Forecast,
        "take",
        lambda self, customer, ahead: looked.append(customer.id) or take(self, customer, ahead),
    )

    few = engine.forecast(after, until)
    assert sorted(looked) == looked_at
    monkeypatch.setattr(asking_module, "differing", lambda *_: None)
    all_ = engine.forecast(after, until)

    assert len(looked) == len(looked_at) + 13
    assert few.customers == all_.customers == 13
    assert (few.counts, few.touched, few.times) == (all_.counts, all_.touched, all_.times)


def test_a_plan_of_a_playbook_that_was_here_before_looks_at_everybody(
    engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    """Runs of it may be in flight still."""
    live(engine, clock, tmp_path / "p", GROWN)
    engine.tick()
    engine.deploy(write_project(tmp_path / "p", OLD))
    after = load(write_project(tmp_path / "after", OLD, GROWN), ("greet",))
    seen = list[int]()

    engine.forecast(after, clock.now + DAY, seen.append)

    assert seen == list(range(1, 14))


def test_an_edited_playbook_wakes_everybody(engine: Engine, clock: Clock, tmp_path: Path) -> None:
    """Its runs may follow, finish or stop."""
    live(engine, clock, tmp_path / "p", BIG)
    engine.tick()
    engine.deploy(write_project(tmp_path / "p", OLD, BIG.replace("10", "12")))

    due = rows(engine.database, "SELECT count(*) FROM cuebook_wake WHERE due_at IS NOT NULL")
    assert due == [(13,)]


def test_everything_is_decided_as_if_everybody_had_been_woken(
    database: Database,
    another: Callable[..., Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same actions at the same instants under the same keys, and the same customers in the end."""
    found = []
    for wakes in (None, everybody):
        if wakes is not None:
            monkeypatch.setattr(engine_module, "concerned", lambda *_: None)
        wipe(database)
        clock = Clock()
        engine = another(clock=clock)
        live(engine, clock, tmp_path / f"{wakes is None}", BIG, GROWN, DATED, FALLING, BOUGHT)
        go_on(engine, clock)
        engine.stop()
        actions = "SELECT key, customer, kind, decided_at, args FROM cuebook_outbox ORDER BY key"
        states = "SELECT id, state FROM cuebook_customer ORDER BY id"
        runs = "SELECT id, started_at, cause, ended_at, ending FROM cuebook_run ORDER BY id"
        found.append([rows(database, sql) for sql in (actions, states, runs)])

    assert found[0] == found[1]
    assert len(found[0][0]) > 20
