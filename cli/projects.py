"""A project at the counter: compiled, with its mistakes told to whoever stands there."""

import sys
from pathlib import Path

from ..dsl import compile_project
from ..dsl.render import full
from ..engine.core.plan import Project
from .exits import Misuse
from .terminal import When, colored

__all__ = ["open_project"]


def open_project(path: Path, *, color: When) -> Project | None:
    """Return a compiled project, or None after its mistakes were printed to standard error.

    Raises Misuse when there is no project.
    """
    if not path.exists():
        raise Misuse(f"there is no project {path}", f"cuebook init {path}")
    compiled = compile_project(path)
    if compiled.found.failed:
        sys.stderr.write(full(compiled.found, compiled.sources, color=colored(sys.stderr, color)))
        sys.stderr.write(f"nothing was rehearsed; see cuebook check {path}\n")
        return None
    return compiled.project
