"""A project, or one condition, for the engine: compiled, or refused with all that is wrong with it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..engine.core.expr import Expr
from ..engine.core.origin import Span
from ..engine.core.plan import Project
from .conditions import condition as read_condition
from .diagnostics import Report
from .document import Scalar
from .known import KINDS
from .project import compile_project
from .render import full
from .scope import Scope
from .sources import Source

__all__ = ["Mistaken", "condition", "load"]


def load(path: Path, kinds: Iterable[str] = ()) -> Project:
    """Compile the project at `path`; ValueError with every diagnostic when it has a mistake.

    `kinds` are kinds of action that can be performed besides those that come with cuebook.
    """
    if not path.exists():
        raise ValueError(f"there is no project {path}")
    compiled = compile_project(path, kinds=tuple(dict.fromkeys((*KINDS, *sorted(kinds)))))
    if compiled.project is None:
        raise ValueError(full(compiled.report, compiled.sources, color=False))
    return compiled.project


class Mistaken(ValueError):  # noqa: N818 - its docstring is its sentence
    """The condition has mistakes, and its text tells them all."""

    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        super().__init__(self.told(color=False))

    def told(self, *, color: bool) -> str:
        """Return what is wrong, each mistake with its place."""
        return full(self._report, {_ASKED: Source(_ASKED, self._text)}, color=color)


def condition(text: str, project: Project) -> Expr:
    """Compile a condition that stands alone, over what a project declares.

    Raises Mistaken, a ValueError, with every diagnostic.
    """
    report, place = Report(), Span(_ASKED, 0, len(text))
    made = read_condition(Scalar(text, place), Scope(project.vocabulary), report)
    if made is None or report.failed:
        raise Mistaken(text, report)
    return made


_ASKED: Final = "condition"
"""What stands where a file is named in what is said about it."""
