"""Intervals against values that were published, and what is said of them."""

from itertools import product
from math import comb, sqrt
from statistics import fmean

import pytest

from cuebook.engine.runtime.figures.intervals import Share, difference, said, wilson


@pytest.mark.parametrize(
    ("reached", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_the_published_one(
    reached: int, of: int, low: float, high: float
) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3."""
    found = wilson(Share(reached, of))

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10."""
    found = difference(Share(*one), Share(*other))

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("ones", "others"), [(5, 5), (10, 20), (8, 40)])
def test_the_interval_of_few_holds_what_it_promises(ones: int, others: int) -> None:
    """Of all that may come of true shares, counted out, 95 in 100 intervals hold their difference.

    The one that textbooks give, with a normal distribution around the difference, does not.
    """
    shares = [number / 20 for number in range(1, 20)]
    held, plain = [], []
    for p, q in product(shares, shares):
        both = list(product(range(ones + 1), range(others + 1)))
        chances = [_chance(a, ones, p) * _chance(b, others, q) for a, b in both]
        found = [(_ours(a, ones, b, others), _textbook(a, ones, b, others)) for a, b in both]
        for kept, which in ((held, 0), (plain, 1)):
            hits = [low <= p - q <= high for low, high in (one[which] for one in found)]
            kept.append(sum(chance for chance, hit in zip(chances, hits, strict=True) if hit))

    assert fmean(held) > 0.95
    assert min(held) > 0.85
    assert fmean(plain) < 0.94
    assert min(plain) < 0.7


def _chance(hits: int, of: int, share: float) -> float:
    return comb(of, hits) * share**hits * (1 - share) ** (of - hits)


def _ours(a: int, ones: int, b: int, others: int) -> tuple[float, float]:
    found = difference(Share(a, ones), Share(b, others))
    assert found is not None
    return found.low, found.high


def _textbook(a: int, ones: int, b: int, others: int) -> tuple[float, float]:
    p, q = a / ones, b / others
    reach = 1.959964 * sqrt(p * (1 - p) / ones + q * (1 - q) / others)
    return p - q - reach, p - q + reach


def test_what_few_tell_is_said_plainly() -> None:
    """A figure without its reach invites decisions that it does not carry."""
    assert said(Share(3, 5), Share(1, 4)) == (
        "too few to tell: the difference lies between -23.2 and +69.9 points"
    )
    assert said(Share(90, 100), Share(30, 100)).startswith(
        "more reached it with its actions than held out: the difference lies between +"
    )
    assert said(Share(1, 100), Share(30, 100), ("by a", "by b")).startswith(
        "fewer reached it by a than by b"
    )
    assert said(Share(1, 2), Share(0, 0)) == "nothing to compare: nobody was held out"
    assert wilson(Share(0, 0)) is None
    assert difference(Share(0, 0), Share(1, 2)) is None
