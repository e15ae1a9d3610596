"""Templates that name what may be missing where they are filled in: then nothing is sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...engine.core import plan as P
from ...engine.core.expr import AnswerField, Attribute, IsMissing, RecordField, TriggerField
from ...engine.core.given import given_by
from ...engine.core.origin import Span
from ...engine.core.reads import nodes
from ...engine.core.say_trigger import say_trigger
from ...engine.core.vocabulary import Type
from ..diagnostics import Diagnostic, Label
from ..scope import declared
from ..template_uses import Use
from .doubts import Doubts, doubts, spelt
from .given import at_trigger
from .on_the_way import Arrival, arrivals
from .possible import TRUE, Goal
from .rule import Rule, Subject

__all__ = ["RULE"]

_EVENT = ("event", "trigger")
_ADDRESS = "to"
"""A message without an address has nowhere to go, whatever its playbook says."""


@dataclass(frozen=True, slots=True)
class _Missing:
    """Why a value may be missing."""

    title: str
    label: str
    hint: str
    other: Label | None = None


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each place of a template that may find nothing, once however many steps send it."""
    known, told = doubts(subject), set[object]()
    for plan in subject.project.plans:
        for here in arrivals(plan, subject):
            for word, text in subject.texts(plan, here.step):
                for use in subject.uses(text):
                    if use.guarded or (use.span, use.path) in told or len(use.path) == 1:
                        continue
                    why = _Look(plan, here, known, subject).why(use, word)
                    if why is not None:
                        told.add((use.span, use.path))
                        yield _told(rule, plan, here, use, why, subject)


RULE = Rule("P415", _check)


def _told(
    rule: Rule, plan: P.Plan, here: Arrival, use: Use, why: _Missing, subject: Subject
) -> Diagnostic:
    step = subject.places[plan.playbook].steps[here.step.id]
    others = () if why.other is None else (why.other,)
    if step.file != use.span.file:
        others = (*others, Label(step, f"`{plan.playbook}` fills it in here"))
    return rule.at(use.span, why.title, why.label, why.hint, others=others)


class _Look:
    """One action, and what is known when its templates are filled in."""

    def __init__(self, plan: P.Plan, here: Arrival, known: Doubts, subject: Subject) -> None:
        self.plan, self.here, self.known, self.subject = plan, here, known, subject

    def why(self, use: Use, word: str) -> _Missing | None:
        """Return why a value may be missing, None where nothing says so."""
        root = use.path[0]
        if root in _EVENT:
            return self._of_event(use)
        if root == "customer":
            return self._of_customer(use, word)
        if root == "each":
            return self._of_record(use)
        return self._of_answer(use) if root in self.subject.answers else None

    def _of_event(self, use: Use) -> _Missing | None:
        words, triggers = self.subject.project.vocabulary, self.plan.triggers
        if any(isinstance(one, P.OnManual) for one in triggers):
            return None  # A hand may give anything.
        if self.plan.playbook in self.subject.started:
            return None  # So may a step that starts it.
        said = ".".join(use.path)
        names = [declared(use.path[1], given_by(one, words)) for one in triggers]
        name = next(filter(None, names), use.path[1])
        missing: Goal = (IsMissing(TriggerField((name,))), TRUE)
        for trigger, carried in zip(triggers, names, strict=True):
            if carried is not None:
                continue
            goals = [*at_trigger(trigger, self.subject), *self.here.past.asked, missing]
            if self.subject.together(goals):
                on = say_trigger(trigger)
                title = f"`{said}` is missing when `{on}` begins this"
                hint = f"`{{{{ {said} | default('…') }}}}`, or an `if:` that asks for it"
                return _Missing(title, f"`{on}` carries no `{use.path[1]}`", hint)
        return None

    def _of_customer(self, use: Use, word: str) -> _Missing | None:
        path, said = spelt(use, self.subject), ".".join(use.path)
        if path[1] == "id" or path[1] in self.here.past.given:
            return None
        if use.asked and self._kind(path) not in ("", "boolean"):
            return _asked(said)
        span = self.known.get(path)
        asked = Attribute(path[1], path[2:])
        if span is None or word == _ADDRESS or not self._may_lack(IsMissing(asked)):
            return None
        return _doubted(said, span)

    def _kind(self, path: tuple[str, ...]) -> str:
        kind: Type | None = self.subject.project.vocabulary.attributes.get(path[1])
        for name in path[2:]:
            kind = None if kind is None else dict(kind.fields).get(name)
        return "" if kind is None else kind.kind

    def _may_lack(self, missing: IsMissing) -> bool:
        goals = self.here.past.asked
        known = [*goals, *self._at_any_trigger()]
        return self.subject.allows(known, (missing, TRUE))

    def _at_any_trigger(self) -> tuple[Goal, ...]:
        triggers = self.plan.triggers
        return at_trigger(triggers[0], self.subject) if len(triggers) == 1 else ()

    def _of_record(self, use: Use) -> _Missing | None:
        each, said = self.here.body.each, ".".join(use.path)
        if each is None:
            title = f"`{said}` is missing: this step is done for no record"
            hint = "give the step a list: `for each: contacts where (…)`"
            return _Missing(title, "of which list?", hint)
        if not isinstance(each.of, Attribute):
            return None
        span = self.known.get(("each", each.of.name, *each.of.path, *use.path[1:]))
        missing: Goal = (IsMissing(RecordField(use.path[1:])), TRUE)
        where = [] if each.where is None else [(each.where, TRUE)]
        if span is None or not self.subject.together([*where, missing]):
            return None
        return _doubted(said, span)

    def _of_answer(self, use: Use) -> _Missing | None:
        name, said = use.path[0], ".".join(use.path)
        asked = (node for goal in self.here.past.asked for node in nodes(goal[0]))
        if name in self.here.past.answers or any(
            isinstance(node, AnswerField) and node.name == name for node in asked
        ):
            return None
        by = [
            one for one in self.plan.steps if isinstance(one.body, P.Do) and one.body.answer == name
        ]
        hint = f"`{{{{ {said} | default('…') }}}}`, or an `if:` that asks for it"
        if not by:
            title = f"`{said}` is missing: nothing in `{self.plan.playbook}` asks for it"
            return _Missing(title, f"no step has `as: {name}`", hint)
        place = self.subject.places[self.plan.playbook].steps[by[0].id]
        title = f"`{said}` may be missing: not every way here asks for it"
        return _Missing(
            title, "not every run has it", hint, Label(place, f"`{name}` is asked here")
        )


def _asked(said: str) -> _Missing:
    title = f"`{said}` is asked for in a way that fails where it is missing"
    return _Missing(title, "without it nothing is sent", f"write `{said} is defined`")


def _doubted(said: str, span: Span) -> _Missing:
    title = f"`{said}` may be missing, and then nothing is sent"
    hint = f"`{{{{ {said} | default('…') }}}}`, or an `if:` that asks for it"
    return _Missing(title, "no answer for that here", hint, Label(span, "here it may be"))
