"""Coverage on paper: which steps tests reach, and what the legs of conditions were seen to be."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..dsl.sources import Sources
from ..engine.core.plan import Json, Project
from ..engine.rehearsal.coverage import Leg, Sightings, legs_of
from ..engine.rehearsal.trial import Verdict
from .terminal import harmless, table

__all__ = ["Coverage", "coverage_json", "coverage_table", "covered", "too_little"]


@dataclass(slots=True)
class Coverage:
    """What some tests of a project have seen of it."""

    reached: set[tuple[str, str]] = field(default_factory=set)
    """Playbook and step."""
    seen: Sightings = field(default_factory=Counter)

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "Coverage":
        """Put together what was seen one by one."""
        found = cls()
        for verdict in verdicts:
            found.add(verdict)
        return found

    @classmethod
    def from_plain(cls, project: Project, plain: "_Plain") -> "Coverage":
        """Read what `to_plain` has written about the same project."""
        reached, seen = plain
        legs = _all_legs(project)
        counts = {(legs[number], value): times for number, value, times in seen}
        return cls({(playbook, step) for playbook, step in reached}, Counter(counts))

    def to_plain(self, project: Project) -> "_Plain":
        """Return it as lists of plain values, which another process can read."""
        numbers = {leg: number for number, leg in enumerate(_all_legs(project))}
        seen = [(numbers[leg], value, times) for (leg, value), times in self.seen.items()]
        return sorted(self.reached), seen

    def add(self, more: "Verdict | Coverage") -> None:
        """Take in what else was seen."""
        self.reached |= more.reached
        self.seen.update(more.seen)


_Plain = tuple[Sequence[tuple[str, str]], Sequence[tuple[int, bool | None, int]]]


def too_little(coverage: Coverage, project: Project, least: int) -> str:
    """Say how much is covered where that is less than it has to be, in percent; else nothing."""
    steps, legs = covered(coverage, project)
    if min(steps, legs) >= least:
        return ""
    said = f"steps {steps} %, what conditions can be {legs} %"
    return f"covered: {said}; at least {least} % is asked for"


def covered(coverage: Coverage, project: Project) -> tuple[int, int]:
    """Return how much tests have seen, in whole percent: of the steps, and of what legs can be."""
    steps = list(_steps(coverage, project))
    total = sum(number for _, number, _ in steps)
    missed = sum(len(names) for _, _, names in steps)
    met, possible = _met(_legs(coverage, project))
    return _percent(total - missed, total), _percent(met, possible)


def coverage_table(coverage: Coverage, project: Project, sources: Sources) -> str:
    """Return two tables: the steps of each playbook, and each leg with how often it was what.

    `-` stands where a leg can never be unknown. Below are the places of those that were not seen to
    be all they can be.
    """
    steps = [
        (name, total, total - len(missed), _share(total - len(missed), total), ", ".join(missed))
        for name, total, missed in _steps(coverage, project)
    ]
    told = table(steps, ("playbook", "steps", "reached", "share", "never reached")) + "\n"
    legs = _legs(coverage, project)
    if not legs:
        return told
    rows = [(leg.part, leg.place, leg.text, *map(_cell, seen)) for leg, seen in legs]
    headers = ("part", "condition", "leg", "true", "false", "unknown")
    met, possible = _met(legs)
    total = f"{met} of {possible} values of conditions seen, {_share(met, possible)}\n"
    return f"{told}\n{table(rows, headers)}\n{total}{''.join(_unseen(legs, sources))}"


def _unseen(legs: "_Legs", sources: Sources) -> Iterator[str]:
    for leg, seen in legs:
        never = [word for word, number in zip(_WORDS, seen, strict=True) if number == 0]
        if never:
            where = _where(leg, sources)
            yield f"{where}: never {' or '.join(never)}: {harmless(leg.text)}\n"


def _where(leg: Leg, sources: Sources) -> str:
    """Return where a leg was written: `playbooks/welcome.yaml:3:5`."""
    source = sources.get(leg.span.file)
    if source is None:
        return leg.part
    line, column = source.position(leg.span.start)
    return f"{leg.span.file}:{line}:{column}"


def coverage_json(coverage: Coverage, project: Project, sources: Sources) -> dict[str, Json]:
    """Return the same as JSON; null where a leg can never be unknown."""
    return {
        "steps": [
            {"playbook": name, "steps": total, "never_reached": list[Json](missed)}
            for name, total, missed in _steps(coverage, project)
        ],
        "legs": [
            {
                "part": leg.part,
                "condition": leg.place,
                "leg": leg.text,
                "at": _where(leg, sources),
                **dict(zip(_WORDS, seen, strict=True)),
            }
            for leg, seen in _legs(coverage, project)
        ],
    }


def _steps(coverage: Coverage, project: Project) -> list[tuple[str, int, list[str]]]:
    """Return for each playbook how many steps it has, and those that no test reached."""
    return [
        (
            plan.playbook,
            len(plan.steps),
            [step.id for step in plan.steps if (plan.playbook, step.id) not in coverage.reached],
        )
        for plan in project.plans
    ]


_Legs = Sequence[tuple[Leg, tuple[int | None, int | None, int | None]]]
_WORDS: Final = ("true", "false", "unknown")


def _met(legs: _Legs) -> tuple[int, int]:
    """Return how many of the values that legs can have were seen, and how many there are."""
    possible = [number for _, seen in legs for number in seen if number is not None]
    return sum(map(bool, possible)), len(possible)


def _legs(coverage: Coverage, project: Project) -> _Legs:
    """Return each leg with how often it was true, false and unknown."""
    seen = coverage.seen
    return [
        (leg, (seen[leg, True], seen[leg, False], None if leg.sure else seen[leg, None]))
        for leg in _all_legs(project)
    ]


def _all_legs(project: Project) -> list[Leg]:
    return list(dict.fromkeys(legs_of(project)))


def _cell(number: int | None) -> str:
    return "-" if number is None else str(number or "never")


def _share(part: int, whole: int) -> str:
    return f"{_percent(part, whole)} %"


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 100
