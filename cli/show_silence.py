"""Why nothing came: customers and playbooks of a rehearsal that did nothing for them, in words."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..engine.core.program import Program
from ..engine.explaining import explain
from ..engine.rehearsal.living import life
from ..engine.rehearsal.rehearse import Part, Rehearsal
from .show_why import playbook_lines

__all__ = ["MOST_ASKED", "Silence", "silences"]

MOST_ASKED: Final = 100
"""Customers who are asked about: each is lived once more, and looked at closely."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A playbook that did nothing for a customer until the end of a rehearsal."""

    customer: str
    playbook: str
    why: tuple[str, ...]
    """What was decided all the same, how each trigger stands, and the first part that is not true."""


def silences(
    program: Program,
    parts: Iterable[Part],
    rehearsal: Rehearsal,
    *,
    customers: Collection[str],
    playbooks: Collection[str],
) -> Iterator[Silence]:
    """Yield them in order of the customers, of the first so many; of these alone, if any are named."""
    done = {(action.customer, action.playbook) for action in rehearsal.performed}
    asked = (one for one in _customers(parts) if not customers or one[0] in customers)
    wanted = [name for name in program.plans if not playbooks or name in playbooks]
    for name, one in islice(asked, MOST_ASKED):
        silent = [playbook for playbook in wanted if (name, playbook) not in done]
        if silent:
            yield from _asked(program, name, one, silent, rehearsal)


def _customers(parts: Iterable[Part]) -> Iterator[tuple[str, Part]]:
    for customers, histories in parts:
        for name in sorted({*customers, *histories}):
            yield name, (customers, histories)


def _asked(
    program: Program, name: str, part: Part, silent: list[str], rehearsal: Rehearsal
) -> Iterator[Silence]:
    customers, histories = part
    try:
        lived = life(
            program, name, customers.get(name), histories.get(name, ()),
            start=rehearsal.start, at=rehearsal.until - 1,
        )  # fmt: skip
    except KeyError:
        return  # Of whom nothing is known before the end there is nothing to say.
    why = explain(lived)
    for one in why.playbooks:
        if one.playbook in silent:
            yield Silence(name, one.playbook, tuple(playbook_lines(why, one)))
