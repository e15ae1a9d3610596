"""The compiler that is installed beside the engine, found by entry points: a runtime imports no parser."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from ..core.expr import Expr
from ..core.plan import Project

__all__ = ["NotDeployed", "compiled", "compiled_condition"]


class NotDeployed(Exception):  # noqa: N818 - its docstring is its sentence
    """The project has mistakes and was not deployed; the text holds them all."""


def compiled(path: Path, kinds: frozenset[str]) -> Project:
    """Compile a project. Raises NotDeployed with every mistake."""
    found = list(entry_points(group="cuebook.compiler"))
    if not found:
        raise NotDeployed("no compiler is installed: hand over a compiled project instead")
    try:
        project = found[0].load()(path, kinds)
    except ValueError as mistakes:
        raise NotDeployed(str(mistakes)) from None
    if not isinstance(project, Project):
        raise TypeError(f"the compiler {found[0].value} returned no project")
    return project


def compiled_condition(text: str, project: Project) -> Expr:
    """Compile a condition over what a project declares. Raises ValueError with every mistake."""
    compile_ = _condition_compiler()
    if compile_ is None:
        raise ValueError("no compiler is installed: hand over a compiled condition instead")
    made = compile_(text, project)
    if not isinstance(made, Expr):
        raise TypeError(f"the compiler {compile_} returned no condition")
    return made


@cache
def _condition_compiler() -> Callable[[str, Project], object] | None:
    """Return what compiles conditions, found once: looking through all packages takes its time."""
    found = list(entry_points(group="cuebook.conditions"))
    compile_: Callable[[str, Project], object] | None = found[0].load() if found else None
    return compile_
