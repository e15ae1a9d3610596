"""The known word that an unknown one was probably meant to be."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.core.vocabulary import fold

__all__ = ["Guess", "guess", "nearest"]


@dataclass(frozen=True, slots=True)
class Guess:
    """What an unknown word was probably meant to be."""

    text: str
    sure: bool
    """Whether no other known word is near, and the two do not differ in a number or by half."""


def guess(word: str, candidates: Iterable[str]) -> Guess | None:
    """Return the candidate closest to `word`, or None when none is close; case and `-_` are free.

    >>> guess("plann", ["name", "plan", "seats"])
    Guess(text='plan', sure=True)
    >>> guess("set", ["let", "get"])
    Guess(text='let', sure=False)
    >>> guess("q4-review", ["q3-review"])
    Guess(text='q3-review', sure=False)
    """
    wanted = fold(word)
    limit = max(1, len(wanted) // 3)
    known = dict.fromkeys(candidates)
    measured = [(_distance(wanted, fold(one), limit), at, one) for at, one in enumerate(known)]
    near = sorted(one for one in measured if one[0] <= limit)
    if not near:
        return None
    text = near[0][2]
    alike = len(wanted) > 2 and _digits(wanted) == _digits(text)
    return Guess(text, len(near) == 1 and alike)


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate closest to `word`, or None when none is close; case and `-_` are free.

    >>> nearest("plann", ["name", "plan", "seats"])
    'plan'
    >>> nearest("colour", ["plan", "seats"]) is None
    True
    """
    found = guess(word, candidates)
    return found.text if found is not None else None


def _digits(word: str) -> str:
    """Return the digits of a word: names that differ in them were probably meant to."""
    return "".join(sign for sign in word if sign.isdigit())


def _distance(a: str, b: str, limit: int) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours, giving up past `limit`."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before, row = list[int](), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
