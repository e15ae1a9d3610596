"""A project at the counter: compiled, with its mistakes told to whoever stands there."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from ..dsl import compile_project
from ..dsl.diagnostics import Report
from ..dsl.project import Compiled
from ..dsl.render import full
from ..engine.core.plan import Project
from .exits import Misuse
from .terminal import When, colored

__all__ = ["compiled_project", "open_project", "tell", "whole"]


def open_project(path: Path) -> Compiled:
    """Compile a project; raises Misuse when there is nothing at `path`."""
    if not path.exists():
        raise Misuse(f"there is no project {path}", f"cuebook init {path}")
    return compile_project(path)


def compiled_project(args: Namespace, done: str) -> Project | None:
    """Compile the project a command is about; where it has mistakes, tell them and that nothing was done."""
    return whole(open_project(args.project), args, done)


def whole(compiled: Compiled, args: Namespace, done: str) -> Project | None:
    """Return a project that was compiled; where it has mistakes, tell them and that nothing was done."""
    if compiled.project is None:
        tell(compiled, compiled.report, args.color)
        sys.stderr.write(f"nothing was {done}\n next: cuebook check {args.project}\n")
    return compiled.project


def tell(
    compiled: Compiled, report: Report, color: When, called: Mapping[str, str] | None = None
) -> None:
    """Write what was found in a project to standard error, each with its place.

    Folders that lie elsewhere than whoever asks would think are `called` otherwise.
    """
    said = full(report, compiled.sources, color=colored(sys.stderr, color))
    for folder, name in (called or {}).items():
        said = said.replace(folder, name)
    sys.stderr.write(said)
