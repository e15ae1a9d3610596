"""Conditions ready to be judged fast: generated Python, built at the first call.

Every function is total. Where generated code meets a value that it was not written for (an
undeclared one, or a key that is not there), the tree walker answers instead.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from .changes import Changes, changes
from .channels import History
from .compile_traces import trace_source
from .compile_truths import TruthWriter
from .compile_values import TooLarge
from .evaluate import Matchers, World, evaluate, explained, spelt
from .expr import Expr
from .generating import TROUBLE, defined, total
from .origins import NO_ORIGINS, Origins
from .plan import Calendar
from .readers import Filter, Trigger
from .reads import reads
from .trace import Trace
from .turning import Judge
from .zone import Zone

__all__ = [
    "Compiler",
    "Condition",
    "Inlining",
    "compile_condition",
    "compile_filter",
    "compile_record_filter",
    "compile_value",
    "generated_fill",
    "generated_value",
]

Truth = Callable[[Mapping[str, object], History, int, Zone, Trigger | None], bool]
Fill = Callable[[dict[str, object], History, int, Zone], None]
Value = Callable[[Mapping[str, object], History, int, Zone, Trigger | None], object]
Explain = Callable[[Mapping[str, object], History, int, Zone, Trigger | None], Trace]
RecordFilter = Callable[[object, Mapping[str, object], History, int, Zone, Trigger | None], bool]

_NO_MATCHERS: Final[Matchers] = {}
_NOWHERE: Final = History()


class Condition:
    """A condition ready for any customer.

    `holds(a, h, now, z, t)` is true exactly when it is true, `fails` exactly when it is false; with
    neither it is unknown. `explain` returns what it came to and why: each part with its value. `a`
    are the attributes (every declared one is a key), `h` the history, `now` microseconds since 1970
    UTC, `z` the customer's zone, `t` what started the run, or None.
    """

    __slots__ = (
        *("_calendar", "_changes", "_matchers", "_origins"),
        *("explain", "expr", "fails", "holds", "inlined", "reads"),
    )

    holds: Truth
    fails: Truth
    explain: Explain

    def __init__(
        self,
        expr: Expr,
        calendar: Calendar,
        matchers: Matchers,
        origins: Origins = NO_ORIGINS,
        inlined: Expr | None = None,
    ) -> None:
        self.expr = expr
        self.inlined = expr if inlined is None else inlined
        """What is judged: `expr`, with the signals that are not kept written out."""
        self.reads = reads(self.inlined)
        self._calendar = calendar
        self._matchers = matchers
        self._changes: Changes | None = None
        build = partial(_build_truth, self.inlined, calendar, matchers)
        self.holds = self._when_first_asked("holds", partial(build, want=True))
        self.fails = self._when_first_asked("fails", partial(build, want=False))
        tell = partial(_build_trace, expr, calendar, matchers, origins)
        self.explain = self._when_first_asked("explain", tell)

    def at(self, now: int, zone: Zone) -> Callable[[Mapping[str, object]], bool]:
        """Return `holds` for one instant and zone, to judge many customers by their attributes.

        Raises ValueError for a condition that also reads history or the trigger.
        """
        if self.reads.events or self.reads.trigger or self.reads.past:
            raise ValueError("it also reads history or the trigger: call `holds`")
        writer = TruthWriter(self._calendar, self._matchers, at_once=(now, zone))

        def walk(a: Mapping[str, object]) -> bool:
            world = World(a, _NOWHERE, now, zone, None, self._calendar, self._matchers)
            return evaluate(self.inlined, world) is True

        try:
            source = writer.truth(self.inlined, want=True)
        except (TooLarge, RecursionError):
            return walk
        names = writer.names | {
            "walk": walk, "trouble": TROUBLE, "now": now, "z": zone, "h": _NOWHERE, "t": None, "i": None,
        }  # fmt: skip
        judge: Callable[[Mapping[str, object]], bool] | None = defined(
            f"def judge(a):\n    try:\n        return {source}\n    except trouble:\n"
            "        return walk(a)\n",
            names,
            writer.constants,
            "judge",
        )
        return walk if judge is None else judge

    def next_change(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
    ) -> int | None:
        """Return the earliest instant after `now` at which time alone could change the value.

        Never too late, seldom too early; None when time alone never will.
        """
        if not self.reads.time:
            return None
        if self._changes is None:
            self._changes = changes(self.inlined, self._calendar, self._matchers, self._part)
        if self._changes is None:
            return None
        return self._changes(World(a, h, now, z, t, self._calendar, self._matchers))

    def _part(self, expr: Expr) -> tuple[Callable[[World], object], Judge, Judge]:
        part = Condition(expr, self._calendar, self._matchers)
        value = compile_value(expr, self._calendar, self._matchers)
        return (
            lambda w: value(w.a, w.h, w.now, w.z, w.t),
            lambda w: part.holds(w.a, w.h, w.now, w.z, w.t),
            lambda w: part.fails(w.a, w.h, w.now, w.z, w.t),
        )

    def _when_first_asked(self, name: str, build: Callable[[], Callable[..., Any]]) -> Any:
        """Return a function that builds itself: `check` compiles all and asks none."""
        built: list[Callable[..., Any]] = []

        def first(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> object:
            if not built:
                built.append(build())
                setattr(self, name, built[0])
            return built[0](a, h, now, z, t)

        return first


class Compiler:
    """Makes the conditions and values of one program ready, each once for each place it stands in.

    What looks on at conditions takes its place.
    """

    apart: ClassVar[bool] = True
    """Whether conditions may be taken apart for an index, and so never be asked as a whole."""
    inlines: ClassVar[bool] = False
    """Whether signals may be written out in the conditions that read them, and so not be kept."""

    def __init__(self, calendar: Calendar, matchers: Matchers, origins: Origins) -> None:
        self.calendar = calendar
        self.matchers = matchers
        self.origins = origins

    def condition(self, expr: Expr, inlined: Expr | None = None) -> Condition:
        """Return what `compile_condition` returns."""
        return compile_condition(expr, self.calendar, self.matchers, self.origins, inlined)

    def value(self, expr: Expr) -> Value:
        """Return what `compile_value` returns."""
        return compile_value(expr, self.calendar, self.matchers)

    def generated(self, expr: Expr) -> Value:
        """Return what `generated_value` returns."""
        return generated_value(expr, self.calendar, self.matchers)

    def fill(self, exprs: Mapping[str, Expr]) -> Fill:
        """Return what `generated_fill` returns."""
        return generated_fill(exprs, self.calendar, self.matchers)

    def filter(self, expr: Expr) -> Filter:
        """Return what `compile_filter` returns."""
        return compile_filter(expr, self.calendar, self.matchers)

    def record_filter(self, expr: Expr) -> RecordFilter:
        """Return what `compile_record_filter` returns."""
        return compile_record_filter(expr, self.calendar, self.matchers)


class Inlining(Compiler):
    """The same for whoever shows customers to nobody: signals that are only asked are not kept."""

    inlines: ClassVar[bool] = True


def compile_condition(
    expr: Expr,
    calendar: Calendar,
    matchers: Matchers = _NO_MATCHERS,
    origins: Origins = NO_ORIGINS,
    inlined: Expr | None = None,
) -> Condition:
    """Return a condition ready to be judged; `matchers` answer for its `matches`.

    `origins` are what it may name that is computed, with what that is computed from; `inlined` is
    the condition with the signals that are not kept written out. It is explained as it was written.
    """
    return Condition(expr, calendar, matchers, origins, inlined)


def compile_value(expr: Expr, calendar: Calendar, matchers: Matchers = _NO_MATCHERS) -> Value:
    """Return a function f(a, h, now, z, t) giving the value of `expr`, None when it is missing."""
    built: list[Value] = []

    def value(a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None) -> object:
        if not built:
            built.append(generated_value(expr, calendar, matchers))
        return built[0](a, h, now, z, t)

    return value


def compile_filter(expr: Expr, calendar: Calendar, matchers: Matchers = _NO_MATCHERS) -> Filter:
    """Return a function f(item, a, h, now, z, t): whether an event's properties pass a `where`."""
    built: list[Filter] = []

    def passes(
        item: Mapping[str, object],
        a: Mapping[str, object],
        h: History,
        now: int,
        z: Zone,
        t: Trigger | None,
    ) -> bool:
        if not built:
            built.append(_build_filter(expr, calendar, matchers))
        return built[0](item, a, h, now, z, t)

    return passes


