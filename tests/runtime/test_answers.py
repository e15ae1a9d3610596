"""Questions to people and answers to actions, through the database: exactly once, in time or not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cuebook.cli.main import main
from cuebook.engine.contract import Context, Done, Outcome, Rejected, Retry
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .playing import Clock, notes, rows

ASK = """\
playbook: reference
on: go-live
steps:
  - ask: Is {{ customer.name }} ready?
    id: ready
    of: Ann
    up to: 3 days
    approved: [{do: greet, id: invite}]
    rejected: [{stop: not ready}]
    else: [{do: greet, id: escalate}]
stop when: churned
"""
KEY = "reference/ada/1/ready"
CHECK = """\
playbook: credit
on: go-live
steps:
  - {do: greet, id: check, as: credit, up to: 2 days}
  - {do: greet, id: low, if: credit.answer.limit < 1000, with: {limit: "{{ credit.answer.limit }}"}}
  - {do: greet, id: sorry, if: credit.failed}
"""
Deploy = Callable[..., Path]


def performed(database: Database) -> list[str]:
    """Return the steps whose actions were promised, in order."""
    return [
        step
        for (step,) in rows(database, "SELECT step FROM cuebook_outbox ORDER BY decided_at, key")
    ]


@pytest.fixture
def asked(engine: Engine, deploy: Deploy) -> Engine:
    """Return an engine in which Ann is asked about Ada."""
    engine.action("greet")(lambda _args, _context: None)
    deploy(ASK)
    engine.identify("ada", name="Ada")
    engine.track("ada", "go-live")
    engine.tick()
    return engine


def test_a_question_is_a_task_with_its_answers_and_its_deadline(
    asked: Engine, clock: Clock
) -> None:
    """Whoever is asked sees what, by when, and what they may answer."""
    (task,) = asked.tasks()

    assert (task.key, task.title, task.assignee) == (KEY, "Is Ada ready?", "Ann")
    assert task.answers == ("approved", "rejected")
    assert task.due_at == clock.now + 3 * 86_400_000_000
    assert rows(asked.database, "SELECT * FROM cuebook_outbox") == []


def test_an_answer_lets_the_run_go_on_once(asked: Engine, clock: Clock) -> None:
    """A second one finds it answered."""
    clock.forward(1)

    assert asked.answer(KEY, "Approved", by="Ann") is True
    assert asked.answer(KEY, "rejected") is False
    asked.tick()

    assert performed(asked.database) == ["invite"]
    assert notes(asked.database, "answered") == ["approved (by Ann)"]
    assert asked.tasks() == []
    (task,) = asked.tasks(answered=True)
    assert (task.answer, task.answered_by, task.closed_at) == ("approved", "Ann", None)


def test_what_is_no_answer_is_refused(asked: Engine) -> None:
    """With those there are; nothing is written."""
    with pytest.raises(ValueError, match=r"'maybe' is no answer to .*: approved, rejected"):
        asked.answer(KEY, "maybe")
    with pytest.raises(KeyError):
        asked.answer("no/such/task", "approved")

    assert len(asked.tasks()) == 1


def test_nobody_answers_and_the_task_is_withdrawn(asked: Engine, clock: Clock) -> None:
    """What comes after that is refused and written down, once."""
    clock.forward(4)
    asked.tick()
    assert performed(asked.database) == ["escalate"]
    (task,) = asked.tasks(answered=True)
    assert task.closing == "nobody has answered in time"

    for _ in range(2):
        assert asked.answer(KEY, "approved", by="Ann") is False
        asked.tick()

    assert performed(asked.database) == ["escalate"]
    late = "answered: approved (by Ann); nobody waits for it any more"
    assert notes(asked.database, "settled") == [late]


def test_after_the_deadline_nobody_answers_although_nobody_has_looked(
    asked: Engine, clock: Clock
) -> None:
    """The engine was down for a week: the deadline was the deadline."""
    clock.forward(7)

    assert asked.answer(KEY, "approved") is False
    asked.tick()

    assert performed(asked.database) == ["escalate"]


def test_an_answer_just_before_the_engine_goes_down_counts(asked: Engine, clock: Clock) -> None:
    """It has the instant at which it was given, also when it is decided after the deadline."""
    clock.forward(2)
    assert asked.answer(KEY, "approved") is True
    clock.forward(7)
    asked.tick()

    assert performed(asked.database) == ["invite"]


def test_a_run_that_stops_withdraws_its_question(asked: Engine, clock: Clock) -> None:
    """The task is gone from the list."""
    clock.forward(1)
    asked.identify("ada", churned=True)
    asked.tick()

    assert asked.tasks() == []
    assert asked.answer(KEY, "approved") is False
    asked.tick()
    assert performed(asked.database) == []


def test_handing_on_keeps_the_task_and_its_deadline(asked: Engine, clock: Clock) -> None:
    """Another person is asked; the journal says who handed it on to whom."""
    before = asked.tasks()[0].due_at
    clock.forward(1)

    assert asked.delegate(KEY, "Bo", by="Ann") is True
    asked.tick()

    (task,) = asked.tasks()
    assert (task.assignee, task.due_at) == ("Bo", before)
    assert notes(asked.database, "settled") == ["delegated: from Ann to Bo"]
    assert asked.answer(KEY, "approved", by="Bo") is True
    assert asked.delegate(KEY, "Cy") is False


def test_a_question_that_names_what_is_missing_is_not_put(engine: Engine, deploy: Deploy) -> None:
    """It goes on at once as if nobody had answered."""
    engine.action("greet")(lambda _args, _context: None)
    deploy(ASK)
    engine.track("ada", "go-live")
    engine.tick()

    assert engine.tasks(answered=True) == []
    assert performed(engine.database) == ["escalate"]
    assert notes(engine.database, "answered") == ["not asked: its text names what is missing"]


def test_another_engine_goes_on_with_a_question(
    asked: Engine, another: Callable[..., Engine], clock: Clock
) -> None:
    """All that is known of it stands in the database."""
    clock.forward(1)
    other = another()
    other.action("greet")(lambda _args, _context: None)

    assert other.answer(KEY, "rejected") is True
    other.tick()

    assert rows(asked.database, "SELECT ending FROM cuebook_run") == [("not ready",)]


def test_who_is_erased_is_not_asked_about(asked: Engine) -> None:
    """No word of the question stays."""
    asked.erase("ada")

    assert asked.tasks() == []
    assert "Ada" not in str(rows(asked.database, "SELECT * FROM cuebook_task"))


# --- answers to actions -------------------------------------------------------------------------


def answering(engine: Engine, deploy: Deploy, *outcomes: Outcome) -> list[Mapping[str, Any]]:
    """Let an engine check Ada's credit, each call ending as told; return what it was called with."""
    calls: list[Mapping[str, Any]] = []

    @engine.action("greet")
    def greet(args: Mapping[str, Any], context: Context) -> Outcome:
        calls.append({"step": context.step, **args})
        return outcomes[min(len(calls), len(outcomes)) - 1]

    deploy(CHECK)
    engine.track("ada", "go-live")
    engine.tick()
    return calls


