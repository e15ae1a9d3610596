"""Safe fixes are put in, whatever stands beside them; what would break a file is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cuebook.dsl import Compiled, compile_project
from cuebook.dsl.diagnostics import Diagnostic, Fix
from cuebook.dsl.fixing import fixed
from cuebook.dsl.sources import Files, Source
from cuebook.engine.core.origin import Span

CORPUS = Path(__file__).parents[1] / "corpus"
OK = sorted(path for path in (CORPUS / "ok").iterdir() if path.is_file())
ERR = sorted(path for path in (CORPUS / "err").iterdir() if path.suffix in (".yaml", ".play"))


def mended(text: str, *fixes: tuple[int, int, str], safe: bool = True) -> tuple[str, int] | None:
    notes = [
        Diagnostic("N103", "", span := Span("a.yaml", start, end), fix=Fix(span, new, safe))
        for start, end, new in fixes
    ]
    return fixed(notes, {"a.yaml": Source("a.yaml", text)}).get("a.yaml")


def test_each_fix_is_put_where_it_belongs() -> None:
    assert mended("if: a = b", (4, 5, "plan"), (6, 7, "==")) == ("if: plan == b", 2)


def test_the_same_fix_twice_is_one() -> None:
    assert mended("if: a", (4, 5, "plan"), (4, 5, "plan")) == ("if: plan", 1)


def test_of_two_that_overlap_one_waits() -> None:
    assert mended("if: abc", (4, 6, "x"), (5, 7, "y")) == ("if: ay", 1)


def test_what_is_not_safe_is_left_to_people() -> None:
    assert mended("if: a", (4, 5, "plan"), safe=False) is None


def test_what_would_break_the_file_is_left_to_people() -> None:
    assert mended('if: "a"', (5, 6, '"plan"')) is None


def test_a_word_that_is_not_there_any_more_is_left_alone() -> None:
    span = Span("a.yaml", 4, 5)
    note = Diagnostic("N103", "", span, fix=Fix(span, "plan", instead_of="plann"))
    assert fixed([note], {"a.yaml": Source("a.yaml", "if: a")}) == {}


# --- over the corpus --------------------------------------------------------------------------------


def checked(path: Path, text: str | None = None) -> Compiled:
    files = Files()
    if text is not None:
        files.open[path] = text
    return compile_project(path, year=2026, files=files)


def repaired(path: Path, text: str) -> str:
    """Fix a file until nothing is left that can be fixed."""
    for _ in range(10):
        compiled = checked(path, text)
        after = fixed(compiled.report, compiled.sources).get(str(path))
        if after is None:
            return text
        text, _ = after
    raise AssertionError(f"fixing {path.name} does not come to an end")


@pytest.mark.parametrize("path", ERR, ids=lambda path: path.name)
def test_fixing_leaves_fewer_mistakes(path: Path) -> None:
    """What is fixed is gone, and nothing that was right has become wrong."""
    before = checked(path)
    safe = [note for note in before.report if note.fix is not None and note.fix.safe]
    text = repaired(path, path.read_text(encoding="utf-8"))
    after = checked(path, text)

    assert len(after.report.found) <= len(before.report.found) - bool(safe)


def slips(path: Path) -> Iterator[tuple[str, str]]:
    """Every ninth name of a file with a letter too many: what was right, and what stands there now."""
    right = path.read_text(encoding="utf-8")
    mentions = [one for one in checked(path).report.mentions if not one.declares]
    spans = sorted({one.span for one in mentions if right[: one.span.end].endswith(one.name)})
    for span in spans[::9]:
        yield right, f"{right[: span.end - 1]}q{right[span.end - 1 :]}"


def test_a_slip_in_a_name_is_mended_or_told() -> None:
    """It is never taken for another than the one that was meant."""
    mended = told = 0
    for path in OK:
        for right, slipped in slips(path):
            text = repaired(path, slipped)
            assert text in (right, slipped) or checked(path, text).report.failed, slipped
            mended += text == right
            told += text != right

    assert mended > 2 * told > 0
