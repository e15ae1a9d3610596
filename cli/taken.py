"""What `cuebook library` does to a project: a play taken in, brought up to date, or compared."""

import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from ..dsl.diagnostics import Report
from ..dsl.project import SETTINGS
from ..dsl.render import full
from ..playbooks.catalogue import LIST, Play, catalogue, play_named
from ..playbooks.filling import Unmarked
from ..playbooks.merging import NoMerge
from ..playbooks.origins import LOCK, Origin, Unreadable, origins
from ..playbooks.taking import Change, added, given, sources_of, upgraded
from .differences import difference
from .exits import Exit, Misuse
from .main import VERSION
from .projects import open_project, tell
from .terminal import colored, harmless, plural

__all__ = ["add", "diff", "on_shelf", "upgrade"]

_LONGEST = 72


def on_shelf(args: Namespace) -> tuple[Play, ...]:
    """Return the plays of the shelf that is meant; raises Misuse where there are none."""
    listed = LIST if args.shelf is None else args.shelf / LIST.name
    plays = catalogue(listed) if listed.is_file() else ()
    if not plays:
        raise Misuse(f"{harmless(str(listed))} lists no plays", "cuebook library list")
    return plays


def add(args: Namespace, play: Play) -> Exit:
    """Take a play into a project, all of it or nothing."""
    project = _project(args)
    if play.path in _origins(project):
        raise Misuse(
            f"{play.path} was taken before; it can be brought up to date",
            _typed("upgrade", play.path, args),
        )
    values = _values(args, play)
    if values is None or not _sound(project, args):
        return Exit.FOUND
    try:
        change = added(play, project, values, VERSION)
    except Unmarked as why:
        raise Misuse(f"{play.path}: {why}", "cuebook library list") from why
    return _do(change, play, project, args)


def upgrade(args: Namespace, play: Play | None) -> Exit:
    """Bring one play up to date, or all that were taken; ends with the first that needs a person."""
    project = _project(args)
    if args.set and play is None:
        raise Misuse(
            "what is filled in belongs to one play: name it", _typed("upgrade", "PLAY", args)
        )
    changed = False
    for one in _taken(project, play, args):
        values = _values(args, one)
        if values is None:
            return Exit.FOUND
        change = _upgraded(one, project, values)
        if not (change.texts or change.told or change.taken or change.settings.conflicts):
            continue
        changed = True
        ended = _do(change, one, project, args)
        if ended is not Exit.CLEAN:
            return ended
    if not changed and args.format == "text":
        sys.stdout.write("nothing to do: the shelf says what it said when the plays were taken\n")
    return Exit.CLEAN


def _upgraded(play: Play, project: Path, values: dict[str, str]) -> Change:
    try:
        return upgraded(play, project, values, VERSION)
    except Unmarked as why:
        raise Misuse(f"{play.path}: {why}", "cuebook library list") from why
    except NoMerge as why:
        raise Misuse(str(why), "git --version") from why


def diff(args: Namespace, play: Play | None) -> Exit:
    """Show what was changed in a project since its plays were taken."""
    project = _project(args)
    taken = _origins(project)
    found: dict[str, str] = {}
    for one in _taken(project, play, args):
        for place, base in taken[one.path].files.items():
            mine = _text(project / place)
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


def _taken(project: Path, play: Play | None, args: Namespace) -> list[Play]:
    """Return the plays a command is about: one, or all that were taken and still stand on the shelf."""
    taken = _origins(project)
    if play is not None and play.path not in taken:
        raise Misuse(f"{play.path} was not taken into this project", _typed("add", play.path, args))
    if play is not None:
        return [play]
    plays = {name: play_named(name, on_shelf(args)) for name in taken}
    for name in (name for name, found in plays.items() if found is None):
        sys.stderr.write(f"{harmless(name)} is no longer on the shelf; yours is left as it is\n")
    return [found for found in plays.values() if found is not None]


