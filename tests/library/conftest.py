"""A shelf, a project, and somebody who types `cuebook library`."""

import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cuebook.cli.main import main
from cuebook.playbooks.catalogue import LIST

Said = tuple[int, str, str]
Type = Callable[..., Said]

SETTINGS = "project: acme\ntimezone: Europe/Berlin\n"


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """Types `cuebook library …` and hears what is said."""

    def typed(*words: object) -> Said:
        capsys.readouterr()
        code = main(["library", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return a project in which nothing is declared yet."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Return a shelf of one play, to be edited."""
    play = "winback/three-touches"
    copytree(LIST.parent / play, tmp_path / "shelf" / play)
    row = re.search(rf"^.*\({play}\).*$", LIST.read_text("utf-8"), re.MULTILINE)
    assert row is not None
    (tmp_path / "shelf" / "README.md").write_text(f"{row[0]}\n", encoding="utf-8")
    return tmp_path / "shelf"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file as a person would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