def compile_record_filter(
    expr: Expr, calendar: Calendar, matchers: Matchers = _NO_MATCHERS
) -> RecordFilter:
    """Return a function f(record, a, h, now, z, t): whether an item of a list passes a `where`."""
    built: list[RecordFilter] = []

    def passes(
        record: object, a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
    ) -> bool:
        if not built:
            built.append(_build_record_filter(expr, calendar, matchers))
        return built[0](record, a, h, now, z, t)

    return passes


def _build_truth(expr: Expr, calendar: Calendar, matchers: Matchers, *, want: bool) -> Truth:
    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, i: Any) -> bool:
        return evaluate(expr, World(a, h, now, z, t, calendar, matchers, i)) is want

    writer = TruthWriter(calendar, matchers)
    judge: Truth = total(
        writer, lambda: writer.truth(expr, want=want), walk, "a, h, now, z, t, i=None"
    )
    return judge


def _build_trace(expr: Expr, calendar: Calendar, matchers: Matchers, origins: Origins) -> Explain:
    def valued(part: Expr) -> Callable[[World], object]:
        value = compile_value(part, calendar, matchers)
        return lambda w: value(w.a, w.h, w.now, w.z, w.t)

    what = spelt(expr, valued, origins)

    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, _: Any) -> Trace:
        return explained(what, World(a, h, now, z, t, calendar, matchers))

    writer = TruthWriter(calendar, matchers)
    tell: Explain = total(
        writer, lambda: trace_source(what, writer), walk, "a, h, now, z, t, i=None"
    )
    return tell


