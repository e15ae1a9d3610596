"""Customers and occurrences of all kinds that some playbooks tell apart, to play them with."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from ...engine.core import plan as P
from ...engine.core.expr import Attribute, Constant, Expr, ItemField, TriggerField
from ...engine.core.lifecycles import leaves_of
from ...engine.core.occurrence import Changed, Happened, Occurrence, Requested
from ...engine.core.reads import nodes
from .asked import asked
from .atoms import about, atoms, plain
from .outcomes import OPEN
from .rule import Subject
from .signals import spelt_out
from .terms import terms

__all__ = ["Values", "customers", "occurrences", "values_of"]

_CUSTOMERS: Final = 24
_PROPERTIES: Final = 6
"""How many customers are tried, and how many kinds of one event."""

Values = Mapping[str, Sequence[object]]
"""By each attribute, and by `event.x` for each property, the values that matter."""


def values_of(subject: Subject, project: P.Project) -> Values:
    """Return for each attribute and property that conditions ask about the values that matter."""
    words, known = project.vocabulary, subject.signals
    conditions = [spelt_out(one, known) for plan in project.plans for one in asked(plan)]
    rules = (move.condition for cycle in project.lifecycles for move in cycle.moves or ())
    conditions += [spelt_out(one, known) for one in rules if one is not None]
    each = [atom for one in conditions for atom in atoms(plain(one))]
    found: dict[str, list[object]] = {}
    known_as = terms(each, words)
    for atom in each:
        name = _named(about(atom))
        if name:
            written = [one.value for one in nodes(atom) if isinstance(one, Constant)]
            given = (*known_as[id(atom)].values, *written)
            found.setdefault(name, []).extend(one for one in given if _is_plain(one))
    for name, value in _written(project):
        found.setdefault(name, [None]).append(value)
    for name, values in found.items():
        kind = words.attributes.get(name)
        if kind is not None and kind.kind == "one of":
            values += [leaf for leaf in leaves_of(kind) if leaf not in values]
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def _named(subject: object) -> str:
    """Return the name of what a value is of: an attribute, or `event.x` for a property."""
    match subject:
        case Attribute(name, ()):
            return name
        case TriggerField((name,)) | ItemField((name,)):
            return f"event.{name}"
        case _:
            return ""


def _is_plain(value: object) -> bool:
    return value is not OPEN and (value is None or isinstance(value, str | int | float | bool))


def _written(project: P.Project) -> Iterator[tuple[str, object]]:
    """Yield the values that playbooks set, and those that their triggers name."""
    for plan in project.plans:
        for step in plan.steps:
            for name, value in step.body.values if isinstance(step.body, P.SetAttributes) else ():
                yield from _constant(name, value)
        for trigger in plan.triggers:
            match trigger:
                case P.OnChange(name, old, new, ()):
                    yield from (one for side in (old, new) for one in _constant(name, side))
                case P.OnStage(name):
                    kind = project.vocabulary.attributes[name]
                    yield from ((name, leaf) for leaf in leaves_of(kind))
                case P.OnCrossing(Attribute(name, ()), _, Constant(int() | float() as level)):
                    yield from ((name, level + step) for step in (-1, 0, 1))
                case _:
                    pass  # What its condition asks is known already.


def _constant(name: str, value: Expr | None) -> Iterator[tuple[str, object]]:
    if isinstance(value, Constant) and not isinstance(value.value, tuple):
        yield name, value.value


def customers(values: Values) -> Iterator[Mapping[str, object]]:
    """Yield customers of all kinds, of many kinds a few of each: always the same ones."""
    names = [name for name in values if not name.startswith("event.")]
    yield from _sampled(names, values, _CUSTOMERS)


def _sampled(names: Sequence[str], values: Values, most: int) -> Iterator[Mapping[str, object]]:
    total = 1
    for name in names:
        total *= len(values[name])
    numbers = range(total) if total <= most else Random(0).sample(range(total), most)  # noqa: S311
    for number in numbers:
        chosen = dict[str, object]()
        for name in names:
            number, place = divmod(number, len(values[name]))  # noqa: PLW2901 - one digit after another
            chosen[name] = values[name][place]
        yield chosen


def occurrences(project: P.Project, values: Values, at: int) -> Iterator[Occurrence]:
    """Yield what may begin one of the playbooks from outside."""
    properties = [name for name in values if name.startswith("event.")]
    given = list(_sampled(properties, values, _PROPERTIES))
    begun = [(plan, trigger) for plan in project.plans for trigger in plan.triggers]
    for plan, trigger in begun:
        match trigger:
            case P.OnEvent(what):
                for chosen in given:
                    told = {name.removeprefix("event."): value for name, value in chosen.items()}
                    yield Happened(at, what.event, told)
            case P.OnManual():
                yield Requested(at, plan.playbook)
            case _:
                pass  # Changes of all that matters follow.
    computed = project.vocabulary.computed
    for name, each in values.items():
        if not name.startswith("event.") and name not in computed:
            yield from (Changed(at, {name: value}) for value in each)
