"""What the tests of commands with a database share: a project, and a counter to stand at."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cuebook.cli import main as front

__all__ = ["ENV", "ROOT", "SETTINGS", "WELCOME", "Counter", "project"]

ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / ".typing"), "PYTHONUNBUFFERED": "1"}
SETTINGS = """\
project: shop
timezone: Europe/Berlin
attributes: {name: text, plan: text, seats: number, zone: timezone}
events: {login: {}, go-live: {region: text}, purchase: {amount: number}}
kinds: [greet]
"""
WELCOME = """\
playbook: welcome
on: go-live
if: plan == "growth"
steps:
  - do: create-task
    id: call
    with: {title: "Call {{ customer.name }}", assignee: mia}
"""


@dataclass(slots=True)
class Counter:
    """Types commands and hears what is said."""

    url: str
    heard: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> tuple[int, str, str]:
        """Type a command for this database; return its code, output and complaints."""
        self.heard.readouterr()
        code = front.main([*map(str, words), "--db", self.url])
        said = self.heard.readouterr()
        return code, said.out, said.err

    def told(self, *words: object) -> Any:
        """Type a command that has to succeed, for a program; return what it says."""
        code, out, complaints = self(*words, "--format", "json")
        assert code == 0, complaints
        return json.loads(out)


def project(folder: Path, *playbooks: str, tests: str = "") -> Path:
    """Write a project."""
    (folder / "playbooks").mkdir(parents=True, exist_ok=True)
    (folder / "cuebook.yaml").write_text(SETTINGS)
    for old in (folder / "playbooks").iterdir():
        old.unlink()
    for number, text in enumerate(playbooks):
        ending = "yaml" if "playbook:" in text else "play"
        (folder / "playbooks" / f"p{number}.{ending}").write_text(text)
    if tests:
        (folder / "tests").mkdir(exist_ok=True)
        (folder / "tests" / "all.yaml").write_text(tests)
    return folder
