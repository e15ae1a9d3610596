"""Processes as a user would start them: a server that is waited for and told to stop, and requests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE_S = 60
"""How long a slow machine may take before a test gives up."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that finds the rooms."""
    return os.environ | {"PYTHONPATH": str(ROOT / ".typing"), "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def python(*words: str, cwd: Path, **more: str) -> str:
    """Run Python to its end, and return what it says."""
    done = subprocess.run(
        [sys.executable, *words], check=False, cwd=cwd, env=environment(**more),
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def running(*words: str, cwd: Path, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that runs until the block is left, and ends well when it is told to."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=cwd, env=environment(**more), stdout=said, stderr=said
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)


def ask(url: str, *, method: str | None = None, body: object = None) -> tuple[int, Any]:
    """Return status and answer of a request: GET, or POST with a body."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - a server of ours
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, None


def until(look: Callable[[], Any], log: Path) -> Any:
    """Look until there is something to see, and return it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if seen := look():
                return seen
        except OSError:
            pass  # The server is not there yet, or just went away.
        time.sleep(0.05)
    raise AssertionError(f"nothing came of it; the server says\n{log.read_text()}")
