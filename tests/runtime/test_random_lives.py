"""Random projects over random lives, told in random pieces: every runtime decides the same."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cuebook.engine.core.plan import Project
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import Seen, rehearse
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .inventing import START, UNTIL, histories, projects, ticks
from .inventing_limits import limited
from .inventing_ways import WAYS, eventful, ways_taken
from .nodes import DECIDING, nodes_of
from .playing import Clock, wipe
from .scenarios import (
    Batch,
    Scenario,
    Told,
    assert_replays,
    assert_same,
    decided,
    heard,
    letter,
    numbered,
    rehearsed,
)

Histories = Mapping[str, Sequence[Seen]]
worlds = st.tuples(projects | limited, histories) | eventful
"""A project, and what happens to its customers."""
_DRAWS = 8
"""How many lives, or projects, are drawn from each seed."""
_MOST = 80
"""From how many seeds at most, until each way was gone and each construct was there."""
law = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@law
@given(
    world=worlds,
    looks=ticks,
    chance=st.randoms(use_true_random=False),
)
def test_in_whatever_pieces_it_is_told_it_is_as_rehearsed(
    world: tuple[Project, Histories],
    looks: Mapping[int, bool],
    chance: random.Random,
    database: Database,
    another: Callable[..., Engine],
) -> None:
    """Split into ticks, out of order between them, some of it twice: what counts is when it was."""
    wipe(database)
    project, told = world
    pieces = list(in_pieces(list(numbered(told)), looks, chance))

    came = heard(project, START, pieces, database, another)

    assert_same(came, rehearsed(Scenario(project, START, UNTIL, told)))
    assert_replays(database)


@law
@given(
    world=worlds,
    looks=ticks,
    chance=st.randoms(use_true_random=False),
)
def test_what_comes_too_late_is_decided_alike(
    world: tuple[Project, Histories],
    looks: Mapping[int, bool],
    chance: random.Random,
    database: Database,
    another: Callable[..., Engine],
) -> None:
    """Events that were told after time had gone by, and events dated ahead."""
    wipe(database)
    project, told = world
    ends = [*sorted(looks), UNTIL - 1]
    batches = [Batch(end, [], looks.get(end, False)) for end in ends]
    for one in numbered(told):
        chance.choice(batches).told.append(one)

    came = heard(project, START, batches, database, another)

    assert_same(came, decided(project, START, batches))
    assert_replays(database)


@law
@given(worlds=st.lists(worlds, min_size=2, max_size=3), looks=ticks)
def test_programs_that_take_over_from_each_other_are_replayed_bit_for_bit(
    worlds: list[tuple[Project, Histories]],
    looks: Mapping[int, bool],
    database: Database,
    another: Callable[..., Engine],
    clock: Clock,
) -> None:
    """Whatever is edited, in flight or asked for only later: the log tells it all again."""
    wipe(database)
    programs, told = [project for project, _ in worlds], worlds[0][1]
    clock.now = START
    ends = [*sorted(looks), UNTIL - 1]
    engine = another()
    engine.deploy(programs[0], at=START)

    for number, (begin, end) in enumerate(pairwise((-(2**62), *ends))):
        piece = [one for one in numbered(told) if begin < one[1].at <= end]
        engine.track_many(letter(programs[0], *one) for one in piece)
        clock.now = end
        engine.tick(perform=False)
        if looks.get(end, False):
            engine = another()
        engine.deploy(programs[(number + 1) % len(programs)])

    engine.tick(UNTIL, perform=False)
    assert_replays(database)


def test_random_lives_get_everywhere() -> None:
    """Each way is gone by some life, sooner or later: what is compared is all there is."""
    reached: Counter[str] = Counter()

    @settings(
        max_examples=_DRAWS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(eventful)
    def draw(world: tuple[Project, Histories]) -> None:
        project, told = world
        found = rehearse(
            program(project), {}, told, start=START, until=UNTIL, journal=True, answers=None
        )
        reached.update(ways_taken(project, found.journal))

    for number in range(_MOST):  # From one seed many would be variations of a few.
        if reached.keys() >= WAYS:
            break
        seed(number)(draw)()

    assert not WAYS - reached.keys(), f"nobody came there: {WAYS - reached.keys()}; {reached}"


def test_random_projects_hold_everything_a_plan_can_hold() -> None:
    """Whatever the grammar makes is among what all the laws are about, sooner or later."""
    missing = set(DECIDING)

    @settings(
        max_examples=_DRAWS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(projects, limited)
    def draw(one: Project, other: Project) -> None:
        missing.difference_update(nodes_of(one), nodes_of(other))

    for number in range(_MOST):
        if not missing:
            break
        seed(number)(draw)()

    assert not missing


def in_pieces(
    told: list[Told], looks: Mapping[int, bool], chance: random.Random
) -> Iterator[Batch]:
    """Yield everything before the look that comes after it, shuffled, with some of it again."""
    for begin, end in pairwise((-(2**62), *sorted(looks), UNTIL - 1)):
        piece = [one for one in told if begin < one[1].at <= end]
        earlier = [one for one in told if one[1].at <= begin]
        again = chance.sample(earlier, min(2, len(earlier))) + piece[:1]
        yield Batch(end, [*shuffled(piece, chance), *again], looks.get(end, False))


def shuffled(told: list[Told], chance: random.Random) -> list[Told]:
    """Return things in another order; what happened at one instant to one customer stays so."""

    def moment(one: Told) -> tuple[Any, ...]:
        return one[0], one[1].at

    groups = [list(group) for _, group in groupby(sorted(told, key=moment), moment)]
    chance.shuffle(groups)
    return [one for group in groups for one in group]
