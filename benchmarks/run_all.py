"""Runs every benchmark, prints their lines, and writes them as tables into docs/benchmarks.md."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("cuebook", "pyyaml", "lark", "google-re2", "zen-engine", "rule-engine", "drools-jpy")

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
    for bench, rows in by_bench.items():
        lines += ["", f"### {bench}", "", "| case | measured | ratios |", "| --- | --- | --- |"]
        lines += [f"| {row['case']} | {measured(row)} | {ratios(row)} |" for row in rows]
    return "\n".join(lines)


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


def write(text: str) -> None:
    """Put `text` between the markers of the page; what stands around them stays."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} needs the lines {BEGIN} and {END}; put them back")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    found = [result for program in sorted(HERE.glob("bench_*.py")) for result in run(program)]
    write(page(found))
