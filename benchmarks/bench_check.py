"""Compiling a project of 1,000 playbooks: reading YAML, parsing conditions, checking, lowering.

The limit is what cannot be left out: PyYAML's C scanner over the same text.
"""

import tempfile
from pathlib import Path

import yaml
from measure import Case, measure

from cuebook.dsl import compile_project

BENCH = "check"
PLAYBOOKS = 1_000
IN_A_FILE = 20

HEADER = """\
project: thousand
timezone: Europe/Berlin
attributes:
  name: text
  plan: {one of: [free, growth, enterprise]}
  seats: number
  health_score: number
  churned: boolean
  csm: text
  email: text
events:
  go-live: {}
  login: {device: text}
  purchase: {amount: number, sku: text}
"""

PLAYBOOK = """\
---
playbook: book-{0}
title: Check in after a purchase, number {0}
on: purchase where (amount > {0})
if:
  - plan in ["growth", "enterprise"]
  - health_score < {1} and count of login in last {2} days >= 3
steps:
  - wait: {2} days
    at: "09:00"
  - do: create-task
    id: check-in
    if: not churned
    with: {{title: "Check in with {{{{ customer.name }}}}", assignee: "{{{{ customer.csm }}}}"}}
  - wait for: login where (device == "phone")
    up to: 5 days
    else:
      - do: send-email
        with: {{template: nudge, to: "{{{{ customer.email }}}}"}}
stop when: churned
again: after 90 days
"""


def write_project(folder: Path) -> list[Path]:
    """Write a project of 1,000 playbooks and return its playbook files."""
    (folder / "playbooks").mkdir()
    (folder / "templates").mkdir()
    (folder / "templates" / "nudge.txt").write_text("We miss you.\n", encoding="utf-8")
    (folder / "cuebook.yaml").write_text(HEADER, encoding="utf-8")
    files = []
    for first in range(0, PLAYBOOKS, IN_A_FILE):
        books = [PLAYBOOK.format(n, n % 100, n % 28 + 1) for n in range(first, first + IN_A_FILE)]
        files.append(folder / "playbooks" / f"books-{first}.yaml")
        files[-1].write_text("".join(books), encoding="utf-8")
    return files


def check(folder: Path) -> None:
    """Compile the project, and be sure that it was compiled and is clean."""
    found = compile_project(folder)
    assert found.project is not None, list(found.report)[:3]
    assert len(found.project.plans) == PLAYBOOKS


def scan(files: list[Path]) -> None:
    """Read the same files with PyYAML's C scanner and throw the nodes away."""
    for file in files:
        with file.open("rb") as text:
            for _ in yaml.compose_all(text, Loader=yaml.CSafeLoader):
                pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_project(folder)
        limit = "limit: PyYAML's C scanner"
        cases = [
            Case(limit, lambda: scan(files), PLAYBOOKS),
            Case("cuebook: check", lambda: check(folder), PLAYBOOKS, (limit,)),
        ]
        measure(BENCH, cases, unit="playbooks/s", rounds=3)
