"""What people write who know another language, and how it is written in this one."""

import re
from collections.abc import Iterator
from typing import Final

from ..engine.core.spell import WEEKDAYS
from .parser import END, Mistake, Token
from .words import TOKENS, spellings

__all__ = ["habit"]

_WORDS: Final = {
    "average": "avg of",
    "cnt": "count of",
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
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DAYS: Final = frozenset(day for name in WEEKDAYS for day in (name, name[:3], f"{name}s"))
_OPTIONS: Final = {
    "late": "late run",
    "again": "again after 90 days",
    "per": "per event.order_id",
    "goal": "goal has login within 9 days",
    "existing": "existing enter",
    "priority": "priority 5",
    "holdout": "holdout 10%",
    "stop when": "stop when has login",
    "while running": "while running restart",
    "in flight": "in flight finish old",
    "held back": "held back drop",
}
"""Keys of a playbook, as the end of a rule line has them."""
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
    if start == "rule":
        yield from _option(found, before)
    if start == "duration":
        yield from _wait(found, text)
    if start == "happening" and found.kind in ("OR", "AND"):
        yield "one event a wait; for any of several: `wait until: has login or has purchase`"
    if start == "supposition":
        yield from _supposed(found, before)
    if before is not None:
        yield from _asked(found, before, mistake)
    if found.text in ("-", ".") and (date := _date_at(text, found)) is not None:
        yield f'a date is written `date "{date}"`'
    if found.kind == "NUMBER" and "IN_LAST" in mistake.expected:
        yield "how often is counted: `count of login >= 3`"
    if found.kind == "WITHIN":
        yield "write `in last 30 days` or `in next 30 days`; `within` belongs to `A then B within 30 days`"
    window = _IN.search(text[: found.start].rstrip())
    if window is not None and found.kind == "CMP":
        yield f"a window is written `in last {window[1]}`"
    if found.kind == "CMP" and start == "happening":
        yield "this is an event; a condition is waited for with `wait until:`"
    if found.kind == "TIME_UNTIL" or found.text == "time until":
        yield "count days: `days until renewal_date < 3`"
    yield from _longer(found, before, mistake)


def _asked(found: Token, before: Token, mistake: Mistake) -> Iterator[str]:
    """Yield what two words that stand beside each other were probably meant to ask."""
    match before.kind, found.kind:
        case "NUMBER", "IN_LAST" | "SINCE":
            yield "the window stands before the comparison: `count of login in last 7 days > 3`"
        case _, "WHERE" if "WHERE" not in mistake.expected:
            name = before.text
            yield f"ask of a list `any of {name} where (…)` or `number of {name} where (…)`"
        case "NAME", "NAME" if before.text[0].isupper():
            yield f'a name of several words stands in quotes: `"{before.text} {found.text}"`'
        case _, "NAME" if before.text in ("exists", "exist", "known"):
            yield f"write `{found.text} is present`"
        case _, "NAME" if before.text == "segment":
            yield f"write `in segment {found.text}`"
        case "CMP" | "BAD_EQUALS", "CMP":
            yield f"write `{found.text}=`" if before.text == "=" else f"write `{before.text}` once"
        case _, "CMP" if "DOT_NAME" in mistake.expected:
            yield f"say which of its properties: `… of {before.text}.amount`"
        case _, "SINCE" if before.text in _LENGTHS:
            yield "count days, `days since last login > 3`, or ask `time since last login > 3 hours`"
        case _, "BEFORE" | "AFTER" if before.text in ("days", *_LENGTHS):
            yield f"say how many: `90 {before.text} {found.text} renewal_date`"


def _supposed(found: Token, before: Token | None) -> Iterator[str]:
    """Yield how that is supposed which was written like a condition."""
    if found.kind in ("AND", "OR"):
        yield "one thing for each `--if`: `--if 'churned = false' --if 'seats = 3'`"
    if found.kind == "CMP" and before is not None:
        yield f"a value is supposed, not a condition: `{before.text} = …`"


def _date_at(text: str, sign: Token) -> str | None:
    """Return the date, as it is written, whose year a sign stands behind."""
    year = text[max(sign.start - 4, 0) : sign.start]
    found = _ISO.match(f"{year}{text[sign.start :]}")
    return found[0] if found is not None else None


def _option(found: Token, before: Token | None) -> Iterator[str]:
    """Yield how a key of the whole playbook is written, where one stands in the wrong place."""
    for word in (found, before):
        key = word.text.lower() if word is not None else ""
        if key in _OPTIONS:
            yield f"what is said of the whole playbook ends the line, behind `;`: `; {_OPTIONS[key]}`"
    if found.kind == "COMMA":
        yield "steps are joined by `->`; what is said of the whole playbook stands behind `;`"


def _wait(found: Token, text: str) -> Iterator[str]:
    """Yield how something is waited for that is no length of time."""
    words = text.split()
    if words[:1] in (["a"], ["an"], ["one"]):
        yield f"write a number: `1 {' '.join(words[1:])}`"
    if words and words[0].lower() in _DAYS:
        yield f"days stand under `on:`: `wait:` with nothing behind it, and `on: {text}`"
    if _ISO.match(text):
        yield f'a date is waited for with `wait until: today >= date "{text[:10]}"`'
    if found.kind == "DURATION":
        yield "one length a wait: two of them are two waits, one below the other"


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
