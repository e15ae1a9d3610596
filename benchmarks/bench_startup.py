"""How long the command takes to start, over a bare interpreter measured in the same run.

Prints one line of JSON for each case: the median of 15 starts, rounds interleaved so that a busy
moment meets all cases alike. Goals are compared with CPU time, which waiting for others leaves as
it is. Every case finds its modules compiled, as `pip install` leaves them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import children

HERE = Path(__file__).resolve().parent.parent
ROUNDS = 15
BARE = "bare python -I -c pass"
SERVE = "import sys; from cuebook.cli.main import main; sys.exit(main())"
PLAYBOOK = """\
playbook: {name}
on: {trigger}
if: plan in ["growth", "enterprise"] and count of login in last 30 days < {number}
steps:
  - wait: 7 days
    at: "09:00"
  - do: check-in
    if: has login since trigger
"""


def project_of(playbooks: int, folder: Path) -> Path:
    """Write the starter project with this many playbooks."""
    run([sys.executable, "-c", SERVE, "init", str(folder)], folder.parent)
    for old in (*folder.glob("playbooks/*"), *folder.glob("tests/*")):
        old.unlink()
    for number in range(playbooks):
        text = PLAYBOOK.format(
            name=f"p{number}", trigger=("go-live", "login")[number % 2], number=number
        )
        (folder / "playbooks" / f"p{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def run(words: list[str], compiled: Path) -> tuple[float, float]:
    """Run one process to its end and return the milliseconds it took: by the wall clock, of CPU."""
    env = {**os.environ, "PYTHONPATH": str(HERE / ".typing"), "PYTHONPYCACHEPREFIX": str(compiled)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = children(), time.perf_counter()
    done = subprocess.run(words, env=env, capture_output=True, check=False)
    wall, cpu = time.perf_counter() - began, children() - before
    assert done.returncode == 0, done.stdout + done.stderr
    return wall * 1000, cpu * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        project = project_of(20, Path(scratch, "twenty"))
        serve = [sys.executable, "-c", SERVE]
        cases = {
            BARE: ([sys.executable, "-I", "-c", "pass"], None),
            "cuebook --version": ([*serve, "--version"], 60),
            "cuebook --help": ([*serve, "--help"], None),
            "cuebook check --help": ([*serve, "check", "--help"], None),
            "cuebook check of 20 playbooks": ([*serve, "check", str(project)], 100),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for _ in range(ROUNDS + 1):
            for name, (words, _goal) in cases.items():
                took[name].append(run(words, Path(scratch)))
    # The first round filled the caches.
    medians = {name: [median(kind) for kind in zip(*took[name][1:], strict=True)] for name in cases}
    for name, (_words, goal) in cases.items():
        over = [own - bare for own, bare in zip(medians[name], medians[BARE], strict=True)]
        line = {
            "case": name,
            "wall_ms": round(medians[name][0], 1),
            "wall_over_bare_ms": round(over[0], 1),
            "cpu_over_bare_ms": round(over[1], 1),
        }
        if goal is not None:
            line["goal_ms"] = goal
        print(json.dumps({"bench": "startup", **line}))


if __name__ == "__main__":
    main()
