"""The page of questions to everybody: how many customers a condition is true of, and the first of them."""

import shlex
from typing import Final

from starlette.responses import Response

from ...engine.runtime.who import Found
from .desk import Desk
from .trying import TooLong, until
from .visits import Visit

__all__ = ["page"]

_MOST: Final = 50
_LONGEST: Final = 2_000
"""How many characters a condition may have."""
_SECONDS: Final = 5.0
"""How long customers may be judged one by one for a page."""


def page(desk: Desk, visit: Visit) -> Response:
    """Show of whom a condition is true now; without one, the form alone."""
    condition = visit.asked("if").strip()
    found, trouble = _asked(desk, condition) if condition else (None, "")
    return desk.paper.page(
        visit, "ask.html", condition=condition, found=found, trouble=trouble, longest=_LONGEST,
        command=_command(condition) if condition and not trouble else "",
    )  # fmt: skip


def _asked(desk: Desk, condition: str) -> tuple[Found | None, str]:
    """Return the answer, or why there is none."""
    if len(condition) > _LONGEST:
        return None, f"this is longer than {_LONGEST:,} characters"
    try:
        return desk.engine.who(condition, limit=_MOST, on_progress=until(_SECONDS)), ""
    except TooLong as long:
        return (
            None,
            f"{long}: too many have to be judged one by one; `cuebook who` may take its time",
        )
    except LookupError:
        return None, "nothing was deployed here yet, so there is nobody to ask about"
    except ValueError as mistakes:
        return None, str(mistakes)


def _command(condition: str) -> str:
    """Return what to type for all of them."""
    return f"cuebook who {shlex.quote(condition)}"
