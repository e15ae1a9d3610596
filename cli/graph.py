"""`cuebook graph`: a playbook as a picture of its steps, or a project as who triggers whom."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from ..engine.core.plan import Project
from ..engine.drawing import FORMATS
from ..engine.graphs import Graph, connections, flow
from .exits import Exit
from .projects import compiled_project
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
        "Examples\n"
        "  cuebook graph acme > acme.svg\n"
        "  cuebook graph acme --playbook renewal-at-90-days > renewal.svg\n"
        "  cuebook graph acme --format mermaid >> README.md"
    )


def run(args: Namespace) -> Exit:
    """Compile, draw, print."""
    project = compiled_project(args, "drawn")
    if project is None:
        return Exit.FOUND
    graph = _graph(project, args.playbook)
    if args.format == "json":
        sys.stdout.write(json.dumps(asdict(graph), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(FORMATS[args.format](graph))
    return Exit.CLEAN


def _graph(project: Project, name: str | None) -> Graph:
    if name is None:
        return connections(project)
    (plan,) = chosen(project, name, "cuebook graph")
    return flow(plan)
