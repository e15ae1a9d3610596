"""What performs an action: the words it takes, what it is told, and how it may end.

A handler is any function of two values, `(args, context)`, that answers with an `Outcome`. It may
be called again with the same `context.key`: a crash between the call and its record repeats it.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, get_type_hints

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from .core.plan import Json
from .core.takes import Takes
from .core.tasking import Priority

__all__ = [
    "PLAIN",
    "Action",
    "Context",
    "Details",
    "Done",
    "Event",
    "Handler",
    "InDoubt",
    "Opened",
    "Outcome",
    "Postponed",
    "Priority",
    "Refused",
    "Rejected",
    "Retry",
    "Tasks",
    "action",
    "sentence",
]


_log = logging.getLogger("cuebook.actions")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to the customer while an action was performed: playbooks can wait for it."""

    name: str
    properties: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """It was performed."""

    answer: Json = None
    """What the other side said: for people to see, and for the run where its step says `as:`."""
    events: tuple[Event, ...] = ()
    """Told to the engine in the transaction that writes down how it ended: all of them, or none."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It was not performed, and may be later."""

    reason: str
    after: timedelta | None = None
    """Not before; None leaves it to the engine's own backing off."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was not performed and never will be: trying again would end the same way."""

    reason: str
    events: tuple[Event, ...] = ()
    """As those of `Done`."""
    closes: bool = False
    """Whether its receiver takes nothing more at all: whatever else shares its lane is not sent
    either, until a person retries or dismisses this one. Only for kinds that have a `lane`."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody can know whether it was performed; a person decides whether to try again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be performed: a limit, a promise or a gate of the application says so."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """It may not be performed yet, which costs no attempt."""

    until: int
    """Microseconds since 1970 UTC."""
    reason: str


Outcome = Done | Retry | Rejected | InDoubt | Refused | Postponed


@dataclass(frozen=True, slots=True)
class Details:
    """What there is to say about a task besides its title."""

    assignee: str = ""
    """A person, or `least loaded of TEAM`; empty for whoever takes it."""
    due: str = ""
    """By when it is wanted: `2 business days` after it was decided, a date, or an instant."""
    body: str = ""
    priority: Priority = "normal"
    checklist: tuple[str, ...] = ()
    escalate_to: str = ""
    """Who is to have it when nobody has done it in time; a person or a team, like `assignee`."""
    escalate_after: str = ""
    """How long after it was due; by default at once. Without `due` counted from the decision."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A task as it stands in the book."""

    key: str
    assignee: str
    """Empty where nobody of the team has room."""
    wanted_at: datetime | None
    """In UTC."""


PLAIN: Final = Details()
"""Of a task of which there is nothing more to say."""


class Tasks(Protocol):
    """Where tasks for people are kept."""

    def open(self, key: str, title: str, details: Details = PLAIN) -> Opened | None:
        """Open a task; one that is there under this key stays as it is.

        None for a customer who was erased meanwhile. Raises ValueError for a team that there is
        not, and for a `due` that is no time.
        """

    def escalate(self, key: str) -> bool:
        """Hand a task on as it was opened to be; return whether it still waited for somebody."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler is told about the promise it keeps."""

    key: str
    """The same in every attempt: hand it on, so that the other side can tell a repetition."""
    customer: str
    playbook: str
    run: str
    step: str
    attempt: int
    """1 for the first."""
    decided_at: datetime
    """In UTC."""
    tasks: Tasks


LIMITS_READ: Final = ("purpose", "messages")
"""Words that any action may be given: what it is for, and what a digest takes the place of."""
Handler = Callable[[Any, Context], Outcome | None]


