"""The door: raw values become what they were declared to be, once, and nothing is converted later.

What does not convert is reported and counts as missing; what nobody declared is kept as it came.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from .duration import parse_duration
from .instant import instant, iso, parse_instant
from .lifecycles import lifecycle_of, named, the_stage
from .vocabulary import Type, Vocabulary, fold
from .zone import Zone, is_zone

__all__ = ["Door", "Problem"]

_MOST_SPELLINGS: Final = 10_000
"""How many spellings of names are remembered; beyond that they are only looked up more slowly."""

Convert = Callable[[object, Zone], object]


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be taken as it was, in one sentence."""

    text: str
    undeclared: bool = False
    """Nobody declared the name; the value was kept. Worth saying once, not for every value."""
    computed: bool = False
    """It is a signal or a segment, which nobody can set; the value was dropped. Worth saying once."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where the value under one spelling goes."""

    name: str
    convert: Convert | None
    undeclared: Problem | None = None


class _Shape:
    """The declared names of one record, found by any spelling."""

    __slots__ = ("_declared", "_known", "_of", "_what", "name")

    def __init__(self, name: str, what: str, of: str, types: Mapping[str, Type]) -> None:
        self.name = name
        self._what = what
        self._of = of
        self._declared = {
            fold(key): _Slot(key, _converter(kind, key)) for key, kind in types.items()
        }
        self._known = {key: self._declared[fold(key)] for key in types}

    def slot(self, spelling: str) -> _Slot:
        """Return where a value goes, whatever the spelling of its name."""
        slot = self._known.get(spelling)
        if slot is None:
            slot = self._declared.get(fold(spelling)) or self._undeclared(spelling)
            if len(self._known) < _MOST_SPELLINGS:
                self._known[spelling] = slot
        return slot

    def take(
        self, raw: Mapping[str, object], there: Zone
    ) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
        """Return the values as declared (`raw` itself when it is right as it is) and the trouble."""
        known = self._known
        problems: tuple[Problem, ...] = ()
        changed: dict[str, object] | None = None
        for spelling, value in raw.items():
            slot = known.get(spelling) or self.slot(spelling)
            taken = value
            if slot.convert is not None and value is not None:
                taken = slot.convert(value, there)
                if taken is _UNFIT:
                    problems += (self._unfit(slot.name, value),)
                    if lifecycle_of(slot.name) is not None:
                        changed = _before(raw, spelling, known) if changed is None else changed
                        continue  # A customer stays in the stage it is in.
                    taken = None
            elif slot.undeclared is not None:
                problems += (slot.undeclared,)
            if changed is not None:
                changed[slot.name] = taken
            elif taken is not value or slot.name != spelling:
                changed = _before(raw, spelling, known)
                changed[slot.name] = taken
        return (raw if changed is None else changed), problems

    def _undeclared(self, spelling: str) -> _Slot:
        text = (
            f"{self._what} `{spelling}`{self._of} is not declared; its values are kept as they came"
        )
        return _Slot(spelling, None, Problem(text, undeclared=True))

    def _unfit(self, name: str, value: object) -> Problem:
        kind = self._known[name].convert
        wanted = _WANTED.get(kind) or _options(kind)
        then = "now missing" if lifecycle_of(name) is None else "nothing moves"
        return Problem(f"{self._what} `{name}`{self._of} is not {wanted}: {value!r:.60}; {then}")

    def alias(self, spelling: str, name: str) -> None:
        """Let another spelling stand for a declared name, unless it is declared itself."""
        self._declared.setdefault(fold(spelling), self._known[name])


def _computed(name: str) -> Problem:
    text = f"attribute `{name}` is computed; what is told of it is ignored"
    return Problem(text, computed=True)


def _before(raw: Mapping[str, object], until: str, known: Mapping[str, _Slot]) -> dict[str, object]:
    """Copy what stands before the first value that is not right as it is."""
    copied: dict[str, object] = {}
    for spelling, value in raw.items():
        if spelling == until:
            break
        copied[known[spelling].name if spelling in known else spelling] = value
    return copied


class Door:
    """Converts what arrives at one project; built once, used for every value.

    Names are found by any spelling that folds to the same, and come out as they were declared.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._attributes = _Shape("", "attribute", "", vocabulary.attributes)
        stage = the_stage(vocabulary.attributes)
        if stage is not None:
            self._attributes.alias("stage", stage)
        self._computed = frozenset(vocabulary.computed)
        self._events = {
            fold(name): _Shape(name, "property", f" of `{name}`", types)
            for name, types in vocabulary.events.items()
        }
        self._spelt = {shape.name: shape for shape in self._events.values()}

    def attributes(
        self, raw: Mapping[str, object], there: Zone
    ) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
        """Return a customer's values as declared, and what was wrong; None stays None.

        `there` is the zone that times without an offset are read in. What is computed is left out.
        """
        values, problems = self._attributes.take(raw, there)
        if self._computed.isdisjoint(values):
            return values, problems
        told = {name: value for name, value in values.items() if name not in self._computed}
        refused = (_computed(name) for name in values if name in self._computed)
        return told, (*problems, *refused)

    def event(
        self, name: str, raw: Mapping[str, object], there: Zone
    ) -> tuple[str, Mapping[str, object], tuple[Problem, ...]]:
        """Return an event's declared name and its properties as declared, and what was wrong."""
        shape = self._spelt.get(name)
        if shape is None:
            shape = self._events.get(fold(name))
            if shape is None:
                problem = Problem(f"event `{name}` is not declared", undeclared=True)
                return name, raw, (problem,)
            if len(self._spelt) < _MOST_SPELLINGS:
                self._spelt[name] = shape
        properties, problems = shape.take(raw, there)
        return shape.name, properties, problems


