"""A test written as authors write one, ready to be read, kept and changed by them."""

from collections.abc import Mapping
from typing import Final

from ..dsl.trials.read_tests import FROM_TIMELINE
from ..dsl.writing import data
from ..dsl.written import Row, Text, Written, as_document
from ..engine.core.instant import iso
from ..engine.core.lifecycles import lifecycle_of
from ..engine.core.occurrence import Changed, Happened, Requested
from ..engine.core.places import Places
from ..engine.core.plan import Project
from ..engine.core.vocabulary import Type
from ..engine.core.zone import Zone
from ..engine.rehearsal.script import Answer, Ended, Expected, InStage, Late, Moment, Skipped, Trial

__all__ = ["as_test"]

_OWN: Final = frozenset(["at", "event", "heard at", "properties"])
"""Keys of a line about an event that are not its properties."""


def as_test(name: str, trial: Trial, project: Project) -> str:
    """Return a file of tests with this one in it; every instant is written out."""
    zone = Places(project).of(trial.attributes)
    kinds = project.vocabulary.attributes
    test: dict[str, Written] = {
        "test": Text(name),
        "start": iso(trial.start, zone),
        **({"new": True} if trial.new else {}),
        "customer": {"id": Text(trial.customer), **_values(trial.attributes, kinds, zone)},
        **({"answers": FROM_TIMELINE} if trial.answers is None else {}),
        "timeline": [Row(_moment(what, project, zone)) for what in trial.timeline],
        "expect": [
            *(Row(_expected(one, zone)) for one in trial.expected),
            *(Row(_skipped(one, zone)) for one in trial.skipped),
            *(Row(_standing(one, zone)) for one in trial.stages),
        ],
        "until": iso(trial.until, zone),
    }
    return as_document({"tests": [test]})


def _moment(moment: Moment, project: Project, zone: Zone) -> dict[str, Written]:
    words = project.vocabulary
    match moment:
        case Late(at, what):
            return {**_moment(what, project, zone), "heard at": iso(at, zone)}
        case Happened(at, event, properties):
            given = _values(properties, words.events.get(event, {}), zone)
            beside = given if _OWN.isdisjoint(given) else {"properties": given}
            return {"at": iso(at, zone), "event": Text(event), **beside}
        case Changed(at, values):
            return {"at": iso(at, zone), "set": _values(values, words.attributes, zone)}
        case Requested(at, playbook, properties):
            more = {"properties": _values(properties, {}, zone)} if properties else {}
            return {"at": iso(at, zone), "request": Text(playbook), **more}
        case Answer():
            return _without_blanks({
                "at": iso(moment.at, zone), "answer": Text(moment.said), "delegate": Text(moment.to),
                "by": Text(moment.by), "playbook": Text(moment.playbook), "step": Text(moment.step),
                "number": moment.number,
            })  # fmt: skip
        case Ended():
            answer = {} if moment.answer is None else {"answer": data(moment.answer)}
            return {
                **_without_blanks({
                    "at": iso(moment.at, zone), "outcome": moment.ending, "step": Text(moment.step),
                    "playbook": Text(moment.playbook), "number": moment.number,
                    "because": Text(moment.because),
                }),
                **answer,
            }  # fmt: skip
        case _:
            return {"at": iso(moment.at, zone), "restart": "engine"}


def _expected(one: Expected, zone: Zone) -> dict[str, Written]:
    told: dict[str, Written] = {
        "at": "" if one.at is None else iso(one.at, zone),
        "do": Text(one.do or ""),
        "step": Text(one.step or ""),
    }
    return _without_blanks(told) | ({"with": data(dict(one.args))} if one.args else {})


def _skipped(one: Skipped, zone: Zone) -> dict[str, Written]:
    return _without_blanks({
        "skipped": Text(one.do), "because": Text(one.because),
        "at": "" if one.at is None else iso(one.at, zone),
    })  # fmt: skip


def _standing(one: InStage, zone: Zone) -> dict[str, Written]:
    where: dict[str, Written] = {lifecycle_of(one.attribute) or "": Text(one.stage)}
    times = {"at": one.at, "by": one.by}
    told: dict[str, Written] = {"stage": where}
    return told | {key: iso(at, zone) for key, at in times.items() if at is not None}


def _without_blanks(told: dict[str, Written]) -> dict[str, Written]:
    return {key: value for key, value in told.items() if value not in ("", 0)}


def _values(
    values: Mapping[str, object], kinds: Mapping[str, Type], zone: Zone
) -> dict[str, Written]:
    return {key: _value(value, kinds.get(key), zone) for key, value in values.items()}


def _value(value: object, kind: Type | None, zone: Zone) -> Written:
    match value:
        case bool() | None:
            return value
        case int() if kind is not None and kind.kind == "instant":
            return iso(value, zone)
        case int() | float():
            return value
        case list() | tuple():
            item = kind.item if kind is not None else None
            return [_value(one, item, zone) for one in value]
        case Mapping():
            return _values(value, dict(kind.fields) if kind is not None else {}, zone)
        case _:
            return Text(value)
