"""How a command ends: codes with names, and the one way to stop early with advice."""

from enum import IntEnum

__all__ = ["Exit", "Misuse"]


class Exit(IntEnum):
    """The exit code of every command; the numbers never change."""

    CLEAN = 0
    """Done, and nothing to complain about. Warnings do not change this."""
    FOUND = 1
    """Done, and something was found: a mistake in a playbook, a test that failed."""
    MISUSE = 2
    """The command could not start: unknown words, missing files."""
    BROKEN = 70
    """A mistake of cuebook itself; `CUEBOOK_DEBUG=1` shows where."""
    INTERRUPTED = 130
    """Stopped with Ctrl-C."""
    UNREAD = 141
    """Whoever read the output closed it (`cuebook … | head`); said with the code, not with words."""


class Misuse(Exception):  # noqa: N818 - named for what the user did; Exit.MISUSE is its code
    """The command cannot go on as it was typed; `next_command` is what to type instead."""

    def __init__(self, message: str, next_command: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_command = next_command