def _values(args: Namespace, play: Play) -> dict[str, str] | None:
    """Return what is filled in; tells what is wrong with it, and returns None."""
    pairs = [one.partition("=") for one in args.set]
    odd = next((name for name, sign, _ in pairs if not sign), None)
    if odd is not None:
        raise Misuse(
            f"`{harmless(odd)}` fills in nothing: write NAME=VALUE",
            f"cuebook library show {play.path}",
        )
    typed = {name.strip(): value.strip() for name, _, value in pairs}
    report = Report()
    values = given(play, typed, report)
    if not report.failed:
        return values
    sys.stderr.write(full(report, sources_of(typed), color=colored(sys.stderr, args.color)))
    sys.stderr.write(f"nothing was written\n next: cuebook library show {play.path}\n")
    return None


def _sound(project: Path, args: Namespace) -> bool:
    """Tell what is wrong with the project as it is; a play is not laid on top of mistakes."""
    compiled = open_project(project)
    if compiled.project is None:
        tell(compiled, compiled.report, args.color)
        sys.stderr.write(f"nothing was written\n next: cuebook check {args.to}\n")
    return compiled.project is not None


def _typed(what: str, play: str, args: Namespace) -> str:
    return shlex.join(["cuebook", "library", what, play, "--to", str(args.to)])


# --- and after ----------------------------------------------------------------------------------


def _do(change: Change, play: Play, project: Path, args: Namespace) -> Exit:
    """Write a change and tell of it, unless something speaks against it."""
    refused = list(_refused(change, play))
    if refused:
        sys.stderr.write("\n".join([*refused, "nothing was written", ""]))
        sys.stderr.write(f" next: cuebook library show {play.path}\n")
        return Exit.FOUND
    if not change.marked:
        compiled = change.compiled(project)
        if compiled.project is None:
            tell(compiled, compiled.report, args.color)
            sys.stderr.write(f"with {play.path} the project would have these mistakes\n")
            sys.stderr.write(f"nothing was written\n next: cuebook check {args.to}\n")
            return Exit.FOUND
    if args.diff:
        sys.stdout.write("".join(_differences(change, project)))
        return Exit.CLEAN
    before = {place for place in change.texts if (project / place).exists()}
    change.write(project)
    _tell(change, play, before, args)
    return Exit.FOUND if change.marked else Exit.CLEAN


def _refused(change: Change, play: Play) -> Iterator[str]:
    """Yield why a change is not written."""
    for place in change.taken:
        yield f"{place} stands there already, and is not that of {play.path}: move it first"
    for one in change.settings.conflicts:
        where = f"{SETTINGS}:{one.line}"
        mine, theirs = _short(one.mine), _short(one.theirs)
        yield f"{where}: {one.what} is {mine} here, and {theirs} in {play.path}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _differences(change: Change, project: Path) -> Iterator[str]:
    for place, text in change.texts.items():
        if place != LOCK:
            yield difference(place, _text(project / place), text or "")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _tell(change: Change, play: Play, before: set[str], args: Namespace) -> None:
    settings, project = change.settings, shlex.quote(str(args.to))
    following = [f"cuebook {word} {project}" for word in ("check", "test")]
    if args.format == "json":
        told = {
            "play": play.path,
            "files": {place: _fate(place, change, before) for place in change.texts},
            "declared": settings.added,
            "kept": settings.kept,
            "conflicts": change.marked,
            "notes": change.told,
            "next": following,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    lines = [f"{play.path}: {plural(len(change.texts), 'file')}"]
    lines += [f"  {_fate(place, change, before)}  {place}" for place in change.texts]
    lines += [f"declared: {', '.join(settings.added)}"] if settings.added else []
    lines += [f"kept as yours: {', '.join(settings.kept)}"] if settings.kept else []
    lines += change.told
    lines += [
        f"{place}: {plural(number, 'place')} where you and the shelf differ; look for <<<<<<<"
        for place, number in change.marked.items()
    ]
    lines += ["next:", *(f"  {command}" for command in following)]
    sys.stdout.write("\n".join(map(harmless, lines)) + "\n")


def _fate(place: str, change: Change, before: set[str]) -> str:
    """Return what became of a file, in one word."""
    if change.texts[place] is None:
        return "deleted"
    if place in change.marked:
        return "marked"
    return "changed" if place in before else "new"
