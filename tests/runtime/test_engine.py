"""The front door: what is told comes to decisions, runs and letters, on either database."""

import threading
from collections.abc import Callable
from pathlib import Path

from cuebook.engine.contract import Context
from cuebook.engine.runtime.engine import Engine

from .playing import START, Clock


def test_what_is_told_is_decided_and_performed(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """The shortest way through all rooms."""
    greeted: list[tuple[object, str, str]] = []

    @engine.action("greet")
    def greet(args: object, context: Context) -> None:
        greeted.append((args, context.customer, context.step))

    deploy("welcome: on go-live -> greet")

    clock.forward(1)
    engine.track("ada", "go-live")
    ticked = engine.tick()

    assert greeted == [({}, "ada", "greet-1")]
    assert (ticked.actions, ticked.settled) == (1, 1)
    [run] = engine.runs("ada")
    assert (run.playbook, run.started_at) == ("welcome", clock.now)
    assert len(run.version) > 4, "which version decided it, though it was over at once"
    assert clock.now > START


def test_an_engine_that_ticked_and_was_stopped_leaves_no_thread_behind(
    engine: Engine, deploy: Callable[..., Path]
) -> None:
    """A host with its own scheduler may make one engine after the other, and tick again later."""
    deploy("welcome: on go-live -> greet")
    engine.action("greet")(lambda _args, _context: None)
    known = set(threading.enumerate())

    for name in ("ada", "bob"):
        engine.track(name, "go-live")
        assert engine.tick().settled == 1
        mine = set(threading.enumerate()) - known
        assert mine
        assert engine.stop() == 0
        for thread in mine:
            thread.join(60)
        assert not any(thread.is_alive() for thread in mine)
