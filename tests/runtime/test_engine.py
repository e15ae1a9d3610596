"""The front door: what is told comes to decisions, runs and letters, on either database."""

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
