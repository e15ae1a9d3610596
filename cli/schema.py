"""`cuebook schema`: JSON Schemas of a project's files, with its own names, for editors and checkers."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from .exits import Exit, Misuse
from .projects import open_project
from .terminal import plural

__all__ = ["configure", "file_of", "run", "write_schemas", "written"]

_FOLDER: Final = ".cuebook"
_OF: Final = ("cuebook.yaml", "actions.yaml", "playbooks", "tests")


def configure(parser: ArgumentParser) -> None:
    """Declare the project, which files, and whether to write them down."""
    parser.add_argument("project", nargs="?", default=Path(), type=Path, help="default: here")
    parser.add_argument("--of", choices=_OF, help="the schema of one kind of file alone")
    parser.add_argument(
        "--write", action="store_true", help=f"write them into {_FOLDER}/ of the project"
    )
    parser.add_argument(
        "--format", choices=("json",), default="json", help="what to print (default: json)"
    )
    parser.epilog = (
        "Examples\n"
        "  cuebook schema acme --write                     for the editors of acme\n"
        "  cuebook schema acme --of playbooks > playbook.schema.json"
    )


def run(args: Namespace) -> Exit:
    """Print the schemas, or write them where the modelines of `cuebook init` point to."""
    if args.write:
        files = write_schemas(args.project)
        sys.stderr.write(f"wrote {plural(len(files), 'file')} to {args.project / _FOLDER}\n")
        return Exit.CLEAN
    made = _made(args.project)
    json.dump(made[args.of] if args.of else made, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    return Exit.CLEAN


def file_of(kind: str) -> str:
    """Return where in a project the schema of a kind of file is written.

    >>> file_of("playbooks"), file_of("cuebook.yaml")
    ('.cuebook/playbooks.schema.json', '.cuebook/cuebook.schema.json')
    """
    return f"{_FOLDER}/{kind.removesuffix('.yaml')}.schema.json"


def written(project: Path) -> dict[str, str]:
    """Return the texts of all schema files by their paths in the project; Misuse where none is."""
    return {
        file_of(kind): json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for kind, schema in _made(project).items()
    }


def write_schemas(project: Path) -> tuple[str, ...]:
    """Write the schemas of a project where modelines point to, and return their paths in it."""
    files = written(project)
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return tuple(files)


def _made(project: Path) -> dict[str, dict[str, object]]:
    from ..dsl.schema import schemas  # noqa: PLC0415 - the compiler is loaded when it is needed

    compiled = open_project(project)
    if compiled.known is None:
        raise Misuse(f"{project} is no project", f"cuebook init {project}")
    return schemas(compiled.known, compiled.playbooks)
