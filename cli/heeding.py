"""Signals as wishes: the first asks a process to stop, the second one is an order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["heeding"]


@contextmanager
def heeding() -> Iterator[threading.Event]:
    """Hear SIGTERM and SIGINT as a wish to stop; the second one is an order."""
    stopping = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
