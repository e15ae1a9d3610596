"""Runs every benchmark, prints their lines, and writes them as tables into docs/benchmarks.md.

`run_all.py decided` or `run_all.py durable` runs one group only; the tables of the other stay.
`run_all.py whole` runs `bench_whole.py` and puts its table in the place of the one that is there; so
does the name of any other program.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
DURABLE = (
    "bench_console.py",
    "bench_deploy.py",
    "bench_intake.py",
    "bench_report.py",
    "bench_report_plays.py",
    "bench_runtime.py",
    "bench_ticks.py",
    "bench_timers.py",
    "bench_who.py",
)
MARKS = {"decided": "measured", "durable": "measured durably"}
"""What is measured in the processor alone, and what waits for disks: each between marks of its own."""
PACKAGES = (
    "cuebook",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "psycopg",
    "apscheduler",
    "huey",
    "procrastinate",
    "dbos",
    "pyyaml",
    "lark",
    "google-re2",
    "zen-engine",
    "rule-engine",
    "drools-jpy",
)

Result = Mapping[str, object]


def run(program: Path) -> list[Result]:
    """Run one benchmark and return its results; raises CalledProcessError if it fails."""
    print(f"# {program.name}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, program], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    print(done.stdout, end="", flush=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def page(results: Iterable[Result]) -> str:
    """Spell the results as Markdown: where and when, then a table a benchmark."""
    by_bench: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_bench[str(result["bench"])].append(result)
    where = machine(PACKAGES)
    lines = [f"Measured on {datetime.now(UTC).date()}:", ""]
    lines += [f"- {name}: {value}" for name, value in where.items()]
    lines += [f"\n### {bench}\n\n{table(rows)}" for bench, rows in by_bench.items()]
    return "\n".join(lines)


def table(rows: Iterable[Result]) -> str:
    """Spell the results of one benchmark as a table."""
    lines = ["| case | measured | ratios |", "| --- | --- | --- |"]
    return "\n".join(
        [*lines, *(f"| {row['case']} | {measured(row)} | {ratios(row)} |" for row in rows)]
    )


def measured(row: Result) -> str:
    """Spell what was measured, or why nothing was."""
    if "not_measured" in row:
        return f"not measured ({row['not_measured']})"
    if isinstance(row.get("median"), float | int):
        return f"{row['median']:,.0f} {row['unit']}"
    facts = {name: value for name, value in row.items() if name not in ("bench", "case", "of")}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())


def ratios(row: Result) -> str:
    """Spell the ratios with their ranges: median (least to most) of what."""
    of = row.get("of")
    if not isinstance(of, dict):
        return ""
    return "; ".join(
        f"{found['ratio']:g} ({found['least']:g} to {found['most']:g}) of *{name}*"
        for name, found in of.items()
    )


def write(text: str, mark: str) -> None:
    """Put `text` between the markers of the page; what stands around them stays."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{PAGE} needs the lines {begin} and {end}; put them back")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def write_one(program: str) -> None:
    """Run one benchmark and put its table below its heading; the date and the machine go with it."""
    rows = run(HERE / f"bench_{program}.py")
    bench = rows[0]["bench"]
    where = machine(())
    on = f"On {datetime.now(UTC).date()}, {where['cores']} cores, {where['processor']}:"
    text = f"### {bench}\n\n{on}\n\n{table(rows)}\n"
    there = re.compile(rf"^### {bench}\n.*?(?=^### |^<!-- )", re.MULTILINE | re.DOTALL)
    page, found = there.subn(lambda _: f"{text}\n", PAGE.read_text(encoding="utf-8"))
    if found != 1:
        raise ValueError(f"{PAGE} has {found} tables of {bench}; run its group first")
    PAGE.write_text(page, encoding="utf-8")


def programs(group: str) -> list[Path]:
    """Return the programs of a group."""
    durable = group == "durable"
    return [path for path in sorted(HERE.glob("bench_*.py")) if (path.name in DURABLE) is durable]


if __name__ == "__main__":
    for group in sys.argv[1:] or MARKS:
        if group not in MARKS:
            write_one(group)
            continue
        write(page([line for path in programs(group) for line in run(path)]), MARKS[group])
