"""The steps of a playbook in YAML: what each does, when, and on which conditions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ..engine.core.duration import Duration
from ..engine.core.expr import Expr
from ..engine.core.plan import (
    Branch,
    Choose,
    Do,
    Emit,
    Json,
    SetAttributes,
    Stop,
    Timing,
    Wait,
    WaitFor,
    WaitUntil,
)
from ..engine.core.zone import is_zone
from . import answers, conditions, names, templates, ways
from .addressing import each_of, lacks_each, one_answer
from .assign import assigned, settable
from .declarations import distinct
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .flow import Draft
from .given import check_needed, check_words
from .keys import COMMON, INSIDE, KINDS_OF_STEP
from .known import Action, Known
from .logic import condition
from .moved_to import moved_to
from .plain import plain
from .promises import check_promises, promised
from .scope import Scope
from .shapes import empty, known_keys, list_of, mapping_of, missing_key, text_of
from .tasks import check_task

__all__ = ["Reader", "action_of", "texts_of"]

_INSTEAD: Final = {"action": "do:", "delay": "wait:", "when": "if:", "condition": "if:"}
_ONE_ACTION: Final = "one action a step: `- do: check-in`, and below it `- do: thank-you`"
_OTHERWISE: Final = "choose: [{if: …, steps: […]}]` with `otherwise: […]"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reader:
    """Reads steps under one playbook's trigger."""

    known: Known
    scope: Scope
    report: Report

    def steps(self, node: Node, what: str, nothing: str = "") -> tuple[Draft, ...]:
        """Read a list of steps; what cannot be read is reported and left out.

        With `nothing` a list without any is reported, and that is what the label says.
        """
        drafts: list[Draft] = []
        for item in list_of(node, what, self.report, nothing):
            mapping = mapping_of(item, "a step", self.report, *_as_step(item))
            draft = self._step(mapping) if mapping is not None else None
            drafts += [draft] if draft is not None else []
        return tuple(drafts)

    def _step(self, step: Mapping) -> Draft | None:
        kinds = [key for key, _ in step.entries if key.value in KINDS_OF_STEP]
        if len(kinds) != 1:
            self._refuse(step, kinds)
            return None
        kind = kinds[0].value
        read = _READ[kind]
        legal = self.known_keys(kind)
        answers = ways.answers_of(step, legal) if kind == "ask" else ()
        meant = ways.meant_as_answers(step, legal) if kind == "ask" else {}
        if kind == "do":
            meant = {"else": _OTHERWISE, "otherwise": _OTHERWISE}
        known_keys(
            step,
            f"{'an' if kind[0] in 'ae' else 'a'} `{kind}` step",
            (*legal, *answers),
            self.report,
            instead=_INSTEAD | meant,
        )
        draft = read(self, step, kinds[0])
        name = self._id(step)
        only_if, unless = self._guard(step, "if"), self._guard(step, "unless")
        timing = self._timing(step)
        if draft is None:
            return None
        given = (name, timing, only_if, unless, draft.texts, draft.arms)
        return Draft(draft.body, draft.name, draft.span, *given)

    def known_keys(self, kind: str) -> tuple[str, ...]:
        """Return the keys that a step of a kind may have."""
        return (*KINDS_OF_STEP[kind], *COMMON)

    def _refuse(self, step: Mapping, kinds: list[Scalar]) -> None:
        """Report a step that does nothing, or two things."""
        if len(kinds) > 1:
            title = f"this step has both `{kinds[0].value}:` and `{kinds[1].value}:`"
            hint = "write two steps, one after the other"
            self.report.error("P108", kinds[1].span, title, "a step does one thing", hint)
            return
        legal = (*KINDS_OF_STEP, *COMMON)
        unknown = [key for key, _ in step.entries if key.value not in legal]
        if unknown:
            known_keys(step, "a step", legal, self.report, instead=_INSTEAD)
            return
        span = step.entries[0][0].span if step.entries else step.span
        hint = f"a step has one of {', '.join(f'`{kind}:`' for kind in KINDS_OF_STEP)}"
        self.report.error("P108", span, "this step does nothing", "does not say what to do", hint)

    def _id(self, step: Mapping) -> str:
        node = step.get("id")
        text = text_of(node, "`id:`", self.report) if node is not None else None
        return text.value if text is not None else ""

    def _guard(self, step: Mapping, key: str) -> Expr | None:
        node, denied = step.get(key), key == "unless"
        if node is None:
            return None
        return condition(node, key, self.scope, self.report, denied=denied)

    def _timing(self, step: Mapping) -> Timing:
        after, at, on, zone = (self._text(step, key) for key in ("after", "at", "on", "in zone"))
        if zone is not None and not is_zone(zone.value):
            hint = "write an IANA name such as `Europe/Berlin`"
            title = f"unknown time zone `{zone.value}`"
            self.report.error("D201", zone.span, title, "not in the list", hint)
        timing = Timing(
            after=conditions.duration(after, self.report) if after is not None else None,
            at=conditions.moment(at, self.report) if at is not None else None,
            on=conditions.days(on, self.report) if on is not None else None,
            zone=zone.value if zone is not None else None,
        )
        if at is not None:
            self.known.check_best(timing, at.span, self.report)
        return timing

    def _text(self, step: Mapping, key: str) -> Scalar | None:
        node = step.get(key)
        return text_of(node, f"`{key}:`", self.report) if node is not None else None

    def duration(self, step: Mapping, key: str) -> Duration | None:
        """Read a length of time under a key; what is waited for `up to` it takes some."""
        text = self._text(step, key)
        stretch = key == "up to"
        return conditions.duration(text, self.report, stretch=stretch) if text is not None else None

    def _wait(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("wait")
        if node is not None and empty(node):
            if step.get("at") is not None or step.get("on") is not None:
                return Draft(Wait(None), "wait", key.span)
            self.report.error("P103", key.span, "`wait:` is a length of time", "", "as in `7 days`")
            return None
        duration = self.duration(step, "wait")
        return Draft(Wait(duration), "wait", key.span) if duration is not None else None

    def _wait_for(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("wait for")
        hint = "one event a wait; for any of several: `wait until: has login or has purchase`"
        text = text_of(node, "`wait for:`", self.report, hint) if node is not None else None
        what = conditions.happening(text, self.scope, self.report) if text is not None else None
        arms, up_to = self._arms(step), self.up_to(step, "a wait with `else:`")
        if what is None:
            return None
        return Draft(WaitFor(what, up_to, None, None), "wait-for", key.span, arms=arms)

    def _wait_until(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("wait until")
        scope = replace(self.scope, window="since trigger")
        found = condition(node, "wait until", scope, self.report) if node is not None else None
        arms, up_to = self._arms(step), self.up_to(step, "a wait with `else:`")
        if found is None:
            return None
        return Draft(WaitUntil(found, up_to, None, None), "wait-until", key.span, arms=arms)

    def _arms(self, step: Mapping) -> tuple[tuple[Draft, ...], ...]:
        return tuple(
            self.steps(node, f"`{key}:`") if (node := step.get(key)) is not None else ()
            for key in ("then", "else")
        )

    def up_to(self, step: Mapping, what: str) -> Duration | None:
        """Read how long is waited at most, without which there is no `else:`."""
        if step.get("else") is not None and step.get("up to") is None:
            hint = "say how long to wait before `else:`, as in `up to: 5 days`"
            missing_key(step, what, "up to", self.report, hint)
        return self.duration(step, "up to")

    def _do(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("do")
        name = text_of(node, "`do:`", self.report, _ONE_ACTION) if node is not None else None
        of = self._text(step, "for each")
        each, inner = each_of(of, self.scope, self.report) if of is not None else (None, self.scope)
        node = step.get("with")
        words = mapping_of(node, "`with:`", self.report) if node is not None else None
        if words is not None:
            templates.check(words, inner, self.report)
        if name is None:
            return None
        do = action_of(name, words, self.known, self.report)
        if do is None:
            return None
        if of is None:
            lacks_each(name, do, self.known, self.report)
        named = answers.named(step, do.kind, self.scope, self.report)
        up_to = self.duration(step, "up to")
        if each is not None or named or up_to is not None:
            do = replace(do, each=each, answer=named, up_to=up_to)
        one_answer(do, key, self.report)
        if step.get("up to") is not None and step.get("as") is None:
            hint = "only an answer with a name is waited for"
            missing_key(step, "a `do` with `up to:`", "as", self.report, hint)
        return Draft(do, do.action, key.span, texts=texts_of(name, words, self.known))

    def _choose(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("choose")
        branches: list[Branch] = []
        arms: list[tuple[Draft, ...]] = []
        items = () if node is None else list_of(node, "`choose:`", self.report, "no branch here")
        for item in items:
            mapping = mapping_of(item, "a branch", self.report)
            if mapping is not None:
                self._branch(mapping, branches, arms)
        otherwise = step.get("otherwise")
        arms.append(self.steps(otherwise, "`otherwise:`") if otherwise is not None else ())
        return Draft(Choose(tuple(branches), None), "choose", key.span, arms=tuple(arms))

    def _branch(
        self, mapping: Mapping, branches: list[Branch], arms: list[tuple[Draft, ...]]
    ) -> None:
        known_keys(mapping, "a branch", INSIDE["branch"], self.report)
        for needed in ("if", "steps"):
            if mapping.get(needed) is None:
                hint = "as in `- if: seats > 10` with `steps:` below it"
                missing_key(mapping, "a branch", needed, self.report, hint)
        when, then = mapping.get("if"), mapping.get("steps")
        found = condition(when, "if", self.scope, self.report) if when is not None else None
        steps = self.steps(then, "`steps:`") if then is not None else ()
        if found is not None:
            branches.append(Branch(found, None))
            arms.append(steps)

    def _set(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("set")
        hint = "as in `set: {plan: free}`"
        mapping = mapping_of(node, "`set:`", self.report, hint) if node is not None else None
        if mapping is None:
            return None
        if not mapping.entries:
            self.report.error(
                "P103", mapping.span, "`set:` sets nothing", "no attribute here", hint
            )
        values: list[tuple[str, Expr]] = []
        attributes = self.known.vocabulary.attributes
        for name, value in distinct(mapping, "attribute", self.report):
            found = names.attribute((name.value,), name.span, self.scope, self.report)
            if found is not None and settable(found, self.known.vocabulary, self.report):
                expr = assigned(value, attributes[found.name], self.scope, self.report)
                values += [(found.name, expr)] if expr is not None else []
        return Draft(SetAttributes(tuple(values)), "set", key.span)

    def _move(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("move to stage")
        values = moved_to(node, key, self.known, self.report) if node is not None else ()
        return Draft(SetAttributes(values), "move", key.span) if values else None

    def _emit(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("emit")
        if isinstance(node, Mapping) and len(node.entries) == 1:
            name, given = node.entries[0]
            hint = f"properties have names: `emit: {{{name.value}: {{name: value}}}}`"
            what = f"`{name.value}:`"
            properties = None if empty(given) else mapping_of(given, what, self.report, hint)
        else:
            hint = "one event a step: `emit: renewed`, or `emit: {renewed: {by: playbook}}`"
            text = text_of(node, "`emit:`", self.report, hint) if node is not None else None
            if text is None:
                return None
            name, properties = text, None
        event = names.event(name.value, name.span, self.scope, self.report)
        if event is None:
            return None
        values = self._properties(event, properties) if properties is not None else ()
        return Draft(Emit(event, values), "emit", key.span)

    def _properties(self, event: str, properties: Mapping) -> tuple[tuple[str, Expr], ...]:
        values: list[tuple[str, Expr]] = []
        types = self.known.vocabulary.events[event]
        for name, value in distinct(properties, "property", self.report):
            path = names.property_path((name.value,), event, name.span, self.scope, self.report)
            if path is not None:
                expr = assigned(value, types[path[0]], self.scope, self.report)
                values += [(path[0], expr)] if expr is not None else []
        return tuple(values)

    def _stop(self, step: Mapping, key: Scalar) -> Draft | None:
        node = step.get("stop")
        text = None if node is None or empty(node) else text_of(node, "`stop:`", self.report)
        if text is not None and ("{{" in text.value or "{%" in text.value):
            title, hint = "a reason is written down as it stands here", "leave the braces out"
            self.report.warn("A136", text.span, title, "no template is filled in", hint)
        return Draft(Stop(text.value if text is not None else ""), "stop", key.span)


def _as_step(item: Node) -> tuple[str, ...]:
    """Say how a step is written that is a text alone."""
    if not isinstance(item, Scalar):
        return ()
    if any(sign in item.value for sign in ("->", "→", " after ")):
        return ("a rule line stands in a `.play` file, or in a list under `rules:`",)
    verbs = sorted(KINDS_OF_STEP, key=len, reverse=True)
    said = next((one for one in verbs if f"{item.value} ".startswith(f"{one} ")), None)
    if said is None:
        return (f"an action is written `- do: {item.value}`",)
    return (
        f"a colon stands behind the word: `- {f'{said}: {item.value[len(said) :].strip()}'.strip()}`",
    )


def action_of(name: Scalar, words: Mapping | None, known: Known, report: Report) -> Do | None:
    """Find the action a step names, by its own name or its kind, and what it is given.

    What the step is given wins over what the action was declared with, key by key.
    """
    action = known.action(name.value)
    kind = action.kind if action is not None else known.kind(name.value)
    if kind is None:
        known.unknown_action(name, report)
        return None
    if action is not None:
        report.mention("action", action.name.value, name.span)
    given = _given(action, words)
    args: dict[str, Json] = {key: plain(value) for key, (_, value) in given.items()}
    known.check_template(given.get("template"), report)
    if kind == "create-task":
        check_task(given, known.teams, report)
    check_words(kind, words.entries if words is not None else (), given, known.takes, report)
    check_needed(name, kind, given, known.takes, known.templates, report)
    do = Do(kind, _called(action, kind), args)
    check_promises(name, promised(do, known.templates), known, report)
    return do


def texts_of(name: Scalar, words: Mapping | None, known: Known) -> tuple[tuple[str, Scalar], ...]:
    """Return the templates that a step gives its action, also those it was declared with."""
    given = _given(known.action(name.value), words).items()
    return tuple((word, text) for word, (_, node) in given for text in templates.within(node))


def _given(action: Action | None, words: Mapping | None) -> dict[str, tuple[Scalar, Node]]:
    each = (*(action.words if action else ()), *(words.entries if words else ()))
    return {key.value: (key, value) for key, value in each}


def _called(action: Action | None, kind: str) -> str:
    return action.name.value if action is not None else kind


_Read = Callable[[Reader, Mapping, Scalar], Draft | None]
_READ: Final[dict[str, _Read]] = {
    "wait": Reader._wait,  # noqa: SLF001 - one table instead of a chain of cases
    "wait for": Reader._wait_for,  # noqa: SLF001
    "wait until": Reader._wait_until,  # noqa: SLF001
    "do": Reader._do,  # noqa: SLF001
    "choose": Reader._choose,  # noqa: SLF001
    "move to stage": Reader._move,  # noqa: SLF001
    "set": Reader._set,  # noqa: SLF001
    "emit": Reader._emit,  # noqa: SLF001
    "split": ways.split,
    "ask": ways.ask,
    "repeat": ways.repeat,
    "start": ways.start,
    "cancel": ways.cancel,
    "stop": Reader._stop,  # noqa: SLF001
}
