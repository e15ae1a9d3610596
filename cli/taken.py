"""What `cuebook library` does to a project: a play taken in, brought up to date, or compared."""

import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..dsl.diagnostics import Report
from ..dsl.project import SETTINGS
from ..dsl.render import full
from ..playbooks.catalogue import LIST, Play, catalogue, play_named
from ..playbooks.filling import Unmarked
from ..playbooks.merging import NoMerge, marks
from ..playbooks.origins import LOCK, Origin, Unreadable, origins
from ..playbooks.taking import Change, NotText, added, given, sources_of, text_of, upgraded
from .differences import difference
from .exits import Exit, Misuse
from .main import VERSION
from .projects import open_project, tell
from .show_taken import Step, differing, print_json
from .terminal import colored, harmless

__all__ = ["add", "diff", "on_shelf", "upgrade"]


def on_shelf(args: Namespace) -> tuple[Play, ...]:
    """Return the plays of the shelf that is meant; raises Misuse where there are none."""
    listed = LIST if args.shelf is None else args.shelf / LIST.name
    plays = catalogue(listed) if listed.is_file() else ()
    if not plays:
        raise Misuse(f"{harmless(str(listed))} lists no plays", "cuebook library list")
    return plays


def add(args: Namespace, plays: Sequence[Play]) -> Exit:
    """Take plays into a project, all of each of them or nothing."""
    project = _project(args)
    for play in plays:
        if play.path in _origins(project):
            raise Misuse(
                f"{play.path} was taken before; it can be brought up to date",
                _typed("upgrade", play.path, args),
            )
    values = _values(args, plays)
    if values is None or not _sound(project, args):
        return Exit.FOUND
    steps: list[Step] = []
    whole = Change()
    for play in plays:
        with _deciding(play, args):
            change = added(play, project, values[play.path], VERSION, after=whole)
        steps.append(Step(play, change))
        whole = Change({**whole.texts, **change.texts}, change.origins)
    ended = _do(steps, whole, project, args)
    if args.format == "json":
        print_json(steps)
    return ended


def upgrade(args: Namespace, plays: Sequence[Play]) -> Exit:
    """Bring plays up to date, or all that were taken; ends with the first that needs a person."""
    project = _project(args)
    if args.set and not plays:
        raise Misuse(
            "what is filled in belongs to plays: name them", _typed("upgrade", "PLAY", args)
        )
    taken = _taken(project, plays, args)
    values = _values(args, taken)
    if values is None or not _finished(project, taken, args):
        return Exit.FOUND
    steps: list[Step] = []
    ended = Exit.CLEAN
    for one in taken:
        with _deciding(one, args):
            change = upgraded(one, project, values[one.path], VERSION)
        if change.texts or change.told or change.taken or change.settings.conflicts:
            steps.append(Step(one, change))
            ended = _do(steps[-1:], change, project, args)
        if ended is not Exit.CLEAN:
            break
    if args.format == "json":
        print_json(steps)
    elif not steps:
        sys.stdout.write("nothing to do: the shelf says what it said when the plays were taken\n")
    return ended


@contextmanager
def _deciding(play: Play, args: Namespace) -> Iterator[None]:
    """Say what keeps a change from being decided, and what to type then."""
    try:
        yield
    except Unmarked as why:
        raise Misuse(f"{play.path}: {why}", "cuebook library list") from why
    except NoMerge as why:
        raise Misuse(str(why), "git --version") from why
    except NotText as why:
        raise Misuse(f"{harmless(str(why))}; save it as UTF-8", _check(args)) from why


def diff(args: Namespace, plays: Sequence[Play]) -> Exit:
    """Show what was changed in a project since its plays were taken."""
    project = _project(args)
    taken = _origins(project)
    found: dict[str, str] = {}
    for one in _taken(project, plays, args):
        for place, base in taken[one.path].files.items():
            with _deciding(one, args):
                mine = text_of(project / place) or ""
            if mine != base:
                found[place] = difference(place, base, mine)
    if args.format == "json":
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(found.values()) or "nothing was changed since it was taken\n")
    return Exit.CLEAN


# --- before -----------------------------------------------------------------------------------


def _project(args: Namespace) -> Path:
    project: Path = args.to
    if not (project / SETTINGS).is_file():
        where = harmless(str(project))
        raise Misuse(
            f"{where} is no project: it has no {SETTINGS}",
            shlex.join(["cuebook", "init", str(project)]),
        )
    return project.resolve()


def _origins(project: Path) -> dict[str, Origin]:
    try:
        return origins(project)
    except Unreadable as why:
        raise Misuse(harmless(str(why)), f"git checkout {LOCK}") from why


def _taken(project: Path, plays: Sequence[Play], args: Namespace) -> list[Play]:
    """Return the plays a command is about: those named, or all taken that still stand on the shelf."""
    taken = _origins(project)
    for play in plays:
        if play.path not in taken:
            raise Misuse(
                f"{play.path} was not taken into this project", _typed("add", play.path, args)
            )
    if plays:
        return list(plays)
    shelf = on_shelf(args)
    found = {name: play_named(name, shelf) for name in taken}
    for name in (name for name, play in found.items() if play is None):
        sys.stderr.write(f"{harmless(name)} is no longer on the shelf; yours is left as it is\n")
    return [play for play in found.values() if play is not None]


