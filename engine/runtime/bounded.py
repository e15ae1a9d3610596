"""Functions of the host, waited for only so long: one that hangs holds up nobody else."""

import threading
from collections.abc import Callable
from typing import Final

__all__ = ["Bounded", "Hanging"]

_MOST_STUCK: Final = 4
"""How many calls of one function may hang before it is called no more, until one comes back."""


class Hanging(Exception):  # noqa: N818 - its docstring is its sentence
    """The function has not come back in time and was left behind."""


class Bounded:
    """Calls one function on threads of its own and leaves behind what does not come back.

    Used by one thread. What comes back too late is nobody's any more.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._stuck: list[threading.Thread] = []

    @property
    def stuck(self) -> bool:
        """Whether so many calls hang that it had better not be called."""
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        return len(self._stuck) >= _MOST_STUCK

    def call(self, function: Callable[[], object]) -> object:
        """Return what a function returns. Raises what it raises, and Hanging when it does not come back."""
        ended: list[tuple[object, BaseException | None]] = []

        def run() -> None:
            try:
                ended.append((function(), None))
            except BaseException as trouble:  # noqa: BLE001 - SystemExit too: it is told to the caller
                ended.append((None, trouble))

        thread = threading.Thread(target=run, daemon=True, name="cuebook-signal")
        thread.start()
        thread.join(self._timeout_s)
        if not ended:
            self._stuck.append(thread)
            raise Hanging
        answer, trouble = ended[0]
        if trouble is not None:
            raise trouble
        return answer
