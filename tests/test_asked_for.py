"""What guides ask of a lifecycle system: the page that says where we stand names what is there."""

import re
from pathlib import Path

import pytest

from .shelves import faults

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
ROWS = re.findall(r"^\| (S\d\d) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
WAYS = {
    "S01": ("reach", "acquisition", "conversion", "retention", "loyalty"),
    "S02": ("discovery", "education", "purchase", "post-purchase", "loyalty-and-advocacy"),
    "S03": ("awareness", "engagement", "conversion", "retention", "loyalty"),
    "S04": ("awareness", "interest", "desire", "action", "retention"),
    "S05": ("awareness", "consideration", "free-trial", "purchase", "renewal", "referral"),
    "S06": ("discover", "explore", "buy", "use", "ask", "engage"),
}
"""Ways through a lifecycle, by the names that guides give to its stages."""


def test_every_row_is_there_once_and_says_where_we_stand() -> None:
    """A row that is left out is the one that somebody looks for."""
    assert [row for row, _ in ROWS] == [f"S{number:02}" for number in range(1, 79)]
    for row, cells in ROWS:
        stand = cells.split(" | ")[1]
        assert re.match(r"(there(: .+)?|partly: .+|not yet(: .+)?)$", stand), (row, stand)


def test_every_file_that_a_row_names_is_there() -> None:
    """A proof that cannot be opened proves nothing."""
    named = [path for _, cells in ROWS for path in re.findall(r"\]\(\.\./([^)]+)\)", cells)]

    assert len(named) >= 2 * len(ROWS)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("row", WAYS)
def test_the_stages_of_each_guide_can_be_declared_and_played(row: str, tmp_path: Path) -> None:
    """Whoever thinks in these words writes them down as they are, and goes the way, skips, falls back."""
    first, second, third, *_, last = WAYS[row]
    (tmp_path / "cuebook.yaml").write_text(
        f"project: way\nattributes:\n  name: text\nlifecycles:\n  customer:\n"
        f"    stages: [{', '.join(WAYS[row])}]\n    start: {first}\n",
        encoding="utf-8",
    )
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "way.yaml").write_text(
        f"playbook: way\non: [stage skips {second}, stage moves back from {last}]\nagain: always\n"
        f"steps:\n  - do: create-task\n    id: look\n    with: {{title: Look at it}}\n",
        encoding="utf-8",
    )
    moves = "".join(
        f"      - {{at: +{day}d, set: {{stage: {stage}}}}}\n" for day, stage in enumerate(WAYS[row])
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "way.yaml").write_text(
        f"tests:\n"
        f"  - test: one stage after the other\n"
        f"    start: 2026-03-02T10:00:00+01:00\n    customer: {{id: c1}}\n"
        f"    timeline:\n{moves}"
        f"    expect: [{{stage: {last}}}]\n    until: +30d\n\n"
        f"  - test: over the second, and back from the last\n"
        f"    start: 2026-03-02T10:00:00+01:00\n    customer: {{id: c2}}\n"
        f"    timeline:\n"
        f"      - {{at: +1d, set: {{stage: {third}}}}}\n"
        f"      - {{at: +2d, set: {{stage: {last}}}}}\n"
        f"      - {{at: +3d, set: {{stage: {first}}}}}\n"
        f"    expect:\n      - {{at: +1d, do: create-task}}\n      - {{at: +3d, do: create-task}}\n"
        f"    until: +30d\n",
        encoding="utf-8",
    )

    assert faults(tmp_path) == []


def test_what_is_asked_for_beside_the_shelf_is_played() -> None:
    """Segments, ways by source, bands of a score: each row that points there has a test of its name."""
    project = ROOT / "tests" / "asked_for"
    named = {row for row, cells in ROWS if "(../tests/asked_for)" in cells}
    found = set[str]()
    for path in project.glob("tests/*.yaml"):
        for test in re.findall(r"test: (.+)", path.read_text(encoding="utf-8")):
            found |= set(re.findall(r"S\d\d", test))

    assert faults(project) == []
    assert named == found
