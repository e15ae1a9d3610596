"""What a forked process must not share with the one it came from: connections, threads, locks, names.

Servers that load an application once and then fork (gunicorn with `--preload`) construct an engine
before the fork and start it after.
"""

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["Forked", "renew_in_children"]


class Forked(Protocol):
    """Something that may find itself in another process."""

    def forked(self) -> None:
        """Begin anew: we are in a child, and what we hold belongs to the parent."""


_holders: WeakSet[Forked] = WeakSet()


def renew_in_children(holder: Forked) -> None:
    """Call `holder.forked()` in every process that is forked from this one, as long as it lives."""
    _holders.add(holder)


def _in_child() -> None:
    for holder in list(_holders):
        holder.forked()


os.register_at_fork(after_in_child=_in_child)
