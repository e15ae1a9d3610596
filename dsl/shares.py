"""Parts of all customers and numbers of times, as authors write them: `50%`, `3 times`."""

import re
from typing import Final

from ..engine.core.shares import WHOLE
from .diagnostics import Report
from .document import Scalar
from .flow import MOST_ROUNDS

__all__ = ["percent", "rounds"]

_PERCENT: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%")
_TIMES: Final = re.compile(r"(\d{1,6})\s*times?")


def percent(text: Scalar, report: Report) -> int | None:
    """Read a share of all customers, `50%` or `33.33%`, as hundredths of a percent."""
    found = _PERCENT.fullmatch(text.value.strip())
    if found is None:
        hint = "write it as in `50%` or `33.33%`"
        report.error("P130", text.span, f"`{text.value}` is not a share", "", hint)
        return None
    share = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if share > WHOLE:
        title = f"a share of {text.value} is more than there is"
        report.error("P130", text.span, title, "at most 100%")
        return None
    return share


def rounds(text: Scalar, report: Report) -> int | None:
    """Read how often something is repeated at most: `3 times`."""
    found = _TIMES.fullmatch(text.value.strip())
    if found is not None and 1 <= int(found[1]) <= MOST_ROUNDS:
        return int(found[1])
    title = f"`{text.value}` does not say how often"
    report.error("P132", text.span, title, f"1 to {MOST_ROUNDS:,} times", "as in `up to 3 times`")
    return None
