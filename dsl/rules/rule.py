"""What a rule is: a code, and a function from a compiled project with its places to diagnostics."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from ...engine.core.expr import Expr
from ...engine.core.origin import Span
from ...engine.core.plan import Do, Emit, Plan, Project, Start, Step
from ...engine.core.vocabulary import fold
from ...engine.core.ways import Nested, nested
from ..diagnostics import Diagnostic, Label, Severity
from ..document import Scalar
from ..messages import parts_of
from ..sources import Source, Sources
from ..template_uses import Use, uses
from .asked import asked, declared
from .looking import Looker
from .possible import Goal
from .setting import Values, set_by
from .signals import definitions

__all__ = ["Place", "Rule", "Subject"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a playbook was written, which its plan does not say: digests know no layout."""

    name: Span
    steps: Mapping[str, Span]
    """By the id of each step."""
    texts: Mapping[str, tuple[tuple[str, Scalar], ...]] = field(default_factory=dict)
    """The templates that each action is given, as written, with their words, by the id of its step."""
    late: bool = True
    """Whether `late:` is written out, rather than left to what it is by default."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What rules are about: a project without mistakes, and where it was written."""

    project: Project
    places: Mapping[str, Place]
    """By the id of each playbook."""
    sources: Sources = field(default_factory=dict, repr=False)
    channels: tuple[tuple[str, str], ...] = ()
    """By the name of an action or a kind, the channel by which it reaches the customer."""
    messages: Mapping[PurePosixPath, Source] = field(default_factory=dict, repr=False)
    """The files of templates/."""

    @cached_property
    def letters(self) -> Mapping[str, list[tuple[str, Scalar]]]:
        """By the name of each template what its files say, as it was written, with its word."""
        found: dict[str, list[tuple[str, Scalar]]] = {}
        for path, source in self.messages.items():
            headers, text = parts_of(source)
            letter = found.setdefault(str(path.with_suffix("")), [])
            letter += [*headers, ("body", text)]
        return found

    def texts(self, plan: Plan, step: Step) -> Iterator[tuple[str, Scalar]]:
        """Yield the templates that an action is given, each with its word, and those of its letter."""
        yield from self.places[plan.playbook].texts.get(step.id, ())
        given = step.body.args if isinstance(step.body, Do) else {}
        name = given.get("template")
        letter = self.letters.get(name, []) if isinstance(name, str) else []
        yield from (one for one in letter if one[0] not in given)

    def uses(self, text: Scalar) -> tuple[Use, ...]:
        """Return what a template reads."""
        found = self._uses.get(id(text))
        if found is None:
            found = self._uses[id(text)] = (text, uses(text))
        return found[1]

    @cached_property
    def _uses(self) -> dict[int, tuple[Scalar, tuple[Use, ...]]]:
        return {}

    @cached_property
    def signals(self) -> Mapping[str, Expr]:
        """What computed attributes stand for."""
        return definitions(self.project)

    @cached_property
    def moved(self) -> Mapping[str, Values]:
        """What the project itself sets attributes to."""
        return set_by(self.project)

    @cached_property
    def started(self) -> frozenset[str]:
        """The playbooks that a `start:` names, which begin without their triggers."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.playbook for step in steps if isinstance(step.body, Start))

    @cached_property
    def answers(self) -> frozenset[str]:
        """The names of all answers of the project; a template may be sent by any playbook."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.answer for step in steps if isinstance(step.body, Do))

    @cached_property
    def emitted(self) -> frozenset[str]:
        """The events that the project itself emits."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.event for step in steps if isinstance(step.body, Emit))

    def stable(self, expr: Expr) -> bool:
        """Tell whether nothing in the project can change a condition between two looks at one instant."""
        return self.moved.keys().isdisjoint(self._looker.look(expr).attributes)

    @cached_property
    def asked(self) -> Mapping[str, tuple[Expr, ...]]:
        """Every condition of each playbook."""
        return {plan.playbook: tuple(asked(plan)) for plan in self.project.plans}

    @cached_property
    def declared(self) -> tuple[Expr, ...]:
        """Every condition of the declarations."""
        return tuple(declared(self.project))

    @cached_property
    def remembered(self) -> dict[int, tuple[object, tuple[Any, ...]]]:
        """By the identity of a trigger or a plan: itself, and what was found out about it."""
        return {}

    @cached_property
    def _looker(self) -> Looker:
        return Looker(self.project.vocabulary, self.signals)

    def outcomes(self, expr: Expr) -> int:
        """Return all that a condition may come to."""
        return self._looker.outcomes(expr)

    def names(self, expr: Expr) -> frozenset[str]:
        """Return all that a condition reads: attributes, events, the trigger."""
        return self._looker.look(expr).names

    def kinds(self, expr: Expr) -> frozenset[type]:
        """Return the classes of all nodes that a condition is made of."""
        return self._looker.look(expr).kinds

    def allows(self, known: Sequence[Goal], wanted: Goal) -> bool:
        """Return whether something may be, where other things are known; false only if proven."""
        if not self._looker.outcomes(wanted[0]) & wanted[1]:
            return False
        near = self._looker.near(known, wanted)
        return not near or self.together([*near, wanted])

    def together(self, goals: Sequence[Goal]) -> bool:
        """Return whether all goals may be met at once; false only where it is proven they cannot."""
        return self._looker.together(goals)

    def nested(self, plan: Plan) -> tuple[Nested, ...]:
        """Return the steps of a playbook as they stand inside each other."""
        found = self._nested.get(plan.playbook)
        if found is None:
            found = self._nested[plan.playbook] = nested(plan)
        return found

    @cached_property
    def _nested(self) -> dict[str, tuple[Nested, ...]]:
        return {}

    def channel(self, body: Do) -> str:
        """Return by which channel an action reaches the customer; empty for what does not."""
        found = self._channels.get(fold(body.action))
        return self._channels.get(fold(body.kind), "") if found is None else found

    @cached_property
    def _channels(self) -> Mapping[str, str]:
        return {fold(name): channel for name, channel in self.channels}

    def line(self, span: Span) -> str:
        """Return a place as `file:line`."""
        source = self.sources.get(span.file)
        return span.file if source is None else f"{span.file}:{source.position(span.start)[0]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A doubt that can be proven. It never changes its code, and is silent where it cannot tell."""

    code: str
    check: Callable[["Rule", Subject], Iterator[Diagnostic]] = field(repr=False)
    severity: Severity = "warning"

    def at(
        self, span: Span, title: str, label: str = "", *hints: str, others: tuple[Label, ...] = ()
    ) -> Diagnostic:
        """Return a diagnostic at a place."""
        return Diagnostic(
            self.code, title, span, label, hints, severity=self.severity, others=others
        )
