"""Tests as authors write them, read into what a rehearsal can play; mistakes are diagnostics."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..dsl import conditions
from ..dsl.diagnostics import Report
from ..dsl.document import Mapping, Node, Scalar
from ..dsl.keys import INSIDE
from ..dsl.known import KINDS
from ..dsl.plain import plain
from ..dsl.scope import Scope, declared
from ..dsl.shapes import known_keys, list_of, mapping_of, missing_key, text_of
from ..dsl.spelling import nearest
from ..engine.core.asking import ASK
from ..engine.core.calendar import add
from ..engine.core.door import Door, Problem
from ..engine.core.duration import Duration
from ..engine.core.instant import parse_instant
from ..engine.core.limits import limits_of
from ..engine.core.occurrence import Changed, Happened
from ..engine.core.origin import Span
from ..engine.core.places import Places
from ..engine.core.plan import Ask, Do, Json, Project
from ..engine.core.zone import Zone
from ..engine.rehearsal.standing_in import Answer
from ..engine.rehearsal.trial import Expected, Never, Question, Restart, Skipped, Trial

__all__ = ["Written", "read_tests"]

_START: Final = "2026-01-01"
"""When the virtual clock starts where a test does not say."""


@dataclass(frozen=True, slots=True)
class Written:
    """One test, with its name and the place it was written."""

    name: str
    span: Span
    body: Trial | Question


def read_tests(nodes: Iterable[Node], project: Project, report: Report) -> list[Written]:
    """Read what stands under each `tests:`; each test that has a mistake is reported and left out."""
    found = []
    for node in (item for held in nodes for item in list_of(held, "`tests:`", report)):
        mine = Report()
        written = _Reader(project, mine).test(node)
        report.found.extend(mine.found)
        if written is not None and not mine.failed:
            found.append(written)
    return found


class _Reader:
    """Reads one test: the clock's start and the customer's zone are known to all its parts."""

    def __init__(self, project: Project, report: Report) -> None:
        self._project = project
        self._report = report
        self._door = Door(project.vocabulary)
        self._places = Places(project)
        self._zone = self._places.home
        self._start = parse_instant(_START, self._zone)
        self._kinds = {
            name
            for plan in project.plans
            for step in plan.steps
            if isinstance(step.body, Do | Ask)
            for name in (
                (step.body.kind, step.body.action) if isinstance(step.body, Do) else (ASK,)
            )
        }
        self._kinds |= {
            name
            for limit in limits_of(project)
            if limit.digest is not None
            for name in (limit.digest.kind, limit.digest.action)
        }

    def test(self, node: Node) -> Written | None:
        """Read one item of `tests:`."""
        mapping = mapping_of(node, "a test", self._report)
        if mapping is None:
            return None
        known_keys(mapping, "a test", INSIDE["test"], self._report)
        named = mapping.get("test")
        name = text_of(named, "`test:`", self._report) if named is not None else None
        if named is None:
            missing_key(mapping, "a test", "test", self._report, "its name, as a sentence")
        if mapping.get("expect") is None:
            missing_key(mapping, "a test", "expect", self._report, "as in `expect: []`")
        if name is None or mapping.get("expect") is None:
            return None
        customer, attributes = self._customer(mapping)
        self._start = self._instant(mapping.get("start"), self._start)
        timeline = self._timeline(mapping)
        if mapping.get("condition") is not None:
            question = self._question(mapping, customer, attributes, timeline)
            return None if question is None else Written(name.value, mapping.span, question)
        trial = self._trial(mapping, customer, attributes, timeline)
        return Written(name.value, mapping.span, trial)

    def _customer(self, mapping: Mapping) -> tuple[str, dict[str, object]]:
        node = mapping.get("customer")
        inner = mapping_of(node, "`customer:`", self._report) if node is not None else None
        if inner is None:
            return "c1", {}
        raw = {key.value: plain(value) for key, value in inner.entries}
        name = str(raw.pop("id", "c1"))
        own = {key: value for key, value in raw.items() if key in self._places.attributes}
        self._zone = self._places.of(self._door.attributes(own, self._zone)[0])
        values, problems = self._door.attributes(raw, self._zone)
        self._tell(problems, inner.span)
        return name, dict(values)

    def _timeline(self, mapping: Mapping) -> tuple[Happened | Changed | Restart | Answer, ...]:
        node = mapping.get("timeline")
        items = list_of(node, "`timeline:`", self._report) if node is not None else ()
        read = [what for item in items if (what := self._moment(item)) is not None]
        return tuple(sorted(read, key=lambda what: what.at))

    def _moment(self, node: Node) -> Happened | Changed | Restart | Answer | None:
        what = "a line of the timeline"
        mapping = mapping_of(node, what, self._report)
        if mapping is None:
            return None
        if mapping.get("at") is None:
            missing_key(mapping, what, "at", self._report, "as in `at: +3d`")
        at = self._instant(mapping.get("at"), self._start)
        given = {key.value: value for key, value in mapping.entries if key.value != "at"}
        if "event" in given:
            return self._event(mapping, given, at)
        if "answer" in given or "delegate" in given:
            return self._answer(mapping, given, at)
        known_keys(mapping, what, INSIDE["moment"], self._report)
        if "set" in given:
            raw = plain(given["set"])
            values, problems = self._door.attributes(
                raw if isinstance(raw, dict) else {}, self._zone
            )
            mapping_of(given["set"], "`set:`", self._report)
            self._tell(problems, given["set"].span)
            return Changed(at, values)
        if "restart" in given:
            return Restart(at)
        missing_key(
            mapping, what, "event", self._report, "`event:`, `set:`, `answer:` or `restart: engine`"
        )
        return None

    def _answer(self, mapping: Mapping, given: dict[str, Node], at: int) -> Answer | None:
        """Read what a person answers, or whom they hand a question on to."""
        known_keys(mapping, "an answer", INSIDE["answer"], self._report)
        said, to, by = (self._text(given.get(key)) for key in ("answer", "delegate", "by"))
        step, playbook = self._text(given.get("step")), self._playbook(mapping)
        arms = [arm for about, body in self._asks() if step in (None, about) for arm in body.arms]
        known = declared(said, [arm.name for arm in arms]) if said is not None else ""
        if said is not None and known is None:
            close = nearest(said, [arm.name for arm in arms])
            hints = (f"did you mean `{close}`?",) if close else ()
            span = given["answer"].span
            self._report.error("P104", span, f"nobody is asked for `{said}`", "", *hints)
            return None
        if said is None and to is None:
            return None  # Told already: what should be a text is none.
        return Answer(at, known or "", by or "", to or "", playbook or "", step or "")

    def _asks(self) -> Iterator[tuple[str, Ask]]:
        for plan in self._project.plans:
            for step in plan.steps:
                if isinstance(step.body, Ask):
                    yield step.id, step.body

    def _stand_ins(self, mapping: Mapping) -> tuple[dict[str, Json], frozenset[str]]:
        """Read what actions answer, and which fail, by the names that playbooks give the answers."""
        names = {
            step.body.answer
            for plan in self._project.plans
            for step in plan.steps
            if isinstance(step.body, Do)
        }
        node, failing = mapping.get("answers"), mapping.get("fails")
        inner = mapping_of(node, "`answers:`", self._report) if node is not None else None
        given = {key: plain(value) for key, value in inner.entries} if inner is not None else {}
        items = list_of(failing, "`fails:`", self._report) if failing is not None else ()
        texts = [text for item in items if (text := text_of(item, "a name", self._report))]
        for name in (*given, *texts):
            if name.value not in names:
                close = nearest(name.value, names)
                hints = (f"did you mean `{close}`?",) if close else ()
                title = f"no step says `as: {name.value}`"
                self._report.error("P104", name.span, title, "", *hints)
        answers = {key.value: value for key, value in given.items()}
        return answers, frozenset(text.value for text in texts)

    def _event(self, mapping: Mapping, given: dict[str, Node], at: int) -> Happened | None:
        name = text_of(given.pop("event"), "`event:`", self._report)
        inner = given.pop("properties", None)
        raw = {key: plain(value) for key, value in given.items()}
        if inner is not None:
            held = plain(inner)
            mapping_of(inner, "`properties:`", self._report)
            raw |= held if isinstance(held, dict) else {}
        if name is None:
            return None
        events = self._project.vocabulary.events
        if declared(name.value, events) is None:
            close = nearest(name.value, events)
            hints = (f"did you mean `{close}`?",) if close else ()
            title = f"unknown event `{name.value}`"
            self._report.error("N104", name.span, title, "not declared", *hints)
            return None
        event, properties, problems = self._door.event(name.value, raw, self._zone)
        self._tell(problems, mapping.span)
        return Happened(at, event, properties)

    def _question(
        self,
        mapping: Mapping,
        customer: str,
        attributes: dict[str, object],
        timeline: tuple[Happened | Changed | Restart | Answer, ...],
    ) -> Question | None:
        node, wanted = mapping.get("condition"), mapping.get("expect")
        text = text_of(node, "`condition:`", self._report) if node is not None else None
        answer = text_of(wanted, "`expect:`", self._report) if wanted is not None else None
        if text is None or answer is None:
            return None
        truths: dict[str, bool | None] = {"true": True, "false": False, "unknown": None}
        if answer.value not in truths:
            title = f"a condition is not {answer.value!r:.40}"
            self._report.error("P104", answer.span, title, "true, false or unknown")
            return None
        expr = conditions.condition(text, Scope(self._project.vocabulary), self._report)
        if expr is None:
            return None
        last = max((what.at for what in timeline), default=self._start)
        at = self._instant(mapping.get("until"), max(last, self._start))
        return Question(expr, customer, attributes, timeline, at, truths[answer.value])

    def _trial(
        self,
        mapping: Mapping,
        customer: str,
        attributes: dict[str, object],
        timeline: tuple[Happened | Changed | Restart | Answer, ...],
    ) -> Trial:
        node = mapping.get("expect")
        items = list_of(node, "`expect:`", self._report) if node is not None else ()
        read = [one for item in items if (one := self._expectation(item)) is not None]
        expected = tuple(one for one in read if isinstance(one, Expected))
        moments = [what.at for what in timeline] + [
            one.at for one in expected if one.at is not None
        ]
        last = max([self._start, *moments])
        extra = mapping.get("allow extra")
        answers, fails = self._stand_ins(mapping)
        return Trial(
            customer, attributes, self._start,
            self._instant(mapping.get("until"), last + 1),
            timeline, expected,
            tuple(one for one in read if isinstance(one, Never)),
            tuple(one for one in read if isinstance(one, Skipped)),
            extra=extra is not None and plain(extra) is True,
            playbook=self._playbook(mapping),
            answers=answers,
            fails=fails,
        )  # fmt: skip

    def _expectation(self, node: Node) -> Expected | Never | Skipped | None:
        mapping = mapping_of(node, "an expectation", self._report)
        if mapping is None:
            return None
        skipped, never = mapping.get("skipped"), mapping.get("never")
        if skipped is not None:
            known_keys(mapping, "a `skipped:`", INSIDE["skipped"], self._report)
            kind, because = self._kind(skipped), self._text(mapping.get("because")) or ""
            at = self._maybe(mapping.get("at"))
            return None if kind is None else Skipped(kind, because, at)
        if never is not None:
            known_keys(mapping, "a `never:`", INSIDE["never"], self._report)
            kind = self._kind(never, KINDS)  # What no step does is never done, if it can be done.
            after, before = mapping.get("after"), mapping.get("before")
            return None if kind is None else Never(kind, self._maybe(after), self._maybe(before))
        known_keys(
            mapping,
            "an expectation",
            INSIDE["expectation"],
            self._report,
        )
        do, given = mapping.get("do"), mapping.get("with")
        args = plain(given) if given is not None else None
        if given is not None:
            mapping_of(given, "`with:`", self._report)
        return Expected(
            self._maybe(mapping.get("at")),
            self._kind(do) if do is not None else None,
            self._text(mapping.get("step")),
            self._text(mapping.get("customer")),
            args if isinstance(args, dict) else None,
        )

    def _kind(self, node: Node, also: Iterable[str] = ()) -> str | None:
        text = text_of(node, "an action", self._report)
        if text is None:
            return None
        kinds = self._kinds.union(also)
        known = declared(text.value, kinds)
        if known is None:
            close = nearest(text.value, kinds)
            hints = (f"did you mean `{close}`?",) if close else ()
            title = f"no playbook does `{text.value}`"
            self._report.error("A101", text.span, title, "no step of the project does this", *hints)
        return known

    def _playbook(self, mapping: Mapping) -> str | None:
        name = self._text(mapping.get("playbook"))
        names = [plan.playbook for plan in self._project.plans]
        node = mapping.get("playbook")
        if name is not None and name not in names and node is not None:
            close = nearest(name, names)
            hints = (f"did you mean `{close}`?",) if close else ()
            self._report.error("P104", node.span, f"there is no playbook `{name}`", "", *hints)
        return name

    def _text(self, node: Node | None) -> str | None:
        text = text_of(node, "this", self._report) if node is not None else None
        return None if text is None else text.value

    def _maybe(self, node: Node | None) -> int | None:
        return None if node is None else self._instant(node, self._start)

    def _instant(self, node: Node | None, otherwise: int) -> int:
        """Read `+3d`, counted from the start in the customer's zone, or an instant."""
        text = text_of(node, "a time", self._report) if node is not None else None
        if text is None:
            return otherwise
        if text.value[:1] in "+-":
            return self._offset(text, self._zone)
        try:
            return parse_instant(text.value, self._zone)
        except ValueError as error:
            self._report.error("P105", text.span, "not a time", str(error))
            return otherwise

    def _offset(self, text: Scalar, there: Zone) -> int:
        length = conditions.duration(text.part(1, len(text.value)), self._report)
        if length is None:
            return self._start
        count = -length.count if text.value.startswith("-") else length.count
        return add(self._start, Duration(count, length.unit), there, self._project.calendar)

    def _tell(self, problems: Iterable[Problem], span: Span) -> None:
        for problem in problems:
            code = "N103" if problem.undeclared else "N204" if problem.computed else "T202"
            self._report.error(code, span, problem.text, "here")
