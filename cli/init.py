"""`cuebook init`: write a small project that passes `check`, `test` and `dry-run` as it stands."""

import re
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from .exits import Exit, Misuse
from .schema import write_schemas
from .terminal import Paint, colored, harmless, plural

__all__ = ["configure", "run"]

_STARTER = Path(__file__).parent / "starter"
_NAMED = {"cuebook.yaml": "project: starter\n", "README.md": "# starter\n"}
"""Lines of the starter project that carry its name."""


def configure(parser: ArgumentParser) -> None:
    """Declare where to write, and whether files may be replaced."""
    parser.add_argument(
        "folder", nargs="?", default=".", type=Path, help="where to write (default: here)"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace files that stand where ours would"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )
    parser.epilog = "Examples\n  cuebook init acme\n  cuebook init .\n  cuebook init acme --force"


def run(args: Namespace) -> Exit:
    """Write the starter project, all of it or nothing."""
    folder: Path = args.folder
    contents = _contents(_name(folder))
    _refuse_to_overwrite(folder, tuple(contents), force=args.force)
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    schemas = write_schemas(folder)
    _tell(folder, (*contents, *schemas), args)
    return Exit.CLEAN


def _contents(name: str) -> dict[str, str]:
    """Return each file of the project by its path in it, with the project's own name."""
    found = {}
    for path in sorted(path for path in _STARTER.rglob("*.*") if path.is_file()):
        key = path.relative_to(_STARTER).as_posix()
        line = _NAMED.get(key, "")
        found[key] = path.read_text(encoding="utf-8").replace(
            line, line.replace("starter", name), 1
        )
    return found


def _name(folder: Path) -> str:
    """Return the folder's name as a name of the language: letters, digits, `-` and `_`."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name if name[:1].isalpha() else f"project-{name}".rstrip("-")


def _refuse_to_overwrite(folder: Path, names: tuple[str, ...], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"{harmless(str(folder))} is a file, not a folder", "cuebook init acme")
    taken = [name for name in names if (folder / name).exists()]
    if taken and not force:
        said = ", ".join(taken)
        raise Misuse(
            f"{harmless(str(folder))} already has {said}; nothing was written",
            shlex.join(["cuebook", "init", str(folder), "--force"]),
        )


def _tell(folder: Path, names: tuple[str, ...], args: Namespace) -> None:
    here = folder.resolve() == Path.cwd()
    path = shlex.quote(str(folder))
    after = [f"cuebook {word}{'' if here else f' {path}'}" for word in ("check", "test", "dry-run")]
    if args.format == "json":
        import json  # noqa: PLC0415 - people read text; only programs wait for this

        told = {"folder": str(folder), "files": names, "next": after}
        sys.stdout.write(f"{json.dumps(told)}\n")
        return
    paint = Paint(colored(sys.stdout, args.color))
    lines = [f"wrote {plural(len(names), 'file')} to {harmless(str(folder))}:"]
    lines += [f"  {name}" for name in names]
    lines += ["", "next:", *(f"  {paint.cyan(command)}" for command in after)]
    sys.stdout.write("\n".join(lines) + "\n")
