"""`cuebook graph`: a playbook as a picture of its steps, or a project as who triggers whom."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from ..dsl.project import Compiled
from ..dsl.rules.may_be_refused import may_be_refused
from ..engine.core.plan import Project
from ..engine.drawing import FORMATS
from ..engine.graphs import Graph, connections, flow
from .exits import Exit
from .projects import open_project, whole
from .show import chosen

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to draw, and how."""
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--playbook", metavar="P", help="the steps of this playbook (default: who triggers whom)")
    add("--format", choices=(*FORMATS, "json"), default="svg",
        help="svg: a picture; mermaid: for Markdown; dot: for Graphviz; json (default: svg)")  # fmt: skip
    parser.epilog = (
        "A step whose action a promise (`never:`) may forbid says so, unless it is proven that there\n"
        "it cannot.\n\n"
        "Examples\n"
        "  cuebook graph acme > acme.svg\n"
        "  cuebook graph acme --playbook renewal-at-90-days > renewal.svg\n"
        "  cuebook graph acme --format mermaid >> README.md"
    )


def run(args: Namespace) -> Exit:
    """Compile, draw, print."""
    compiled = open_project(args.project)
    project = whole(compiled, args, "drawn")
    if project is None:
        return Exit.FOUND
    graph = _graph(compiled, project, args.playbook)
    if args.format == "json":
        sys.stdout.write(json.dumps(asdict(graph), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(FORMATS[args.format](graph))
    return Exit.CLEAN


def _graph(compiled: Compiled, project: Project, name: str | None) -> Graph:
    if name is None:
        return connections(project)
    (plan,) = chosen(project, name, "cuebook graph")
    return flow(plan, may_be_refused(compiled, plan))
