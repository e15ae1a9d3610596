"""The part of an engine that has functions of the host for signals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .supplying import Function, Suppliers, supplier
from .tending import Tending

__all__ = ["Supplied"]


class Supplied(Tending):
    """Asks the host for what it declares `from: host`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._suppliers = Suppliers(self.database)

    def signal(
        self,
        name: str,
        *,
        every: timedelta = timedelta(days=1),
        soonest: timedelta = timedelta(minutes=1),
        most: int = 100,
        timeout: timedelta = timedelta(seconds=10),
    ) -> Callable[[Function], Function]:
        """Make a function of the host supply a signal that is declared `from: host`.

        It is called with a customer and its attributes (instants as datetimes, None for what is
        missing), and returns the value, or None where there is none; `async` or not, on a thread of
        its own, never inside a transaction. It is asked when a customer is first heard of and again
        when something was heard, no sooner than `soonest` after the last time and no later than
        `every`; about at most `most` customers a second. What it answers enters as a change of the
        attribute, if it is one. When it raises, gives no answer within `timeout`, or answers what
        the signal cannot be, a notice says so and nothing changes; when four of its calls hang, it is
        called no more in this process until one of them comes back. Register it in every process
        that decides.
        Raises ValueError for a pace that never rests, for a `timeout` of nothing or of more than a
        minute, and for a second function for one signal.
        """
        if name in self._suppliers.functions:
            raise ValueError(f"the signal {name} has a function already")

        def take(function: Function) -> Function:
            self._suppliers.functions[name] = supplier(
                name, function, every, soonest, most, timeout
            )
            return function

        return take
