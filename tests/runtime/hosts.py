"""A host to embed the engine in: a small project, and what became of it."""

from datetime import UTC, datetime
from pathlib import Path

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine

__all__ = ["NOON", "Desk", "put", "write_project"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""

PROJECT = {
    "cuebook.yaml": """
project: host
timezone: UTC
attributes:
  plan: text
  seats: number
  renewal_date: date
events:
  go-live: {}
kinds: [greet]
""",
    "actions.yaml": """
actions:
  hello:
    do: greet
    with: {text: "hello {{ customer.id }}"}
""",
    "playbooks/host.play": """
welcome: on go-live -> hello
upgraded: when plan == "growth" -> hello
""",
}


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return folder


def write_project(folder: Path) -> Path:
    """Write the small project, and return where it is."""
    return put(folder, PROJECT)


class Desk:
    """A host's own action `greet`, and whom it has greeted, in order."""

    def __init__(self, engine: Engine) -> None:
        self.greeted: list[str] = []
        engine.action("greet")(self.greet)

    def greet(self, args: dict[str, str], __context: Context) -> None:
        """Greet a customer."""
        self.greeted.append(args["text"])
