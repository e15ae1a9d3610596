"""The kinds of action there are: a host's own, and those that installed packages bring along."""

import logging
from importlib.metadata import EntryPoint, entry_points

from .contract import Action

__all__ = ["Registry"]

_log = logging.getLogger("cuebook.actions")


class Registry:
    """Finds what performs a kind of action; a host's own come before those of packages.

    Packages name theirs under the entry points `cuebook.actions`; each is loaded when its kind is
    first asked for.
    """

    def __init__(self) -> None:
        self._own: dict[str, Action] = {}
        self._offered = {point.name: point for point in entry_points(group="cuebook.actions")}

    @property
    def kinds(self) -> frozenset[str]:
        """Return every kind that can be performed here."""
        return frozenset(self._own) | frozenset(self._offered)

    def add(self, action: Action) -> None:
        """Take a host's own kind of action."""
        self._own[action.kind] = action

    def find(self, kind: str) -> Action | None:
        """Return what performs a kind, or None when nothing here does.

        What a package offers and cannot be loaded, or is no action, is told in the log once and
        counts as not being there.
        """
        known = self._own.get(kind)
        if known is None and kind in self._offered:
            known = _loaded(self._offered.pop(kind))
            if known is not None:
                self._own[kind] = known
        return known

    def close(self) -> None:
        """Let actions that were found here let go of what they keep between calls."""
        for known in self._own.values():
            if known.close is None:
                continue
            try:
                known.close()
            except Exception:  # noqa: BLE001 - anything may come out of somebody else's function
                _log.exception("the action %s cannot be closed", known.kind)


def _loaded(offer: EntryPoint) -> Action | None:
    try:
        found = offer.load()
    except Exception as trouble:  # noqa: BLE001 - a package of somebody else's runs here
        said = "the action %s cannot be loaded from %s: %s"
        _log.exception(said, offer.name, offer.value, trouble)
        return None
    if not isinstance(found, Action):
        _log.error("the action %s is no Action: %s is something else", offer.name, offer.value)
        return None
    return found
