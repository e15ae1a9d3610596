"""`cuebook check`: say what is wrong with playbooks, all of it in one run, without running them."""

import gc
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, plural

if TYPE_CHECKING:  # the compiler is loaded when there is something to compile, not for --help
    from ..dsl import Compiled
    from ..dsl.diagnostics import Diagnostic
    from ..dsl.sources import Sources

__all__ = ["configure", "run"]

_PEOPLE: Final = ("full", "text", "concise")
"""Formats in which the summary belongs to the output; programs get it on standard error."""
_NO_PROJECT: Final = "P110"


def configure(parser: ArgumentParser) -> None:
    """Declare what to check and how to tell it."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=[Path()],
        type=Path,
        metavar="PATH",
        help="project folders or single playbook files (default: the project here)",
    )
    parser.add_argument(
        "--format",
        choices=("full", "text", "concise", "json", "sarif", "github"),
        default="full",
        help="full (or text): with lines and carets; concise: one line each;"
        " json, sarif, github: for programs (default: full)",
    )
    parser.add_argument(
        "--fix", action="store_true", help="mend what can be mended safely, and tell the rest"
    )
    parser.add_argument(
        "--diff", action="store_true", help="with --fix: show what would be mended, change nothing"
    )
    parser.epilog = (
        "A warning that is meant is allowed by a comment, `# cuebook: allow L101`, at its line or\n"
        "above it.\n"
        "Exit code: 0 no mistakes (warnings are allowed), 1 mistakes, 2 nothing to check.\n\n"
        "Examples\n"
        "  cuebook check                                 the project in this folder\n"
        "  cuebook check acme/playbooks/renewal.yaml     one file of a project\n"
        "  cuebook check acme --format concise           one line for each mistake\n"
        "  cuebook check acme --format github            marks in a pull request\n"
        "  cuebook check acme --fix                      mend misspelt names and the like\n"
        "  cuebook check acme --fix --diff               show that, and change nothing"
    )


def run(args: Namespace) -> Exit:
    """Compile each path and print what the compiler has to say."""
    gc.disable()  # A check is over before there is garbage worth looking for.
    try:
        return _checked(args)
    finally:
        gc.freeze()  # Nor is there when it ends: what is left goes with the process.
        gc.enable()


def _checked(args: Namespace) -> Exit:
    if args.diff and not args.fix:
        raise Misuse("`--diff` shows what `--fix` would do", "cuebook check --fix --diff")
    compiled = [_compiled(path) for path in args.paths]
    if args.diff:
        return _shown(compiled)
    if args.fix and _fix(compiled):
        compiled = [_compiled(path) for path in args.paths]
    found = list(dict.fromkeys(note for each in compiled for note in each.report))
    sources = {file: source for each in compiled for file, source in each.sources.items()}
    sys.stdout.write(_told(args, found, sources))
    stream = sys.stdout if args.format in _PEOPLE else sys.stderr
    if found and args.format in ("full", "text"):
        stream.write("\n")
    stream.write(f"{_summary(found, compiled, Paint(colored(stream, args.color)))}\n")
    failed = any(note.severity == "error" for note in found)
    return Exit.FOUND if failed else Exit.CLEAN


def _compiled(path: Path) -> "Compiled":
    """Compile one path. Raises Misuse where no project is: there, nothing can be checked."""
    from ..dsl import compile_project  # noqa: PLC0415 - see above

    compiled = compile_project(path)
    for note in compiled.report:
        if note.code == _NO_PROJECT:
            near = path if path.is_dir() or not path.exists() else path.parent
            raise Misuse(harmless(note.title), shlex.join(["cuebook", "init", str(near)]))
    if compiled.tests:
        from ..dsl.trials.read_tests import written_in  # noqa: PLC0415 - most projects' tests are few

        written_in(compiled, compiled.report)
    return compiled


def _shown(compiled: "list[Compiled]") -> Exit:
    """Print what `--fix` would change, and change nothing."""
    from .differences import difference  # noqa: PLC0415 - see above

    mended = {
        file: (each.sources[file].text if file in each.sources else "", *done)
        for each in compiled
        for file, done in _mended(each).items()
    }
    for file, (before, after, _) in mended.items():
        sys.stdout.write(difference(file, before, after))
    count = sum(fixes for _, _, fixes in mended.values())
    places = f"{plural(count, 'place')} in {plural(len(mended), 'file')}"
    sys.stderr.write(f"would mend {places}\n" if count else "nothing to mend\n")
    failed = any(note.severity == "error" for each in compiled for note in each.report)
    return Exit.FOUND if failed else Exit.CLEAN


def _mended(compiled: "Compiled") -> dict[str, tuple[str, int]]:
    """Return the files with all that can be mended safely, and declared, in them, and how much."""
    from ..dsl.fixing import fixed  # noqa: PLC0415 - see above
    from ..dsl.stubs import stubbed  # noqa: PLC0415 - see above

    mended = fixed(compiled.report, compiled.sources)
    return mended | stubbed(compiled.report, compiled.sources, mended)


def _fix(compiled: "Iterable[Compiled]") -> bool:
    """Mend the files as far as it is safe; say how much, and return whether anything was."""
    count, files = 0, 0
    for each in compiled:
        for file, (text, fixes) in _mended(each).items():
            Path(file).write_text(text, encoding="utf-8", newline="")
            count, files = count + fixes, files + 1
    done = (
        f"mended {plural(count, 'place')} in {plural(files, 'file')}" if count else "nothing mended"
    )
    sys.stderr.write(f"{done}\n\n")
    return count > 0


def _told(args: Namespace, found: "list[Diagnostic]", sources: "Sources") -> str:
    if not found and args.format not in ("json", "sarif"):
        return ""
    from ..dsl import formats, render  # noqa: PLC0415 - a project without mistakes waits for none

    match args.format:
        case "json":
            return formats.as_json(found, sources)
        case "sarif":
            return formats.sarif(found, sources)
        case "github":
            return formats.github(found, sources)
        case "concise":
            return render.concise(found, sources)
        case _:
            return render.full(found, sources, color=colored(sys.stdout, args.color))


def _summary(found: "list[Diagnostic]", compiled: "Iterable[Compiled]", paint: Paint) -> str:
    """Return `3 errors, 1 warning in 2 files` or `12 playbooks, no mistakes`."""
    errors = sum(note.severity == "error" for note in found)
    warnings = len(found) - errors
    said = [paint.red(plural(errors, "error"))] if errors else []
    said += [paint.yellow(plural(warnings, "warning"))] if warnings else []
    if said:
        files = len({note.span.file for note in found})
        return f"{', '.join(said)} in {plural(files, 'file')}"
    projects = [each.project for each in compiled]
    playbooks = sum(len(project.plans) for project in projects if project is not None)
    return f"{plural(playbooks, 'playbook')}, {paint.green('no mistakes')}"
