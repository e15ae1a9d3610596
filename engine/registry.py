"""The kinds of action there are: a host's own, and those that installed packages bring along."""

from importlib.metadata import entry_points

from .contract import Action

__all__ = ["Registry"]


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

        Raises TypeError when a package offers something that is no action.
        """
        known = self._own.get(kind)
        if known is None and kind in self._offered:
            known = self._offered[kind].load()
            if not isinstance(known, Action):
                raise TypeError(f"the entry point {kind} of cuebook.actions is no Action")
            self._own[kind] = known
        return known
