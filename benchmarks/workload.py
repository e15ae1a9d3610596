"""The work the durable engine is measured on, in the terms of its front door."""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from places import Place, tables

from cuebook.dsl import compile_project
from cuebook.engine.core.plan import Project
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.intake import change, happening
from cuebook.engine.runtime.mail import Letter

__all__ = [
    "DAY",
    "START",
    "engine",
    "going_live",
    "introductions",
    "orders",
    "project",
    "timed",
    "waiting",
]

START = 1_800_000_000_000_000
"""When everything here happens, microseconds since 1970 UTC."""
DAY = 86_400_000_000

_VOCABULARY = """\
project: bench
timezone: UTC
attributes:
  plan: {one of: [free, growth, enterprise]}
  seats: number
events:
  order: {amount: number}
  go-live: {}
kinds: [greet]
"""
_PLAYBOOKS = """\
playbook: thanks
on: order
if: plan in ["growth", "enterprise"] and seats > 3
steps:
  - do: greet
    with: {text: "Thank you for {{ event.amount }}, {{ customer.id }}"}
---
playbook: check-in
on: go-live
steps:
  - wait: 7 days
  - do: greet
    with: {text: "How is it going, {{ customer.id }}?"}
"""


def project() -> Project:
    """Return the program: an action for an order, another a week after going live."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "cuebook.yaml").write_text(_VOCABULARY, encoding="utf-8")
        (folder / "playbooks").mkdir()
        (folder / "playbooks" / "both.yaml").write_text(_PLAYBOOKS, encoding="utf-8")
        compiled = compile_project(folder)
        assert compiled.project is not None, list(compiled.report)
        assert len(compiled.project.plans) == 2
        return compiled.project


def engine(
    url: str, clock: Callable[[], int] | None = None, heard: Callable[[str], None] = len
) -> Engine:
    """Return an engine that performs `greet` by doing nothing, and tells `heard` whom it greeted."""
    made = Engine(url, clock=clock)

    @made.action("greet")
    def greet(_args: object, context: object) -> None:
        heard(context.customer)

    return made


def introductions(customers: int) -> Iterable[Letter]:
    """Say what is known of each customer."""
    for number in range(customers):
        values = {"plan": ("growth", "enterprise")[number % 2], "seats": 4 + number % 50}
        yield change(f"c{number}", values, now=START)


def orders(customers: int) -> Iterable[Letter]:
    """Let each customer order once; every order has a name of its own."""
    for number in range(customers):
        amount = {"amount": number % 100}
        at = START + DAY + number
        yield happening(f"c{number}", "order", amount, now=START, at=at, id=f"order-{number}")


def going_live(customers: int) -> Iterable[Letter]:
    """Let each customer go live once."""
    for number in range(customers):
        yield happening(
            f"c{number}", "go-live", now=START, at=START + DAY + number, id=f"live-{number}"
        )


def waiting(place: Place, timers: int) -> str:
    """Return the URL of a database where so many customers wait."""
    url = tables(place)
    made = engine(url, clock=lambda: START)
    made.deploy(project())
    made.track_many(introductions(timers))
    made.track_many(going_live(timers))
    made.tick(START + 2 * DAY)
    made.database.pool.dispose()
    place.settle(url)
    return url


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds of the wall clock `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
