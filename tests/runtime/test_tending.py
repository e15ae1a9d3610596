"""What only a person decides: trying again, and erasing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cuebook.engine.contract import Context, Done, InDoubt, Outcome, Rejected, Retry
from cuebook.engine.core.duration import DAY
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.tables import METADATA

from .playing import Clock, rows

GREET = """\
playbook: welcome
on: go-live
steps:
  - do: greet
    with: {text: "Hello"}
"""


class Receiver:
    """Answers as it was told to, and remembers who asked."""

    def __init__(self, engine: Engine, **options: object) -> None:
        self.outcome: Outcome = Done()
        self.seen: list[tuple[str, int]] = []

        @engine.action("greet", **options)  # type: ignore[arg-type]
        def greet(args: object, context: Context) -> Outcome:
            self.seen.append((context.key, context.attempt))
            return self.outcome


def test_a_dead_letter_is_tried_again_with_all_its_attempts(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Whoever asks again has mended something, and the key tells the other side what it is."""
    receiver = Receiver(engine, attempts=2)
    receiver.outcome = Retry("closed", timedelta(minutes=1))
    deploy(GREET)
    engine.track("ada", "go-live")
    for _ in range(3):
        clock.forward(1)
        engine.tick()
    assert [letter.status for letter in engine.sent("ada")] == ["dead"]

    done = engine.retry()
    for _ in range(3):
        clock.forward(1)
        engine.tick()

    assert (done.actions, done.customers, done.in_doubt) == (1, 0, 0)
    assert receiver.seen == [("welcome/ada/1/greet-1", n) for n in (1, 2, 3, 4)]
    assert [letter.status for letter in engine.sent("ada")] == ["dead"]


