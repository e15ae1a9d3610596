"""What people write who know another language, and how it is written in this one."""

import re
from collections.abc import Iterator
from typing import Final

from .parser import END, Mistake, Token
from .words import TOKENS, spellings

__all__ = ["habit"]

_WORDS: Final = {
    "average": "avg of",
    "mean": "avg of",
    "total": "sum of",
    "minimum": "min of",
    "maximum": "max of",
    "some": "any of",
    "each": "all of",
    "every": "all of",
    "start": "starts with",
    "end": "ends with",
    "includes": "contains",
    "falls": "drops",
    "decreases": "drops",
    "increases": "rises",
    "grows": "rises",
    "looses": "loses one",
}
"""Words that this language has another one for."""
_IN: Final = re.compile(r"\bin\s+(\d+ *[a-z][a-z ]*)$")
_BEFORE_VALUES: Final[tuple[list[str], ...]] = ([], ["=="], ["!="], ["="])
_LENGTHS: Final = frozenset({"minutes", "hours", "weeks", "months", "quarters", "years"})


def habit(mistake: Mistake, text: str, start: str) -> str | None:
    """Return how that is written which somebody probably meant; None where nobody can tell."""
    return next(_meant(mistake, text, start), None)


def _meant(mistake: Mistake, text: str, start: str) -> Iterator[str]:
    found, before = mistake.found, mistake.before
    number = before if found.kind == END else found
    if number is not None and number.kind == "NUMBER" and _wants_length(mistake, start):
        yield f"a length of time needs a unit: `{number.text} days`"
    if found.kind == END and text.split()[-1:] == ["no"] and text.split()[-2:-1] in _BEFORE_VALUES:
        yield "did you mean `false`?"
    if found.kind == "WITHIN":
        yield "write `in last 30 days` or `in next 30 days`; `within` belongs to `A then B within 30 days`"
    window = _IN.search(text[: found.start].rstrip())
    if window is not None and found.kind == "CMP":
        yield f"a window is written `in last {window[1]}`"
    if found.kind == "CMP" and start == "happening":
        yield "this is an event; a condition is waited for with `wait until:`"
    if before is not None and before.kind in ("CMP", "BAD_EQUALS") and found.kind == "CMP":
        yield f"write `{found.text}=`" if before.text == "=" else f"write `{before.text}` once"
    if found.kind == "SINCE" and before is not None and before.text in _LENGTHS:
        yield "count days, `days since last login > 3`, or ask `time since last login > 3 hours`"
    if found.kind == "TIME_UNTIL" or found.text == "time until":
        yield "count days: `days until renewal_date < 3`"
    if (
        found.kind in ("BEFORE", "AFTER")
        and before is not None
        and before.text in ("days", *_LENGTHS)
    ):
        yield f"say how many: `90 {before.text} {found.text} renewal_date`"
    yield from _longer(found, before, mistake)


def _wants_length(mistake: Mistake, start: str) -> bool:
    return "DURATION" in mistake.expected or start == "duration"


def _longer(found: Token, before: Token | None, mistake: Mistake) -> Iterator[str]:
    """Yield the phrases that begin with a word which stands there alone, or with a like one."""
    fitting = [one for kind in sorted(mistake.expected) for one in spellings(kind)]
    every = [one for kind in TOKENS for one in spellings(kind)]
    for word, phrases in ((found, fitting), (before, [*fitting, *every, "count of", "number of"])):
        if word is None or (word.kind != "NAME" and word is before):
            continue
        meant = _WORDS.get(word.text, word.text)
        longer = [one for one in phrases if one.startswith(f"{meant} ") or one == meant]
        longer = [one for one in dict.fromkeys(longer) if one != word.text]
        if longer:
            yield f"did you mean {' or '.join(f'`{one}`' for one in longer[:2])}?"
