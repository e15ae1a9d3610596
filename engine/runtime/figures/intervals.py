"""Shares of few, and how far they can be trusted: intervals that hold for small samples, too.

A share's interval is Wilson's (1927); that of the difference of two shares is Newcombe's tenth method,
which squares the two together (R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

__all__ = ["CONFIDENCE", "Interval", "Share", "difference", "said", "wilson"]

CONFIDENCE: Final = 0.95
_Z: Final = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_MEANT: Final = ("with its actions", "held out")


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and between what it lies with 95 % confidence, as parts of one."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    reached: int
    of: int

    @property
    def value(self) -> float | None:
        """Return the part that reached it; None of nobody."""
        return self.reached / self.of if self.of else None


def wilson(share: Share) -> Interval | None:
    """Return the interval of one share; None of nobody."""
    if not share.of:
        return None
    part, n = share.reached / share.of, share.of
    middle = part + _Z**2 / (2 * n)
    reach = _Z * sqrt(part * (1 - part) / n + _Z**2 / (4 * n**2))
    whole = 1 + _Z**2 / n
    # The bounds of none and of all are exact; rounding would put them past the end.
    low = 0.0 if not share.reached else (middle - reach) / whole
    high = 1.0 if share.reached == n else (middle + reach) / whole
    return Interval(part, low, high)


def difference(one: Share, other: Share) -> Interval | None:
    """Return by how much the first share is larger than the second; None where one is of nobody."""
    left, right = wilson(one), wilson(other)
    if left is None or right is None:
        return None
    value = left.value - right.value
    below = sqrt((left.value - left.low) ** 2 + (right.high - right.value) ** 2)
    above = sqrt((left.high - left.value) ** 2 + (right.value - right.low) ** 2)
    return Interval(value, value - below, value + above)


def said(one: Share, other: Share, names: tuple[str, str] = _MEANT) -> str:
    """Return in plain words what two shares tell of each other."""
    found = difference(one, other)
    if found is None:
        nobody = names[0] if not one.of else names[1]
        return f"nothing to compare: nobody was {nobody}"
    bounds = f"between {_points(found.low)} and {_points(found.high)} points"
    if found.low <= 0 <= found.high:
        return f"too few to tell: the difference lies {bounds}"
    more = "more" if found.value > 0 else "fewer"
    return f"{more} reached it {names[0]} than {names[1]}: the difference lies {bounds}"


def _points(part: float) -> str:
    """Spell a difference of shares in points of a hundred.

    >>> _points(0.0513), _points(-0.2), _points(0)
    ('+5.1', '-20.0', '0.0')
    """
    shown = f"{part * 100:+.1f}"
    return "0.0" if shown in ("+0.0", "-0.0") else shown
