"""What was done in a period, whenever its run began, and why the rest was not."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from .told import LINES, Told

__all__ = ["Deeds", "deeds"]

_MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Deeds:
    """Actions of a period."""

    performed: tuple[tuple[str, tuple[int, ...]], ...]
    """By playbook, how many in each part of the period; the busiest first."""
    reasons: tuple[tuple[str, int], ...]
    """Why others were not performed, the most frequent first."""


def deeds(told: Told, parts: int, only: Sequence[str] = ()) -> Deeds:
    """Count the actions that are told, in a period that was cut into so many parts."""
    line = LINES.c
    part, why = told.part(line.at).label("part"), told.before(line.note, ",").label("why")
    meant = [line.kind == "action", *([line.playbook.in_(only)] if only else [])]
    done = select(line.playbook, part, func.count()).where(*meant, line.note == "")
    performed: dict[str, list[int]] = defaultdict(lambda: [0] * parts)
    for name, place, number in told.rows(done.group_by(line.playbook, part)):
        performed[name][place] = number
    skipped = select(why, func.count()).where(*meant, line.note != "").group_by(why)
    reasons: Counter[str] = Counter()
    for said, number in told.rows(skipped):
        reasons[_short(said)] += number
    busiest = sorted(performed.items(), key=lambda one: (-sum(one[1]), one[0]))
    most = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return Deeds(
        tuple((name, tuple(numbers)) for name, numbers in busiest), tuple(most[:_MOST_REASONS])
    )


def _short(reason: str) -> str:
    """Return a reason without what is different each time: `late: planned for …` is late."""
    return "late" if reason.startswith("late: ") else reason
