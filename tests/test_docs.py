"""The manual is run: each fenced block of the README and of `docs/` does what it says.

A block's first word says what it is; a path after it says where the block is written.

- `yaml`, `play`: playbooks; compiled together with the page's `cuebook.yaml` and `actions.yaml`
- `yaml tests`: tests, run by `cuebook test`
- `condition`: lines `CONDITION   # VALUE`, looked at for the page's `yaml customer`
- `console`: lines after `$` are run, what follows is compared; `...` stands for anything
- `python`: run; `json`: parsed; `csv`: written; `sh`: names existing make targets; `text`: only read
"""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from cuebook.cli.main import COMMANDS
from cuebook.dsl import compile_project

from . import typing_in

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/README.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *EXAMPLES]
KINDS = {"yaml", "play", "csv", "condition", "console", "python", "json", "sh", "text"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: what it is, where it is to be written, and its text."""

    kind: str
    path: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in re.finditer(r"^```(\S+) ?(.*)\n((?s:.*?))^```$", text, re.MULTILINE):
        line = text.count("\n", 0, fence.start()) + 1
        found.append(Block(fence[1], fence[2].strip(), fence[3], line))
    return found


def named(page: Path) -> str:
    """Return the name a test shows for a page."""
    return str(page.relative_to(ROOT))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder to try things in, with a copy of the examples and of the shelf."""
    for room in ("examples", "playbooks"):
        copytree(ROOT / room, tmp_path / room, ignore=ignore_patterns("__pycache__", "*.db*"))
    return tmp_path


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody at a shell would, in a terminal 100 characters wide."""
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT / ".typing"), "COLUMNS": "100", "NO_COLOR": "1"},
    )


def cuebook(*words: str, cwd: Path) -> typing_in.Said:
    """Run the command line, in a terminal as wide."""
    return typing_in.cuebook(*words, cwd=cwd, COLUMNS="100", NO_COLOR="1")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_block_is_of_a_kind_that_is_proven(page: Path) -> None:
    """A block of another kind would stand there unproven."""
    strangers = [(block.line, block.kind) for block in blocks(page) if block.kind not in KINDS]

    assert strangers == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name != "decisions"], ids=named)
def test_what_a_page_types_gives_what_the_page_shows(page: Path, desk: Path) -> None:
    """Files are written, commands typed and programs run, in the order of the page."""
    for block in blocks(page):
        if block.kind == "console":
            type_in(block, desk)
        elif block.kind == "python":
            done = run("-c", block.text, cwd=desk)
            assert done.returncode == 0, f"line {block.line}: {done.stderr}"
        elif block.kind == "json":
            assert [json.loads(line) for line in block.text.splitlines()]
        elif block.path.endswith((".yaml", ".play", ".csv", ".jsonl", ".txt", ".html")):
            target = desk / block.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")


def type_in(block: Block, desk: Path) -> None:
    """Run each `$ cuebook …` of a block and compare what it says with what is shown."""
    for typed, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        words = shlex.split(typed)
        match words:
            case ["cuebook", *rest, ">", target]:
                done = cuebook(*rest, cwd=desk)
                (desk / target).write_text(done.stdout, encoding="utf-8")
                done.stdout = ""
            case ["cuebook", *rest]:
                done = cuebook(*rest, cwd=desk)
            case ["cd", folder]:
                desk = desk / folder
                continue
            case ["python", script, *rest, ">", target]:
                done = run(script, *rest, cwd=desk)
                (desk / target).write_text(done.stdout, encoding="utf-8")
                continue
            case _:
                pytest.fail(f"line {block.line}: `{typed}` is not run by this test")
        said = tidy(done.stdout + done.stderr)
        pattern = re.escape(tidy(shown)).replace(r"\.\.\.", "(?s:.*?)")
        assert re.fullmatch(pattern, said), f"line {block.line}: {typed} says\n{said}"


def tidy(text: str) -> str:
    """Drop blanks at the ends of lines, and empty lines around the text."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


@pytest.mark.parametrize("page", [ROOT / "docs" / "language.md"], ids=named)
def test_the_playbooks_of_a_page_compile_without_a_warning(page: Path, desk: Path) -> None:
    """All blocks of the page are one project, checked as a whole.

    Only that several of them write to one customer is no doubt: nobody runs them together.
    """
    project = write_project(page, desk)

    compiled = compile_project(project)

    told = [note for note in compiled.report if note.code != "P408"]
    assert [(note.code, note.title, note.label, note.span) for note in told] == []
    assert compiled.project is not None


@pytest.mark.parametrize("page", [ROOT / "docs" / "language.md"], ids=named)
def test_the_conditions_and_tests_of_a_page_hold(page: Path, desk: Path) -> None:
    """Each condition has the value that stands beside it, and each test passes."""
    project = write_project(page, desk)

    done = cuebook("test", str(project), cwd=desk)

    assert done.returncode == 0, done.stdout + done.stderr


def write_project(page: Path, desk: Path) -> Path:
    """Write what a page shows as a project: declarations, playbooks, rule lines, tests."""
    found = blocks(page)
    project = desk / "page"
    for number, block in enumerate(found):
        match block.kind, block.path:
            case "yaml", "tests":
                put(project / f"tests/block-{number}.yaml", block.text)
            case "yaml", "customer":
                conditions = [other.text for other in found if other.kind == "condition"]
                put(project / "tests/conditions.yaml", asked(conditions, block.text))
            case "yaml", "":
                put(project / f"playbooks/block-{number}.yaml", block.text)
            case "play", _:
                put(project / f"playbooks/block-{number}.play", block.text)
            case "yaml" | "text", path if path:
                put(project / path, block.text)
    return project


def put(path: Path, text: str) -> None:
    """Write a file, or go on with one that a page shows in pieces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def asked(conditions: list[str], customer: str) -> str:
    """Return a test for each line `CONDITION   # VALUE` about the customer."""
    about = "".join(f"    {line}\n" for line in customer.splitlines())
    tests = ["tests:\n"]
    for number, line in enumerate("".join(conditions).splitlines()):
        condition, _, value = line.rpartition("#")
        quoted = condition.strip().replace("'", "''")
        tests.append(f"  - test: condition {number}\n    condition: '{quoted}'\n")
        tests.append(f"    expect: {value.strip()}\n{about}")
    return "".join(tests)


def test_the_manual_knows_every_command() -> None:
    """A command nobody wrote about is a command nobody finds."""
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert [word.name for word in COMMANDS if f"`cuebook {word.name}" not in manual] == []


def test_the_manual_lists_every_diagnostic_and_no_other() -> None:
    """Whoever meets a code can look it up, and the list does not outlive the code."""
    manual = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dsl").rglob("*.py"))

    listed = re.findall(r"^\| `([A-Z]\d{3})` \|", manual, re.MULTILINE)
    raised = set(re.findall(r'"([YSNTMDPAL]\d{3})"', sources))

    assert sorted(listed) == sorted(raised)


def test_the_make_targets_the_manual_names_exist() -> None:
    """The first thing a newcomer types has to work."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    there = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    shells = [block.text for page in PAGES for block in blocks(page) if block.kind == "sh"]
    named_targets = set(re.findall(r"^make ([a-z]+)", "".join(shells), re.MULTILINE))

    assert "demo" in named_targets
    assert named_targets <= there


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    """A dead link in a manual costs the reader's trust in the rest."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    own = [target for target in targets if target and "://" not in target]

    assert [target for target in own if not (page.parent / target).exists()] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    """Code and pages refer to a decision by its number."""
    pages = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [number for number, _ in groupby(page[:4] for page in pages)]

    assert len(numbers) == len(pages)
    assert all(number.isdigit() for number in numbers)
