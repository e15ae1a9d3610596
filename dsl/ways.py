"""Steps with ways of their own, in YAML: `split:`, `ask:`, `repeat:`, `start:` and `cancel:`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..engine.core.duration import MINUTE
from ..engine.core.expr import Expr
from ..engine.core.plan import Arm, Ask, Cancel, Repeat, Split, Start
from ..engine.core.shares import WHOLE
from ..engine.core.vocabulary import Type, fold
from . import templates
from .assign import assigned
from .declarations import distinct
from .diagnostics import Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .elsewhere import belongs
from .flow import Draft
from .keys import INSIDE
from .logic import condition
from .plain import plain
from .scope import declared
from .shapes import empty, known_keys, mapping_of, missing_key, text_of
from .shares import percent, rounds
from .spelling import nearest
from .tasks import check_team

if TYPE_CHECKING:
    from .steps import Reader

__all__ = ["answers_of", "ask", "cancel", "meant_as_answers", "repeat", "split", "start"]

_YES_NO: Final = ("approved", "rejected")
_NO_ANSWERS: Final = ("then", "otherwise", "steps", "answers", "options", "choices")
_ASKED: Final = {
    **dict.fromkeys(("assignee", "with", "to", "who", "owner", "whom"), "of: ann@example.com"),
    **dict.fromkeys(("timeout", "within", "due", "deadline", "escalate after"), "up to: 3 days"),
    "otherwise": "else: [{do: …}]",
    **dict.fromkeys(
        ("answers", "options", "choices", "as"),
        "approved: [{do: …}]`, and so for each `answer: […]",
    ),
}
"""What the keys of a question are called elsewhere."""
_UNANSWERED: Final = frozenset(
    fold(word) for word in ("escalate", "timeout", "timed out", "expired", "no answer", "overdue")
)
"""What others call it when nobody answers in time."""
_NEEDED: Final = (
    ("every", "as in `every: 7 days`"),
    ("up to", "as in `up to: 3 times`"),
    ("steps", "as in `steps: [{do: remind}]`"),
)


# --- split ----------------------------------------------------------------------------------------


def split(reader: "Reader", step: Mapping, key: Scalar) -> Draft | None:
    """Read a `split:`: each arm with its share and its steps; the shares make a whole."""
    node = step.get("split")
    hint = "as in `split: {short: {share: 50%, steps: […]}, long: {share: 50%, steps: […]}}`"
    mapping = mapping_of(node, "`split:`", reader.report, hint) if node is not None else None
    if mapping is None:
        return None
    arms: list[Arm] = []
    drafts: list[tuple[Draft, ...]] = []
    for name, value in distinct(mapping, "arm", reader.report):
        share = _arm(reader, name, value, drafts)
        if share is not None:
            arms.append(Arm(name.value, None, share))
    total = sum(arm.share for arm in arms)
    if len(arms) == len(mapping.entries) and total != WHOLE:
        title = f"the shares make {total / 100:g}%, not 100%"
        reader.report.error("P130", key.span, title, "", "each customer goes exactly one way")
        return None
    return Draft(Split(tuple(arms)), "split", key.span, arms=tuple(drafts))


def _arm(
    reader: "Reader", name: Scalar, value: Node, drafts: list[tuple[Draft, ...]]
) -> int | None:
    """Read one arm: its steps go to `drafts`, its share is returned."""
    what = f"the arm `{name.value}`"
    hint = f"as in `{name.value}: {{share: 50%, steps: [{{do: …}}]}}`"
    arm = mapping_of(value, what, reader.report, hint)
    if arm is None:
        return None
    known_keys(arm, what, INSIDE["arm"], reader.report)
    given, steps = arm.get("share"), arm.get("steps")
    if given is None:
        missing_key(arm, what, "share", reader.report, "as in `share: 50%`")
    drafts.append(reader.steps(steps, "`steps:`") if steps is not None else ())
    text = text_of(given, "`share:`", reader.report) if given is not None else None
    return percent(text, reader.report) if text is not None else None


# --- ask ------------------------------------------------------------------------------------------


def answers_of(step: Mapping, known: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of an `ask:` that are answers: those with steps that mean nothing else."""
    taken = (*known, *_NO_ANSWERS)
    return tuple(
        name.value
        for name, value in step.entries
        if name.value not in taken and (isinstance(value, Sequence) or empty(value))
    )


def meant_as_answers(step: Mapping, known: Iterable[str]) -> dict[str, str]:
    """Return what to write for the keys of an `ask:` that would be answers if they had a list."""
    taken = (*known, *_NO_ANSWERS, *_ASKED)
    return _ASKED | {
        name.value: f"{name.value}: [{{do: …}}]"
        for name, value in step.entries
        if name.value not in taken and not (isinstance(value, Sequence) or empty(value))
        if nearest(name.value, taken) is None and belongs(name.value) is None
    }


