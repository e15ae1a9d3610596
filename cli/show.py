"""`cuebook show`: a playbook read aloud in plain English, or written out in either syntax."""

import json
import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from ..dsl.project import Compiled
from ..dsl.rule_writing import Unsaid, as_rule
from ..dsl.writing import as_yaml
from ..engine.core.plan import Plan, Project
from ..engine.english import english
from .exits import Exit, Misuse
from .projects import open_project, whole
from .terminal import harmless

__all__ = ["chosen", "configure", "run"]


_BETWEEN: Final = {"english": "\n\n\n", "yaml": "\n---\n", "play": "\n"}
"""What stands between two playbooks."""


def configure(parser: ArgumentParser) -> None:
    """Declare which playbook to show, and as what."""
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--playbook", metavar="P", help="only this one (default: all, one after the other)")
    add("--as", dest="form", choices=("english", "yaml", "play"), default="english",
        help="english: read aloud; yaml, or play for rule lines: whatever it was written as "
        "(default: english)")  # fmt: skip
    add("--format", choices=("text", "json"), default="text",
        help="text for people, json for programs (default: text)")  # fmt: skip
    parser.epilog = (
        "Examples\n  cuebook show acme --playbook renewal-at-90-days\n  cuebook show acme --as yaml"
    )


def run(args: Namespace) -> Exit:
    """Compile, and show what was asked for."""
    compiled = open_project(args.project)
    project = whole(compiled, args, "shown")
    if project is None:
        return Exit.FOUND
    plans = chosen(project, args.playbook, "cuebook show")
    told = {plan.playbook: _told(plan, args.form, compiled, project) for plan in plans}
    if args.format == "json":
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        between = _BETWEEN[args.form]
        sys.stdout.write(between.join(_harmless(text) for text in told.values()) + "\n")
    return Exit.CLEAN


def _told(plan: Plan, form: str, compiled: Compiled, project: Project) -> str:
    match form:
        case "yaml":
            return as_yaml(plan, project.vocabulary).strip()
        case "play":
            return _line(plan, compiled)
        case _:
            return "\n".join(english(plan)).strip()


def _line(plan: Plan, compiled: Compiled) -> str:
    """Return a playbook as a rule line, or a comment that says what has no place in one, and where."""
    assert compiled.known is not None  # noqa: S101 - what compiles knows its declarations
    try:
        return as_rule(plan, compiled.known)
    except Unsaid as unsaid:
        place = compiled.places[plan.playbook]
        span = place.steps.get(unsaid.step, place.name)
        line, column = compiled.sources[span.file].position(span.start)
        step = f"{unsaid.step}: " if unsaid.step else ""
        where = f"{span.file}:{line}:{column}"
        return f"# {plan.playbook} is no rule line: {step}{unsaid.why} ({where})"


def _harmless(text: str) -> str:
    """Return lines that leave the terminal as it is."""
    return "\n".join(map(harmless, text.split("\n")))


def chosen(project: Project, name: str | None, command: str) -> tuple[Plan, ...]:
    """Return the playbook of this name, or all; raises Misuse where there is none."""
    if name is None:
        return project.plans
    found = tuple(plan for plan in project.plans if plan.playbook == name)
    if found:
        return found
    near = get_close_matches(name, [plan.playbook for plan in project.plans], n=1)
    raise Misuse(
        f"there is no playbook {harmless(name)} in this project",
        f"{command} --playbook {near[0]}" if near else command,
    )
