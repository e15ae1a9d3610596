"""A customer's log as a test would tell it: what happened, in the order in which it was heard of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ..core.effects import Effect
from ..core.occurrence import (
    Arrived,
    Cancelled,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
    Settled,
)
from .database import Database
from .deciding import Kept, Lane, Mail, Turn
from .programs import Loaded, Programs
from .replay import Log

__all__ = ["Deed", "Story", "Told", "recount"]

Deed = tuple[int, str, str, str, bool]
"""An action: when, of which playbook and step, of what kind, and whether it was skipped."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, and when it was heard of; instants in microseconds UTC."""

    heard_at: int
    what: Happened | Changed | Requested | Settled
    late: bool
    """Whether time had gone on before: then it was decided after all that was due."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to a customer, and what was done."""

    customer: str
    new: bool
    """Whether it was first seen after a program was deployed; else it was there before."""
    values: dict[str, object]
    """What a new customer was first said to be."""
    start: int
    until: int
    """Exclusive."""
    past: tuple[Happened | Changed, ...]
    """What was known before the start."""
    told: tuple[Told, ...]
    done: tuple[Deed, ...]
    deployments: int
    """How many programs have taken over since the start."""


def recount(database: Database, connection: Connection, customer: str) -> Story:
    """Return what happened to a customer. Raises KeyError when nothing was decided about it."""
    told: list[_Telling] = []

    def begin(name: str, loaded: Loaded) -> Turn:
        told.append(_Telling(name, loaded, None, lambda kind, _: kind))
        return told[-1]

    Log(database, connection, Programs(database)).replay(customer, begin=begin)
    return told[0].story()


class _Telling(Turn):
    """A turn that keeps what it decides about."""

    def __init__(self, name: str, loaded: Loaded, kept: Kept | None, lane: Lane) -> None:
        super().__init__(name, loaded, kept, lane)
        self._past: list[Happened | Changed] = []
        self._told: list[Told] = []
        self._start: int | None = None
        self._values: dict[str, object] = {}
        self._new = False
        self._clock = self._passed = -(2**62)
        self._deployments = 0

    def recall(self, letters: Iterable[Mail]) -> bool:
        """Remember what happened before the first deployment."""
        letters = tuple(letters)
        opened = (self.opened(letter) for letter in letters)
        self._past += [what for what in opened if isinstance(what, Happened | Changed)]
        return super().recall(letters)

    def decided(self, cause: Occurrence) -> list[Effect]:
        """Keep an occurrence, then decide about it."""
        match cause:
            case Deployed(at):
                self._deployments += self._start is not None
                self._start = at if self._start is None else self._start
                self._passed = at
            case Passed(at):
                self._passed = at
            case Arrived(at, values):
                self._start, self._new, self._values = at, True, dict(values)
            case Happened() | Changed() | Requested() | Settled():
                heard_at = max(self._clock, cause.at)
                late = cause.at < self._clock or self._passed == heard_at
                if isinstance(cause, Requested | Settled):
                    cause = replace(cause, at=heard_at)
                self._told.append(Told(heard_at, cause, late))
            case Cancelled():
                pass  # Only a run cancels, and that follows from the rest.
        self._clock = max(self._clock, cause.at)
        return super().decided(cause)

    def story(self) -> Story:
        """Return all that was told."""
        if self._start is None:
            raise KeyError(f"nothing was decided about {self.customer.id}")
        return Story(
            self.customer.id, self._new, self._values, self._start, self._clock + 1,
            tuple(self._past), tuple(self._told), tuple(_done(self)), self._deployments,
        )  # fmt: skip


def _done(turn: Turn) -> list[Deed]:
    """Return the actions that the journal of a turn tells of."""
    lines = [line for row in turn.turned.journal for line in json.loads(row[-1])]
    return [
        (line[1], line[3], line[5], line[6], bool(line[9])) for line in lines if line[0] == "action"
    ]
