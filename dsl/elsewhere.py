"""Words that have their place somewhere else: keys of another mapping, choices of other systems."""

from collections.abc import Mapping
from typing import Final

from .keys import ABOUT, KINDS_OF_STEP

__all__ = ["belongs", "meant_by"]

_MEANT: Final[Mapping[str, Mapping[str, str]]] = {
    "late": {
        **dict.fromkeys(("drop", "ignore", "leave out", "false", "no", "never", "none"), "skip"),
        **dict.fromkeys(("true", "yes", "always", "all", "now", "at once", "catch up"), "run"),
        **dict.fromkeys(("last", "newest", "run latest", "only latest", "coalesce"), "latest"),
    },
    "while running": {
        **dict.fromkeys(("ignore", "drop", "once", "single", "no"), "skip"),
        **dict.fromkeys(("replace", "reset", "cancel", "again"), "restart"),
        **dict.fromkeys(("allow", "many", "both", "all", "yes"), "parallel"),
    },
    "existing": {
        **dict.fromkeys(("skip", "no", "false", "never", "none"), "ignore"),
        **dict.fromkeys(("start", "include", "yes", "true", "all", "run"), "enter"),
    },
    "in flight": {
        **dict.fromkeys(("continue", "update", "migrate", "new"), "follow"),
        **dict.fromkeys(("finish", "keep", "old", "pin"), "finish old"),
        **dict.fromkeys(("cancel", "end", "abort", "kill"), "stop"),
    },
}
"""What other systems call the choices of a key."""


def meant_by(key: str, word: str) -> str | None:
    """Return the word of a key that somebody who wrote another one had in mind.

    >>> meant_by("late", "newest"), meant_by("late", "3 days")
    ('latest', None)
    """
    return _MEANT.get(key, {}).get(word.casefold())


def belongs(name: str) -> str | None:
    """Say where a key has a meaning; None where it has none, or where that would help nobody.

    >>> belongs("late")
    '`late:` is a key of the playbook: it stands beside `on:` and `steps:`'
    >>> belongs("otherwise")
    '`otherwise:` is a key of `choose:`'
    """
    of = [kind for kind, keys in KINDS_OF_STEP.items() if name in keys]
    if name in ABOUT and not of:
        return f"`{name}:` is a key of the playbook: it stands beside `on:` and `steps:`"
    if name in KINDS_OF_STEP or not of:
        return None
    return f"`{name}:` is a key of {' and '.join(f'`{kind}:`' for kind in of)}"
