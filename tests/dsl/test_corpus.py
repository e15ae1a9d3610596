"""Every construct compiles, and every mistake is told word for word as the corpus has it."""

import os
from pathlib import Path

import pytest

from cuebook.dsl import Compiled, compile_project
from cuebook.dsl.codes import CODES
from cuebook.dsl.render import full

CORPUS = Path(__file__).parents[1] / "corpus"
OK = sorted(path for path in (CORPUS / "ok").iterdir())
ERR = sorted(path for path in (CORPUS / "err").iterdir() if path.suffix != ".out")
ELSEWHERE = {"Y100", "Y101", "Y102", "P110"}
"""Codes of files that cannot lie in a corpus: test_document.py and test_project.py have them."""


def compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiled:
    """Compile with places that do not depend on where the project was checked out."""
    monkeypatch.chdir(CORPUS)
    return compile_project(path.relative_to(CORPUS))


@pytest.mark.parametrize("path", OK, ids=lambda path: path.name)
def test_what_the_language_has_compiles_without_a_word(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A construct of the manual that draws a diagnostic is broken."""
    result = compiled(path, monkeypatch)

    assert full(result.report, result.sources) == ""
    assert result.project is not None
    assert result.project.plans


@pytest.mark.parametrize("path", ERR, ids=lambda path: path.name)
def test_a_mistake_is_told_as_the_corpus_has_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes, places and words are what authors learn; they change on purpose or not at all.

    `CUEBOOK_REWRITE=1` writes the files anew, to be read before they are committed.
    """
    result = compiled(path, monkeypatch)
    expected = path.with_name(f"{path.name}.out")
    told = full(result.report, result.sources)

    if os.environ.get("CUEBOOK_REWRITE"):
        expected.write_text(told, encoding="utf-8")

    assert told == expected.read_text(encoding="utf-8")
    assert path.name.startswith("ten") or path.name[:4] in {note.code for note in result.report}


def test_every_code_has_a_file_and_every_file_a_code() -> None:
    """A code without an example is a promise nobody checked."""
    shown = {path.name[:4] for path in ERR if not path.name.startswith("ten")}

    assert shown | ELSEWHERE == CODES.keys()
