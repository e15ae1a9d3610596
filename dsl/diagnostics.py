"""What the compiler says to an author: a code that never changes, a place, a hint."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..engine.core.fixed import fixed
from ..engine.core.origin import Span
from .spelling import guess

__all__ = ["Diagnostic", "Fix", "Label", "Mention", "Report", "Severity", "What", "Word"]

Severity = Literal["error", "warning"]
What = Literal[
    "attribute", "event", "property", "lifecycle", "stage", "segment", "action", "playbook"
]
"""What a name can be the name of; a signal is an attribute."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Text to put in place of a span; `safe` when it cannot change what was meant."""

    span: Span
    text: str
    safe: bool = True
    instead_of: str | None = None
    """What stands there now; where something else does, the fix is none."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that nobody knows, and what could have been meant."""

    text: str
    span: Span
    known: Iterable[str]
    place: Span | None = None
    """What is wrong, if that is more than the word: the path that it is a part of."""
    safe: bool = True
    """Whether the only word that is near may be put in its place: a name may, a value may not."""


@dataclass(frozen=True, slots=True)
class Label:
    """Another place that belongs to the mistake: `first defined here`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, at its place."""

    code: str
    """A family and a number: Y yaml, S syntax, N names, T types, M missing, D dates, P playbooks,
    A actions, L lint."""
    title: str
    """What is wrong, in a few words: ``unknown attribute `plann` ``."""
    span: Span
    label: str = ""
    """What stands beside the caret: `not an attribute of a customer`."""
    hints: tuple[str, ...] = ()
    """What was probably meant, one sentence each: ``did you mean `plan`?``."""
    severity: Severity = "error"
    others: tuple[Label, ...] = ()
    fix: Fix | None = None
    stub: str = ""
    """An action that nobody declares, and that `--fix` declares for somebody to fill in."""


@fixed
class Mention:
    """A name that was understood, at the place where it stands."""

    what: What
    name: str
    """The declared spelling."""
    span: Span
    """The name, or the path that it is a part of: `customer.plan`."""
    of: str = ""
    """Whose it is: the event of a property, the lifecycle of a stage."""
    declares: bool = False
    """Whether this is the place of its declaration."""


@dataclass(slots=True, eq=False, repr=False)
class Report:
    """Collects diagnostics while a project is read, so that one run tells all mistakes."""

    found: list[Diagnostic] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    """The names in conditions, triggers and rule lines, which an editor asks for."""
    unsaid: frozenset[str] = frozenset()
    """Codes that nobody is told, as what they speak of could not be read."""

    def error(self, code: str, span: Span, title: str, label: str = "", *hints: str) -> None:
        """Add a mistake."""
        self.found.append(Diagnostic(code, title, span, label, hints))

    def unknown(
        self,
        code: str,
        word: Word,
        title: str,
        label: str,
        *hints: str,
        otherwise: Iterable[str] = (),
        severity: Severity = "error",
        stub: str = "",
    ) -> None:
        """Add a word that nobody knows, with the one that was probably meant as hint and as fix.

        `otherwise` are the hints when no known word is near, and `stub` what may be declared then.
        """
        meant = guess(word.text, word.known)
        close = (f"did you mean `{meant.text}`?",) if meant else tuple(otherwise)
        fix = Fix(word.span, meant.text, word.safe and meant.sure, word.text) if meant else None
        place = word.place or word.span
        stub = stub if fix is None else ""
        self.found.append(
            Diagnostic(code, title, place, label, close + hints, severity, fix=fix, stub=stub)
        )

    def warn(self, code: str, span: Span, title: str, label: str = "", *hints: str) -> None:
        """Add something that is probably not meant."""
        self.found.append(Diagnostic(code, title, span, label, hints, severity="warning"))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic with other labels or a fix."""
        self.found.append(diagnostic)

    def mention(
        self, what: What, name: str, span: Span, of: str = "", *, declares: bool = False
    ) -> None:
        """Note a name that was understood."""
        self.mentions.append(Mention(what, name, span, of, declares))

    def include(self, other: "Report") -> None:
        """Add all that another report holds."""
        self.found += other.found
        self.mentions += other.mentions

    @property
    def failed(self) -> bool:
        """Whether anything found is an error."""
        return any(note.severity == "error" for note in self.found)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Walk through what is told, by file and place."""
        told = (note for note in self.found if note.code not in self.unsaid)
        return iter(sorted(told, key=lambda note: (note.span, note.code)))
