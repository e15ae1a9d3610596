"""Deployments in flight: what a new program makes of runs and triggers, on either database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine, NotDeployed

from .playing import SETTINGS, Clock, notes, rows, write_project
from .scenarios import assert_replays

Deploy = Callable[..., Path]


def book(name: str, *steps: str, trigger: str = "go-live", more: str = "") -> str:
    """Return a playbook in YAML."""
    lines = "\n".join(f"  - {step}" for step in steps)
    return f"playbook: {name}\non: {trigger}\n{more}\nsteps:\n{lines}\n"


def greet(text: str, **more: str) -> str:
    """Return a step that greets, under an id of that name."""
    return f"{{id: {text}, do: greet, with: {{text: {text}}}}}"


def wait(days: int) -> str:
    """Return a wait under the id `pause`."""
    return f"{{id: pause, wait: {days} days}}"


def said(engine: Engine) -> list[str]:
    """Return which texts were promised, in order."""
    return [json.loads(one.args)["text"] for one in reversed(engine.sent())]


def look(engine: Engine, clock: Clock, days: float = 0) -> None:
    """Let days go by and decide."""
    clock.forward(days)
    engine.tick(perform=False)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("follow", ["new"]), ("finish old", ["old"]), ("stop", [])],
)
def test_a_run_in_flight_does_as_its_playbook_says(
    rule: str, expected: list[str], engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """It follows the new version, finishes on its old one, or stops; new runs are new."""
    deploy(book("b", wait(7), greet("old")))
    engine.track("ada", "go-live")
    look(engine, clock)
    [begun] = engine.runs("ada")

    deploy(book("b", wait(7), greet("new"), more=f"in flight: {rule}"))
    look(engine, clock, 1)
    engine.track("bob", "go-live")
    look(engine, clock, 0)
    [ada], [bob] = engine.runs("ada"), engine.runs("bob")
    look(engine, clock, 6)

    assert said(engine) == expected
    assert (ada.version == begun.version) is (rule != "follow")
    assert (bob.version == begun.version) is False
    assert (ada.version == bob.version) is (rule == "follow")
    programs = rows(database, "SELECT program FROM cuebook_journal WHERE kind = 'deployed'")
    assert [(engine.status().program,)] == programs
    assert_replays(database)


def test_a_program_that_shall_take_over_later_is_refused(
    engine: Engine, deploy: Deploy, clock: Clock, tmp_path: Path
) -> None:
    """It would decide at once, about what happens until then as well."""
    deploy(book("b", greet("old")))
    before = engine.deployment()
    project = write_project(tmp_path / "later", book("b", greet("new")))

    with pytest.raises(ValueError, match="takes over at once: deploy it when it shall"):
        engine.deploy(project, at=clock.now + 1)

    assert engine.deployment() == before
    assert engine.deploy(project, at=clock.now).at == clock.now


def test_a_wait_is_computed_anew_from_its_start(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Longer it ends later, shorter it may be over at once."""
    deploy(book("b", wait(7), greet("hello")))
    for name in ("ada", "bob"):
        engine.track(name, "go-live")
    look(engine, clock)
    begun = clock.now

    deploy(book("b", wait(10), greet("hello")))
    look(engine, clock, 8)
    assert said(engine) == []
    assert {run.due_at for run in engine.runs(ended=False)} == {begun + 10 * 86_400_000_000}

    deploy(book("b", wait(2), greet("hello")))
    look(engine, clock)
    assert said(engine) == ["hello", "hello"]
    assert [one.decided_at for one in engine.sent()] == [clock.now, clock.now]
    assert_replays(database)


