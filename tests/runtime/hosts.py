"""A host to embed the engine in: a small project, and what became of it."""

from datetime import UTC, datetime
from pathlib import Path

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine

from .playing import write_project

__all__ = ["NOON", "Desk", "write_host"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""

_ACTIONS = """\
actions:
  hello:
    do: greet
    with: {text: "hello {{ customer.id }}"}
"""


def write_host(folder: Path) -> Path:
    """Write a project whose one action the host performs, and return where it is."""
    rules = 'welcome: on go-live -> hello\nupgraded: when plan == "growth" -> hello\n'
    return write_project(folder, rules, actions=_ACTIONS)


class Desk:
    """A host's own action `greet`, and whom it has greeted, in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.greeted: list[str] = []
        engine.action("greet")(self.greet)

    def greet(self, args: dict[str, str], _context: Context) -> None:
        """Greet a customer."""
        self.greeted.append(args["text"])
