"""Coverage on paper: which steps tests reach, and what the legs of conditions were seen to be."""

from collections import Counter
from collections.abc import Sequence

from ..engine.core.plan import Json, Project
from ..engine.rehearsal.coverage import Leg, Sightings, legs_of
from .show_trials import Outcome
from .terminal import table

__all__ = ["coverage_json", "coverage_table"]


def coverage_table(outcomes: Sequence[Outcome], project: Project) -> str:
    """Return two tables: the steps of each playbook, and each leg with how often it was what.

    `-` stands where a leg can never be unknown.
    """
    steps = [
        (name, total, total - len(missed), _share(total - len(missed), total), ", ".join(missed))
        for name, total, missed in _steps(outcomes, project)
    ]
    told = table(steps, ("playbook", "steps", "reached", "share", "never reached")) + "\n"
    legs = _legs(outcomes, project)
    if not legs:
        return told
    rows = [(leg.part, leg.place, leg.text, *map(_cell, seen)) for leg, seen in legs]
    headers = ("part", "condition", "leg", "true", "false", "unknown")
    possible = [number for _, seen in legs for number in seen if number is not None]
    met = sum(map(bool, possible))
    total = f"{met} of {len(possible)} values of conditions seen, {_share(met, len(possible))}\n"
    return f"{told}\n{table(rows, headers)}\n{total}"


def coverage_json(outcomes: Sequence[Outcome], project: Project) -> dict[str, Json]:
    """Return the same as JSON; null where a leg can never be unknown."""
    return {
        "steps": [
            {"playbook": name, "steps": total, "never_reached": list[Json](missed)}
            for name, total, missed in _steps(outcomes, project)
        ],
        "legs": [
            {
                "part": leg.part,
                "condition": leg.place,
                "leg": leg.text,
                **dict(zip(("true", "false", "unknown"), seen, strict=True)),
            }
            for leg, seen in _legs(outcomes, project)
        ],
    }


def _steps(outcomes: Sequence[Outcome], project: Project) -> list[tuple[str, int, list[str]]]:
    """Return for each playbook how many steps it has, and those that no test reached."""
    reached = {place for one in outcomes for place in one.verdict.reached}
    return [
        (
            plan.playbook,
            len(plan.steps),
            [step.id for step in plan.steps if (plan.playbook, step.id) not in reached],
        )
        for plan in project.plans
    ]


def _legs(
    outcomes: Sequence[Outcome], project: Project
) -> list[tuple[Leg, tuple[int | None, int | None, int | None]]]:
    """Return each leg with how often it was true, false and unknown."""
    seen: Sightings = Counter()
    for one in outcomes:
        seen.update(one.verdict.seen)
    return [
        (leg, (seen[leg, True], seen[leg, False], None if leg.sure else seen[leg, None]))
        for leg in dict.fromkeys(legs_of(project))
    ]


def _cell(number: int | None) -> str:
    return "-" if number is None else str(number or "never")


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole if whole else 100} %"