def _values(args: Namespace, plays: Sequence[Play]) -> dict[str, dict[str, str]] | None:
    """Return what is filled in by play: each value in every play that has an input of its name.

    Tells what is wrong with it, and returns None.
    """
    pairs = [one.partition("=") for one in args.set]
    odd = next((name for name, sign, _ in pairs if not sign), None)
    if odd is not None:
        raise Misuse(
            f"`{harmless(odd)}` fills in nothing: write NAME=VALUE",
            f"cuebook library show {plays[0].path}",
        )
    typed = {name.strip(): value.strip() for name, _, value in pairs}
    inputs = {play.path: play.inputs() for play in plays}
    nobody = {name for name in typed if not any(name in known for known in inputs.values())}
    values: dict[str, dict[str, str]] = {}
    for play in plays:
        report = Report()
        here = {name: text for name, text in typed.items() if name in inputs[play.path]}
        unknown = {name: typed[name] for name in nobody} if play is plays[0] else {}
        values[play.path] = given(play, {**here, **unknown}, report)
        if report.failed:
            sys.stderr.write(full(report, sources_of(typed), color=colored(sys.stderr, args.color)))
            sys.stderr.write(f"nothing was written\n next: cuebook library show {play.path}\n")
            return None
    return values


def _finished(project: Path, plays: Sequence[Play], args: Namespace) -> bool:
    """Tell where an earlier merge still waits for a person; the next one is not laid on top of it."""
    taken = _origins(project)
    found: dict[str, list[int]] = {}
    for play in plays:
        for place in taken[play.path].files:
            with _deciding(play, args):
                found[place] = marks(text_of(project / place) or "")
    lines = differing(found)
    if lines:
        waits = "an earlier merge is not finished; nothing was written"
        sys.stderr.write("\n".join([*map(harmless, lines), waits, f" next: {_check(args)}", ""]))
    return not lines


def _sound(project: Path, args: Namespace) -> bool:
    """Tell what is wrong with the project as it is; a play is not laid on top of mistakes."""
    compiled = open_project(project)
    if compiled.project is None:
        tell(compiled, compiled.report, args.color)
        sys.stderr.write(f"nothing was written\n next: cuebook check {args.to}\n")
    return compiled.project is not None


def _typed(what: str, play: str, args: Namespace) -> str:
    return shlex.join(["cuebook", "library", what, play, "--to", str(args.to)])


def _check(args: Namespace) -> str:
    return shlex.join(["cuebook", "check", str(args.to)])


# --- and after ----------------------------------------------------------------------------------


def _do(steps: Sequence[Step], whole: Change, project: Path, args: Namespace) -> Exit:
    """Write what was decided and tell of it, unless something speaks against it."""
    refused = [why for step in steps for why in step.refused]
    if refused:
        sys.stderr.write("\n".join([*map(harmless, refused), "nothing was written", ""]))
        sys.stderr.write(f" next: cuebook library show {steps[-1].play.path}\n")
        return Exit.FOUND
    if not whole.marked and not _compiles(steps, whole, project, args):
        return Exit.FOUND
    for step in steps:
        step.found(project)
    if args.diff:
        if args.format == "text":
            sys.stdout.writelines(text for step in steps for text in step.changes.values())
        return Exit.FOUND if whole.marked else Exit.CLEAN
    try:
        whole.write(project)
    except OSError as why:
        told = f"{harmless(str(why.filename))} cannot be written: {why.strerror}"
        raise Misuse(told, shlex.join(["ls", "-ld", str(args.to)])) from why
    for step in steps:
        step.written = True
        if args.format == "text":
            sys.stdout.write(step.told())
    if args.format == "text":
        sys.stdout.write(_next(whole, args))
    return Exit.FOUND if whole.marked else Exit.CLEAN


def _compiles(steps: Sequence[Step], whole: Change, project: Path, args: Namespace) -> bool:
    """Tell what is wrong with the project as it would be."""
    compiled = whole.compiled(project)
    if compiled.project is None:
        tell(compiled, compiled.report, args.color)
        plays = " and ".join(step.play.path for step in steps)
        sys.stderr.write(f"with {plays} the project would have these mistakes\n")
        sys.stderr.write(f"nothing was written\n next: {_check(args)}\n")
        steps[-1].refused.append("the project would have mistakes")
    return compiled.project is not None


def _next(whole: Change, args: Namespace) -> str:
    project = shlex.quote(str(args.to))
    following = [f"cuebook {word} {project}" for word in ("check", "test")]
    if not whole.marked:
        return "\n".join(["next:", *(f"  {command}" for command in following), ""])
    more = [] if args.plays else [f"cuebook library upgrade --to {project}"]
    edit = "next: keep what is right between <<<<<<< and >>>>>>>, without the marks, and then"
    return "\n".join([edit, *(f"  {command}" for command in (*following, *more)), ""])
