"""`cuebook check` of 1,000 playbooks: reading YAML, parsing conditions, checking, lowering, proving.

Each round is a process of its own, its start included: nothing is remembered from one to the next. The
limit is what cannot be left out: PyYAML's C scanner over the same text. The second project gives every
rule of `check` something to prove: dates, windows, branches, waits, circles that end, messages at once.
Goal: 300 playbooks a second.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

import yaml
from bench_startup import SERVE, run
from measure import Case, children, measure

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

PROVEN_HEADER = (
    HEADER
    + """\
  renewed: {number: number}
limits:
  email: {at most: 1 per day}
signals:
  logins: count of login in last 30 days
"""
).replace("attributes:\n", "attributes:\n  renewal_date: date\n")

PROVEN = """\
---
playbook: book-{0}
title: Renew, number {0}
on: [purchase where (amount > {0}), "{2} days before renewal_date", renewed where (number == {0})]
if:
  - plan in ["growth", "enterprise"]
  - days until renewal_date < {1} or logins > {2}
steps:
  - do: send-email
    with: {{template: nudge, to: "{{{{ customer.email }}}}"}}
  - choose:
      - if: health_score > {1} and renewal_date in next {2} days
        steps: [{{do: create-task, with: {{title: "Call {{{{ customer.name }}}}"}}}}]
      - if: no login for {2} days and health_score < {1}
        steps: [{{wait until: logins > 5, up to: 5 days}}]
  - wait for: login where (device == "phone")
    up to: 5 days
  - emit: {{renewed: {{number: {3}}}}}
    if: not (churned default false)
stop when: churned
again: never
"""
"""Each playbook begins the next one, and the last one the first: a circle that `again: never` ends."""


def write_project(folder: Path, header: str = HEADER, playbook: str = PLAYBOOK) -> list[Path]:
    """Write a project of 1,000 playbooks and return its playbook files."""
    (folder / "playbooks").mkdir()
    (folder / "templates").mkdir()
    (folder / "templates" / "nudge.txt").write_text("We miss you.\n", encoding="utf-8")
    (folder / "cuebook.yaml").write_text(header, encoding="utf-8")
    files = []
    for first in range(0, PLAYBOOKS, IN_A_FILE):
        numbers = range(first, first + IN_A_FILE)
        books = [playbook.format(n, n % 100, n % 28 + 1, (n + 1) % PLAYBOOKS) for n in numbers]
        files.append(folder / "playbooks" / f"books-{first}.yaml")
        files[-1].write_text("".join(books), encoding="utf-8")
    return files


def check(folder: Path, scratch: Path) -> None:
    """Check the project as its author does; one with a mistake would end otherwise than with 0."""
    run([sys.executable, "-c", SERVE, "check", str(folder)], scratch)


def scan(files: list[Path]) -> None:
    """Read the same files with PyYAML's C scanner and throw the nodes away."""
    for file in files:
        with file.open("rb") as text:
            for _ in yaml.compose_all(text, Loader=yaml.CSafeLoader):
                pass


def main() -> None:
    """Measure both projects beside the limit."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder, proven = scratch / "plain", scratch / "proven"
        folder.mkdir()
        proven.mkdir()
        files = write_project(folder)
        more = write_project(proven, PROVEN_HEADER, PROVEN)
        check(folder, scratch)  # The first one compiles the modules.
        each = (
            ("check", folder, files),
            ("check, each rule with something to prove", proven, more),
        )
        cases = list[Case]()
        for what, where, read in each:
            limit = Case(f"limit: PyYAML's C scanner, {what}", partial(scan, read), PLAYBOOKS)
            own = partial(check, where, scratch)
            cases += [limit, Case(f"cuebook: {what}", own, PLAYBOOKS, (limit.name,), children)]
        measure(BENCH, cases, unit="playbooks/s", rounds=3)


if __name__ == "__main__":
    main()
