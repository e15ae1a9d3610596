"""`limits:`, `never:` and `channels:` read: what holds actions back, for a project or one playbook."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from ..engine.core.duration import UNITS, Duration
from ..engine.core.plan_limits import CHANNELS, Cap, Consent, Digest, Limit, Never, Target
from ..engine.core.vocabulary import Type, fold
from . import conditions, names, templates
from .days import hours_of
from .diagnostics import Diagnostic, Label, Report, Word
from .document import Mapping, Node, Scalar
from .keys import INSIDE
from .known import Known
from .logic import condition
from .scope import Scope
from .shapes import (
    chosen,
    known_keys,
    list_of,
    mapping_of,
    missing_key,
    text_of,
)
from .steps import action_of

__all__ = ["held_back", "playbook_limits", "read_limits"]

EVERYTHING: Final = "everything"
_NO_CHANNEL: Final = "none"
_WHOSE: Final[tuple[Literal["customer", "recipient", "playbook"], ...]] = (
    "customer",
    "recipient",
    "playbook",
)
_KEYS: Final = INSIDE["limit"]
_CAP: Final = re.compile(r"\s*(?P<most>\d{1,6})\s+per\s+(?P<length>\S.*?)\s*")
_WAIT: Final = re.compile(r"\s*wait\s+up\s+to\s+(?P<length>\S.*?)\s*")


def read_limits(written: Mapping, known: Known, report: Report) -> Known:
    """Return what is known with all that holds the project's actions back."""
    known = replace(known, channels=_channels(written, known, report))
    limits, never = written.get("limits"), written.get("never")
    held = tuple(_limits(limits, known, report)) if limits is not None else ()
    items = list_of(never, "`never:`", report) if never is not None else ()
    promises = tuple(made for item in items if (made := _never(item, known, report)) is not None)
    return replace(known, limits=held, never=promises)


def playbook_limits(node: Node, known: Known, report: Report) -> tuple[Limit, ...]:
    """Read the limits of one playbook: one of all its actions, or as in `cuebook.yaml`."""
    mapping = mapping_of(node, "`limits:`", report)
    if mapping is None:
        return ()
    if any(key.value in _KEYS for key, _ in mapping.entries):
        return (_limit(mapping, Target("all", ""), "`limits:`", known, report),)
    return tuple(_limits(mapping, known, report))


def held_back(text: Scalar, report: Report) -> Duration | None:
    """Read `drop`, or `wait up to 3 days`: how long an action waits for a limit to have room."""
    if text.value.strip() == "drop":
        return None
    found = _WAIT.fullmatch(text.value)
    if found is None:
        hint = "write `drop`, or `wait up to 3 days`"
        report.error("P104", text.span, "`held back:` does not know this", "", hint)
        return None
    return conditions.duration(text.part(*found.span("length")), report)


def _channels(written: Mapping, known: Known, report: Report) -> tuple[tuple[str, str], ...]:
    """Return the channel of each kind and action that has one; a project's own word wins."""
    found = {kind: CHANNELS[kind] for kind in known.kinds if kind in CHANNELS}
    node = written.get("channels")
    mapping = mapping_of(node, "`channels:`", report) if node is not None else None
    for channel, value in mapping.entries if mapping is not None else ():
        for item in list_of(value, f"`{channel.value}:`", report):
            text = text_of(item, "an action", report)
            name = known.called(text.value) if text is not None else None
            if text is not None and name is None:
                known.unknown_action(text, report)
            elif name is not None:
                found[name] = "" if channel.value == _NO_CHANNEL else channel.value
    return tuple(sorted(found.items()))


def _limits(node: Node, known: Known, report: Report) -> Iterator[Limit]:
    mapping = mapping_of(node, "`limits:`", report)
    held: dict[Target, Scalar] = {}
    for name, value in mapping.entries if mapping is not None else ():
        target = _target(name, known, report)
        if target is not None and held.setdefault(target, name) is not name:
            title = f"`{name.value}` and `{held[target].value}` are one name"
            hint = "several numbers stand in a list: `at most: [1 per day, 3 per 7 days]`"
            here = Label(held[target].span, "limited here")
            report.add(
                Diagnostic("N201", title, name.span, "limited again", (hint,), others=(here,))
            )
        inner = mapping_of(value, f"`{name.value}:`", report)
        if inner is not None:
            limit = _limit(inner, target, f"`{name.value}:`", known, report)
            if target is not None:
                yield limit


def _target(name: Scalar, known: Known, report: Report) -> Target | None:
    """Find what a limit or a promise is about: a channel, an action, a kind, or everything."""
    if fold(name.value) == EVERYTHING:
        return Target("everything", EVERYTHING)
    channels = {channel for _, channel in known.channels if channel}
    for channel in channels:
        if fold(channel) == fold(name.value):
            return Target("channel", channel)
    action = known.called(name.value)
    if action is not None:
        return Target("action", action)
    named = [one.name.value for one in known.actions.values()]
    word = Word(
        name.value, name.span, [EVERYTHING, *sorted(channels), *named, *known.kinds], safe=False
    )
    hint = f"the channels are {', '.join(f'`{one}`' for one in sorted(channels))}"
    title = f"nothing is called `{name.value}` that could be limited"
    report.unknown("A121", word, title, "neither a channel nor an action", hint)
    return None


