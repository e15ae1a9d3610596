"""The lines of a timeline as authors write them: events, changes, answers, outcomes, restarts."""

from collections.abc import Iterator
from typing import Final

from ...engine.core.occurrence import Changed, Ending, Happened, Requested
from ...engine.core.plan import Ask, Do, OnManual
from ...engine.rehearsal.script import Answer, Ended, Late, Moment, Restart
from ..document import Mapping, Node
from ..keys import INSIDE
from ..plain import plain
from ..scope import declared
from ..shapes import chosen, known_keys, list_of, mapping_of, missing_key, text_of, whole_number
from .read_parts import Parts, Strange

__all__ = ["Moments"]

_WHAT: Final = "a line of the timeline"
_WAYS: Final = "`event:`, `set:`, `answer:`, `outcome:`, `request:` or `restart: engine`"
_ENDINGS: Final[tuple[Ending, ...]] = ("done", "failed", "in doubt", "refused")
"""How an action ends; a question to a person is answered or handed on."""


class Moments:
    """Reads a timeline. Each moment is kept with the node that tells when it is."""

    def __init__(self, parts: Parts, playbook: str | None) -> None:
        self._parts = parts
        self._report = parts.report
        self._playbook = playbook
        self.times: list[tuple[Moment, Node]] = []

    def read(self, node: Node | None) -> tuple[Moment, ...]:
        """Return what happens, in the order in which it is heard of."""
        items = list_of(node, "`timeline:`", self._report) if node is not None else ()
        read = [what for item in items if (what := self._line(item)) is not None]
        return tuple(sorted(read, key=lambda what: what.at))

    def _line(self, node: Node) -> Moment | None:
        mapping = mapping_of(node, _WHAT, self._report)
        if mapping is None:
            return None
        when = mapping.get("at")
        if when is None:
            missing_key(mapping, _WHAT, "at", self._report, "as in `at: +3d`")
        what = self._what(mapping, self._parts.instant(when, self._parts.start))
        if what is not None:
            self.times.append((what, when if when is not None else mapping))
        return what

    def _what(self, mapping: Mapping, at: int) -> Moment | None:
        if mapping.get("outcome") is not None:
            return self._outcome(mapping, at)
        if mapping.get("event") is not None:
            return self._late(mapping, self._event(mapping, at))
        if mapping.get("request") is not None:
            return self._request(mapping, at)
        if mapping.get("answer") is not None or mapping.get("delegate") is not None:
            return self._answer(mapping, at)
        known_keys(mapping, _WHAT, INSIDE["moment"], self._report)
        given, restart = mapping.get("set"), mapping.get("restart")
        if given is not None:
            inner = mapping_of(given, "`set:`", self._report)
            values = self._parts.attributes(inner) if inner is not None else {}
            return self._late(mapping, Changed(at, values))
        if restart is not None:
            chosen(restart, "restart", ("engine",), self._report)
            return Restart(at)
        missing_key(mapping, _WHAT, "event", self._report, _WAYS)
        return None

    def _late(self, mapping: Mapping, what: Happened | Changed | None) -> Moment | None:
        """Return something together with when it is heard of, if that is said."""
        heard = mapping.get("heard at")
        if what is None or heard is None:
            return what
        at = self._parts.instant(heard, what.at)
        if at < what.at:
            title = "nothing is heard of before it happens"
            hint = "`heard at:` is for what is told late"
            self._parts.outside(heard.span, title, "earlier than its `at:`", hint)
        return Late(at, what)

    def _event(self, mapping: Mapping, at: int) -> Happened | None:
        node = mapping.get("event")
        name = text_of(node, "`event:`", self._report) if node is not None else None
        if name is None:
            return None
        events = self._parts.project.vocabulary.events
        event = declared(name.value, events)
        if event is None:
            title = f"unknown event `{name.value}`"
            strange = Strange("N104", title, "not declared", "declared events are")
            strange.tell(name, events, self._report)
            return None
        own = ("at", "event", "heard at", "properties")
        beside = [one for one in mapping.entries if one[0].value not in own]
        inner = self._parts.mapping(mapping.get("properties"), "`properties:`")
        entries = [*beside, *(inner.entries if inner is not None else ())]
        return Happened(at, event, self._parts.properties(event, entries))

    def _request(self, mapping: Mapping, at: int) -> Requested | None:
        known_keys(mapping, "a request", INSIDE["request"], self._report)
        node = mapping.get("request")
        name = self._parts.playbook(node)
        if name is None or node is None:
            return None
        plan = next(plan for plan in self._parts.project.plans if plan.playbook == name)
        if not any(isinstance(trigger, OnManual) for trigger in plan.triggers):
            title = f"nobody can ask for `{name}`"
            hint = "give it the trigger `manual`, or let happen what triggers it"
            self._report.error("P502", node.span, title, "it has no `manual` trigger", hint)
        given = mapping.get("properties")
        properties = plain(given) if given is not None else {}
        self._parts.mapping(given, "`properties:`")
        return Requested(at, name, properties if isinstance(properties, dict) else {})

    def _answer(self, mapping: Mapping, at: int) -> Answer | None:
        """Read what a person answers, or whom they hand a question on to."""
        known_keys(mapping, "an answer", INSIDE["answer"], self._report)
        text = self._parts.text
        said, to, by = (text(mapping.get(key)) for key in ("answer", "delegate", "by"))
        playbook = self._parts.playbook(mapping.get("playbook"))
        step = self._step(mapping, playbook, Ask, "asks nobody")
        if said is None and to is None:
            return None  # Told already: what should be a text is none.
        arms = [
            arm.name
            for _, about, body in self._steps(playbook)
            if isinstance(body, Ask) and step in (None, about)
            for arm in body.arms
        ]
        known = declared(said, arms) if said is not None else ""
        node = mapping.get("answer")
        if known is None and said is not None and node is not None:
            title, label = f"nobody is asked for `{said}`", "not an answer of a question"
            strange = Strange("P104", title, label, "the answers are")
            strange.tell(node, dict.fromkeys(arms), self._report)
            return None
        number = self._number(mapping)
        return Answer(at, known or "", by or "", to or "", playbook or "", step or "", number)

    def _outcome(self, mapping: Mapping, at: int) -> Ended | None:
        """Read how an action ends."""
        known_keys(mapping, "an outcome", INSIDE["outcome"], self._report)
        node = mapping.get("outcome")
        ending = chosen(node, "outcome", _ENDINGS, self._report) if node is not None else None
        playbook = self._parts.playbook(mapping.get("playbook"))
        if mapping.get("step") is None:
            missing_key(mapping, "an outcome", "step", self._report, "the step that promised it")
        step = self._step(mapping, playbook, Do, "does nothing that could end")
        because = self._parts.text(mapping.get("because")) or ""
        said = mapping.get("answer")
        number = self._number(mapping)
        if ending is None or step is None:
            return None
        answer = plain(said) if said is not None else None
        return Ended(at, ending, step, playbook or "", because, answer, number)

    def _number(self, mapping: Mapping) -> int:
        node = mapping.get("number")
        found = whole_number(node, "number", self._report) if node is not None else 0
        if node is not None and found is not None and found < 1:
            self._report.error("P105", node.span, "`number:` counts from 1", "", "as in 2")
        return found or 0

    def _step(
        self, mapping: Mapping, playbook: str | None, kind: type[Ask | Do], otherwise: str
    ) -> str | None:
        """Return the step that is named, as it spells itself; it must be one of a kind."""
        node = mapping.get("step")
        name = self._parts.text(node, "`step:`")
        if name is None or node is None:
            return None
        fitting = [step for _, step, body in self._steps(playbook) if isinstance(body, kind)]
        found = declared(name, fitting)
        if found is None:
            every = [step for _, step, _ in self._steps(playbook)]
            there = declared(name, every) is not None
            title = f"step `{name}` {otherwise}" if there else f"there is no step `{name}`"
            strange = Strange("P502", title, "", "such steps are", safe=not there)
            strange.tell(node, dict.fromkeys(fitting), self._report)
        return found

    def _steps(self, playbook: str | None) -> Iterator[tuple[str, str, object]]:
        """Yield playbook, id and body of every step that plays."""
        chosen_ones = (playbook or self._playbook, self._playbook or playbook)
        for plan in self._parts.project.plans:
            if all(one in (None, plan.playbook) for one in chosen_ones):
                yield from ((plan.playbook, step.id, step.body) for step in plan.steps)
