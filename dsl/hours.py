"""Best hours: what `best hour:` of a project learns from, and `at: best hour …` of a step."""

from collections.abc import Iterator
from typing import cast

from ..engine.core.origin import Span
from ..engine.core.plan import BestHour, Calendar, Learning, Timing
from ..engine.core.vocabulary import Vocabulary
from . import names
from .build import Builder, trees_of
from .days import hours_of
from .diagnostics import Report
from .document import Mapping
from .keys import INSIDE
from .parser import Token, Tree
from .scope import Scope
from .shapes import known_keys, list_of, mapping_of, missing_key, text_of, whole_number
from .triggers import clock_of

__all__ = ["best_of", "check_best", "read_learning"]


def read_learning(settings: Mapping, words: Vocabulary, report: Report) -> Learning | None:
    """Read `best hour: {from: [email-opened, email-clicked], at least: 5}`."""
    node = settings.get("best hour")
    mapping = mapping_of(node, "`best hour:`", report) if node is not None else None
    if mapping is None:
        return None
    known_keys(mapping, "`best hour:`", INSIDE["best hour"], report)
    if mapping.get("from") is None:
        hint = "as in `from: [email-opened, email-clicked]`"
        missing_key(mapping, "`best hour:`", "from", report, hint)
    least = mapping.get("at least")
    number = whole_number(least, "at least", report) if least is not None else Learning(()).at_least
    if least is not None and number is not None and number < 1:
        report.error("P105", least.span, "`at least:` is one or more", "", "as in 5")
    return Learning(tuple(dict.fromkeys(_events(mapping, words, report))), max(number or 1, 1))


def _events(mapping: Mapping, words: Vocabulary, report: Report) -> Iterator[str]:
    node = mapping.get("from")
    items = list_of(node, "`from:`", report, "no event here") if node is not None else ()
    for item in items:
        text = text_of(item, "an event", report)
        if text is not None:
            event = names.event(text.value, text.span, Scope(words), report)
            if event is not None:
                yield event


def best_of(b: Builder, tree: Tree) -> BestHour | None:
    """Return what a `best` tree says; None where its times are none."""
    within: tuple[int, int] | None = None
    otherwise: int | None = None
    for part in trees_of(tree):
        if part.rule == "hours":
            token = cast("Token", part.parts[0])
            quoted = token.text[0] in "\"'"
            written = b.text.part(token.start + quoted, token.end - quoted)
            within = hours_of(written, b.report)
            if within is None:
                return None
        else:
            otherwise = clock_of(b, part)
            if otherwise is None:
                return None
    return BestHour(within, otherwise)


def check_best(
    timing: Timing, learning: Learning | None, calendar: Calendar, span: Span, report: Report
) -> None:
    """Report a best hour that could never be learnt, or without an hour while it is not."""
    if not isinstance(timing.at, BestHour):
        return
    if learning is None:
        hint = "write into cuebook.yaml: `best hour: {from: [email-opened], at least: 5}`"
        report.error("D206", span, "nothing says what a best hour is learnt from", "", hint)
    if timing.at.within is None and timing.at.otherwise is None and calendar.hours is None:
        hint = "write `best hour else 10:00`, or give the calendar its `hours:`"
        title = "this best hour has no hour while too little is known"
        report.error("D206", span, title, "", hint)
    if timing.zone is not None:
        hint = "leave out `in zone`: a best hour is learnt by the customer's own clocks"
        report.error("D206", span, "a best hour is not in another zone", "", hint)
