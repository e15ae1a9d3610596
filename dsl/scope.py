"""What the names in a text may stand for, which depends on where the text stands."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal

from ..engine.core.fixed import node
from ..engine.core.vocabulary import Type, Vocabulary, fold

__all__ = ["Scope", "declared"]


@node
class Scope:
    """The declarations, the trigger's event and the event being looked at."""

    vocabulary: Vocabulary
    trigger_event: str | tuple[str, ...] | None = None
    """The declared event, or events, that start the run: what `event.x` is a property of."""
    window: Literal["all", "since trigger", "period"] = "all"
    """Where `has`, `no` and `count of` look when the author names no window; all do in a `period`."""
    item_event: str | None = None
    """The event whose properties bare names are: inside `where (…)`."""
    has_trigger: bool = False
    """Whether there is a run, so that `since trigger` means something."""
    words: bool = False
    """Whether `with.…` is what an action is given, as in a `never:`."""
    answers: tuple[str, ...] = ()
    """The names that the run gives the answers to its actions."""
    asked: frozenset[str] = frozenset()
    """The attributes that the playbook asks for when it begins: none of them is a surprise later."""
    given: Mapping[str, Type] = field(default_factory=dict)
    """What triggers that are no events give a run: `event.old`, or the fields of a record."""
    change: Type | None = None
    """What `old` and `new` are: inside the `where (…)` of a change."""
    first: str | None = None
    """The event that `first.x` is a property of: inside the `where (…)` of what follows it."""
    first_starts: bool = False
    """Whether that event is the trigger of the run, too."""
    each: Type | None = None
    """What `each` is in the templates of a step with `for each:`."""
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
        return dict(self.given) | {
            name: type_
            for event in reversed(self.trigger_events)
            for name, type_ in events.get(event, {}).items()
        }

    @property
    def item_properties(self) -> Mapping[str, Type]:
        """The properties that a bare name may name inside `where (…)`."""
        if self.change is not None:
            return {"old": self.change, "new": self.change}
        return self.vocabulary.events.get(self.item_event or "", {})


def declared(name: str, known: Iterable[str]) -> str | None:
    """Return the declared spelling of a name, or None where nothing folds to the same."""
    if isinstance(known, Mapping) and name in known:
        return name
    wanted = fold(name)
    return next((one for one in known if fold(one) == wanted), None)
