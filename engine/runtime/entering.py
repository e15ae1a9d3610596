"""What comes in as a program declares it; what it does not declare, as a later program does.

Nothing is dropped for want of a declaration: the log keeps it as it came. When the log is read
again for a program that does declare it, it is history for that program.
"""

from collections.abc import Iterable, Mapping

from ..core.door import Door, Problem
from ..core.vocabulary import Vocabulary
from ..core.zone import Zone

__all__ = ["Entrance"]


class Entrance:
    """The door of a program, and behind it those of later ones for what that one does not know."""

    def __init__(self, words: Vocabulary, later: Iterable[Vocabulary] = ()) -> None:
        self._words = words
        self._door = Door(words)
        self._later = [(other, Door(other)) for other in later]

    def attributes(
        self, raw: Mapping[str, object], there: Zone
    ) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
        """Return a customer's values as declared, and what was wrong; see `Door`."""
        return self._door.attributes(raw, there)

    def event(
        self, name: str, raw: Mapping[str, object], there: Zone
    ) -> tuple[str, Mapping[str, object], tuple[Problem, ...]]:
        """Return an event's declared name and properties, and what was wrong; see `Door`."""
        found, values, problems = self._door.event(name, raw, there)
        if not problems or not any(problem.undeclared for problem in problems):
            return found, values, problems
        known = self._words.events.get(found, {})
        taken, strange = _parted(values, known)
        for words, door in self._later:
            later, more, _ = door.event(found, strange, there)
            if later in words.events:
                own, strange = _parted(more, words.events[later])
                found, taken = later, taken | own
        return found, taken | strange, problems


def _parted(
    values: Mapping[str, object], known: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the values of names that are known, and the others."""
    own = {name: value for name, value in values.items() if name in known}
    return own, {name: value for name, value in values.items() if name not in own}
