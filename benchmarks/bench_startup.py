"""How long the command takes to start, over a bare interpreter measured in the same run.

Prints one line of JSON for each case: the median of 15 starts, rounds interleaved so that a busy
moment meets all cases alike.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent.parent
ROUNDS = 15
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
    run([sys.executable, "-c", SERVE, "init", str(folder)], expect=0)
    for old in (*folder.glob("playbooks/*"), *folder.glob("tests/*")):
        old.unlink()
    for number in range(playbooks):
        text = PLAYBOOK.format(
            name=f"p{number}", trigger=("go-live", "login")[number % 2], number=number
        )
        (folder / "playbooks" / f"p{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def run(words: list[str], expect: int | None = None) -> float:
    """Run one process to its end and return the milliseconds it took."""
    env = {**os.environ, "PYTHONPATH": str(HERE / ".typing")}
    began = time.perf_counter()
    done = subprocess.run(words, env=env, capture_output=True, check=False)
    took = (time.perf_counter() - began) * 1000
    assert expect is None or done.returncode == expect, done.stdout + done.stderr
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        project = project_of(20, Path(scratch, "twenty"))
        serve = [sys.executable, "-c", SERVE]
        cases = {
            "bare python -I -c pass": ([sys.executable, "-I", "-c", "pass"], None),
            "cuebook --version": ([*serve, "--version"], 60),
            "cuebook --help": ([*serve, "--help"], None),
            "cuebook check --help": ([*serve, "check", "--help"], None),
            "cuebook check of 20 playbooks": ([*serve, "check", str(project)], 100),
        }
        took: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(ROUNDS + 1):
            for name, (words, _goal) in cases.items():
                took[name].append(run(words, expect=0))
    bare = median(took["bare python -I -c pass"][1:])
    for name, (_words, goal) in cases.items():
        wall = median(took[name][1:])  # the first round filled the caches
        line = {"case": name, "wall_ms": round(wall, 1), "over_bare_ms": round(wall - bare, 1)}
        if goal is not None:
            line["goal_ms"] = goal
        print(json.dumps(line))


if __name__ == "__main__":
    main()
