"""Playbooks that begin each other again and again, with waits between that are the only rest."""

from collections.abc import Iterator

from ...engine.core.duration import DAY, elapsed
from ..diagnostics import Diagnostic
from .causes import Round
from .endless_loop import path
from .rounds import rounds
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report a circle that waits on its way, and that nothing on the way can end."""
    for one in rounds(subject):
        if one.period:
            title = f"these playbooks begin each other every {_period(one)}, without an end"
            if len(one.circle) == 1:
                title = f"this playbook begins itself every {_period(one)}, without an end"
            hint = "say when it is over: `stop when:`, an `if:`, or `again: never`"
            yield path(rule, one, subject, title, hint)


RULE = Rule("P407", _check)


def _period(one: Round) -> str:
    """Spell how long a round takes: in whole days where it is days, whatever the clocks did."""
    whole = round(one.period / DAY) * DAY
    return elapsed(whole or one.period)
