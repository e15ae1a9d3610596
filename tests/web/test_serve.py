"""`cuebook serve` as a process: where it listens, how it ends, and what it cannot do."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.schema import upgrade

from ..runtime.serving import PATIENCE_S, ask, environment


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a database that holds our tables and nothing in them."""
    database = Database(f"sqlite:///{tmp_path / 'plays.db'}")
    upgrade(database)
    database.pool.dispose()
    return f"sqlite:///{tmp_path / 'plays.db'}"


@contextmanager
def serving(url: str, *words: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield where a server listens, and its process; it is told to stop at the end."""
    line = [sys.executable, "-m", "cuebook.cli.main", "serve", "--port", "0", "--db", url, *words]
    process = subprocess.Popen(
        [*line, "--format", "json"], env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)


def test_it_tells_where_it_listens_and_ends_when_it_is_told_to(url: str) -> None:
    """Whoever starts it for a script needs its address and an end with a code."""
    with serving(url, "--run") as (address, process):
        told = {"status": "ok", "decides": True, "idle": True}
        assert ask(f"{address}/health") == (200, told)

    assert process.returncode == Exit.CLEAN


def test_a_port_that_is_taken_is_told_with_what_to_type(url: str) -> None:
    """Two servers on one port is the commonest slip of all."""
    with serving(url) as (address, _):
        port = address.rpartition(":")[2]
        words = ["serve", "--port", port, "--db", url]
        second = subprocess.run(
            [sys.executable, "-m", "cuebook.cli.main", *words],
            env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip

    assert second.returncode == Exit.MISUSE
    assert f"127.0.0.1 port {port} cannot be listened on: " in second.stderr
    assert " next: cuebook serve --port 0\n" in second.stderr
