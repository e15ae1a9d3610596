"""What is said about a text that does not parse: found, expected, and what was probably meant."""

import re
from typing import Final

from ..engine.core.duration import UNITS
from .diagnostics import Report
from .document import Scalar
from .habits import habit
from .parser import END, Mistake, Token
from .spelling import nearest
from .words import KEYWORDS, alternatives

__all__ = ["LONGEST", "NESTING", "nesting", "tell", "unit_hint"]

LONGEST: Final = 2000
"""Characters that one text may have."""
NESTING: Final = 50
"""Levels of brackets, `not` and arithmetic that one text may have."""

_TWO_WORDS: Final = re.compile(
    r"(?<=[0-9] )(bus\w*|work|working|week|bank|trading|office) ?(days?)$", re.IGNORECASE
)
_COMPARISONS: Final = frozenset(
    {
        "CMP",
        "TEXT_CMP",
        "IN",
        "NOT_IN",
        "BETWEEN",
        "LIKE",
        "MATCHES",
        "IS",
        "IS_MISSING",
        "IS_PRESENT",
    }
)


def nesting(tokens: list[Token]) -> Token | None:
    """Return the token at which a text gets nested too deep, before any tree is built of it."""
    levels = [0]
    for token in tokens:
        match token.kind:
            case "LPAR" | "LSQB":
                levels.append(levels[-1] + 1)
            case "RPAR" | "RSQB" if len(levels) > 1:
                levels.pop()
            case "NOT" | "BAD_NOT" | "SUB" | "ADD" | "MUL" | "BAD_AND":
                levels[-1] += 1
            case "AND" | "OR" | "COMMA" | "ARROW" | "SEMICOLON":
                levels[-1] = levels[-2] + 1 if len(levels) > 1 else 0
            case _:
                continue
        if levels[-1] > NESTING:
            return token
    return None


def tell(mistake: Mistake, text: Scalar, start: str, report: Report) -> None:
    """Report the place where a text stops to make sense."""
    found, before = mistake.found, mistake.before
    span = text.place(found.start, found.end)
    if found.kind == END:
        wanted = alternatives(mistake.expected)
        at = text.place(max(found.start - 1, 0), found.end) if text.value else span
        title, meant = (
            f"something is missing at the end: {wanted}",
            habit(mistake, text.value, start),
        )
        report.error("S101", at, title, "ends too early", *([meant] if meant else []))
        return
    for word in (found, before):
        if word is not None and word.text not in KEYWORDS and word.text.lower() in KEYWORDS:
            _tell_case(word, text, report)
            return
    if _tell_two_words(found, text, report):
        return
    unit = re.match(r"\s*([a-zA-Z]+)", text.value[found.end :])
    if found.kind == "NUMBER" and "DURATION" in mistake.expected and unit is not None:
        at = text.place(found.end + unit.start(1), found.end + unit.end(1))
        title = f"unknown unit `{unit[1]}`"
        report.error("S106", at, title, "not a unit of time", unit_hint(unit[1]))
        return
    hints = _hints(mistake, text.value, start)
    if found.kind == "BAD_QUOTES":
        report.error("S104", span, "curly quotes do not make a text", "", *hints)
    elif found.kind == "BAD_TEXT":
        report.error("S104", span, "the quote is not closed", "opened here", *hints)
    else:
        title = f"`{found.text}` does not fit here"
        label = f"expected {alternatives(mistake.expected)}" if mistake.expected else ""
        report.error("S101", span, title, label, *hints)


def _tell_two_words(found: Token, text: Scalar, report: Report) -> bool:
    """Report a unit of two words that is not `business days`: `3 working days`."""
    unit = _TWO_WORDS.search(text.value[: found.end])
    if unit is None or (unit[1] == "business" and unit[2] in ("day", "days")):
        return False
    title = f"unknown unit `{unit[0]}`"
    span = text.place(unit.start(), unit.end())
    report.error("S106", span, title, "not a unit of time", "did you mean `business days`?")
    return True


def _tell_case(word: Token, text: Scalar, report: Report) -> None:
    right = word.text.lower()
    span = text.place(word.start, word.end)
    report.error("S107", span, f"`{word.text}` is written `{right}`", "", f"write `{right}`")


def _hints(mistake: Mistake, text: str, start: str) -> tuple[str, ...]:
    found, before = mistake.found, mistake.before
    meant = habit(mistake, text, start)
    if meant is not None:
        return (meant,)
    if start in ("trigger", "rule") and (
        found.kind in _COMPARISONS or (before is None and found.kind in ("HAS", "NOT", "NO"))
    ):
        return ("a condition as a trigger begins with `when`: `when seats > 10`",)
    if before is not None and before.kind == "WHERE":
        return ("a filter stands in brackets: `where (amount > 100)`",)
    if found.kind == "FOR":
        return ("both at once need brackets: `when (no login for 14 days) for 3 days`",)
    if found.kind == "CMP":
        return ("comparisons do not chain; join them with `and`, or ask `between … and …`",)
    if found.kind == "ADD" and found.text == "-":
        return ("minus needs a space on both sides",)
    fitting = [word for word in KEYWORDS if word.upper() in mistake.expected]
    meant = nearest(found.text, fitting) if found.kind == "NAME" else None
    return (f"did you mean `{meant}`?",) if meant else ()


def unit_hint(unit: str) -> str:
    """Say which unit was probably meant: ``did you mean `hours`?``."""
    short = {"h": "hour", "d": "day", "w": "week", "y": "year", "q": "quarter"}
    short |= {"hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "mo": "month"}
    short |= {"wk": "week", "wks": "week", "yr": "year", "yrs": "year"}
    for_work = ("workday", "workdays", "weekday", "weekdays", "work", "working", "bank", "business")
    short |= dict.fromkeys(for_work, "business day")
    if unit == "m":
        return "`m` may be minutes or months: write it out"
    meant = short.get(unit.lower()) or nearest(unit, [f"{one}s" for one in UNITS])
    if meant is None:
        return f"the units are: {', '.join(f'{one}s' for one in UNITS)}"
    return f"did you mean `{meant.removesuffix('s')}s`?"
