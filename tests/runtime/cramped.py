"""A process that may not make its files any larger: told of customers, then deciding about them.

`python -m tests.runtime.cramped FILE PROJECT` prints what became of it as JSON.
"""

import json
import logging
import resource
import sys
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import reason

from .patience import until

__all__ = ["live"]

_ROOM = 100_000
"""How much larger than it is the database's largest file may become, in bytes."""


class _Heard(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.said.append(record.getMessage())


def live(file: Path, project: Path) -> dict[str, Any]:
    """Tell until there is no room, run without room and then with it; return what became of it."""
    heard, log = _Heard(), logging.getLogger("cuebook.loop")
    log.addHandler(heard)
    engine = Engine(f"sqlite:///{file}")

    @engine.action("greet")
    def greet(_args: object, context: Context) -> None:
        """Nothing has to be done."""

    engine.deploy(project)
    _limit(max(one.stat().st_size for one in file.parent.glob(f"{file.name}*")) + _ROOM)
    taken, refusal = _tell(engine)
    engine.start()
    until(lambda: any("next try" in line for line in heard.said))
    cramped = engine.status()
    _limit(resource.RLIM_INFINITY)
    until(lambda: engine.status().outbox == {"done": taken})
    engine.stop()
    return {
        "taken": taken,
        "refusal": refusal,
        "log": next(line for line in heard.said if "next try" in line),
        "parked": [*cramped.parked, *engine.status().parked],
        "outbox": engine.status().outbox,
    }


def _tell(engine: Engine) -> tuple[int, str]:
    """Tell of customers until that is refused; return how many were taken, and the refusal."""
    for taken in count():
        try:
            engine.track(f"c{taken}", "go-live", {"why": "x" * 500})
        except OperationalError as trouble:
            return taken, reason(trouble)
    raise AssertionError("it never ends")


def _limit(size: int) -> None:
    """Let no file become larger; what would be written beyond fails as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


if __name__ == "__main__":
    print(json.dumps(live(Path(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201 - it is read
