"""Which playbooks begin each other without an end: circles are looked for, and then played."""

from functools import lru_cache
from typing import Final

from .causes import Round, causes, knots, reached_from
from .rule import Subject

__all__ = ["rounds"]

_PLAYS: Final = 600
_LEAST: Final = 20
"""How often a project is played, and each of its circles at least."""


@lru_cache(maxsize=1)
def rounds(subject: Subject) -> tuple[Round, ...]:
    """Return a round without end for each group of playbooks that goes one."""
    found = causes(subject)
    groups = list(knots(found))
    if not groups:
        return ()
    # Only projects with circles pay for the engine.
    from .playing import played  # noqa: PLC0415

    most = max(_LEAST, _PLAYS // len(groups))
    # What begins only once may still end the circle that begins it.
    begun = causes(subject, once=True)
    each = (
        played(subject, {*group, *reached_from(group[0], begun)}, found, most) for group in groups
    )
    return tuple(one for one in each if one is not None)
