"""Safe fixes are put in, whatever stands beside them; what would break a file is left alone."""

from cuebook.dsl.diagnostics import Diagnostic, Fix
from cuebook.dsl.fixing import fixed
from cuebook.dsl.sources import Source
from cuebook.engine.core.origin import Span


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
