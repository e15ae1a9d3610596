"""What the tests of the core share: small projects, and a customer to whom things happen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.compile import Compiler
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.effects import Effect, Entry, Perform
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.lifecycles import stage_of
from cuebook.engine.core.occurrence import (
    Arrived,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
)
from cuebook.engine.core.program import Program
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone

CONTACT = Type(
    "record",
    fields=(("id", Type("number")), ("email", Type("text")), ("role", Type("text"))),
)
VOCABULARY = Vocabulary(
    "acme",
    "Europe/Berlin",
    {
        "plan": Type("one of", ("free", "growth", "enterprise")),
        "health": Type("number"),
        "churned": Type("boolean"),
        "onboarded": Type("boolean"),
        "renewal_date": Type("date"),
        "timezone": Type("timezone"),
        "tags": Type("list", item=Type("text")),
        "contacts": Type("list", item=CONTACT),
        "address": Type("record", fields=(("city", Type("text")), ("zip", Type("number")))),
        "contract": Type("record", fields=(("ends", Type("date")),)),
    },
    {
        "go-live": {},
        "login": {},
        "purchase": {"amount": Type("number"), "order": Type("text")},
        "refund": {"order": Type("text")},
        "paid": {"order": Type("text")},
    },
)


STAGES = Type("one of", ("lead", "trial", "trial.short", "trial.long", "paying", "loyal"))
"""The stages of a lifecycle, of which one holds two others."""


class Patient(Compiler):
    """Makes conditions that are looked at wherever anything they read may have changed."""

    apart: ClassVar[bool] = False


def at(text: str) -> int:
    """Return an instant written in ISO form, by default in Berlin."""
    return parse_instant(text, zone("Europe/Berlin"))


def days(count: int) -> Duration:
    """Return so many days."""
    return Duration(count, "day")


def event(name: str, where: E.Expr | None = None) -> P.OnEvent:
    """Return the trigger `on NAME`."""
    return P.OnEvent(E.Happening(name, where))


def do(name: str = "mail", following: str | None = None, **more: object) -> P.Step:
    """Return a step that performs `send-email` under its own id."""
    return P.Step(name, P.Do("send-email", name, {"to": name}), following, **more)  # type: ignore[arg-type]


def book(trigger: P.Trigger, *steps: P.Step, **more: object) -> P.Plan:
    """Return a playbook with one trigger."""
    name = str(more.pop("name", "book"))
    return P.Plan(name, (trigger,), steps, steps[0].id if steps else None, **more)  # type: ignore[arg-type]


class World:
    """One customer and one program; what was decided is kept."""

    def __init__(
        self,
        *plans: P.Plan,
        zone_name: str = "Europe/Berlin",
        lifecycles: tuple[P.Lifecycle, ...] = (),
    ) -> None:
        vocabulary = replace(VOCABULARY, timezone=zone_name)
        if lifecycles:
            stages = {stage_of(one.name): STAGES for one in lifecycles}
            vocabulary = replace(vocabulary, attributes={**VOCABULARY.attributes, **stages})
        project = P.Project(vocabulary, P.Calendar(), plans, lifecycles=lifecycles)
        self.program = Program(project)
        self.customer = self.program.customer("ada")
        self.effects: list[Effect] = []

    def take(self, occurrence: Occurrence) -> "World":
        """Let something happen."""
        self.effects += apply(self.customer, occurrence, self.program)
        return self

    def arrive(self, when: str, **values: object) -> "World":
        """See the customer for the first time."""
        return self.take(Arrived(at(when), values))

    def event(self, when: str, name: str, **properties: object) -> "World":
        """Let an event happen."""
        return self.take(Happened(at(when), name, properties))

    def set(self, when: str, **values: object) -> "World":
        """Change attributes."""
        return self.take(Changed(at(when), values))

    def request(self, when: str, playbook: str, properties: Mapping[str, object]) -> "World":
        """Ask for a playbook by hand."""
        return self.take(Requested(at(when), playbook, properties))

    def deploy(self, when: str, before: str) -> "World":
        """Let the program take over."""
        return self.take(Deployed(at(when), before))

    def until(self, when: str) -> "World":
        """Let time pass."""
        return self.take(Passed(at(when)))

    def actions(self) -> list[tuple[str, str]]:
        """Return when which step acted, in the customer's local time."""
        where = self.customer.zone
        done = [e for e in self.effects if isinstance(e, Perform) and not e.skipped]
        return [(iso(e.at, where)[:16], e.step) for e in done]

    def skipped(self) -> list[tuple[str, str]]:
        """Return which step was not done, and why."""
        return [(e.step, e.skipped) for e in self.effects if isinstance(e, Perform) and e.skipped]

    def notes(self, kind: str) -> list[str]:
        """Return the journal's lines of a kind."""
        return [e.note for e in self.effects if isinstance(e, Entry) and e.kind == kind]
