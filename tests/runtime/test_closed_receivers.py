"""A receiver that is gone is left alone by everybody, until a person says otherwise."""

from collections.abc import Callable
from pathlib import Path

from cuebook.engine.contract import Context, Done, Outcome, Rejected
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.outbox import CLOSED_BY

from .playing import Clock

TELL = "tell: on go-live -> greet"


class Hook:
    """A receiver for each plan, some of which are gone."""

    def __init__(self, engine: Engine) -> None:
        self.called: list[str] = []
        self.gone = True
        engine.action("greet", lane=lambda args: str(args.get("to")))(self.hear)

    def hear(self, _: object, context: Context) -> Outcome:
        self.called.append(context.customer)
        return Rejected("it answered 410", closes=True) if self.gone else Done()


def told(engine: Engine, clock: Clock, *customers: str) -> None:
    """Let customers go live, one after the other."""
    for name in customers:
        engine.track(name, "go-live")
        clock.forward(0.001)
        engine.tick()


def test_nothing_more_is_sent_to_who_is_gone(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, another: Callable[..., Engine]
) -> None:
    """Also by another process, and after a restart: the dead letter is what closes it."""
    hook = Hook(engine)
    deploy(TELL)
    told(engine, clock, "ada", "bo")
    restarted = another()
    again = Hook(restarted)
    told(restarted, clock, "cy")

    notes = {letter.customer: letter.note for letter in engine.sent()}
    assert (hook.called, again.called) == (["ada"], [])
    assert notes["ada"] == "closed: it answered 410"
    assert notes["bo"].startswith(
        "not sent: its receiver takes nothing more, as it said to tell/ada/"
    )
    assert {letter.status for letter in engine.sent()} == {"dead"}


def test_who_is_asked_again_and_answers_is_open(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """One retry opens it for all; those that were held up are retried like any other."""
    hook = Hook(engine)
    deploy(TELL)
    told(engine, clock, "ada", "bo")
    hook.gone = False

    engine.retry(engine.sent("ada")[0].key)
    engine.tick()
    engine.retry()
    engine.tick()
    told(engine, clock, "cy")

    assert hook.called == ["ada", "ada", "bo", "cy"]
    assert {letter.status for letter in engine.sent()} == {"done"}


def test_who_is_dismissed_counts_as_open(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """The address is another one now, or somebody has looked after it."""
    hook = Hook(engine)
    deploy(TELL)
    told(engine, clock, "ada")
    hook.gone = False

    engine.dismiss(engine.sent("ada")[0].key, by="mia", why="moved")
    told(engine, clock, "bo")

    assert hook.called == ["ada", "bo"]


def test_another_receiver_is_none_of_its_business(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """What is closed is one lane."""
    hook = Hook(engine)
    deploy("""\
        playbook: tell
        on: go-live
        steps: [{do: greet, with: {to: "{{ customer.plan }}"}}]
        """)
    for name, plan in (("ada", "a"), ("bo", "b"), ("cy", "a")):
        engine.identify(name, plan=plan)
    told(engine, clock, "ada", "bo", "cy")

    assert hook.called == ["ada", "bo"]


def test_a_lane_of_any_length_is_closed_by_its_own_answer(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """What a host calls a lane may be longer than an index takes, and is another one at its end."""
    called = []

    def hear(_: object, context: Context) -> Outcome:
        called.append(context.customer)
        return Rejected("gone", closes=True)

    engine.action("greet", lane=lambda args: "x" * 5_000 + str(args["to"]))(hear)
    deploy("""\
        playbook: tell
        on: go-live
        steps: [{do: greet, with: {to: "{{ customer.plan }}"}}]
        """)
    for name, plan in (("ada", "a"), ("bo", "b"), ("cy", "a")):
        engine.identify(name, plan=plan)
    told(engine, clock, "ada", "bo", "cy")

    assert called == ["ada", "bo"]


def test_what_closes_a_lane_is_found_by_an_index(database: Database) -> None:
    """It is asked before each call, and dead letters may be many."""
    texts = dict.fromkeys(["customer", "playbook", "run", "step", "kind", "args", "owner"], "")
    about = texts | {"status": "dead", "attempt": 1, "decided_at": 0}
    letters = [
        (f"k{n:05}", f"lane {n}", "closed: gone" if n % 10 else "x", *about.values())
        for n in range(3_000)
    ]
    with database.write() as connection:
        database.insert(connection, "cuebook_outbox", ("key", "lane", "note", *about), letters)
        database.run(connection, "ANALYZE cuebook_outbox")

    with database.read() as connection:
        plan = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        told = database.rows(connection, f"{plan} {CLOSED_BY}", "lane 7", "k1")
        found = database.rows(connection, CLOSED_BY, "lane 7", "k1")

    assert "cuebook_outbox_closed" in f"{told}"
    assert found == [("k00007",)]
