"""What guides ask of a lifecycle system: the page that says where we stand names what is there."""

import re
from pathlib import Path

import pytest

from cuebook.dsl import compile_project

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
        assert re.match(r"(there|partly: .+|not yet(: .+)?)$", stand), (row, stand)


def test_every_file_that_a_row_names_is_there() -> None:
    """A proof that cannot be opened proves nothing."""
    named = [path for _, cells in ROWS for path in re.findall(r"\]\(\.\./([^)]+)\)", cells)]

    assert len(named) >= 2 * len(ROWS)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("row", WAYS)
def test_the_stages_of_each_guide_can_be_declared_and_played(row: str, tmp_path: Path) -> None:
    """Whoever thinks in these words writes them down as they are."""
    first, *_, last = WAYS[row]
    stages = ", ".join(WAYS[row])
    (tmp_path / "cuebook.yaml").write_text(
        f"project: way\nattributes: {{name: text}}\nlifecycles:\n"
        f"  customer: {{stages: [{stages}], start: {first}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "way.yaml").write_text(
        f"playbook: way\non: [stage skips {WAYS[row][1]}, stage moves back from {last}]\n"
        f"steps: [{{do: create-task, with: {{title: Look at it}}}}]\n",
        encoding="utf-8",
    )

    assert list(compile_project(tmp_path).report) == []
