"""Who runs the loop on a SQLite file: the process that holds its lock, until it lets go or dies."""

import fcntl
import logging
import os
import threading
from pathlib import Path
from typing import Final

__all__ = ["Leadership"]

_log = logging.getLogger("cuebook.loop")
_SUFFIX: Final = ".cuebook-lock"


class Leadership:
    """A lock beside a database file; the operating system takes it back from the dead."""

    def __init__(self, file: str | None) -> None:
        """Without a file (PostgreSQL, or memory) everybody leads."""
        self._path = Path(file + _SUFFIX) if file and file != ":memory:" else None
        self._handle: int | None = None
        self._asking = threading.Lock()

    def held(self) -> bool:
        """Take the lock if nobody has it; return whether it is ours."""
        if self._path is None:
            return True
        # Our own threads ask one at a time: else one would find the lock taken by the other.
        with self._asking:
            return self._handle is not None or self._taken(self._path)

    def _taken(self, path: Path) -> bool:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        _sign(handle)
        return True

    def release(self) -> None:
        """Let somebody else have it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _sign(handle: int) -> None:
    """Write down for people who holds the lock; on a full disk it is held without."""
    try:
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except OSError as trouble:
        _log.warning("cannot write into the lock who holds it: %s", trouble)
