"""`cuebook show`: a playbook read aloud in plain English, or written out as YAML."""

import json
import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from pathlib import Path

from ..dsl.writing import as_yaml
from ..engine.core.plan import Plan, Project
from ..engine.core.vocabulary import Vocabulary
from ..engine.english import english
from .exits import Exit, Misuse
from .projects import compiled_project
from .terminal import harmless

__all__ = ["chosen", "configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare which playbook to show, and as what."""
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--playbook", metavar="P", help="only this one (default: all, one after the other)")
    add("--as", dest="form", choices=("english", "yaml"), default="english",
        help="english: read aloud; yaml: whatever it was written as (default: english)")  # fmt: skip
    add("--format", choices=("text", "json"), default="text",
        help="text for people, json for programs (default: text)")  # fmt: skip
    parser.epilog = (
        "Examples\n  cuebook show acme --playbook renewal-at-90-days\n  cuebook show acme --as yaml"
    )


def run(args: Namespace) -> Exit:
    """Compile, and show what was asked for."""
    project = compiled_project(args, "shown")
    if project is None:
        return Exit.FOUND
    plans = chosen(project, args.playbook, "cuebook show")
    words = project.vocabulary
    told = {plan.playbook: _told(plan, args.form, words) for plan in plans}
    if args.format == "json":
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        between = "\n---\n" if args.form == "yaml" else "\n\n\n"
        sys.stdout.write(between.join(_harmless(text) for text in told.values()) + "\n")
    return Exit.CLEAN


def _told(plan: Plan, form: str, words: Vocabulary) -> str:
    return as_yaml(plan, words).strip() if form == "yaml" else "\n".join(english(plan)).strip()


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