def test_the_answer_of_a_function_decides_and_fills_templates(
    engine: Engine, deploy: Deploy
) -> None:
    """It comes back as an occurrence, so it is in the log like all the rest."""
    calls = answering(engine, deploy, Done({"limit": 500}))

    assert calls == [{"step": "check"}, {"step": "low", "limit": "500"}]
    assert notes(engine.database, "answered") == ["done"]


def test_an_action_that_is_given_up_has_failed(engine: Engine, deploy: Deploy) -> None:
    """The run goes on with that."""
    calls = answering(engine, deploy, Rejected("unknown customer"))

    assert [call["step"] for call in calls] == ["check", "sorry"]
    assert notes(engine.database, "answered") == ["failed: unknown customer"]


def test_an_answer_that_takes_its_time_is_waited_for_until_the_deadline(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """After that it is only written down, however well it ended."""
    later = Retry("busy")
    calls = answering(engine, deploy, later, Done({"limit": 5}))
    assert [call["step"] for call in calls] == ["check"]

    clock.forward(3)
    engine.tick()

    assert sorted(call["step"] for call in calls) == ["check", "check", "sorry"]
    assert notes(engine.database, "answered") == ["no answer in time"]
    assert notes(engine.database, "settled") == ["done; nobody waits for it any more"]


def test_an_answer_that_is_too_large_is_missing(engine: Engine, deploy: Deploy) -> None:
    """It stays in the outbox's note, cut short, for people to see."""
    answering(engine, deploy, Done({"limit": 5, "text": "x" * 10_000}))

    assert notes(engine.database, "answered") == ["done: its answer is too large to be kept"]
    assert performed(engine.database) == ["check"]


def test_an_action_that_nobody_waits_for_tells_nobody(engine: Engine, deploy: Deploy) -> None:
    """No letter is written for what simply went well."""
    engine.action("greet")(lambda _args, _context: Done({"limit": 5}))
    deploy("playbook: a\non: go-live\nsteps: [{do: greet}]\n")
    engine.track("ada", "go-live")
    engine.tick()

    assert rows(engine.database, "SELECT kind FROM cuebook_inbox") == [("event",)]


def test_the_command_answers_and_hands_on(
    asked: Engine, url: str, capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    """With the same words; the clock of the command is the real one, past every deadline here."""
    assert main(["tasks", "--db", url, "--delegate", KEY, "Bo"]) == 1
    assert "is over: its time is up" in capsys.readouterr().out
    assert main(["tasks", "--db", url, "--answer", KEY, "maybe"]) == 2
    assert "approved, rejected" in capsys.readouterr().err
