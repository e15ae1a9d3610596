"""Signals through a database: deployed, edited and removed, explained, and the same in a replay."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cuebook.engine.contract import Context
from cuebook.engine.core.duration import DAY
from cuebook.engine.explaining import PlaybookWhy
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .playing import SETTINGS, START, Clock, notes, rows
from .scenarios import assert_replays

Deploy = Callable[..., Path]

BUSY = SETTINGS + "signals: {busy: count of login in last 30 days}\n"
KEEN = "keen: on when busy >= 3 -> greet"


def greet(args: object, context: Context) -> None:
    """Perform what the playbooks here promise."""


def computed(database: Database, *names: str) -> list[Any]:
    """Return what is kept of some attributes of ada."""
    [(state,)] = rows(database, "SELECT state FROM cuebook_customer WHERE id = 'ada'")
    return [json.loads(state)["attributes"].get(name) for name in names]


def login(engine: Engine, clock: Clock, *customers: str) -> None:
    """Let some customers log in, a day later."""
    clock.forward(1)
    for customer in customers:
        engine.track(customer, "login")
    engine.tick(perform=False)


def about(engine: Engine, playbook: str, **more: object) -> PlaybookWhy:
    """Return why, for one playbook and ada."""
    [told] = engine.why("ada", playbook, **more).playbooks  # type: ignore[arg-type]
    return told


def test_a_new_signal_finds_its_history_in_the_log_and_fires_nothing(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Who is keen already is learnt; who becomes it is greeted."""
    deploy("other: on go-live -> greet")
    for _ in range(3):
        login(engine, clock, "ada")
    login(engine, clock, "bo")
    login(engine, clock, "bo")

    deploy(KEEN, settings=BUSY)
    engine.tick(perform=False)
    assert computed(database, "busy") == [3]
    assert engine.runs() == []

    login(engine, clock, "ada", "bo")
    assert computed(database, "busy") == [4]
    assert [run.customer for run in engine.runs()] == ["bo"]
    assert_replays(database)


def test_an_edited_signal_fires_nothing_and_a_removed_one_is_forgotten(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Whoever corrects a formula does not write to everybody whose value it corrects."""
    deploy(KEEN, settings=BUSY)
    login(engine, clock, "ada")
    login(engine, clock, "ada")

    deploy(KEEN, settings=BUSY.replace("count of login", "2 * count of login"))
    clock.forward(1)
    engine.tick(perform=False)
    assert computed(database, "busy") == [4]
    assert engine.runs() == []

    clock.forward(60)
    engine.tick(perform=False)
    assert computed(database, "busy") == [0]
    login(engine, clock, "ada")
    login(engine, clock, "ada")
    assert len(engine.runs()) == 1

    deploy("other: on go-live -> greet")
    login(engine, clock, "ada")
    assert computed(database, "busy") == [None]
    assert notes(database, "ended") == ["finished"]
    assert_replays(database)


def test_a_segment_between_its_bands_survives_a_restart(
    engine: Engine, another: Callable[..., Engine], deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Membership is remembered, and a replay remembers it too."""
    settings = SETTINGS + "segments: {small: {enter: seats < 5, leave: seats > 9}}\n"
    deploy("shrunk: on enters segment small -> greet", settings=settings)
    for seats in (3, 7):
        clock.forward(1)
        engine.identify("ada", seats=seats)
        engine.tick(perform=False)

    later = another()
    for seats in (4, 9, 10, 7, 2):
        clock.forward(1)
        later.identify("ada", seats=seats)
        later.tick(perform=False)

    assert len(later.runs()) == 2
    assert computed(database, "segment small") == [True]
    assert_replays(database)


def test_why_shows_a_signal_where_it_comes_from_and_when_time_moves_it(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """A number alone answers nobody's question."""
    settings = SETTINGS + "signals: {quiet: days since last login, worth: 100 - 10 * quiet}\n"
    deploy("low: on when worth < 55 and seats > 3 -> greet", settings=settings)
    engine.identify("ada", seats=12)
    login(engine, clock, "ada")
    seen = clock.now
    clock.forward(2)
    engine.tick(perform=False)

    [trigger] = about(engine, "low").triggers
    assert trigger.says == "not true"
    assert trigger.due_at == seen + 5 * DAY
    assert trigger.failed is not None
    assert trigger.failed.text == "worth < 55"
    [worth] = trigger.failed.parts
    assert (worth.text, worth.value) == ("worth", 80)
    [formula] = worth.parts
    assert (formula.text, formula.value) == ("100 - 10 * quiet", 80)

    clock.forward(10)
    engine.tick(perform=False)
    told = about(engine, "low")
    [before] = about(engine, "low", at=seen + 2 * DAY).triggers
    assert told.decisions[0].at == seen + 5 * DAY
    assert told.decisions[0].why[0].parts[0].parts[0].value == 50
    assert before.due_at == seen + 5 * DAY


def test_a_condition_that_time_never_makes_true_has_no_instant(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """Looking ahead ends."""
    settings = SETTINGS + "signals: {quiet: days since last login}\n"
    deploy("never: on when quiet < 0 -> greet", settings=settings)
    login(engine, clock, "ada")

    [trigger] = about(engine, "never").triggers

    assert (trigger.says, trigger.due_at) == ("not true", None)


def test_erasing_leaves_no_signal(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """What was computed about a person goes with the person; whoever comes back begins at nothing."""
    deploy(KEEN, settings=BUSY)
    for _ in range(3):
        login(engine, clock, "ada")
    engine.erase("ada")
    assert rows(database, "SELECT count(*) FROM cuebook_customer") == [(0,)]

    login(engine, clock, "ada")

    assert computed(database, "busy") == [1]


def test_what_came_due_while_the_engine_was_down_is_computed_at_its_instants(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Downtime delays; it does not move what a signal was when."""
    settings = SETTINGS + "signals: {quiet: days since last login}\n"
    deploy("five: on quiet rises above 4 -> greet", settings=settings)
    login(engine, clock, "ada")
    clock.forward(100)
    engine.tick(perform=False)

    [run] = engine.runs()
    assert run.started_at == START + DAY + 5 * DAY
    assert_replays(database)