def ask(reader: "Reader", step: Mapping, key: Scalar) -> Draft | None:
    """Read an `ask:`; each answer has its steps, and `else:` those for when nobody answers."""
    question, of = (_template(reader, step, name) for name in ("ask", "of"))
    if of is not None:
        check_team(of, reader.known.teams, reader.report)
    up_to, otherwise = reader.up_to(step, "an `ask` with `else:`"), step.get("else")
    if question is not None and not question.value.strip():
        hint = "as in `ask: Is this account ready for a reference call?`"
        reader.report.error("S111", question.span, "nothing is asked", "no question here", hint)
    arms: list[Arm] = []
    drafts: list[tuple[Draft, ...]] = []
    named = answers_of(step, reader.known_keys("ask"))
    given = Mapping(tuple(pair for pair in step.entries if pair[0].value in named), step.span)
    for name, value in distinct(given, "answer", reader.report):
        arms.append(Arm(_answer(name, reader.report), None))
        drafts.append(() if empty(value) else reader.steps(value, f"`{name.value}:`"))
    if not arms or any(arm.name in _YES_NO for arm in arms):
        missing = [name for name in _YES_NO if name not in {arm.name for arm in arms}]
        arms += [Arm(name, None) for name in missing]
        drafts += [() for _ in missing]
    drafts.append(reader.steps(otherwise, "`else:`") if otherwise is not None else ())
    if question is None:
        return None
    body = Ask(question.value, of.value if of is not None else "", up_to, tuple(arms), None)
    return Draft(body, "ask", key.span, arms=tuple(drafts))


def _template(reader: "Reader", step: Mapping, key: str) -> Scalar | None:
    node = step.get(key)
    text = text_of(node, f"`{key}:`", reader.report) if node is not None else None
    if text is not None:
        templates.check(text, reader.scope, reader.report)
    return text


def _answer(name: Scalar, report: Report) -> str:
    """Return how an answer is called; warn of one that is nearly another word."""
    known = next((word for word in _YES_NO if fold(word) == fold(name.value)), None)
    if fold(name.value) in _UNANSWERED:
        title, label = f"`{name.value}` is an answer of its own", "a person may answer this"
        hint = "what is done when nobody answers stands under `else:`, with `up to:`"
        report.warn("P133", name.span, title, label, hint)
    word = Word(name.value, name.span, (*_YES_NO, "else", "up to"), safe=False)
    if known is None and nearest(word.text, word.known) is not None:
        title, label = f"`{name.value}` is an answer of its own", "a person may answer this"
        report.unknown("P133", word, title, label, severity="warning")
    return known or name.value


# --- repeat ---------------------------------------------------------------------------------------


def repeat(reader: "Reader", step: Mapping, key: Scalar) -> Draft | None:
    """Read a `repeat:`: how often at most, how far apart, until what, and the steps."""
    node = step.get("repeat")
    hint = "as in `repeat: {every: 7 days, up to: 3 times, steps: [{do: remind}]}`"
    mapping = mapping_of(node, "`repeat:`", reader.report, hint) if node is not None else None
    if mapping is None:
        return None
    known_keys(mapping, "`repeat:`", INSIDE["repeat"], reader.report)
    for needed, hint in _NEEDED:
        if mapping.get(needed) is None:
            missing_key(mapping, "`repeat:`", needed, reader.report, hint)
    every, most = reader.duration(mapping, "every"), _rounds(mapping, reader)
    if every is not None and every.microseconds < MINUTE:
        reader.report.error("D103", key.span, "one minute is the least", "never rests")
        return None
    until = mapping.get("until")
    scope = replace(reader.scope, window="since trigger")
    over = condition(until, "until", scope, reader.report) if until is not None else None
    steps = mapping.get("steps")
    drafts = () if steps is None else reader.steps(steps, "`steps:`", "nothing is repeated")
    if every is None or most is None:
        return None
    return Draft(Repeat(every, most, over, None), "repeat", key.span, arms=(drafts,))


def _rounds(mapping: Mapping, reader: "Reader") -> int | None:
    node = mapping.get("up to")
    text = text_of(node, "`up to:`", reader.report) if node is not None else None
    return rounds(text, reader.report) if text is not None else None


# --- start and cancel -----------------------------------------------------------------------------


def start(reader: "Reader", step: Mapping, key: Scalar) -> Draft | None:
    """Read a `start:`: a playbook, and what `event.…` is to be in it."""
    node = step.get("start")
    given: Mapping | None = None
    if isinstance(node, Mapping) and len(node.entries) == 1:
        name, inner = node.entries[0]
        given = None if empty(inner) else mapping_of(inner, f"`{name.value}:`", reader.report)
    else:
        hint = "one playbook a step: `start: win-back`, or `start: {win-back: {reason: silence}}`"
        text = text_of(node, "`start:`", reader.report, hint) if node is not None else None
        if text is None:
            return None
        name = text
    reader.known.named.append(name)
    values = tuple(_properties(reader, given)) if given is not None else ()
    return Draft(Start(name.value, values), "start", key.span)


def _properties(reader: "Reader", given: Mapping) -> Iterator[tuple[str, Expr]]:
    """Read what a playbook is started with, each as the first event that has such a property does."""
    declarations = reader.known.vocabulary.events.values()
    for name, value in given.entries:
        found = ((declared(name.value, types), types) for types in declarations)
        known = next(((own, types[own]) for own, types in found if own is not None), None)
        own, kind = known or (name.value, _kind(value))
        expr = assigned(value, kind, reader.scope, reader.report)
        if expr is not None:
            yield own, expr


def _kind(value: Node) -> Type:
    """Return the type of a property that no event declares: as it is written."""
    match plain(value):
        case bool():
            return Type("boolean")
        case int() | float():
            return Type("number")
        case _:
            return Type("text")


def cancel(reader: "Reader", step: Mapping, key: Scalar) -> Draft | None:
    """Read a `cancel:`: the playbook whose runs end."""
    node = step.get("cancel")
    hint = "one playbook a step, as in `cancel: win-back`"
    name = text_of(node, "`cancel:`", reader.report, hint) if node is not None else None
    if name is None:
        return None
    reader.known.named.append(name)
    return Draft(Cancel(name.value), "cancel", key.span)
