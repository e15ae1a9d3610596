"""A receiver that is gone is left alone by everybody, until a person says otherwise."""

from collections.abc import Callable
from pathlib import Path

from cuebook.engine.contract import Context, Done, Outcome, Rejected
from cuebook.engine.runtime.engine import Engine

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
