"""`cuebook fmt`: bring the files of a project into the one layout that all of them share."""

import json
import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..dsl.diagnostics import Report
from ..dsl.formatting import laid_out
from ..dsl.project import root_of
from ..dsl.render import full
from ..dsl.sources import Files, Source, load
from .differences import difference
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, plural

__all__ = ["configure", "run"]

_SUFFIXES = (".yaml", ".yml", ".play")
_TOP = ("cuebook.yaml", "actions.yaml")
_FOLDERS = ("playbooks", "tests")


def configure(parser: ArgumentParser) -> None:
    """Declare what to format, and whether only to look."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=[Path()],
        type=Path,
        metavar="PATH",
        help="project folders or single files, `-` for standard input (default: the project here)",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file would")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )
    parser.epilog = (
        "Comments stay where they are, and what a playbook means does not change.\n"
        "Exit code: 0 done, 1 a file cannot be read or, with --check, would change,"
        " 2 nothing to format.\n\n"
        "Examples\n"
        "  cuebook fmt acme               write the files of a project anew where needed\n"
        "  cuebook fmt acme --diff        see what that would change\n"
        "  cuebook fmt --check            for a pull request\n"
        "  cuebook fmt - < renewal.yaml   from an editor"
    )


@dataclass(frozen=True, slots=True)
class _Formatted:
    """A file, as it is and as it should be."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    def diff(self) -> str:
        """Return the difference as programs read it."""
        return difference(str(self.path), self.before, self.after)


def run(args: Namespace) -> Exit:
    """Format each file; one that cannot be read is reported, and left as it is."""
    if args.paths == [Path("-")]:
        return _stream()
    report, sources = Report(), dict[str, Source]()
    found = [
        done
        for path in dict.fromkeys(_files(args.paths))
        if (done := _formatted(path, report, sources)) is not None
    ]
    changed = [done for done in found if done.changed]
    if not args.check and not args.diff:
        for done in changed:
            _write(done)
    sys.stderr.write(full(report, sources, color=colored(sys.stderr, args.color)))
    _tell(args, found, changed)
    return Exit.FOUND if report.failed or (args.check and changed) else Exit.CLEAN


def _files(paths: list[Path]) -> Iterator[Path]:
    """Yield the files meant, those of a project in the order in which it is read."""
    for path in paths:
        if path.is_file():
            if path.suffix not in _SUFFIXES:
                said = (
                    f"{harmless(str(path))} holds no playbooks: not one of {', '.join(_SUFFIXES)}"
                )
                raise Misuse(said, "cuebook fmt --help")
            yield path
        elif path.is_dir() and (root := root_of(path, Files())) is not None:
            within = path.resolve()
            yield from (one for one in _of_project(root) if one.resolve().is_relative_to(within))
        else:
            what = "is no project: no cuebook.yaml there" if path.exists() else "is not there"
            raise Misuse(
                f"{harmless(str(path))} {what}", shlex.join(["cuebook", "init", str(path)])
            )


def _of_project(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _TOP if (root / name).is_file())
    for folder in _FOLDERS:
        inside = sorted((root / folder).rglob("*"))
        yield from (file for file in inside if file.suffix in _SUFFIXES and file.is_file())


def _formatted(path: Path, report: Report, sources: dict[str, Source]) -> _Formatted | None:
    source = load(path, str(path), report)
    if source is None:
        return None
    sources[source.file] = source
    after = laid_out(source.file, source.text, report)
    return _Formatted(path, source.text, after) if after is not None else None


def _stream() -> Exit:
    """Format what an editor hands over; what cannot be read is handed back as it was."""
    text, report = sys.stdin.read(), Report()
    after = laid_out("standard input", text, report)
    sys.stdout.write(text if after is None else after)
    source = Source("standard input", text)
    sys.stderr.write(full(report, {source.file: source}, color=colored(sys.stderr)))
    return Exit.FOUND if report.failed else Exit.CLEAN


def _write(done: _Formatted) -> None:
    """Put the new text in place of the old at once: a crash leaves one of them, whole."""
    beside = done.path.with_name(f".{done.path.name}.new")
    beside.write_text(done.after, encoding="utf-8", newline="\n")
    beside.chmod(done.path.stat().st_mode)
    os.replace(beside, done.path)  # noqa: PTH105 - named for what it promises


def _tell(args: Namespace, found: list[_Formatted], changed: list[_Formatted]) -> None:
    if args.format == "json":
        told = {"changed": [str(done.path) for done in changed], "files": len(found)}
        sys.stdout.write(f"{json.dumps(told)}\n")
        return
    if args.diff:
        sys.stdout.write("".join(done.diff() for done in changed))
    paint = Paint(colored(sys.stderr, args.color))
    would = args.check or args.diff
    for done in () if args.diff else changed:
        sys.stderr.write(f"{'would change' if would else 'changed'} {harmless(str(done.path))}\n")
    if changed:
        said = f"{len(changed)} of {plural(len(found), 'file')} {'would change' if would else 'changed'}"
        sys.stderr.write(f"{paint.yellow(said) if would else said}\n")
    else:
        sys.stderr.write(f"{plural(len(found), 'file')}, {paint.green('all as they should be')}\n")
