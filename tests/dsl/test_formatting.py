"""One layout for all files: comments and meaning stay, and a second time changes nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import read
from cuebook.dsl.formatting import format_yaml
from cuebook.dsl.project import compile_project
from cuebook.dsl.respell import respelt
from cuebook.dsl.rule_layout import WIDTH, format_rules
from cuebook.engine.core.codec import digest

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = sorted(
    path.parent
    for folder in ("examples", "playbooks", "cli/starter", "tests/stories", "tests/corpus")
    for path in (ROOT / folder).rglob("cuebook.yaml")
    if "build" not in path.parts
)
FILES = sorted(
    path
    for folder in ("examples", "playbooks", "cli/starter", "tests/stories", "tests/corpus")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".yaml", ".play")
)


def yaml(text: str) -> str:
    report = Report()
    found = format_yaml("a.yaml", text, report)
    assert found is not None, report.found
    assert format_yaml("a.yaml", found, report) == found
    return found


def test_keys_stand_in_the_order_in_which_they_are_read() -> None:
    assert yaml(
        "steps:\n"
        "- at: 09:00\n"
        "  do: call\n"
        "stop when: churned\n"
        "again: never\n"
        "on: go-live\n"
        "playbook: a\n"
    ) == (
        "playbook: a\n"
        "on: go-live\n"
        "again: never\n"
        "steps:\n"
        "  - do: call\n"
        "    at: 09:00\n"
        "stop when: churned\n"
    )


def test_comments_stay_with_what_they_stand_at() -> None:
    assert yaml(
        "# about the file\n"
        "\n"
        "\n"
        "steps: # what it does\n"
        "# the call\n"
        "- do: call    # at once\n"
        "  # not yet: - do: write\n"
        "# named for its trigger\n"
        "playbook: a\n"
        "on: go-live\n"
        "# the end\n"
    ) == (
        "# about the file\n"
        "\n"
        "# named for its trigger\n"
        "playbook: a\n"
        "on: go-live\n"
        "steps:  # what it does\n"
        "  # the call\n"
        "  - do: call  # at once\n"
        "    # not yet: - do: write\n"
        "# the end\n"
    )


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("if: 'plan   in [\"free\"]'", 'if: plan in ["free"]'),
        ("if: \"name == 'a: b'\"", "if: 'name == \"a: b\"'"),
        ("wait: 7d", "wait: 7 days"),
        ("wait: '1 days'", "wait: 1 day"),
        ("on: no login for 14d", "on: no login for 14 days"),
        ("if:\n  any: [a>1, 'b  < 2']", "if:\n  any: [a > 1, b < 2]"),
        ("if: >-\n  a\n  and b", "if: a and b"),
        ("if: a = 3", "if: a = 3"),
        ("title: 'it is   so'", "title: 'it is   so'"),
        ("with: {if: 'a  b',   c: 1}", "with: {if: 'a  b', c: 1}"),
        ("a: |+\n    x\n     y\n\n\nb: 1", "a: |+\n  x\n   y\n\n\nb: 1"),
        ("a: |2-\n     x", "a: |2-\n     x"),
        ("a: >\n  b\n  c", "a: >\n  b\n  c"),
        ("a: one\n   two", "a: one\n  two"),
        ("- - a\n  - b\n- {}\n- []", "- - a\n  - b\n- {}\n- []"),
        ("a: {b: [1,\n  2], c: }", "a: {b: [1, 2], c: }"),
        ("a: [1, # one\n  2]", "a: [1, # one\n  2]"),
        ("a:\nb: ~", "a:\nb: ~"),
        ("{a: 1}", "{a: 1}"),
        ("---\na: 1\n---\n---\nb: 2\n...", "a: 1\n---\nb: 2"),
    ],
)
def test_layout(written: str, spelt: str) -> None:
    assert yaml(written) == f"{spelt}\n"


def test_brackets_that_are_too_wide_are_opened() -> None:
    wide = ", ".join(f"key-{number}: value" for number in range(8))
    opened = yaml(f"with: {{{wide}}}\n")
    assert opened.startswith("with:\n  key-0: value\n")
    assert max(map(len, opened.splitlines())) <= WIDTH


def test_comments_stay_where_brackets_are_opened() -> None:
    """What stood beside a bracket, before it or below it is said where its lines are now."""
    item = "{at: +0d, event: purchase, order_id: a-long-number-of-an-order, amount: 1200, sku: 3, more: 4}"

    assert yaml(
        f"timeline: [{item}, {item}]  # beside\n"
        f"expect:\n- {item} # of an item\n  # below it\n"
        "customer:\n  # before it\n  {a: b}\n"
    ) == (
        "timeline:  # beside\n"
        f"  - {item}\n"
        f"  - {item}\n"
        "expect:\n"
        f"  - {item}  # of an item\n"
        "    # below it\n"
        "# before it\n"
        "customer: {a: b}\n"
    )


def test_comments_stay_where_an_item_is_opened() -> None:
    """A dash leaves no room before its first key, so the comment stands above it."""
    wide = ", ".join(f"a-wide-key-{number}: {number}" for number in range(7))
    keys = wide.split(", ")

    assert yaml(f"expect:\n- {{{wide}}}  # beside\n") == (
        f"expect:\n  # beside\n  - {keys[0]}\n" + "".join(f"    {key}\n" for key in keys[1:])
    )


def test_a_rule_is_one_line_or_one_for_each_arrow() -> None:
    text = (
        "# first\n"
        "a:  on go-live   → call after 7d;again never\n"
        "\n\n"
        'b: on purchase where (amount > 100 and sku != "x -> y") -> thank-you after 3 days\n'
        "   -> thank-you after 7 days\n"
        "   -> thank-you after 90 days # for now\n"
    )
    formatted = format_rules(text)
    assert formatted.startswith("# first\na: on go-live -> call after 7 days; again never\n\nb: on")
    assert format_rules(formatted) == formatted
    assert "# for now" in formatted


def test_a_file_that_cannot_be_read_is_reported() -> None:
    report = Report()
    assert format_yaml("a.yaml", "a: [1", report) is None
    assert [note.code for note in report.found] == ["Y110"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_second_time_changes_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.suffix == ".play":
        assert format_rules(format_rules(text)) == format_rules(text)
        return
    once = format_yaml("a.yaml", text, Report())
    assert once is None or format_yaml("a.yaml", once, Report()) == once


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_content_does_not_change(project: Path, tmp_path: Path) -> None:
    """A project laid out anew compiles to the same digest."""
    for path in project.rglob("*"):
        if path.is_file():
            other = tmp_path / "p" / path.relative_to(project)
            other.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_bytes()
            if path.suffix == ".play":
                text = format_rules(text.decode()).encode()
            elif path.suffix == ".yaml":
                found = format_yaml("a.yaml", text.decode(), Report())
                text = text if found is None else found.encode()
            other.write_bytes(text)
    before, after = compile_project(project), compile_project(tmp_path / "p")
    assert (before.project is None) == (after.project is None)
    if before.project is not None and after.project is not None:
        assert {plan.playbook: digest(plan) for plan in before.project.plans} == {
            plan.playbook: digest(plan) for plan in after.project.plans
        }


_KEYS = st.text("abcif wht:#-\"'", min_size=1, max_size=6)
_LEAVES = st.one_of(st.text("ab 1#:-'\"[]{},\n", max_size=9), st.integers(), st.booleans())
_DATA = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(_DATA, st.booleans(), st.integers(1, 6), st.integers(20, 90))
def test_any_yaml_keeps_its_meaning(data: object, flow: bool, indent: int, width: int) -> None:
    """Whatever a library writes, laid out anew, reads the same; `format_yaml` looks for itself."""
    import yaml as library

    text = library.safe_dump(data, default_flow_style=flow, indent=indent, width=width)
    report = Report()
    nodes = read("a.yaml", text, report)
    if report.failed or not nodes:
        return
    once = format_yaml("a.yaml", text, Report())
    assert once is not None
    assert format_yaml("a.yaml", once, Report()) == once


def test_what_cannot_be_read_is_not_respelt() -> None:
    assert respelt("a ==", "condition") is None
    assert respelt("a == 3 # three", "condition") is None