# --- one value ----------------------------------------------------------------------------------

_UNFIT: Final = object()


def _text(value: object, _: Zone) -> object:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return _UNFIT


def _number(value: object, _: Zone) -> object:
    if isinstance(value, str):
        return _number_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _UNFIT
    return _bounded(value)


def _bounded(number: float) -> object:
    """Return a number that can be reckoned with: a whole one beyond 64 bits becomes a float."""
    if isinstance(number, int) and abs(number) < _BEYOND:
        return number
    try:
        number = float(number)
    except OverflowError:
        return _UNFIT
    return number if math.isfinite(number) else _UNFIT


def _number_in(text: str) -> object:
    if "_" in text:
        return _UNFIT  # Python's own way to write a thousand, and nobody else's.
    if "." not in text:  # A failed attempt costs more than all the rest of a line.
        try:
            return _bounded(int(text))
        except ValueError:
            pass  # Not a whole number; perhaps another one.
    try:
        number = float(text)
    except ValueError:
        return _UNFIT
    return number if math.isfinite(number) else _UNFIT


_BEYOND: Final = 2**63


_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _boolean(value: object, _: Zone) -> object:
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(str(value).strip().casefold(), _UNFIT)


def _date(value: object, there: Zone) -> object:
    match value:
        case datetime():
            return value.date().isoformat() if value.tzinfo is None else _day(instant(value), there)
        case date():
            return value.isoformat()
        case str():
            return _date_in(value.strip(), there)
        case _:
            return _UNFIT


def _date_in(text: str, there: Zone) -> object:
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            date.fromisoformat(text)
            return text
        return _day(parse_instant(text, there), there)
    except ValueError:
        return _UNFIT


def _day(at: int, there: Zone) -> str:
    return iso(at, there)[:10]


def _instant(value: object, there: Zone) -> object:
    try:
        match value:
            case str():
                return parse_instant(value, there)
            case datetime() if value.tzinfo is not None:
                return instant(value)
            case date():
                return parse_instant(value.isoformat(), there)
            case _:
                return _UNFIT  # A bare number could be seconds or milliseconds: better asked than guessed.
    except ValueError:
        return _UNFIT


def _duration(value: object, _: Zone) -> object:
    """Return a length of time as authors spell it: `7 days`."""
    found = parse_duration(str(value))
    return _UNFIT if found is None else str(found)


def _timezone(value: object, _: Zone) -> object:
    return value if isinstance(value, str) and is_zone(value) else _UNFIT


def _one_of(options: Mapping[str, str], value: object, there: Zone) -> object:
    text = _text(value, there)
    if not isinstance(text, str):
        return _UNFIT
    return options.get(text) or options.get(fold(text.strip()), _UNFIT)


def _stage(kind: Type, value: object, there: Zone) -> object:
    text = _text(value, there)
    names = named(text.strip(), kind) if isinstance(text, str) else ()
    return names[0] if len(names) == 1 else _UNFIT


def _list(item: Convert | None, value: object, there: Zone) -> object:
    values = _from_json(value) if isinstance(value, str) else value
    if not isinstance(values, list | tuple):
        return _UNFIT
    if item is None:
        return list(values)
    taken = [one if one is None else item(one, there) for one in values]
    return _UNFIT if any(one is _UNFIT for one in taken) else taken


def _record(shape: _Shape, value: object, there: Zone) -> object:
    fields = _from_json(value) if isinstance(value, str) else value
    if not isinstance(fields, Mapping):
        return _UNFIT
    taken, problems = shape.take({str(key): one for key, one in fields.items()}, there)
    return _UNFIT if any(not problem.undeclared for problem in problems) else taken


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _converter(kind: Type, name: str = "") -> Convert:
    match kind.kind:
        case "one of" if lifecycle_of(name) is not None:
            return partial(_stage, kind)
        case "one of" | "calendar":
            options = {fold(option): option for option in kind.options}
            return partial(_one_of, options | {option: option for option in kind.options})
        case "list":
            return partial(_list, None if kind.item is None else _converter(kind.item))
        case "record":
            return partial(_record, _Shape("", "field", "", dict(kind.fields)))
        case simple:
            return _SIMPLE[simple]


_SIMPLE: Final[dict[str, Convert]] = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "instant": _instant,
    "duration": _duration,
    "timezone": _timezone,
}
_WANTED: Final[dict[object, str]] = {
    _text: "a text",
    _number: "a number",
    _boolean: "true or false",
    _date: "a date such as 2026-09-01",
    _instant: "an instant such as 2026-09-01T10:00:00+02:00",
    _duration: "a length of time such as 7 days",
    _timezone: "a time zone such as Europe/Berlin",
}


def _options(convert: Convert | None) -> str:
    """Say what a list, a record or a `one of` should have been."""
    if not isinstance(convert, partial):
        return "what was declared"
    if convert.func is _stage:
        return f"one of {', '.join(convert.args[0].options)}"
    if convert.func is _one_of:
        return f"one of {', '.join(dict.fromkeys(convert.args[0].values()))}"
    return "a list as declared" if convert.func is _list else "a record as declared"
