"""A customer's life out of the material of a rehearsal, for somebody who asks why."""

from collections.abc import Mapping, Sequence
from typing import Final

from ..core.effects import Effect, Entry
from ..core.journal import to_line
from ..core.occurrence import Changed, Happened, Occurrence
from ..core.plan import Json
from ..core.program import Program
from ..core.witnessing import Attempt, Book, witness
from ..explaining import Life, decisions
from ..standing_in import StandIn
from .rehearse import Role, Seen

__all__ = ["life"]

_NONE: Final[Mapping[str, Json]] = {}


def life(
    program: Program,
    name: str,
    attributes: Mapping[str, object] | None,
    told: Sequence[Seen],
    *,
    start: int,
    at: int,
    playbook: str | None = None,
    answers: Mapping[str, Json] | None = _NONE,
) -> Life:
    """Return the life of a customer until `at`, that instant included, as a rehearsal leads it.

    The program is deployed at `start`; what lies after `at` is known to happen. `answers` are what
    actions answer at once, as for `rehearse`. Raises KeyError when nothing is known of the customer
    until then.
    """
    role = Role(program, name, attributes, told, start, at + 1)
    if role.customer is None:
        raise KeyError(f"nothing is known of {name} until then")
    customer = role.customer.copy()
    occurrences, closely = _unfolded(role, program, answers)
    attempts: dict[str, Attempt] = {}
    book = Book(lambda one: attempts.update({one.trigger: one}), plan=playbook)
    _begin(book, attributes or {}, told[: role.first])
    effects: list[Effect] = []
    for number, occurrence in enumerate(occurrences):
        book.closely = number in closely
        effects += witness(customer, occurrence, program, book)
    decided = decisions(((to_line(effect), effect.why) for effect in effects), at)
    runs = {effect.run: effect.playbook for effect in effects if effect.run}
    plans = program.plans
    return Life(
        customer, program, at, decided, attempts, book.sources,
        {one.event: one.at for one in told[: role.last] if isinstance(one, Happened)},
        {run: plans[name].version for run, name in runs.items() if name in plans},
        told[role.last :], answers,
    )  # fmt: skip


def _begin(book: Book, attributes: Mapping[str, object], before: Sequence[Seen]) -> None:
    """Write down where attributes come from that nothing was decided about."""
    known = dict(attributes)
    book.told(known, {}, None)
    for one in before:
        if isinstance(one, Changed):
            book.told(one.values, known, one.at)
            known |= one.values


def _unfolded(
    role: Role, program: Program, answers: Mapping[str, Json] | None
) -> tuple[list[Occurrence], frozenset[int]]:
    """Play a role; return all that happened, answers among it, and where each event did last."""
    assert role.customer is not None  # noqa: S101 - whoever calls has looked
    happened: list[Occurrence] = []
    last: dict[str, int] = {}
    play = StandIn(answers).play
    for effect in play(role.customer, role.occurrences(), program, happened.append):
        if isinstance(effect, Entry) and effect.kind == "emitted":
            last[effect.note] = len(happened) - 1
    for number, occurrence in enumerate(happened):
        if isinstance(occurrence, Happened):
            last[occurrence.event] = max(number, last.get(occurrence.event, 0))
    return happened, frozenset(last.values())