def _limit(node: Mapping, target: Target | None, what: str, known: Known, report: Report) -> Limit:
    known_keys(node, what, _KEYS, report)
    if not node.entries:
        hint = "as in `{at most: 2 per 7 days}`"
        report.error("P103", node.span, f"{what} limits nothing", "nothing is written here", hint)
    limit = Limit(target or Target(EVERYTHING, EVERYTHING))
    most, per, quiet, on = (node.get(key) for key in ("at most", "per", "quiet hours", "on"))
    if most is not None:
        limit = replace(limit, caps=tuple(_caps(most, report)))
    if per is not None:
        whose = chosen(per, "per", _WHOSE, report)
        limit = replace(limit, per=whose or "customer")
    if quiet is not None:
        hours = text_of(quiet, "`quiet hours:`", report)
        found = hours_of(hours, report, overnight=True) if hours is not None else None
        limit = replace(limit, quiet=found)
    if on is not None:
        days = text_of(on, "`on:`", report)
        limit = replace(limit, on=conditions.days(days, report) if days is not None else None)
    return _for_whom(node, limit, known, report)


def _for_whom(node: Mapping, limit: Limit, known: Known, report: Report) -> Limit:
    """Add consent, the purposes that are excepted, and the digest."""
    consent, purposes, digest = (
        node.get(key) for key in ("needs consent", "except purpose", "digest")
    )
    if consent is not None:
        limit = replace(limit, consents=tuple(_consents(consent, known, report)))
    if purposes is not None:
        texts = [
            text_of(item, "a purpose", report)
            for item in list_of(purposes, "`except purpose:`", report)
        ]
        limit = replace(limit, exempt=tuple(text.value for text in texts if text is not None))
    if digest is not None:
        limit = replace(limit, digest=_digest(digest, known, report))
    return limit


def _caps(node: Node, report: Report) -> Iterator[Cap]:
    for item in list_of(node, "`at most:`", report):
        text = text_of(item, "`at most:`", report)
        found = _CAP.fullmatch(text.value) if text is not None else None
        if text is None:
            continue
        if found is None or int(found["most"]) == 0:
            hints = ["as in `2 per 7 days`, `1 per day`"]
            hints += ["what is never to happen stands under `never:`"] if found else []
            report.error("P105", text.span, "this is not a number per time", "", *hints)
            continue
        length = _length(text.part(*found.span("length")), report)
        if length is not None:
            yield Cap(int(found["most"]), length)


def _length(text: Scalar, report: Report) -> Duration | None:
    """Read `7 days`, or `day` for one."""
    for unit in UNITS:
        if unit == text.value:
            return Duration(1, unit)
    found = conditions.duration(text, report)
    if found is not None and found.count <= 0:
        report.error("D103", text.span, "this is no length of time", "nothing lies in it")
        return None
    return found


def _consents(node: Node, known: Known, report: Report) -> Iterator[Consent]:
    pairs = (
        [(key.value, value) for key, value in node.entries]
        if isinstance(node, Mapping)
        else [("", node)]
    )
    for purpose, value in pairs:
        text = text_of(value, "`needs consent:`", report)
        attribute = _truth(text, known, report) if text is not None else None
        if attribute is not None:
            yield Consent(attribute, purpose)


def _truth(text: Scalar, known: Known, report: Report) -> str | None:
    """Find an attribute that is true or false."""
    scope = Scope(known.vocabulary)
    found = names.attribute((text.value,), text.span, scope, report)
    if found is None:
        return None
    if known.vocabulary.attributes[found.name] != Type("boolean"):
        hint = f"declare it as `{found.name}: boolean`"
        title = f"`{found.name}` cannot say whether somebody agrees"
        report.error("T112", text.span, title, "neither true nor false", hint)
        return None
    return found.name


def _digest(node: Node, known: Known, report: Report) -> Digest | None:
    mapping = mapping_of(node, "`digest:`", report)
    if mapping is None:
        return None
    known_keys(mapping, "`digest:`", INSIDE["digest"], report)
    every, at, do, given = (mapping.get(key) for key in ("every", "at", "do", "with"))
    if do is None:
        missing_key(mapping, "`digest:`", "do", report, "the action that tells of them all")
    if every is None and at is None:
        missing_key(mapping, "`digest:`", "every", report, "as in `every: 1 day`")
    words = mapping_of(given, "`with:`", report) if given is not None else None
    if words is not None:
        templates.check(words, Scope(known.vocabulary), report, any_event=True)
    name = text_of(do, "`do:`", report) if do is not None else None
    action = action_of(name, words, known, report) if name is not None else None
    span = text_of(every, "`every:`", report) if every is not None else None
    clock = text_of(at, "`at:`", report) if at is not None else None
    length = _length(span, report) if span is not None else None
    minutes = conditions.clock(clock, report) if clock is not None else None
    if action is None or (length is None and minutes is None):
        return None
    return Digest(length, minutes, action.kind, action.action, action.args)


def _never(node: Node, known: Known, report: Report) -> Never | None:
    mapping = mapping_of(node, "a promise", report)
    if mapping is None:
        return None
    known_keys(mapping, "a promise", INSIDE["promise"], report)
    do = mapping.get("do")
    if do is None:
        missing_key(mapping, "a promise", "do", report, "what is never done: `do: send-email`")
        return None
    texts = [
        text_of(item, "`do:`", report) for item in list_of(do, "`do:`", report, "no action here")
    ]
    targets = [_target(text, known, report) for text in texts if text is not None]
    scope = Scope(known.vocabulary, words=True)
    read = {
        key: condition(value, key, scope, report)
        for key in ("if", "unless")
        if (value := mapping.get(key)) is not None
    }
    if None in targets or None in read.values():
        return None
    found = tuple(target for target in targets if target is not None)
    return Never(found, read.get("if"), read.get("unless"))