def test_a_run_whose_step_has_vanished_finishes_on_its_old_version_and_says_so(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """It cannot follow where there is no way."""
    deploy(book("b", wait(7), greet("old")))
    engine.track("ada", "go-live")
    look(engine, clock)
    [run] = engine.runs("ada")

    deploy(book("b", greet("new")))
    look(engine, clock, 1)
    assert notes(database, "deployed") == [f"step pause is gone: finishes on version {run.version}"]
    look(engine, clock, 6)

    assert said(engine) == ["old"]
    assert engine.runs("ada")[0].version == run.version
    assert_replays(database)


@pytest.mark.parametrize(("rule", "expected"), [("follow", []), ("finish old", ["old"])])
def test_runs_of_a_removed_playbook_end_unless_it_let_them_finish(
    rule: str, expected: list[str], engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Who takes a playbook away wants it to stop, unless it says otherwise."""
    deploy(book("b", wait(7), greet("old"), more=f"in flight: {rule}"))
    engine.track("ada", "go-live")
    look(engine, clock)

    deploy(book("other", greet("other"), trigger="login"))
    look(engine, clock, 8)

    assert said(engine) == expected
    ending = engine.runs("ada")[0].ending
    assert ending == ("finished" if expected else "its playbook was removed")
    assert_replays(database)


def test_a_run_on_an_old_version_is_decided_alike_by_a_worker_that_came_later(
    engine: Engine, another: Callable[..., Engine], deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Each process finds the plan its customer follows, whatever it has loaded before."""
    second = another()
    deploy(book("b", wait(7), greet("old")))
    second.tick(perform=False)
    engine.track("ada", "go-live")
    look(engine, clock)
    deploy(book("b", greet("new"), more="in flight: finish old"))
    second.track("eve", "login")
    second.tick(perform=False)

    look(engine, clock, 1)
    clock.forward(6)
    second.tick(perform=False)

    assert said(engine) == ["old"]
    assert_replays(database)


def test_the_runs_of_one_customer_do_not_make_another_lose_its_version(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Two customers on two old versions, decided one after the other."""
    deploy(book("b", wait(7), greet("first"), more="in flight: finish old"))
    engine.track("ada", "go-live")
    look(engine, clock)
    deploy(book("b", wait(7), greet("second"), more="in flight: finish old"))
    look(engine, clock, 1)
    engine.track("bob", "go-live")
    look(engine, clock)
    deploy(book("b", wait(7), greet("third"), more="in flight: finish old"))
    look(engine, clock, 1)

    look(engine, clock, 8)

    assert said(engine) == ["first", "second"]
    assert_replays(database)


def test_an_edited_when_first_only_learns_how_things_stand(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Who already matches is not news; who comes to match is."""
    deploy(book("b", greet("few"), trigger="when seats < 5"))
    engine.identify("ada", seats=8)
    look(engine, clock)

    deploy(book("b", greet("some"), trigger="when seats < 10"))
    look(engine, clock, 1)
    assert said(engine) == []

    engine.identify("ada", seats=20)
    look(engine, clock, 1)
    engine.identify("ada", seats=8)
    look(engine, clock, 1)
    assert said(engine) == ["some"]
    assert_replays(database)


def test_existing_enter_lets_in_whoever_matches_when_it_is_deployed(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A new playbook may begin with those who are there."""
    old = book("old", greet("old"), trigger="when seats > 100")
    deploy(old)
    engine.identify("ada", seats=8)
    look(engine, clock)

    ignore = book("ignores", greet("ignored"), trigger="when seats < 10")
    enter = book("enters", greet("entered"), trigger="when seats < 10", more="existing: enter")
    deploy(old, ignore, enter)
    look(engine, clock, 1)

    assert said(engine) == ["entered"]
    assert_replays(database)


def test_a_trigger_that_was_kept_does_not_fire_again(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """What has begun a run does not begin another because something else was deployed."""
    kept = book("kept", greet("kept"), trigger="when seats < 10", more="existing: enter")
    silent = book("silent", greet("silent"), trigger="when no login for 14 days")
    deploy(kept, silent)
    engine.identify("ada", seats=8)
    look(engine, clock)

    deploy(kept, silent, book("more", greet("more"), trigger="login"))
    look(engine, clock, 20)
    deploy(kept, silent)
    look(engine, clock, 20)

    assert said(engine) == ["kept", "silent"]
    assert_replays(database)


def test_deploying_the_same_project_twice_changes_nothing(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A restart of the host deploys what is in force."""
    deploy(book("b", wait(7), greet("hello")))
    engine.track("ada", "go-live")
    look(engine, clock)
    before = (
        rows(database, "SELECT * FROM cuebook_wake"),
        rows(database, "SELECT * FROM cuebook_deployment"),
    )

    clock.forward(1)
    deploy(book("b", wait(7), greet("hello")))
    ticked = engine.tick(perform=False)

    after = (
        rows(database, "SELECT * FROM cuebook_wake"),
        rows(database, "SELECT * FROM cuebook_deployment"),
    )
    assert after == before
    assert ticked.occurrences == 0


def test_a_broken_project_leaves_the_old_one_in_force(
    engine: Engine, deploy: Deploy, clock: Clock, tmp_path: Path
) -> None:
    """All mistakes are told at once, and nothing is half deployed."""
    deploy(book("b", greet("hello")))
    before = engine.status()
    broken = write_project(
        tmp_path / "broken",
        book("b", greet("hello"), trigger="when seets < 5"),
        "x: on log-on -> greet",
    )

    with pytest.raises(NotDeployed) as told:
        engine.deploy(broken)

    assert "seets" in str(told.value)
    assert "log-on" in str(told.value)
    assert engine.status() == before
    engine.track("ada", "go-live")
    look(engine, clock)
    assert said(engine) == ["hello"]


def test_a_new_program_that_asks_for_more_history_finds_it(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """What happened before anybody asked is in the log."""
    deploy(book("b", greet("hello"), trigger="login"))
    for name, purchases in (("ada", 4), ("bob", 2)):
        for _ in range(purchases):
            engine.track(name, "purchase", {"amount": 10})
            look(engine, clock, 1)

    buyers = book("buyers", greet("thanks"), trigger="when count of purchase in last 90 days >= 5")
    deploy(book("b", greet("hello"), trigger="login"), buyers)
    look(engine, clock, 1)
    for name in ("ada", "bob"):
        engine.track(name, "purchase", {"amount": 10})
    look(engine, clock, 1)

    assert [one.customer for one in engine.sent()] == ["ada"]
    assert_replays(database)

    spent = book("spent", greet("wow"), trigger="when sum of purchase.amount in last 90 days >= 60")
    deploy(spent)
    look(engine, clock, 1)
    engine.track("ada", "purchase", {"amount": 10})
    look(engine, clock, 1)

    assert said(engine) == ["thanks", "wow"]
    assert_replays(database)


def test_history_that_only_an_older_program_asked_for_is_let_go_and_comes_back(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A state holds what its own program asks; the log holds the rest, for whoever asks again."""
    hello = book("b", greet("hello"), trigger="login")
    spent = book("spent", greet("wow"), trigger="when sum of purchase.amount in last 90 days >= 30")
    deploy(hello, spent)
    for _ in range(2):
        engine.track("ada", "purchase", {"amount": 10})
        look(engine, clock, 1)
    assert kept(database) == {"purchase"}

    deploy(hello)
    look(engine, clock, 1)
    assert kept(database) == set()
    assert_replays(database)

    deploy(hello, spent)
    engine.track("ada", "purchase", {"amount": 10})
    look(engine, clock, 1)
    assert said(engine) == ["wow"]
    assert_replays(database)


def kept(database: Database) -> set[str]:
    """Return the events of which the only customer's state remembers something."""
    [(state,)] = rows(database, "SELECT state FROM cuebook_customer")
    return set(json.loads(state).get("history", {}).get("channels", {}))


def test_another_zone_of_the_project_moves_what_is_planned(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Nine o'clock is nine o'clock where the project now says its customers are."""
    daily = book("daily", greet("morning"), trigger="every day at 09:00")
    deploy(daily)
    engine.identify("ada", seats=1)
    look(engine, clock)

    deploy(daily, settings=SETTINGS.replace("timezone: UTC", "timezone: America/New_York"))
    look(engine, clock, 1.1)

    hours = {(one.decided_at // 3_600_000_000) % 24 for one in engine.sent()}
    assert hours == {14}
    assert_replays(database)


def test_a_new_program_that_asks_what_a_value_was_finds_it(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Every change was told, so what the value was before anybody asked is in the log."""
    deploy(book("b", greet("hello"), trigger="login"))
    for seats in (100, 80, 60):
        engine.identify("ada", seats=seats)
        look(engine, clock, 10)

    fewer = book("fewer", greet("fewer"), trigger="when seats drops by 40 in 21 days")
    deploy(fewer, book("b", greet("hello"), trigger="login"))
    look(engine, clock)
    assert said(engine) == []  # It held when it was deployed, and `existing:` is to ignore.

    for seats in (70, 55):  # Three weeks before there were 100, as nobody asked at the time.
        engine.identify("ada", seats=seats)
        look(engine, clock, 0.2)

    assert said(engine) == ["fewer"]
    assert_replays(database)


def test_stages_move_by_rules_and_are_told_by_the_host(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A move that is not listed is refused, one that is begins runs, and the log decides the same."""
    settings = SETTINGS + (
        "lifecycles:\n"
        "  customer:\n"
        "    stages: [lead, paying, loyal]\n"
        "    start: lead\n"
        "    moves: [lead -> paying when has purchase, paying -> loyal when seats >= 50 for 3 days]\n"
    )
    moved = book("moved", greet("moved"), trigger="stage moves forward")
    deploy(moved, settings=settings)
    engine.identify("ada", stage="lead", seats=10)
    look(engine, clock, 1)
    engine.identify("ada", stage="loyal")
    look(engine, clock, 1)
    assert said(engine) == []

    engine.track("ada", "purchase", {"amount": 10})
    engine.identify("ada", seats=60)
    look(engine, clock, 2)
    assert said(engine) == ["moved"]
    deploy(moved, book("b", greet("hello"), trigger="login"), settings=settings)
    look(engine, clock, 2)

    assert said(engine) == ["moved", "moved"]
    [state] = [json.loads(row[0]) for row in rows(database, "SELECT state FROM cuebook_customer")]
    assert state["attributes"]["stage of customer"] == "loyal"
    assert_replays(database)


def test_an_edited_calendar_moves_the_waits_of_playbooks_that_did_not_change(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """A holiday that is added on Monday is not worked on, whoever waited when it was added."""
    step = "{id: pause, wait: 2 business days}"  # from Thursday, January 1, at 10:00
    waiting = book("b", step, greet("hello"))
    asked = book("c", greet("quiet"), trigger="no login for 2 business days")
    deploy(waiting, asked)
    engine.track("ada", "go-live")
    look(engine, clock)
    before = {run.due_at for run in engine.runs("ada")}

    deploy(waiting, asked, settings=f"{SETTINGS}calendar: {{holidays: [2026-01-05]}}\n")
    look(engine, clock, 4.1)
    moved = {run.due_at for run in engine.runs("ada")}
    early = said(engine)
    look(engine, clock, 1)

    assert (before, moved) == ({at("2026-01-05T10:00")}, {at("2026-01-06T10:00")})
    assert (early, sorted(said(engine))) == ([], ["hello", "quiet"])
    assert_replays(database)


def at(text: str) -> int:
    """Return an instant written in UTC."""
    return parse_instant(text, UTC)


def halves(short: int) -> str:
    """Return a split that gives so many percent of its customers the short mail."""
    ways = f"short: {{share: {short}%, steps: [{greet('short')}]}}"
    return f"split: {{{ways}, long: {{share: {100 - short}%, steps: [{greet('long')}]}}}}\n    id: ways"


def test_an_arm_survives_deployments_that_give_it_to_nobody_new(
    engine: Engine, deploy: Deploy, clock: Clock, another: Callable[..., Engine]
) -> None:
    """Who has had the short mail has it again, in another process too; who is new has the long one."""
    deploy(book("b", halves(100)))
    engine.track("ada", "go-live")
    look(engine, clock)

    deploy(book("b", halves(0), greet("more")))
    look(engine, clock, 1)
    engine.track("ada", "go-live")
    engine.track("bob", "go-live")
    look(another(), clock, 1)

    assert sorted(said(engine)) == ["long", "more", "more", "short", "short"]