def test_what_is_in_doubt_is_tried_again_only_when_that_is_said(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """It may have been performed: a mail twice is worse than a question."""
    receiver = Receiver(engine)
    receiver.outcome = InDoubt("the line broke")
    deploy(GREET)
    engine.track("ada", "go-live")
    clock.forward(1)
    engine.tick()

    left = engine.retry("welcome/ada/1/greet-1")
    engine.tick()
    receiver.outcome = Done()
    done = engine.retry("welcome/ada/1/greet-1", in_doubt=True)
    engine.tick()

    assert (left.actions, left.in_doubt) == (0, 1)
    assert (done.actions, done.in_doubt) == (1, 0)
    assert len(receiver.seen) == 2
    assert [letter.status for letter in engine.sent()] == ["done"]


def test_trying_again_is_for_one_customer_or_for_all(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """A receiver that was down for one customer is no reason to write to the others."""
    receiver = Receiver(engine)
    receiver.outcome = Rejected("no such person")
    deploy(GREET)
    for name in ("ada", "bo", "cy"):
        engine.track(name, "go-live")
    clock.forward(1)
    engine.tick()

    assert engine.retry(customer="bo").actions == 1
    engine.tick()
    assert engine.retry().actions == 3
    with pytest.raises(KeyError, match="no action welcome/zoe"):
        engine.retry("welcome/zoe/1/greet-1")


def test_a_text_that_could_not_be_made_is_not_sent_by_trying_again(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Its arguments hold no text to send."""
    receiver = Receiver(engine)
    deploy(GREET.replace("Hello", "Hello {{ customer.name }}"))
    engine.track("ada", "go-live")
    clock.forward(1)
    engine.tick()
    assert [letter.status for letter in engine.sent()] == ["dead"]

    done = engine.retry()
    engine.tick()

    assert (done.actions, done.unwritten) == (0, 1)
    assert receiver.seen == []


def test_a_parked_customer_is_looked_at_again(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """What was wrong may have been mended; nothing that waited is lost."""
    receiver = Receiver(engine)
    deploy(GREET)
    engine.track("ada", "go-live")
    with database.write() as connection:
        database.run(
            connection, "UPDATE cuebook_wake SET due_at = NULL, failures = 5, trouble = 'broken'"
        )
    clock.forward(1)
    engine.tick()
    assert receiver.seen == []
    assert engine.status().parked == [("ada", "broken")]

    done = engine.retry(customer="ada")
    engine.tick()

    assert (done.actions, done.customers) == (0, 1)
    assert len(receiver.seen) == 1
    assert engine.status().parked == []


@pytest.mark.parametrize("outcome", [Rejected("no such person"), InDoubt("the line broke")])
def test_what_is_dismissed_rests_for_good_and_tells_who_and_why(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, outcome: Rejected | InDoubt
) -> None:
    """Somebody has looked at it; what had gone wrong can still be read."""
    receiver = Receiver(engine)
    receiver.outcome = outcome
    deploy(GREET)
    for name in ("ada", "bo"):
        engine.track(name, "go-live")
    clock.forward(1)
    engine.tick()
    before = engine.sent("ada")[0].status
    clock.forward(1)

    assert engine.dismiss(customer="ada", by="mia", why="has left") == 1
    engine.retry(in_doubt=True)
    receiver.outcome = Done()
    engine.tick()

    [resting], [tried] = engine.sent("ada"), engine.sent("bo")
    assert before != resting.status == "dismissed"
    assert resting.settled_at == clock.now
    assert resting.note == f"{outcome.reason}; dismissed by mia: has left"
    assert tried.status == "done"
    assert engine.dismiss(by="mia") == 0
    with pytest.raises(KeyError, match="no action welcome/zoe"):
        engine.dismiss("welcome/zoe/1/greet-1", by="mia")


# --- erasing --------------------------------------------------------------------------------------

PERSONAL = """\
playbook: welcome
on: go-live
steps:
  - do: create-task
    with: {title: "Call {{ customer.name }}"}
  - set: {plan: event.note}
  - wait for: login
    up to: 3 days
  - do: greet
    with: {text: "Hello {{ customer.name }}"}
"""
SETTINGS = """\
project: shop
attributes: {name: text, plan: text, seats: number}
events: {login: {}, go-live: {note: text}}
kinds: [greet]
"""
NAME = "ada/lovelace@example.org"
SECRETS = ("lovelace", "Augusta", "whisper", "analytical")


def known(engine: Engine, deploy: Callable[..., Path], clock: Clock) -> None:
    """Let a good deal be known and done about one person."""
    deploy(PERSONAL, settings=SETTINGS)
    engine.identify(NAME, name="Augusta", seats="analytical")
    engine.track(NAME, "go-live", {"note": "whisper"}, id="lovelace-1")
    clock.forward(1)
    engine.tick()
    engine.track(NAME, "login", {"note": "whisper"}, at=clock.now + DAY)


def everything(database: Database) -> str:
    """Return all rows of all tables as text, the programs apart."""
    with database.read() as connection:
        return "\n".join(
            repr(row)
            for table in METADATA.sorted_tables
            if table.name != "cuebook_program"
            for row in connection.execute(table.select())
        )


def test_an_erased_person_is_in_no_table(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """Attributes, events, texts, notes, keys: a name is everywhere."""
    Receiver(engine)
    known(engine, deploy, clock)
    before = everything(database)
    assert all(secret in before for secret in SECRETS)

    engine.erase(NAME)

    after = everything(database)
    assert [secret for secret in SECRETS if secret in after] == []


def test_what_was_decided_stays_as_evidence(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """That somebody was written to on a day can still be shown."""
    Receiver(engine)
    known(engine, deploy, clock)
    count = "SELECT number, kind, at FROM cuebook_journal ORDER BY id"
    decided = rows(database, count)

    erased = engine.erase(NAME)

    assert rows(database, count) == decided
    assert erased.decisions == len(decided)
    [run] = engine.runs(erased.alias)
    assert (run.id, run.ending, run.ended_at) == (f"welcome/{erased.alias}/1", "erased", clock.now)
    [letter] = engine.sent(erased.alias)
    assert (letter.key, letter.status, letter.args) == (
        f"welcome/{erased.alias}/1/create-task-1", "done", "{}",
    )  # fmt: skip
    assert engine.tasks() == []


def test_nothing_happens_to_an_erased_person_any_more(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Neither the wait that was running nor what is told late brings them back."""
    receiver = Receiver(engine)
    known(engine, deploy, clock)
    told_at = clock.now

    engine.erase(NAME)
    clock.forward(5)
    new = engine.track(NAME, "login", at=told_at - DAY)
    engine.tick()

    assert not new
    assert receiver.seen == []
    with pytest.raises(KeyError):
        engine.export(NAME)


def test_who_comes_back_is_a_new_customer(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Consent given anew is honoured, and erasing twice works."""
    Receiver(engine)
    known(engine, deploy, clock)
    engine.erase(NAME)
    clock.forward(1)
    assert engine.track(NAME, "go-live", {"note": "again"})
    engine.tick()

    [run] = engine.runs(NAME)
    clock.forward(1)
    again = engine.erase(NAME)

    assert run.started_at == clock.now - DAY
    assert again.unsent == 0
    assert engine.runs(NAME) == []


def test_what_waits_to_be_sent_is_not_sent_after_all(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """The promise was made to somebody who is no longer there."""
    receiver = Receiver(engine)
    deploy(GREET)
    engine.track("ada", "go-live")
    clock.forward(1)
    engine.tick(perform=False)

    erased = engine.erase("ada")
    engine.tick()
    engine.retry(in_doubt=True)
    engine.tick()

    assert (erased.unsent, erased.out) == (1, 0)
    assert receiver.seen == []


def test_a_call_that_is_out_opens_no_task_for_an_erased_person(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """It was on its way when the person went."""

    @engine.action("greet")
    def greet(args: object, context: Context) -> None:
        engine.erase(context.customer)
        context.tasks.open(context.key, "Call ada")

    deploy(GREET)
    engine.track("ada", "go-live")
    clock.forward(1)
    engine.tick()

    assert engine.tasks(answered=True) == []
    assert [letter.status for letter in engine.sent()] == ["erased"]


def test_sqlite_keeps_no_copy_of_what_was_erased(
    dialect: str,
    engine: Engine,
    deploy: Callable[..., Path],
    clock: Clock,
    database: Database,
) -> None:
    """A deleted row stands in the file until something is written over it, and in the log."""
    if database.file is None:
        assert dialect == "postgresql"  # There, vacuuming is the administrator's.
        return
    Receiver(engine)
    known(engine, deploy, clock)
    engine.erase(NAME)
    engine.database.pool.dispose()

    bytes_left = b"".join(p.read_bytes() for p in Path(database.file).parent.glob("plays.db*"))
    assert [secret for secret in SECRETS if secret.encode() in bytes_left] == []
