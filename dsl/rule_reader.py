"""What reading any part of a rule line needs: its text, what its names mean, and where mistakes go."""

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from ..engine.core.duration import Duration
from ..engine.core.expr import Expr
from .build import Builder, length_of, names_of
from .diagnostics import Report
from .document import Scalar
from .missing import warn_missing
from .parser import Token, Tree
from .scope import Scope

__all__ = ["RuleReader"]

_T = TypeVar("_T")


@dataclass(slots=True, eq=False, repr=False)
class RuleReader:
    """One line being read; `broken` once a part of it could not be understood."""

    text: Scalar
    scope: Scope
    report: Report
    broken: bool = False

    def builder(self, *, narrowed: bool = False) -> Builder:
        """Return what builds trees; `narrowed`, history without a window begins at the trigger."""
        window: Literal["all", "since trigger"] = "since trigger" if narrowed else "all"
        return Builder(self.text, replace(self.scope, window=window), self.report)

    def kept(self, value: _T | None) -> _T | None:
        """Note that a part of the line could not be understood."""
        self.broken = self.broken or value is None
        return value

    def condition(
        self, node: Tree | Token, *, narrowed: bool = False, denied: bool = False
    ) -> Expr | None:
        """Read a condition; what is `denied` has to be false."""
        made = self.builder(narrowed=narrowed).condition(node)
        if made is not None:
            certain = (*self.scope.vocabulary.certain, *self.scope.asked)
            warn_missing(made, self.report, certain, denied=denied)
        self.broken = self.broken or made is None
        return made

    def named(self, tree: Tree) -> Scalar:
        """Return a name with its place."""
        return Scalar(names_of(tree)[0], self.text.place(tree.start, tree.end))

    def length(self, token: Token | None) -> Duration | None:
        """Read a length of time, where one stands."""
        return self.kept(length_of(self.builder(), token)) if token is not None else None

    def twice(self, tree: Tree) -> None:
        """Report what may stand once."""
        self.broken = True
        span = self.text.place(tree.start, tree.end)
        self.report.error("S118", span, "this stands here twice", "written before")