@dataclass(frozen=True, slots=True)
class Action:
    """A kind of action: how it is performed, and what may be done when that fails."""

    kind: str
    handler: Handler
    words: type[BaseModel] | None = None
    """The model its `with:` has to fit; None takes any mapping."""
    repeatable: bool = True
    """Whether it may be performed again when nobody knows how it ended."""
    attempts: int = 8
    """How often it is tried before it becomes a dead letter."""
    timeout: timedelta = timedelta(seconds=30)
    """How long a call may take before it counts as hanging."""
    lane: Callable[[Mapping[str, Json]], str] | None = None
    """What it shares a receiver with, from its `with:`; by default all of its kind."""
    close: Callable[[], None] | None = None
    """Lets go of what it keeps between calls, when an engine stops; there may be calls after it."""

    @property
    def takes(self) -> Takes | None:
        """The words of its model; None where it takes any, or its model does."""
        if self.words is None or self.words.model_config.get("extra") == "allow":
            return None
        fields = [(_spellings(name, one), one) for name, one in self.words.model_fields.items()]
        needs = tuple(spelt for spelt, one in fields if one.is_required())
        return Takes(tuple(word for spelt, _ in fields for word in spelt), needs)

    def perform(self, args: Mapping[str, Json], context: Context) -> Outcome:
        """Call the handler with its words; whatever it does, the answer is an outcome."""
        try:
            words = args if self.words is None else self.words.model_validate(self._meant(args))
        except ValidationError as wrong:
            return Rejected(sentence(wrong))
        except Exception as trouble:  # noqa: BLE001 - a model may run a host's own checks
            return Rejected(_named(trouble))
        try:
            outcome: object = self.handler(words, context)
        except Exception as trouble:  # noqa: BLE001 - anything may come out of a host's function
            return self.unknown(_named(trouble))
        match outcome:
            case None:
                return Done()
            case Done(answer, events):
                said = answer if _has_json(answer) else f"an answer without JSON, {_a(answer)}"
                return Done(said, self._told(events))
            case Retry(reason, after):
                wish = after if isinstance(after, timedelta) else None
                return Retry(_text(reason), wish)
            case Rejected(reason, events, closes):
                return Rejected(_text(reason), self._told(events), closes is True)
            case InDoubt(reason):
                return InDoubt(_text(reason))
            case Refused(reason):
                return Refused(_text(reason))
            case _:
                return InDoubt(
                    f"the handler of {self.kind} answered with {_a(outcome)}, no outcome"
                )

    def _meant(self, args: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the words without those that only limits read, where the model has none such."""
        asked = self.words.model_fields if self.words is not None else args
        return {key: word for key, word in args.items() if key in asked or key not in LIMITS_READ}

    def _told(self, events: object) -> tuple[Event, ...]:
        """Return the events among what a handler told; the rest is said in the log."""
        told = tuple(events) if isinstance(events, Iterable) else (events,)
        good = tuple(event for event in told if _is_event(event))
        if len(good) < len(told):
            _log.error("the handler of %s told something that is no event", self.kind)
        return good

    def unknown(self, why: str) -> Retry | InDoubt:
        """Return the outcome of a call of which nobody knows how it ended."""
        return Retry(why) if self.repeatable else InDoubt(why)


def action(
    kind: str,
    *,
    repeatable: bool = True,
    attempts: int = 8,
    timeout: timedelta = timedelta(seconds=30),
    lane: Callable[[Mapping[str, Json]], str] | None = None,
    close: Callable[[], None] | None = None,
) -> Callable[[Handler], Action]:
    """Make a function the handler of a kind of action, with the model it asks for as its words."""

    def make(handler: Handler) -> Action:
        words = _words(handler)
        return Action(kind, handler, words, repeatable, attempts, timeout, lane, close)

    return make


def _words(handler: Handler) -> type[BaseModel] | None:
    """Return the model that annotates a handler's first parameter, if one does."""
    hints = [kind for name, kind in get_type_hints(handler).items() if name != "return"]
    first = hints[0] if hints else None
    return first if isinstance(first, type) and issubclass(first, BaseModel) else None


def _spellings(name: str, field: FieldInfo) -> tuple[str, ...]:
    """Return how a word of a model may be spelt; what lies within another word is none."""
    alias = field.validation_alias or field.alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
    return tuple(one for one in choices if isinstance(one, str))


def _has_json(answer: object) -> bool:
    try:
        json.dumps(answer)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_event(told: object) -> bool:
    match told:
        case Event(name=str(name), properties=dict(properties)):
            return bool(name.strip()) and _has_json(properties)
        case _:
            return False


def _text(reason: object) -> str:
    return reason if isinstance(reason, str) else f"{_a(reason)}, no text"


def _a(thing: object) -> str:
    # Not its `repr`: that is code of the host again, and may be as wrong as the answer.
    return f"a {type(thing).__name__}"


def _named(trouble: BaseException) -> str:
    try:
        return f"{type(trouble).__name__}: {trouble}"[:500]
    except Exception:  # noqa: BLE001 - an exception whose own text raises
        return type(trouble).__name__


def sentence(wrong: ValidationError) -> str:
    """Return what is wrong with words, in one line that repeats none of them."""
    parts = (f"{'.'.join(map(str, e['loc'])) or 'with'}: {e['msg']}" for e in wrong.errors())
    return "; ".join(parts)[:500]
