"""Between a decision and its call lie hours: limits, promises and the host are asked once more."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from cuebook.engine.contract import Action, Context, Done, Outcome, Refused, Rejected, Retry
from cuebook.engine.core.duration import DAY, HOUR, MINUTE
from cuebook.engine.core.instant import iso, to_datetime
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .playing import START, Clock, notes, rows, write_project

SETTINGS = """\
project: shop
timezone: UTC
attributes: {agrees: boolean, unwell: boolean}
events: {login: {}, complaint: {}}
kinds: [greet, log]
channels: {post: [greet]}
limits:
  post: {at most: 3 per 7 days, quiet hours: "20:00-08:00", needs consent: agrees}
never:
  - {do: greet, if: has complaint or unwell, unless: with.purpose == "service"}
"""
GREETING = """
playbook: greeting
on: login
steps: [{do: greet, with: {text: hello}}, {do: log}]
"""


@pytest.fixture
def performed(engine: Engine) -> list[str]:
    """Return what is performed, by kind."""
    return listen(engine)


def listen(engine: Engine, outcome: Outcome | None = None) -> list[str]:
    """Let an engine perform both kinds, and return what it has performed."""
    done: list[str] = []

    def perform(kind: str) -> Callable[[Any, Context], Outcome | None]:
        def handler(_args: Mapping[str, Any], _context: Context) -> Outcome | None:
            done.append(kind)
            return outcome if kind == "greet" else None

        return handler

    engine.action("greet")(perform("greet"))
    engine.action("log")(perform("log"))
    return done


@pytest.fixture
def decided(engine: Engine, tmp_path: Path, performed: list[str]) -> Engine:
    """Return an engine that has promised a greeting and has not performed it."""
    engine.deploy(write_project(tmp_path / "shop", GREETING, settings=SETTINGS))
    engine.identify("ada", agrees=True)
    engine.track("ada", "login")
    engine.tick(perform=False)
    assert performed == []
    return engine


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    """Return what a handler is told."""
    met: list[Context] = []
    engine.action("log")(lambda _args, context: met.append(context))
    engine.deploy(write_project(tmp_path / "shop", GREETING, settings=SETTINGS))
    engine.track("ada", "login")
    engine.tick()
    return met[0]


class Greeting(BaseModel):
    """What a strict handler takes."""

    model_config = ConfigDict(extra="forbid")
    text: str


class Said(Greeting):
    """What a handler takes that asks for the purpose itself."""

    purpose: str


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (Greeting, {"text": "hello"}),
        (Said, {"text": "hello", "purpose": "service"}),
        (None, {"text": "hello", "purpose": "service", "messages": []}),
    ],
)
def test_words_that_only_limits_read_trouble_no_model(
    context: Context, words: type[BaseModel] | None, given: dict[str, object]
) -> None:
    """Any action may be given a purpose; whoever asks for it, or for anything, is given it."""
    heard: list[Any] = []
    action = Action("greet", lambda taken, _context: heard.append(taken), words)

    outcome = action.perform({"text": "hello", "purpose": "service", "messages": []}, context)

    assert outcome == Done()
    assert [one.model_dump() if isinstance(one, BaseModel) else one for one in heard] == [given]


def test_other_words_that_a_model_does_not_know_are_refused(context: Context) -> None:
    """Nobody is to believe that a misspelt word was heard."""
    action = Action("greet", lambda _taken, _context: None, Greeting)

    outcome = action.perform({"text": "hello", "purposes": "service"}, context)

    assert isinstance(outcome, Rejected)
    assert "purposes" in outcome.reason


def outbox(database: Database) -> dict[str, tuple[str, str]]:
    """Return what has become of each action: its status and its note."""
    found = rows(database, "SELECT kind, status, note FROM cuebook_outbox")
    return {kind: (status, note) for kind, status, note in found}


def test_a_consent_withdrawn_after_the_decision_is_obeyed(
    decided: Engine, database: Database, performed: list[str]
) -> None:
    """It comes back to its customer as an occurrence; what no limit holds for goes its way."""
    decided.identify("ada", agrees=False)
    decided.tick()

    reason = "limit post needs consent agrees"
    assert performed == ["log"]
    assert outbox(database) == {"greet": ("refused", reason), "log": ("done", "")}
    decided.tick()
    assert notes(database, "settled") == [f"refused: {reason}"]


def test_what_is_never_done_is_not_done_although_it_was_decided(
    decided: Engine, database: Database, performed: list[str]
) -> None:
    """A promise is looked at with the history of that moment."""
    decided.track("ada", "complaint")
    decided.tick()

    assert performed == ["log"]
    assert outbox(database)["greet"][0] == "refused"
    assert outbox(database)["greet"][1].startswith("never greet if has complaint or unwell")


def test_what_comes_back_at_night_waits_for_the_morning(
    decided: Engine, database: Database, performed: list[str], clock: Clock
) -> None:
    """Downtime until late in the evening: the mail of the day goes out at eight, at its first try."""
    clock.now = START + 12 * HOUR  # 22:00
    decided.tick()
    assert performed == ["log"]
    assert outbox(database)["greet"] == ("waiting", "limit post quiet hours 20:00-08:00")
    due = rows(database, "SELECT due_at, attempt - spent FROM cuebook_outbox WHERE kind = 'greet'")
    assert due == [(START + 22 * HOUR, 0)]

    clock.now = START + 22 * HOUR - MINUTE
    decided.tick()
    assert performed == ["log"]
    clock.now = START + 22 * HOUR
    decided.tick()
    assert performed == ["log", "greet"]


def test_another_process_after_a_restart_asks_as_well(
    decided: Engine,
    database: Database,
    performed: list[str],
    clock: Clock,
    another: Callable[..., Engine],
) -> None:
    """Nothing of the gate is kept in memory."""
    decided.identify("ada", agrees=False)
    decided.tick(perform=False)
    decided.stop()

    later = another(clock=clock)
    also = listen(later)
    later.tick()

    assert (performed, also) == ([], ["log"])
    assert outbox(database)["greet"][0] == "refused"


def test_a_place_that_was_refused_is_given_back(
    decided: Engine, database: Database, performed: list[str], clock: Clock
) -> None:
    """What nobody received does not count: three more are sent."""
    decided.identify("ada", agrees=False)
    decided.tick()
    decided.identify("ada", agrees=True)
    for _ in range(4):
        clock.now += HOUR
        decided.track("ada", "login")
        decided.tick()

    assert performed.count("greet") == 3
    assert notes(database, "skipped")[-1].startswith(
        "limit post 3 per 7 days, after greeting/ada/4"
    )


def test_a_new_promise_holds_at_once_for_what_was_decided_before(
    decided: Engine, database: Database, performed: list[str], tmp_path: Path
) -> None:
    """Whoever stops a campaign does not want to see the rest of it go out."""
    stopped = SETTINGS + "  - {do: greet}\n"
    without = GREETING.replace("{do: greet, with: {text: hello}}, ", "")
    decided.deploy(write_project(tmp_path / "stopped", without, settings=stopped))
    decided.tick()

    assert performed == ["log"]
    assert outbox(database)["greet"] == ("refused", "never greet")


def test_a_gate_of_the_host_refuses_postpones_or_lets_through(
    decided: Engine, database: Database, performed: list[str], clock: Clock
) -> None:
    """The host knows what cuebook does not: a list of addresses that bounced, a holiday of its own."""
    opens = START + HOUR
    answers: list[Refused | datetime | None] = [to_datetime(opens), Refused("it bounced")]
    asked: list[tuple[str, object]] = []

    @decided.gate
    def look(kind: str, args: Mapping[str, Any], context: Context) -> Refused | datetime | None:
        if kind != "greet":
            return None
        asked.append((args["text"], context.customer))
        return answers.pop(0)

    decided.tick()
    assert outbox(database)["greet"] == ("waiting", "a gate of the application")
    clock.now = opens
    decided.tick()

    assert asked == [("hello", "ada")] * 2
    assert performed == ["log"]
    assert outbox(database)["greet"] == ("refused", "it bounced")


def test_a_gate_that_fails_or_answers_nonsense_lets_nothing_through(
    decided: Engine, database: Database, performed: list[str], clock: Clock
) -> None:
    """It is asked again later, as often as the kind of action is tried."""
    broken = [ValueError("down"), "tomorrow", datetime(2026, 1, 1, 12, 0)]  # noqa: DTZ001 - no zone

    @decided.gate
    def look(kind: str, _args: Mapping[str, Any], _context: Context) -> Any:
        if kind != "greet" or not broken:
            return None
        answer = broken.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    told = []
    for _ in range(3):
        decided.tick()
        told.append(outbox(database)["greet"][1])
        assert "greet" not in performed
        clock.now += HOUR
    decided.tick()

    assert told == [
        "a gate failed: ValueError",
        "a gate answered with a str",
        "a gate answered with a datetime",
    ]
    assert performed == ["log", "greet"]


def test_a_project_without_limits_reads_no_customer(
    engine: Engine, tmp_path: Path, database: Database
) -> None:
    """Nobody pays for what nobody has written."""
    plain = SETTINGS.partition("limits:")[0]
    engine.deploy(write_project(tmp_path / "plain", GREETING, settings=plain))
    done = listen(engine)
    engine.track("ada", "login")
    engine.tick(perform=False)
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_customer SET state = '{'")  # Not to be read.
    engine.tick()

    assert sorted(done) == ["greet", "log"]


def test_a_retry_that_falls_into_the_night_waits_without_using_an_attempt(
    engine: Engine, tmp_path: Path, database: Database, clock: Clock
) -> None:
    """Of five attempts none is lost to the night."""
    done: list[str] = []

    @engine.action("greet", attempts=2)
    def greet(_args: Any, context: Context) -> Outcome | None:
        done.append(iso(clock.now))
        return Retry("busy") if len(done) == 1 else None

    engine.deploy(write_project(tmp_path / "shop", GREETING, settings=SETTINGS))
    engine.identify("ada", agrees=True)
    clock.now = START + 10 * HOUR - MINUTE // 60
    engine.track("ada", "login")
    engine.tick()
    clock.now = START + 10 * HOUR + MINUTE
    engine.tick()
    assert outbox(database)["greet"][0] == "waiting"
    clock.now = START + DAY
    engine.tick()

    assert len(done) == 2
    assert outbox(database)["greet"][0] == "done"


def test_a_customer_who_cannot_be_read_gets_nothing(
    decided: Engine, database: Database, performed: list[str]
) -> None:
    """Nobody knows what was agreed to; the action is tried again."""
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_customer SET state = '{'")
    decided.tick()

    assert performed == ["log"]
    assert outbox(database)["greet"][0] == "waiting"
    assert outbox(database)["greet"][1].startswith("its limits cannot be looked at")
