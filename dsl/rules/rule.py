"""What a rule is: a code, and a function from a compiled project with its places to diagnostics."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ...engine.core.origin import Span
from ...engine.core.plan import Project
from ..diagnostics import Diagnostic, Label

__all__ = ["Place", "Rule", "Subject"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a playbook was written, which its plan does not say: digests know no layout."""

    name: Span
    steps: Mapping[str, Span]
    """By the id of each step."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What rules are about: a project without mistakes, and where it was written."""

    project: Project
    places: Mapping[str, Place]
    """By the id of each playbook."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A doubt that can be proven. It never changes its code, and is silent where it cannot tell."""

    code: str
    check: Callable[["Rule", Subject], Iterator[Diagnostic]] = field(repr=False)

    def at(
        self, span: Span, title: str, label: str = "", *hints: str, others: tuple[Label, ...] = ()
    ) -> Diagnostic:
        """Return a warning at a place."""
        return Diagnostic(self.code, title, span, label, hints, severity="warning", others=others)