def generated_value(expr: Expr, calendar: Calendar, matchers: Matchers) -> Value:
    """Return what `compile_value` returns, generated at once: one call less each time."""

    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, i: Any) -> object:
        return evaluate(expr, World(a, h, now, z, t, calendar, matchers, i))

    writer = TruthWriter(calendar, matchers)
    value: Value = total(writer, lambda: writer.value(expr), walk, "a, h, now, z, t, i=None")
    return value


def generated_fill(exprs: Mapping[str, Expr], calendar: Calendar, matchers: Matchers) -> Fill:
    """Return a function f(a, h, now, z) that puts values into `a` by name, one after the other."""

    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, i: Any) -> None:
        for name, expr in exprs.items():
            a[name] = evaluate(expr, World(a, h, now, z, t, calendar, matchers, i))

    writer = TruthWriter(calendar, matchers)

    def written() -> str:
        lines = (f"a[{writer.constant(name)}] = {writer.value(e)}" for name, e in exprs.items())
        return "\n        ".join(lines)

    fill: Fill = total(writer, written, walk, "a, h, now, z, t=None, i=None", returns=False)
    return fill


def _build_filter(expr: Expr, calendar: Calendar, matchers: Matchers) -> Filter:
    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, i: Any) -> bool:
        return evaluate(expr, World(a, h, now, z, t, calendar, matchers, i)) is True

    writer = TruthWriter(calendar, matchers)
    passes: Filter = total(
        writer, lambda: writer.truth(expr, want=True), walk, "i, a, h, now, z, t"
    )
    return passes


def _build_record_filter(expr: Expr, calendar: Calendar, matchers: Matchers) -> RecordFilter:
    def walk(a: Any, h: Any, now: Any, z: Any, t: Any, r: Any) -> bool:
        return evaluate(expr, World(a, h, now, z, t, calendar, matchers, record=r)) is True

    writer = TruthWriter(calendar, matchers)
    passes: RecordFilter = total(
        writer,
        lambda: writer.truth(expr, want=True),
        walk,
        "r, a, h, now, z, t, i=None",
        last="r",
    )
    return passes
