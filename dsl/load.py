"""A project for the engine: compiled whole, or refused with all that is wrong with it."""

from collections.abc import Iterable
from pathlib import Path

from ..engine.core.plan import Project
from .known import KINDS
from .project import compile_project
from .render import full

__all__ = ["load"]


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
