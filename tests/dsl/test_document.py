"""The YAML reader: every scalar stays text, keeps its place, and what YAML breaks is explained."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl.codes import CODES
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Mapping, Node, Scalar, Sequence, read
from cuebook.dsl.sources import MAX_BYTES, load

KEYS = st.text("abc é😀", min_size=1, max_size=6).map(str.strip).filter(bool)
TEXTS = st.text("ab:#'\"\\ é😀-\n\t[]{}%@`!&*", max_size=30)


def one(text: str) -> Node:
    report = Report()
    (node,) = read("a.yaml", text, report)
    assert not report.found
    return node


def scalar(text: str) -> Scalar:
    node = one(text)
    assert isinstance(node, Mapping)
    value = node.entries[0][1]
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "no", "10:00", "2026-03-01", "1.10", "=", "~"]
)
def test_every_scalar_stays_text(word: str) -> None:
    """What a value is, its reader decides; YAML 1.1 would guess."""
    assert scalar(f"{word}: {word}\n").value == word


@pytest.mark.parametrize(
    "text",
    [
        "if: plan == 1\n",
        "if: 'plan ''== 1'\n",
        'if: "😀 pl\\u0061n == 1"\n',
        "if: |\n  first\n\n    plan == 1\n",
        "if: >-\n  first\n  plan\n  == 1\n",
        "if: first\n  plan\n  == 1\n",
        'if: "first \\\n   plan\n  == 1"\n',
        "\ufeffif: plan == 1\n",
        "if: >\r\n  😀\r\n  plan == 1\r\n",
    ],
)
def test_a_place_inside_a_scalar_is_exact_in_every_style(text: str) -> None:
    """A caret points at the characters of the author, whatever quotes them."""
    value = scalar(text)
    word = "plan" if "plan" in text else "n"

    start = value.value.index("plan")
    span = value.place(start, start + 4)

    assert text[span.start : span.end].endswith(word)


@given(st.lists(TEXTS, max_size=4), st.sampled_from([None, "'", '"', "|", ">"]))
@settings(max_examples=200, deadline=None)
def test_what_a_place_points_at_is_what_the_value_holds(
    texts: list[str], style: str | None
) -> None:
    """Outside blanks and escapes, the character in the file is the character in the value."""
    written = yaml.dump(texts, default_style=style, allow_unicode=True, width=20)
    node = one(written)
    assert isinstance(node, Sequence)

    for item, text in zip(node.items, texts, strict=True):
        assert isinstance(item, Scalar)
        assert item.value == text
        for at, char in enumerate(text):
            place = item.place(at, at + 1)
            found = written[place.start]
            assert found in (char, "\\") or char in " \n\t"


@pytest.mark.parametrize("name", ["CSafeLoader", "SafeLoader"])
def test_both_loaders_read_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is missing, playbooks mean the same."""
    text = "\ufeffa: [1, 'x', {b: c}]\r\nd: |\r\n  é😀\r\n  y\r\ne:\n"
    expected = one(text)

    if name == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)

    assert _plain(one(text)) == _plain(expected)


def _plain(node: Node) -> object:
    match node:
        case Scalar():
            return node.value, node.span, node.style
        case Sequence():
            return [_plain(item) for item in node.items], node.span
        case Mapping():
            return [(_plain(key), _plain(value)) for key, value in node.entries], node.span


def test_a_duplicate_key_names_both_lines() -> None:
    """The author must see which of the two to remove."""
    report = Report()

    read("a.yaml", "on: a\nif: b\non: c\n", report)

    (note,) = report
    assert (note.code, note.span.start) == ("Y104", 12)
    assert "lines 1 and 3" in note.title
    assert note.others[0].span.start == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x [b]\nc: [*x, *x]\nd: [*x, *x]\n", "Y105"),
        ("a: *x\n", "Y105"),
        ("<<: {a: 1}\n", "Y106"),
        ("a: !ruby/object x\n", "Y107"),
        ("a: !!python/object:os.system x\n", "Y107"),
        ("[a]: b\n", "Y108"),
        ("title: {{ x }}\n", "Y109"),
        ('a: "b\n', "Y110"),
        ("a: [b\n", "Y110"),
        ("a:\n\tb: c\n", "Y111"),
        ("if: a\nb\n", "Y112"),
        ("a: b\n  c: d\n", "Y112"),
        ("a: \x00\n", "Y101"),
        ("a: \ud800\n", "Y101"),
        ("x" * (MAX_BYTES + 1), "Y102"),
        ("[" * 25_000, "Y103"),
        ("- " * 30_000 + "a", "Y103"),
        ("? " * 30_000 + "a", "Y103"),
        ("{a: " * 25_000, "Y103"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(600)), "Y103"),
    ],
)
def test_bad_yaml_gets_one_clear_error(text: str, code: str) -> None:
    """Hostile or broken, a text ends in one sentence and never in a crash."""
    report = Report()

    read("a.yaml", text, report)

    assert [note.code for note in report] == [code]
    assert code in CODES
    assert report.found[0].hints


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        ('if: plan == "a: b"', "if: 'plan == \"a: b\"'"),
        ('if: "a" == plan', "if: '\"a\" == plan'"),
        ("if: [a] contains b", "if: '[a] contains b'"),
        ("if: @a", "if: '@a'"),
        ("title: It's: here", 'title: "It\'s: here"'),
    ],
)
def test_an_expression_that_yaml_breaks_is_shown_in_quotes(line: str, fixed: str) -> None:
    """The fixed line can be copied, and then it is read."""
    report = Report()

    read("a.yaml", f"on: x\n{line}\n", report)

    (note,) = report
    assert note.code == "Y109"
    assert note.hints == (f"write: `{fixed}`",)
    assert scalar(fixed + "\n").value == line.split(": ", 1)[1]


def test_a_mistake_ends_its_document_only() -> None:
    """One run tells the mistakes of every document, with places that are right in each."""
    text = "a: 1\n---\nb: [\n---\nc: d\n---\ne: f: g\n"
    report = Report()

    nodes = read("a.yaml", text, report)

    assert [note.code for note in report] == ["Y110", "Y109"]
    assert [text[node.span.start : node.span.end] for node in nodes] == ["a: 1", "c: d"]


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """An author's mistake is a value, never an exception."""
    report = Report()

    read("a.yaml", text, report)

    for note in report:
        assert 0 <= note.span.start <= note.span.end <= len(text)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"a: \xff\n", "Y101"), (b"x" * (MAX_BYTES + 1), "Y102")],
)
def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path, data: bytes, code: str) -> None:
    """A binary file dropped into the folder is named, not guessed at."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    report = Report()

    assert load(path, "a.yaml", report) is None

    assert [note.code for note in report] == [code]
    assert "a.yaml" in report.found[0].title
