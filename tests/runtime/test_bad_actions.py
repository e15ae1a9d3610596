"""Bad days of actions: they raise, hang, answer nonsense, crash with their process. None is lost."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from cuebook.engine.contract import Context, Done, InDoubt, Outcome, Rejected, Retry
from cuebook.engine.core.duration import DAY, HOUR, MINUTE
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.outbox import Outbox, Room

from .disorder import allow, forbid
from .patience import until
from .playing import Clock, rows

GREETING = "welcome: on go-live -> greet"
BRIEFLY = timedelta(seconds=0.2)


class Wordless:
    """An answer that cannot even be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Yield what a handler hangs on; it is let go when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_an_action_that_raises_is_tried_again_with_its_key_and_given_up_in_the_end(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """Nobody repairs a receiver sooner because we never stop asking."""
    keys: list[tuple[str, int]] = []

    @engine.action("greet", attempts=3)
    def greet(_args: object, context: Context) -> None:
        keys.append((context.key, context.attempt))
        raise ValueError("no such table: \ud800\0")

    deploy(GREETING)
    engine.track("ada", "go-live")
    for _ in range(5):
        engine.tick()
        clock.now += MINUTE

    assert [attempt for _, attempt in keys] == [1, 2, 3]
    assert len({key for key, _ in keys}) == 1
    [sent] = engine.sent("ada")
    assert sent.status == "dead"
    assert sent.note == "ValueError: no such table: ? (given up after 3 attempts)"
    assert _settled(database, "ada") == ["failed"]


def test_a_call_that_hangs_is_tried_again_and_its_thread_replaced(
    another: Callable[..., Engine],
    deploy: Callable[..., Path],
    clock: Clock,
    never: threading.Event,
    engine: Engine,
) -> None:
    """With two threads two hanging calls would be the end of everything."""
    busy, calls = another(threads=2), []

    @busy.action("greet", timeout=BRIEFLY)
    def greet(_args: object, context: Context) -> None:
        calls.append((context.customer, context.attempt))
        if context.attempt == 1:
            never.wait()

    deploy(GREETING)
    for name in ("ada", "bob", "cleo"):
        engine.track(name, "go-live")
    for _ in range(3):
        busy.tick()
        clock.now += MINUTE

    assert sorted(calls) == [(name, n) for name in ("ada", "bob", "cleo") for n in (1, 2)]
    assert busy.status().outbox == {"done": 3}


def test_a_call_that_hangs_and_must_not_be_repeated_is_in_doubt(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, never: threading.Event,
    database: Database,
) -> None:  # fmt: skip
    """It may have been performed: a person has to look, and its customer's journal says so."""
    calls = []

    @engine.action("greet", timeout=BRIEFLY, repeatable=False)
    def greet(_args: object, context: Context) -> None:
        calls.append(context.key)
        never.wait()

    deploy(GREETING)
    engine.track("ada", "go-live")
    for _ in range(3):
        engine.tick()
        clock.now += DAY

    assert len(calls) == 1
    assert engine.status().outbox == {"in doubt": 1}
    assert "no answer within 0.2 s" in engine.sent()[0].note
    assert _settled(database, "ada") == ["in doubt"]


@pytest.mark.parametrize(
    ("answer", "status", "note"),
    [
        ("yes", "in doubt", "the handler of greet answered with a str, no outcome"),
        (Wordless(), "in doubt", "the handler of greet answered with a Wordless, no outcome"),
        (Done(Wordless()), "done", '"an answer without JSON, a Wordless"'),  # type: ignore[arg-type]
        (Done(["sent", 1]), "done", '["sent", 1]'),
        (Retry(None, "soon"), "waiting", "a NoneType, no text"),  # type: ignore[arg-type]
        (Retry("busy", timedelta(days=-3)), "waiting", "busy"),
        (Rejected(3), "dead", "a int, no text"),  # type: ignore[arg-type]
        (InDoubt("x\0\udfff" * 2_000), "in doubt", "x?" * 1_000),
    ],
)
def test_nonsense_is_an_answer_too(
    engine: Engine, deploy: Callable[..., Path], answer: Any, status: str, note: str
) -> None:
    """Whatever a handler returns ends up as a status and a note, and holds up nobody."""

    @engine.action("greet")
    def greet(_args: object, _context: Context) -> Any:
        return answer

    deploy(GREETING)
    engine.track("ada", "go-live")
    _once(engine)

    [sent] = engine.sent()
    assert (sent.status, sent.note) == (status, note)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_handler_that_leaves_the_interpreter_leaves_only_its_call(
    engine: Engine, deploy: Callable[..., Path], repeatable: bool
) -> None:
    """`sys.exit` on a thread ends the thread, which others wait for."""

    @engine.action("greet", repeatable=repeatable)
    def greet(_args: object, context: Context) -> None:
        if context.customer == "ada":
            raise SystemExit(3)

    deploy(GREETING)
    engine.track("ada", "go-live")
    engine.track("bob", "go-live")
    _once(engine)

    assert engine.sent("ada")[0].status == ("waiting" if repeatable else "in doubt")
    assert engine.sent("bob")[0].status == "done"


def test_words_that_do_not_fit_are_rejected_with_a_sentence(
    engine: Engine, deploy: Callable[..., Path], database: Database
) -> None:
    """Trying again would end the same way."""

    class Greeting(BaseModel, extra="forbid"):
        loud: int

    calls: list[Greeting] = []

    @engine.action("greet")
    def greet(args: Greeting, _context: Context) -> None:
        calls.append(args)

    deploy(
        """
        playbook: welcome
        on: go-live
        steps: [{do: greet, with: {loud: very, long: 1}}]
        """
    )
    engine.track("ada", "go-live")
    engine.tick()

    assert calls == []
    [sent] = engine.sent()
    assert sent.status == "dead"
    assert "loud: Input should be a valid integer" in sent.note
    assert "long: Extra inputs are not permitted" in sent.note
    assert _settled(database, "ada") == ["failed"]


def test_what_cannot_be_read_from_the_outbox_is_given_up_and_holds_up_nobody(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """A row may be damaged by a hand or by a disk."""
    engine.action("greet", attempts=2)(_nothing)
    deploy(GREETING)
    engine.track("ada", "go-live")
    engine.track("bob", "go-live")
    engine.tick(perform=False)
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_outbox SET args = '{' WHERE customer = 'ada'")

    for _ in range(3):
        engine.tick()
        clock.now += MINUTE

    assert [sent.status for sent in engine.sent("ada")] == ["dead"]
    assert [sent.status for sent in engine.sent("bob")] == ["done"]


def test_an_action_nobody_performs_waits_for_somebody_without_losing_an_attempt(
    engine: Engine, another: Callable[..., Engine], deploy: Callable[..., Path], clock: Clock
) -> None:
    """A host may be deployed an hour after its playbooks."""
    deploy(GREETING)
    engine.track("ada", "go-live")
    for _ in range(60):
        engine.tick()
        clock.now += MINUTE
    [sent] = engine.sent()
    assert (sent.status, sent.attempt) == ("waiting", 0)
    assert sent.note == "no process that looked at it performs greet"

    attempts = []
    able = another()

    @able.action("greet")
    def greet(_args: object, context: Context) -> None:
        attempts.append(context.attempt)

    able.tick()

    assert attempts == [1]


@pytest.mark.parametrize("repeatable", [True, False])
def test_what_a_crashed_process_had_out_is_repeated_only_if_that_does_no_harm(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database, repeatable: bool
) -> None:
    """Nobody knows whether it was performed: the same key again, or in doubt and never again."""
    keys = []

    @engine.action("greet", repeatable=repeatable)
    def greet(_args: object, context: Context) -> None:
        keys.append((context.key, context.attempt))

    deploy(GREETING)
    engine.track("ada", "go-live")
    engine.tick(perform=False)
    [promise] = _taken(Outbox(database, "crashed"), clock.now, lease=MINUTE)

    engine.tick()
    assert keys == []  # The lease has not ended.
    clock.now += MINUTE
    for _ in range(3):
        engine.tick()
        clock.now += DAY

    if repeatable:
        assert keys == [(promise.key, 2)]
        assert engine.status().outbox == {"done": 1}
    else:
        assert keys == []
        assert engine.status().outbox == {"in doubt": 1}
        assert _settled(database, "ada") == ["in doubt"]


def test_a_lease_outlasts_the_timeout_of_its_own_kind(
    another: Callable[..., Engine], deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """Else a slow kind, taken up beside a quick one, would be called again while it runs."""
    slow, leases = another(margin=timedelta(minutes=2)), {}

    def note(_args: object, context: Context) -> None:
        sql = "SELECT due_at FROM cuebook_outbox WHERE key = ?"
        leases[context.step] = rows(database, sql, context.key)[0][0] - clock.now

    slow.action("greet", timeout=timedelta(minutes=10))(note)
    slow.action("notify", timeout=timedelta(minutes=1))(note)
    deploy("welcome: on go-live -> greet -> notify")
    slow.track("ada", "go-live")
    slow.tick()

    assert leases == {"greet-1": 12 * MINUTE, "notify-1": 3 * MINUTE}


@pytest.mark.parametrize("outcome", [Done(), Retry("later"), Rejected("no"), InDoubt("who knows")])
def test_a_zombie_settles_nothing(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database, outcome: Outcome
) -> None:
    """Whoever comes back after its lease has ended finds that another has taken its place."""
    engine.action("greet")(_nothing)
    deploy(GREETING)
    engine.track("ada", "go-live")
    engine.tick(perform=False)
    zombie, heir = Outbox(database, "zombie"), Outbox(database, "heir")
    [before] = _taken(zombie, clock.now, lease=MINUTE)
    [after] = _taken(heir, clock.now + MINUTE, lease=HOUR)

    for _ in range(2):
        with database.write() as connection:
            zombie.settle(connection, [(before, outcome)], clock.now, lambda _: 1)
        assert rows(database, "SELECT status, owner FROM cuebook_outbox") == [("sending", "heir")]
    with database.write() as connection:
        heir.settle(connection, [(after, Done())], clock.now, lambda _: 1)
    with database.write() as connection:  # Not even after all is over.
        heir.settle(connection, [(after, outcome)], clock.now, lambda _: 1)

    assert engine.status().outbox == {"done": 1}
    assert engine.status().inbox == 0


def test_what_has_come_back_outlives_a_commit_that_fails(
    engine: Engine, deploy: Callable[..., Path], database: Database
) -> None:
    """It was performed: it is written down later, and neither lost nor called again."""
    calls = []

    @engine.action("greet")
    def greet(_args: object, context: Context) -> None:
        calls.append(context.customer)

    deploy(GREETING)
    names = [f"c{n}" for n in range(40)]  # More than there are threads in one lane.
    for name in names:
        engine.track(name, "go-live")
    forbid(database, "cuebook_outbox", "status = 'done'")
    for _ in range(3):
        with pytest.raises(IntegrityError):
            engine.tick()
    first = list(calls)
    allow(database, "cuebook_outbox")

    engine.tick()

    assert len(first) <= 32
    assert sorted(calls) == sorted(names)
    assert engine.status().outbox == {"done": 40}


def test_a_slow_receiver_leaves_room_for_the_others(
    another: Callable[..., Engine], deploy: Callable[..., Path], never: threading.Event,
    engine: Engine,
) -> None:  # fmt: skip
    """A lane leaves threads to others, however much waits in it."""
    busy, calls = another(threads=4), []

    def lane(args: Mapping[str, Any]) -> str:
        return str(args["host"])

    @busy.action("greet", lane=lane, timeout=timedelta(minutes=5))
    def greet(args: Mapping[str, Any], context: Context) -> None:
        if args["host"] == "slow":
            never.wait()
        calls.append((args["host"], context.customer))

    busy.start()
    deploy(
        """
        playbook: slow
        on: go-live
        steps: [{do: greet, with: {host: slow}}]
        ---
        playbook: fast
        on: go-live
        steps: [{do: greet, with: {host: fast}}]
        """
    )
    names = [f"c{n:02}" for n in range(30)]
    for name in names:
        engine.track(name, "go-live")
    until(lambda: len(calls) == 30)
    assert sorted(calls) == [("fast", name) for name in names]

    never.set()
    until(lambda: busy.status().outbox == {"done": 60})
    assert len(calls) == 60


def test_stopping_waits_for_calls_that_are_out_and_takes_up_no_others(
    another: Callable[..., Engine], deploy: Callable[..., Path], never: threading.Event,
    engine: Engine,
) -> None:  # fmt: skip
    """What was begun is finished and written down; the rest waits for the next start."""
    busy, begun = another(threads=4), []

    @busy.action("greet")
    def greet(_args: object, context: Context) -> None:
        begun.append(context.customer)
        never.wait(10)

    deploy(GREETING)
    for n in range(10):
        engine.track(f"c{n}", "go-live")
    busy.start()
    until(lambda: len(begun) == 3)  # One thread is left to other lanes.
    threading.Timer(0.2, never.set).start()

    left = busy.stop()

    assert left == 0
    assert busy.status().outbox == {"done": len(begun), "waiting": 10 - len(begun)}
    assert busy.status().workers == []


def test_stopping_does_not_wait_for_ever(
    another: Callable[..., Engine], deploy: Callable[..., Path], clock: Clock,
    never: threading.Event, engine: Engine,
) -> None:  # fmt: skip
    """What hangs is left behind under its lease, counted, and repeated by the next process."""
    busy, begun = another(), []

    @busy.action("greet")
    def greet(_args: object, context: Context) -> None:
        begun.append(context.attempt)
        never.wait()

    deploy(GREETING)
    engine.track("ada", "go-live")
    busy.start()
    until(lambda: begun)
    assert busy.stop(timedelta(seconds=0.3)) == 1
    assert busy.status().outbox == {"sending": 1}

    never.set()
    clock.now += HOUR
    restarted = another()
    restarted.action("greet")(greet)
    restarted.tick()

    assert begun == [1, 2]
    assert restarted.status().outbox == {"done": 1}


def _nothing(_args: object, _context: Context) -> None:
    """Perform nothing, well."""


def _once(engine: Engine) -> None:
    """Decide, and perform each action once."""
    engine.tick(perform=False)
    engine.tick()


def _taken(outbox: Outbox, now: int, *, lease: int) -> list[Any]:
    with outbox.database.write() as connection:
        return outbox.take(connection, now, 10, lease=lambda _: lease, room=Room(10))


def _settled(database: Database, customer: str) -> list[str]:
    """Return how actions of a customer ended, as they came back to it and were decided about."""
    sql = """SELECT body FROM cuebook_inbox WHERE customer = ? AND kind = 'settled'
        AND number IS NOT NULL ORDER BY number"""
    return [json.loads(body)["ending"] for (body,) in rows(database, sql, customer)]
