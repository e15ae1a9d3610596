"""Names that mean something elsewhere, and how what they stand for is written here."""

from collections.abc import Iterator
from typing import Final

from ..engine.core.lifecycles import named, stages
from ..engine.core.segments import segment_attribute
from .answers import FIELDS
from .scope import Scope, declared

__all__ = ["written_as"]

_TRUTHS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_ELSEWHERE: Final = {
    "old": "`old` is the value before, in `seats changes where (new > old)`; in its run, `event.old`",
    "new": "`new` is the value after, in `seats changes where (new > old)`; in its run, `event.new`",
    "first": "`first.…` is known in the second `where (…)` of `A then B where (…) within 7 days`",
    "it": "`it` is an item of a list, in `any of tags where (it == …)`",
    "each": "`each` is known in the templates of a step with `for each:`",
    "with": "`with.…` is known in a `never:`, where an action is looked at",
}
"""Words that mean something in one place only."""


def written_as(names: tuple[str, ...], scope: Scope) -> str | None:
    """Return what to write for a path that is no attribute, where that can be told."""
    return next(_meant(names[0], names[1:], scope), None)


def _meant(name: str, rest: tuple[str, ...], scope: Scope) -> Iterator[str]:
    attributes = scope.vocabulary.attributes
    if name.lower() in _TRUTHS:
        yield f"did you mean `{_TRUTHS[name.lower()]}`?"
    if declared(segment_attribute(name), attributes) is not None:
        yield f"`{name}` is a segment: write `in segment {name}`"
    if declared(name, scope.trigger_properties) is not None:
        yield f"`{name}` is what the trigger carries: write `event.{name}`"
    if rest and rest[0] in FIELDS:
        yield f"an answer is called so by the `do:` that waits for it: `as: {name}`"
    if name in _ELSEWHERE:
        yield _ELSEWHERE[name]
    event = declared(name, scope.vocabulary.events)
    if event is not None:
        yield f"`{event}` is an event: write `has {event}` or `count of {event}`"
    if any(named(name, kind) for kind in stages(attributes).values()):
        yield f"`{name}` is a stage: write `stage is {name}`, or `stage in [{name}, …]`"
