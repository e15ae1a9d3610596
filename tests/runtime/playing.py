"""What the tests of the runtime share: a clock, small projects on disk, and looks at the tables."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.tables import METADATA

START = parse_instant("2026-01-01T10:00", UTC)
"""When the clock of a test stands still first."""
SETTINGS = """\
project: shop
timezone: UTC
attributes: {name: text, plan: text, seats: number, churned: boolean, renewal_date: date}
events: {login: {}, go-live: {}, purchase: {amount: number, order: text}, paid: {order: text}}
kinds: [greet]
"""


class Clock:
    """The time, in microseconds UTC; it stands still until it is moved."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, days: float) -> int:
        """Let so many days go by, back for less than none; return the time."""
        self.now += round(days * DAY)
        return self.now


def write_project(
    folder: Path,
    *playbooks: str,
    settings: str = SETTINGS,
    actions: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a project, each playbook as YAML or, without a `playbook:` key, as lines of rules.

    What was written there before goes away. `files` are further files by path. Returns the folder.
    """
    for old in folder.rglob("*.*"):
        old.unlink()
    (folder / "playbooks").mkdir(parents=True, exist_ok=True)
    (folder / "cuebook.yaml").write_text(settings)
    if actions:
        (folder / "actions.yaml").write_text(dedent(actions))
    for number, text in enumerate(playbooks):
        ending = "yaml" if "playbook:" in text else "play"
        (folder / "playbooks" / f"p{number}.{ending}").write_text(dedent(text))
    for path, text in (files or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(dedent(text))
    return folder


def rows(database: Database, sql: str, *parameters: Any) -> list[Any]:
    """Return what a query finds, `?` marking its parameters."""
    with database.read() as connection:
        return database.rows(connection, sql, *parameters)


def wipe(database: Database) -> None:
    """Empty every table of ours, for tests that begin anew many times."""
    with database.write() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
