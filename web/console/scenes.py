"""What a playground begins with: a test in which the playbook acts, or the event it begins with."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ...dsl.diagnostics import Report
from ...dsl.document import Mapping, Node, Sequence
from ...dsl.project import Compiled
from ...dsl.trials.read_tests import Written, written_in
from ...engine.core.plan import OnEvent
from ...engine.rehearsal.script import Trial
from ...engine.rehearsal.trial import Attempts
from .sandbox import FIELDS
from .trying import TooLong, until

__all__ = ["first_scene"]

_SECONDS: Final = 2.0
"""How long a test may be looked for."""
_BARE: Final = """\
start: 2026-03-02T10:00
customer: {{id: c1}}
timeline:
  - {{at: +0d, event: {event}}}
until: +60d
"""


def first_scene(compiled: Compiled, playbook: str) -> str:
    """Return the text of a scene for a playbook, or for any with an empty name."""
    for test in _showing(compiled, playbook):
        text = _cut(compiled, test)
        if len(text) <= FIELDS["scene"]:
            return text
    return _BARE.format(event=_first_event(compiled, playbook))


def _showing(compiled: Compiled, playbook: str) -> Iterator[Written]:
    """Yield tests that pass with this playbook alone: those in which it acts, then others it is in."""
    if compiled.project is None:
        return
    attempts, look = Attempts(compiled.project), until(_SECONDS)
    quiet = list[Written]()
    for test in written_in(compiled, Report()):
        if not isinstance(test.body, Trial) or test.body.playbook not in (None, playbook):
            continue
        try:
            verdict = attempts.attempt(replace(test.body, playbook=playbook), look)
        except TooLong:
            break
        if verdict.passed and verdict.done:
            yield test
        elif verdict.passed and verdict.journal:
            quiet.append(test)
    yield from quiet


def _cut(compiled: Compiled, test: Written) -> str:
    """Return a test as it was written, moved to the margin."""
    node = next(one for one in _items(compiled.tests) if _holds(one, test))
    text = compiled.sources[node.span.file].text
    start = node.span.start
    if text[start] == "{":
        return text[start : node.span.end] + "\n"
    margin = start - (text.rfind("\n", 0, start) + 1)
    lines = text[start : node.span.end].rstrip().split("\n")
    return "\n".join([lines[0], *(line[margin:] for line in lines[1:])]) + "\n"


def _items(held: tuple[Node, ...]) -> Iterator[Mapping]:
    for node in held:
        if isinstance(node, Sequence):
            yield from (one for one in node.items if isinstance(one, Mapping))


def _holds(node: Mapping, test: Written) -> bool:
    place = test.span
    return node.span.file == place.file and node.span.start <= place.start < node.span.end


def _first_event(compiled: Compiled, playbook: str) -> str:
    """Return the event that a playbook begins with, or one that the project declares, quoted."""
    plans = compiled.project.plans if compiled.project is not None else ()
    plan = next((one for one in plans if playbook in ("", one.playbook)), None)
    triggers = plan.triggers if plan is not None else ()
    heard = [one.what.event for one in triggers if isinstance(one, OnEvent)]
    declared = compiled.known.vocabulary.events if compiled.known is not None else ()
    return json.dumps(next(iter((*heard, *declared)), "an-event"), ensure_ascii=False)
