"""Waiting for what happens on other threads: until it does, or for much longer than it may take."""

import time
from collections.abc import Callable

__all__ = ["until"]


def until(happened: Callable[[], object], seconds: float = 30.0) -> None:
    """Return as soon as something has happened; AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError(f"it has not happened within {seconds:g} s")
