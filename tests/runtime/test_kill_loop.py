"""The kill loop in its short form; `make chaos` runs the long one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..chaos.processes import LEAST_ORDERS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kills", [6])
def test_killed_workers_lose_nothing_and_decide_nothing_twice(url: str, kills: int) -> None:
    """The loop itself asserts the promise; its line says what was counted."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.chaos.loop", f"{url}={kills}", "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert f"4 workers, {kills} kills" in ran.stdout
    assert "0 lost, 0 decided twice" in ran.stdout
    people = re.search(
        r"(\d+) questions asked and answered or escalated once, (\d+) tasks", ran.stdout
    )
    assert people is not None
    assert min(map(int, people.groups())) >= LEAST_ORDERS
