"""A project at the counter: compiled, with its mistakes told to whoever stands there."""

import sys
from pathlib import Path

from ..dsl import compile_project
from ..dsl.diagnostics import Report
from ..dsl.known import KINDS
from ..dsl.project import Compiled
from ..dsl.render import full
from .exits import Misuse
from .terminal import When, colored

__all__ = ["open_project", "tell"]


def open_project(path: Path, *, kinds: tuple[str, ...] = KINDS) -> Compiled:
    """Compile a project; raises Misuse when there is nothing at `path`."""
    if not path.exists():
        raise Misuse(f"there is no project {path}", f"cuebook init {path}")
    return compile_project(path, kinds=kinds)


def tell(compiled: Compiled, report: Report, color: When) -> None:
    """Write what was found in a project to standard error, each with its place."""
    sys.stderr.write(full(report, compiled.sources, color=colored(sys.stderr, color)))
