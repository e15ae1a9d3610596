"""Tests as authors write them, read into what a rehearsal can play; mistakes are diagnostics."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ...engine.core.instant import iso
from ...engine.core.occurrence import Changed, Happened
from ...engine.core.origin import Span
from ...engine.core.plan import Do, Json, Project
from ...engine.rehearsal.script import (
    Expected,
    InStage,
    Late,
    Never,
    Question,
    Restart,
    Skipped,
    Trial,
)
from .. import conditions
from ..diagnostics import Diagnostic, Label, Report
from ..document import Mapping, Node, Scalar
from ..keys import INSIDE
from ..plain import plain
from ..project import Compiled
from ..scope import Scope
from ..shapes import known_keys, list_of, mapping_of, missing_key, text_of
from .read_draws import draws
from .read_expectations import Expectations
from .read_moments import Moments
from .read_parts import Parts, Strange

__all__ = ["FROM_TIMELINE", "Written", "read_tests", "written_in"]

FROM_TIMELINE: Final = "from the timeline"
"""What `answers:` says where nobody answers but who stands in the timeline."""


@dataclass(frozen=True, slots=True)
class Written:
    """One test, with its name and the place it was written."""

    name: str
    span: Span
    body: Trial | Question


def written_in(compiled: Compiled, report: Report) -> list[Written]:
    """Read the tests of a project that compiled; mistakes in them go to the report."""
    if compiled.project is None:
        return []
    return read_tests(compiled.tests, compiled.project, report)


def read_tests(nodes: Iterable[Node], project: Project, report: Report) -> list[Written]:
    """Read what stands under each `tests:`; each test that has a mistake is reported and left out."""
    found: list[Written] = []
    named: dict[tuple[str, str], Span] = {}
    for node in (item for held in nodes for item in list_of(held, "`tests:`", report)):
        mine = Report()
        written = _Reader(project, mine).test(node)
        if written is not None:
            _tell_twins(written, named, mine)
        report.found.extend(mine.found)
        if written is not None and not mine.failed:
            found.append(written)
    return found


def _tell_twins(test: Written, named: dict[tuple[str, str], Span], report: Report) -> None:
    """Report a test that is called like another one of its file."""
    first = named.setdefault((test.span.file, test.name), test.span)
    if first is not test.span:
        start = Span(first.file, first.start, first.start + len("test"))
        here = Span(test.span.file, test.span.start, test.span.start + len("test"))
        report.add(
            Diagnostic(
                "P503", f"two tests of this file are called `{test.name}`", here, "the second one",
                ("say in each name what only this test shows",),
                others=(Label(start, "the first one"),),
            )
        )  # fmt: skip


class _Reader:
    """Reads one test."""

    def __init__(self, project: Project, report: Report) -> None:
        self._project = project
        self._report = report
        self._parts = Parts(project, report)

    def test(self, node: Node) -> Written | None:
        """Read one item of `tests:`."""
        mapping = mapping_of(node, "a test", self._report)
        if mapping is None:
            return None
        asks = mapping.get("condition") is not None
        what, keys = ("a test of a condition", "question") if asks else ("a test", "test")
        known_keys(mapping, what, INSIDE[keys], self._report)
        named, expect = mapping.get("test"), mapping.get("expect")
        name = text_of(named, "`test:`", self._report) if named is not None else None
        if named is None:
            missing_key(mapping, what, "test", self._report, "its name, as a sentence")
        if expect is None:
            missing_key(mapping, what, "expect", self._report, "as in `expect: []`")
        if name is None or expect is None:
            return None
        customer, attributes = self._customer(mapping)
        self._parts.start = self._parts.instant(mapping.get("start"), self._parts.start)
        read = self._question if asks else self._trial
        body = read(mapping, expect, customer, attributes)
        return None if body is None else Written(name.value, mapping.span, body)

    def _customer(self, mapping: Mapping) -> tuple[str, dict[str, object]]:
        inner = self._parts.mapping(mapping.get("customer"), "`customer:`")
        if inner is None:
            return "c1", {}
        named = inner.get("id")
        name = self._parts.text(named, "`id:`") if named is not None else None
        rest = Mapping(tuple(one for one in inner.entries if one[0].value != "id"), inner.span)
        self._parts.settle_in({key.value: plain(value) for key, value in rest.entries})
        return name or "c1", self._parts.attributes(rest)

    def _question(
        self, mapping: Mapping, expect: Node, customer: str, attributes: dict[str, object]
    ) -> Question | None:
        moments = Moments(self._parts, None)
        timeline = moments.read(mapping.get("timeline"))
        for what, where in moments.times:
            if not isinstance(what, Happened | Changed | Late | Restart):
                title = "nothing plays where a condition is tested"
                hint = "only `event:`, `set:` and `restart:` mean something here"
                self._report.error("P502", where.span, title, "nobody asks or acts", hint)
        node = mapping.get("condition")
        text = text_of(node, "`condition:`", self._report) if node is not None else None
        answer = text_of(expect, "`expect:`", self._report)
        if text is None or answer is None:
            return None
        truths: dict[str, bool | None] = {"true": True, "false": False, "unknown": None}
        if answer.value not in truths:
            title = f"a condition is not {answer.value!r:.40}"
            hint = "a condition is expected to be `true`, `false` or `unknown`"
            self._report.error("P104", answer.span, title, "true, false or unknown", hint)
            return None
        expr = conditions.condition(text, Scope(self._project.vocabulary), self._report)
        if expr is None:
            return None
        start = self._parts.start
        last = max((what.at for what in timeline), default=start)
        at = self._parts.instant(mapping.get("until"), max(last, start))
        return Question(expr, customer, attributes, timeline, at, truths[answer.value])

    def _trial(
        self, mapping: Mapping, expect: Node, customer: str, attributes: dict[str, object]
    ) -> Trial:
        playbook, start = self._parts.playbook(mapping.get("playbook")), self._parts.start
        moments = Moments(self._parts, playbook)
        timeline = moments.read(mapping.get("timeline"))
        expectations = Expectations(self._parts, customer, playbook)
        read = expectations.read(expect)
        times = [*(what.at for what in timeline), *(at for at, _ in expectations.times)]
        new = self._parts.truth(mapping.get("new"), "new")
        ends = mapping.get("until")
        until = self._parts.instant(ends, max([start, *times]) + 1)
        self._within(moments, expectations, ends, until, new=new)
        answers, fails = self._stand_ins(mapping)
        return Trial(
            customer, attributes, start, until, timeline,
            tuple(one for one in read if isinstance(one, Expected)),
            tuple(one for one in read if isinstance(one, Never)),
            tuple(one for one in read if isinstance(one, Skipped)),
            tuple(one for one in read if isinstance(one, InStage)),
            extra=self._parts.truth(mapping.get("allow extra"), "allow extra"),
            playbook=playbook, answers=answers, fails=fails, new=new,
            drawn=draws(self._parts, mapping.get("drawn"), playbook),
        )  # fmt: skip

    def _within(
        self,
        moments: Moments,
        expectations: Expectations,
        ends: Node | None,
        until: int,
        *,
        new: bool,
    ) -> None:
        """Report what lies outside of the time that is played."""
        start, outside = self._parts.start, self._parts.outside
        if until <= start and ends is not None:
            outside(
                ends.span, "the test ends before it starts", "not after `start:`", "as in `+30d`"
            )
            return
        for what, node in moments.times:
            if what.at >= until:
                hint = "let `until:` be later, or leave it out"
                outside(node.span, "this never happens", "the test is over by then", hint)
            elif what.at < start and (new or not isinstance(what, Happened | Changed)):
                why = "who is `new:` has no history" if new else "what lies before is history only"
                outside(node.span, "this lies before the start", "never happens", why)
        for at, node in expectations.times:
            if not start <= at < until:
                label = "before the start" if at < start else "the test is over by then"
                hint = f"the test plays from {iso(start, self._parts.zone)} until just before"
                hint = f"{hint} {iso(until, self._parts.zone)}"
                outside(node.span, "nothing can be done at this time", label, hint)

    def _stand_ins(self, mapping: Mapping) -> tuple[dict[str, Json] | None, frozenset[str]]:
        """Read what actions answer, and which fail, by the names that playbooks give the answers."""
        names = {
            step.body.answer
            for plan in self._project.plans
            for step in plan.steps
            if isinstance(step.body, Do) and step.body.answer
        }
        node, failing = mapping.get("answers"), mapping.get("fails")
        alone = isinstance(node, Scalar) and node.value == FROM_TIMELINE
        inner = None if alone else self._parts.mapping(node, "`answers:`")
        given = {key: plain(value) for key, value in inner.entries} if inner is not None else {}
        items = list_of(failing, "`fails:`", self._report) if failing is not None else ()
        texts = [text for item in items if (text := text_of(item, "a name", self._report))]
        for name in (*given, *texts):
            if name.value not in names:
                title = f"no step says `as: {name.value}`"
                label = "not the name of an answer"
                strange = Strange("P104", title, label, "answers are called")
                strange.tell(name, sorted(names), self._report)
        answers = None if alone else {key.value: value for key, value in given.items()}
        return answers, frozenset(text.value for text in texts)
