"""All rules, and the one way to ask them."""

from collections.abc import Callable
from typing import Final

from ..diagnostics import Report
from . import (
    always_holds,
    broken_promise,
    endless_loop,
    latecomers,
    may_be_missing,
    message_twice,
    moved_dates,
    never_holds,
    never_reached,
    no_time_left,
    not_in_the_log,
    repeating_loop,
    unanswered,
    wait_for_itself,
    wait_without_end,
    way_never_taken,
    word_never_given,
)
from .rule import Rule, Subject

__all__ = ["RULES", "prove"]

RULES: Final[tuple[Rule, ...]] = (
    never_reached.RULE,
    way_never_taken.RULE,
    never_holds.RULE,
    always_holds.RULE,
    endless_loop.RULE,
    no_time_left.RULE,
    word_never_given.RULE,
    repeating_loop.RULE,
    wait_without_end.RULE,
    wait_for_itself.RULE,
    message_twice.RULE,
    may_be_missing.RULE,
    broken_promise.RULE,
    latecomers.RULE,
    moved_dates.RULE,
    unanswered.RULE,
    not_in_the_log.RULE,
)


def prove(subject: Subject, report: Report, pause: Callable[[], None] = lambda: None) -> None:
    """Report what can be proven to be in vain; before each rule `pause` may raise to end it."""
    for rule in RULES:
        pause()
        for found in rule.check(rule, subject):
            report.add(found)
