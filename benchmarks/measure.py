"""How everything here is measured: side by side, as ratios inside a round.

CPU time is counted where the processor is all that matters, the wall clock where disks are waited for.

Every case runs once a round and rounds are interleaved, so that a busy machine slows all cases of
a round alike. What to quote is the ratio; an absolute figure belongs to one machine and one hour.
"""

import gc
import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

__all__ = [
    "Case",
    "Clocked",
    "at_most",
    "children",
    "clocked",
    "machine",
    "measure",
    "missing",
    "report",
]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure: `run` does `count` units of work."""

    name: str
    run: Callable[[], object]
    count: int
    against: tuple[str, ...] = ()
    """The cases of the same round to divide by."""
    clock: Callable[[], float] = time.thread_time
    """What counts the seconds: the CPU time of the calling thread, where nothing works outside it."""
    facts: Mapping[str, object] = field(default_factory=dict)


def measure(
    bench: str, cases: Sequence[Case], *, unit: str, rounds: int = 5, floor: float = 0.2
) -> None:
    """Run all cases in interleaved rounds and report each; `floor` is seconds a case and round."""
    gc.collect()
    gc.freeze()
    rates: dict[str, list[float]] = {case.name: [] for case in cases}
    for number in range(rounds):
        for case in cases:
            rates[case.name].append(_rate(case, floor))
        print(f"{bench}: round {number + 1} of {rounds}", file=sys.stderr)
    gc.unfreeze()
    for case in cases:
        own = rates[case.name]
        report(
            bench,
            case.name,
            unit=unit,
            median=_short(statistics.median(own)),
            of={name: _ratios(own, rates[name]) for name in case.against},
            rounds=rounds,
            **case.facts,
        )


@dataclass(frozen=True, slots=True)
class Clocked:
    """Something that sets itself up and times itself by the wall clock: what waits for disks."""

    run: Callable[[], Mapping[str, float]]
    """Returns units a second by case."""
    against: Mapping[str, tuple[str, ...]]
    """The cases it yields, each with those of the same round to divide by."""


def clocked(bench: str, parts: Sequence[Clocked], *, unit: str, rounds: int = 3) -> None:
    """Run all parts in interleaved rounds and report their cases; one that breaks is left out."""
    rates: dict[str, list[float]] = {}
    broken: dict[str, str] = {}
    for number in range(rounds):
        for part in parts:
            if not broken.keys() & part.against.keys():
                gc.collect()
                try:
                    for name, rate in part.run().items():
                        rates.setdefault(name, []).append(rate)
                except Exception as trouble:  # noqa: BLE001 - a peer that breaks is a result
                    said = f"{type(trouble).__name__}: {trouble}".strip().replace("\n", " ")
                    broken |= dict.fromkeys(part.against, said[-300:])
        print(f"{bench}: round {number + 1} of {rounds}", file=sys.stderr)
    for part in parts:
        for name, against in part.against.items():
            if name in broken:
                missing(bench, name, broken[name])
                continue
            of = {other: _ratios(rates[name], rates[other]) for other in against if other in rates}
            median = _short(statistics.median(rates[name]))
            report(bench, name, unit=unit, median=median, of=of, rounds=rounds)


def children() -> float:
    """Return the seconds of CPU that all processes started here, and ended, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def at_most(seconds: float, run: Callable[[int], object], most: int) -> int:
    """Return how many units, up to `most`, `run` does in about `seconds` of wall time."""
    few = max(1, most // 1000)
    began = time.perf_counter()
    run(few)
    spent = time.perf_counter() - began
    return max(few, min(most, int(few * seconds / max(spent, 1e-6))))


def missing(bench: str, case: str, reason: str) -> None:
    """Report that a case was not measured, and why."""
    report(bench, case, not_measured=reason)


def report(bench: str, case: str, **facts: object) -> None:
    """Print one result as a line of JSON."""
    print(json.dumps({"bench": bench, "case": case, **facts}), flush=True)


def machine(packages: Sequence[str] = ()) -> dict[str, object]:
    """Describe where this runs: processor, cores, system, Python, versions of `packages`."""
    # A package goes by one name, however it spells it: `drools-jpy` is installed as `drools_jpy`.
    installed = {
        dist.metadata["Name"].lower().replace("_", "-"): dist.version
        for dist in metadata.distributions()
    }
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: installed[name] for name in packages if name in installed},
    }


def _rate(case: Case, floor: float) -> float:
    """Return units a second of CPU time, over as many runs as `floor` asks for."""
    done, spent = 0, 0.0
    gc.collect()
    while spent < floor:
        began = case.clock()
        case.run()
        spent += case.clock() - began
        done += case.count
    return done / spent


def _ratios(own: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    """Return the median and the range of the ratios inside each round."""
    ratios = sorted(mine / theirs for mine, theirs in zip(own, other, strict=True))
    return {
        "ratio": _short(statistics.median(ratios)),
        "least": _short(ratios[0]),
        "most": _short(ratios[-1]),
    }


def _processor() -> str:
    """Return the processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _short(value: float) -> float:
    """Round to three digits that mean something."""
    return float(f"{value:.3g}")
