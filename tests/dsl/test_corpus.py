"""Every construct compiles, and every mistake is told word for word as the corpus has it."""

import json
import os
from pathlib import Path

import pytest

from cuebook.dsl import Compiled, compile_project
from cuebook.dsl.codes import CODES
from cuebook.dsl.render import full
from cuebook.dsl.trials.read_tests import written_in

CORPUS = Path(__file__).parents[1] / "corpus"
OK = sorted(path for path in (CORPUS / "ok").iterdir())
ERR = sorted(path for path in (CORPUS / "err").iterdir() if path.suffix != ".out")
ELSEWHERE = {"Y100", "Y101", "Y102", "P110", "D204"}
"""Codes of what cannot lie in a corpus: test_document, test_project and test_calendars have them."""


def compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiled:
    """Compile with places that do not depend on where the project was checked out."""
    monkeypatch.chdir(CORPUS)
    result = compile_project(path.relative_to(CORPUS), year=2026)
    written_in(result, result.report)
    return result


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
    told = full(result.report, result.sources, more=False)

    if os.environ.get("CUEBOOK_REWRITE"):
        expected.write_text(told, encoding="utf-8")

    assert told == expected.read_text(encoding="utf-8")
    assert path.name.startswith("ten") or path.name[:4] in {note.code for note in result.report}


def test_every_code_has_a_file_and_every_file_a_code() -> None:
    """A code without an example is a promise nobody checked."""
    shown = {path.name[:4] for path in ERR if not path.name.startswith("ten")}

    assert shown | ELSEWHERE == CODES.keys()


def test_ten_mistakes_are_told_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts out makes all of them at once, and mends them at once."""
    result = compiled(CORPUS / "err" / "ten-mistakes", monkeypatch)

    places = [
        (note.code, Path(note.span.file).name, *result.sources[note.span.file].position(start))
        for note in result.report
        for start in [note.span.start]
    ]

    assert places == [
        ("T201", "cuebook.yaml", 4, 10),
        ("N104", "a.yaml", 2, 5),
        ("N103", "a.yaml", 3, 5),
        ("P101", "a.yaml", 4, 1),
        ("S106", "a.yaml", 6, 13),
        ("A101", "a.yaml", 7, 9),
        ("S113", "a.yaml", 10, 9),
        ("T104", "a.yaml", 11, 17),
        ("P108", "a.yaml", 12, 6),
        ("P104", "a.yaml", 13, 7),
        ("Y104", "b.yaml", 3, 1),
    ]


def test_each_code_is_explained_with_a_mistake_of_the_corpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`cuebook explain` shows the first mistake of each kind, as the corpus has it."""
    examples = dict[str, str]()
    for path in ERR:
        result = compiled(path, monkeypatch)
        for note in result.report:
            if path.name.startswith(note.code):
                examples.setdefault(note.code, full([note], result.sources, more=False))
    kept = Path(__file__).parents[2] / "dsl" / "examples.json"

    if os.environ.get("CUEBOOK_REWRITE"):
        told = json.dumps(examples, ensure_ascii=False, indent=1, sort_keys=True)
        kept.write_text(f"{told}\n", encoding="utf-8")

    assert json.loads(kept.read_bytes()) == examples
