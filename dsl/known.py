"""What a playbook may name besides customers and events: actions, their kinds, templates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..engine.core.lifecycles import Lifecycle
from ..engine.core.origin import Span
from ..engine.core.plan import Calendar, Learning, Team, Template, Timing
from ..engine.core.plan_limits import Limit, Never
from ..engine.core.takes import Takes
from ..engine.core.vocabulary import Vocabulary, fold
from . import templates
from .diagnostics import Diagnostic, Label, Report, Word
from .document import Mapping as MappingNode
from .document import Node, Scalar
from .given import check_words
from .hours import check_best
from .keys import INSIDE
from .offered import offered, takes
from .scope import Scope
from .shapes import known_keys, mapping_of, missing_key, text_of

__all__ = ["KINDS", "Action", "Known", "declare_actions"]

KINDS: Final = ("send-email", "create-task", "call-webhook", "notify", "survey")
"""The kinds of action that come with cuebook."""


@dataclass(frozen=True, slots=True)
class Action:
    """A declared action: a kind with what it is given."""

    name: Scalar
    kind: str
    words: tuple[tuple[Scalar, Node], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Known:
    """All declarations of a project, as the reading of a playbook needs them."""

    vocabulary: Vocabulary
    calendar: Calendar = field(default_factory=Calendar)
    kinds: tuple[str, ...] = KINDS
    takes_of: Mapping[str, Takes | None] = field(default_factory=dict)
    """What the kinds that the project declares take, by their folded name."""
    templates: Mapping[str, Template] = field(default_factory=dict)
    """What the files of templates/ say, by what they are called."""
    lifecycles: tuple[Lifecycle, ...] = ()
    actions: dict[str, Action] = field(default_factory=dict)
    """Declared actions by their folded name; filled before any playbook is read."""
    limits: tuple[Limit, ...] = ()
    never: tuple[Never, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    """By the name of an action or a kind, the channel by which it reaches the customer."""
    best_hour: Learning | None = None
    """What best hours are learnt from."""
    teams: Mapping[str, Team] = field(default_factory=dict)
    """Among whom tasks are shared out."""
    answers: tuple[str, ...] = ()
    """The names that playbooks in YAML give the answers to their actions."""
    kpis: tuple[str, ...] = ()
    """The names of the numbers that a report tells."""
    named: list[Scalar] = field(default_factory=list)
    """Playbooks that steps start or cancel, to be looked for when all are read."""

    def action(self, name: str) -> Action | None:
        """Return a declared action by any of its spellings."""
        return self.actions.get(fold(name))

    def kind(self, name: str) -> str | None:
        """Return a kind of action by any of its spellings."""
        wanted = fold(name)
        return next((kind for kind in self.kinds if fold(kind) == wanted), None) or offered(name)

    def takes(self, kind: str) -> Takes | None:
        """Return what a kind takes that does not come along; None where nobody says."""
        name = fold(kind)
        if name in self.takes_of or kind in KINDS:
            return self.takes_of.get(name)
        return takes(kind)

    def check_best(self, timing: Timing, span: Span, report: Report) -> None:
        """Report a best hour that could never be learnt, or has none while it is not."""
        check_best(timing, self.best_hour, self.calendar, span, report)

    def called(self, name: str) -> str | None:
        """Return the declared spelling of an action or a kind of action."""
        action = self.action(name)
        return action.name.value if action is not None else self.kind(name)

    def check_template(self, given: tuple[Scalar, Node] | None, report: Report) -> None:
        """Warn of a message whose text is in no file of templates/."""
        if given is None or not isinstance(given[1], Scalar) or "{" in given[1].value:
            return
        name = given[1].value
        if name in self.templates:
            return
        hint = f"write its text into `templates/{name}.txt`"
        title, label = f"there is no template `{name}`", "no such file in templates/"
        word = Word(name, given[1].span, sorted(self.templates))
        report.unknown("A104", word, title, label, hint, severity="warning")

    def unknown_action(self, name: Scalar, report: Report) -> None:
        """Report an action that nobody declares, with the one that was probably meant."""
        names = [action.name.value for action in self.actions.values()]
        word = Word(name.value, name.span, [*names, *self.kinds])
        hint = f"declare it in actions.yaml: `{name.value}: {{do: create-task}}`"
        title, label = f"unknown action `{name.value}`", "neither declared nor a kind of action"
        report.unknown("A101", word, title, label, hint, stub=name.value)


def declare_actions(node: Node, known: Known, report: Report) -> None:
    """Add the actions of an `actions:` mapping to what is known."""
    mapping = mapping_of(node, "`actions:`", report)
    for name, value in mapping.entries if mapping is not None else ():
        first = known.actions.get(fold(name.value))
        if first is not None:
            _report_twice(name, first.name, report)
            continue
        action = _action(name, value, known, report)
        if action is not None:
            known.actions[fold(name.value)] = action


def _action(name: Scalar, node: Node, known: Known, report: Report) -> Action | None:
    what = f"action `{name.value}`"
    mapping = mapping_of(node, what, report)
    if mapping is None:
        return None
    known_keys(mapping, what, INSIDE["action"], report, instead={"kind": "do", "type": "do"})
    node_of_kind = mapping.get("do")
    if node_of_kind is None:
        missing_key(mapping, what, "do", report, "as in `do: create-task`")
    words = tuple(_words(mapping, report))
    scope = Scope(known.vocabulary, answers=known.answers)
    for _, value in words:
        templates.check(value, scope, report, any_event=True)
    text = text_of(node_of_kind, "`do:`", report) if node_of_kind is not None else None
    # A kind that is unknown is reported once, here; steps may still name the action.
    kind = known.kind(text.value) if text is not None else None
    if text is not None and kind is None:
        hint = f"the kinds are {', '.join(f'`{one}`' for one in known.kinds)}"
        title = f"unknown kind of action `{text.value}`"
        word = Word(text.value, text.span, known.kinds)
        report.unknown("A101", word, title, "not a kind of action", hint)
    given = {word.value: (word, value) for word, value in words}
    check_words(kind or "", words, given, known.takes, report)
    return Action(name, kind or "", words)


def _words(mapping: MappingNode, report: Report) -> Iterator[tuple[Scalar, Node]]:
    given = mapping.get("with")
    inner = mapping_of(given, "`with:`", report) if given is not None else None
    if inner is not None:
        yield from inner.entries


def _report_twice(name: Scalar, first: Scalar, report: Report) -> None:
    report.add(
        Diagnostic(
            "A102",
            f"the action `{name.value}` is declared twice",
            name.span,
            "declared again",
            ("keep one of them, or give the second another name",),
            others=(Label(first.span, "declared here"),),
        )
    )
