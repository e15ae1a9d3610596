"""Trees to the windows that only numbers of a report have: the period, and those around it."""

from typing import Final, cast

from ..engine.core.expr import AllTime, LastWindow, Window
from ..engine.core.kpis import BeforePeriod, InPeriod
from .build import Builder, stretch_of
from .parser import Token, Tree

__all__ = ["in_period", "no_period"]

_MOST: Final = 1_000
"""Periods that anybody looks ahead or back."""


def in_period(b: Builder, found: Tree | None) -> Window | None:
    """Read where a number of a report looks: without a window in its own period."""
    match found:
        case None:
            return InPeriod()
        case Tree(rule="ever_window"):
            return AllTime()
        case Tree(rule="last_window"):
            length = stretch_of(b, cast("Token", found.parts[1]))
            return LastWindow(length) if length is not None else None
        case Tree(rule="period_window"):
            return _around(b, cast("Token", found.parts[0]))
        case _:
            pass
    hint = "the windows are `in last D`, `before the period`, `1 period after` and `ever`"
    b.error("S121", found, "a number of a report looks back to no event", "not a period", hint)
    return None


def _around(b: Builder, token: Token) -> Window | None:
    if token.kind == "BEFORE_PERIOD":
        return BeforePeriod()
    count = int(token.text.split()[0]) if token.kind == "PERIODS" else 1
    if not 1 <= count <= _MOST:
        b.error("D103", token, f"`{token.text}` is no neighbour", f"from 1 to {_MOST} periods")
        return None
    return InPeriod(count if token.text.endswith("after") else -count)


def no_period(b: Builder, found: Tree) -> None:
    """Report a period where there is none."""
    hint = "write `in last 30 days`, or declare a number in `kpis:`"
    b.error("S121", found, "there are periods in a report only", "no period here", hint)
