"""A schema takes whatever the parser takes, and refuses what it can see is wrong."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from check_jsonschema.cli.main_command import main as check_jsonschema
from check_jsonschema.schema_loader import SchemaLoader
from click.testing import CliRunner, Result

from cuebook.dsl import compile_project
from cuebook.dsl.schema import FILES, schemas

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
OK = sorted((CORPUS / "ok").glob("*.yaml"))
SHELF = sorted(path.parent for path in (ROOT / "playbooks").rglob("cuebook.yaml"))
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").rglob("cuebook.yaml"))
PROJECTS = [CORPUS, *SHELF, *EXAMPLES, ROOT / "cli" / "starter"]
WRONG = [
    "A101-unknown-action.yaml",
    "P101-unknown-key.yaml",
    "P102-missing.yaml",
    "P104-choice.yaml",
    "P108-step.yaml",
]


def schema_files(path: Path, folder: Path) -> dict[str, Path]:
    """Write the schemas of a project, or of one file with what it declares itself."""
    compiled = compile_project(path, year=2026)
    assert compiled.known is not None
    for kind, schema in schemas(compiled.known, compiled.playbooks).items():
        (folder / f"{kind}.json").write_text(json.dumps(schema), encoding="utf-8")
    return {kind: folder / f"{kind}.json" for kind in FILES}


def documents(files: Iterable[Path], folder: Path) -> Iterator[Path]:
    """Write each document of the files alone: the program reads one a file."""
    for file in files:
        for number, text in enumerate(re.split(r"^---\n", file.read_text("utf-8"), flags=re.M)):
            if any(line.strip() and line[0] != "#" for line in text.splitlines()):
                path = folder / f"{file.stem}-{number}.yaml"
                path.write_text(text, encoding="utf-8")
                yield path


def checked(schema: Path, *files: Path) -> Result:
    """Check files with the program that other people check theirs with, begun only once.

    It would ask each time whether the schema is one, which takes longer than all else together:
    that is a test of its own.
    """
    alone = map(str, documents(files, schema.parent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchemaLoader, "validate_schema", False)
        return CliRunner().invoke(check_jsonschema, ["--schemafile", str(schema), *alone])


@pytest.mark.parametrize("kind", FILES)
def test_the_schemas_are_schemas(kind: str, tmp_path: Path) -> None:
    """A schema that is none would take anything."""
    file = schema_files(CORPUS, tmp_path)[kind]

    done = CliRunner().invoke(check_jsonschema, ["--check-metaschema", str(file)])

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("path", OK, ids=lambda path: path.name)
def test_what_the_language_has_is_valid(path: Path, tmp_path: Path) -> None:
    """A schema that refuses what compiles would be switched off."""
    schema = schema_files(path, tmp_path)["playbooks"]

    done = checked(schema, path)

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_whole_projects_are_valid(project: Path, tmp_path: Path) -> None:
    """The shelf, the examples and what `init` writes: each file by the schema of its kind."""
    made = schema_files(project, tmp_path)
    for kind, schema in made.items():
        path = project / kind
        files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path] * path.is_file()
        if files:
            done = checked(schema, *files)
            assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", WRONG)
def test_what_a_schema_can_see_is_refused(name: str, tmp_path: Path) -> None:
    """Unknown keys, keys that are missing, and names that nobody declared."""
    schema = schema_files(CORPUS, tmp_path)["playbooks"]

    done = checked(schema, CORPUS / "err" / name)

    assert done.exit_code == 1, done.output
