"""What the names in a text may stand for, which depends on where the text stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..engine.core.vocabulary import Type, Vocabulary, fold

__all__ = ["Scope", "declared"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scope:
    """The declarations, the trigger's event and the event being looked at."""

    vocabulary: Vocabulary
    trigger_event: str | tuple[str, ...] | None = None
    """The declared event, or events, that start the run: what `event.x` is a property of."""
    window: Literal["all", "since trigger"] = "all"
    """Where `has`, `no` and `count of` look when the author names no window."""
    item_event: str | None = None
    """The event whose properties bare names are: inside `where (…)`."""
    has_trigger: bool = False
    """Whether there is a run, so that `since trigger` means something."""
    record: Type | None = None
    """What the items of the list are that bare names look into: inside `contacts where (…)`."""
    record_of: str = ""
    """The list, as it is written."""

    @property
    def trigger_events(self) -> tuple[str, ...]:
        """The events that may have started the run."""
        if self.trigger_event is None:
            return ()
        return (self.trigger_event,) if isinstance(self.trigger_event, str) else self.trigger_event

    @property
    def trigger_properties(self) -> Mapping[str, Type]:
        """The properties that `event.x` may name: those of any of the trigger's events."""
        events = self.vocabulary.events
        return {
            name: type_
            for event in reversed(self.trigger_events)
            for name, type_ in events.get(event, {}).items()
        }

    @property
    def item_properties(self) -> Mapping[str, Type]:
        """The properties that a bare name may name inside `where (…)`."""
        return self.vocabulary.events.get(self.item_event or "", {})


def declared(name: str, known: Iterable[str]) -> str | None:
    """Return the declared spelling of a name, or None where nothing folds to the same."""
    if isinstance(known, Mapping) and name in known:
        return name
    wanted = fold(name)
    return next((one for one in known if fold(one) == wanted), None)
