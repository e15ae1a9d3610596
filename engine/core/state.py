"""Everything remembered about one customer, and nothing else: a value that survives JSON."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from .history import History
from .trace import Trace, read_trace, trace_list
from .zone import Zone, zone

__all__ = ["Aim", "Customer", "Held", "Phase", "Run", "Watch"]

Phase = Literal["due", "for", "until", "ask", "answer", "repeat"]


@dataclass(slots=True)
class Run:
    """One play of a playbook with one customer; conditions see it as the trigger they count from."""

    id: str
    playbook: str
    at: int
    """The instant of the trigger, which `after` counts from. Microseconds since 1970 UTC."""
    seq: int
    """The customer's number of arrival when it began: what came later is `since trigger`."""
    event: Mapping[str, object] | None
    """The properties of the event that began it."""
    began_at: int
    """When it really began: later than `at` for a late run."""
    planned_at: int
    """The planned instant of the last step passed, which `wait` counts from."""
    per: str = ""
    """What makes it unique besides the customer, as JSON text."""
    trigger: str = ""
    """The key of the trigger that began it."""
    step: str = ""
    """Where it waits."""
    phase: Phase = "due"
    """Whether it waits for an instant, for an event, until a condition holds, for a person, for the
    answer to an action, or for the next repetition."""
    late: str = ""
    """With `late: latest`, the late step that is done unless another late one follows."""
    version: str = ""
    """The digest of the plan that decides its steps."""
    held: bool = False
    """Whether its customer is held out: it goes its way, and nothing is done."""
    waits_for: str = ""
    """The key of the question or the action whose answer it waits for."""
    answers: dict[str, object] = field(default_factory=dict)
    """What its actions have answered, by the name given with `as:`."""
    loops: dict[str, list[int]] = field(default_factory=dict)
    """By each `repeat:` it is inside: which repetition this is, and when the first one began."""
    each: object = None
    """In what is held back of a step with `for each:`, the record it is done for."""

    def copy(self) -> "Run":
        """Return a run that can be changed without this one changing."""
        return Run(
            self.id, self.playbook, self.at, self.seq, self.event, self.began_at, self.planned_at,
            self.per, self.trigger, self.step, self.phase, self.late, self.version, self.held,
            self.waits_for, dict(self.answers), {key: list(to) for key, to in self.loops.items()},
            self.each,
        )  # fmt: skip


@dataclass(slots=True)
class Aim:
    """The goal of a run, for as long as it may still be reached; conditions see it as its trigger."""

    run: str
    playbook: str
    version: str
    at: int
    """The instant of the run's trigger, from which the time is taken."""
    seq: int
    event: Mapping[str, object] | None

    @property
    def answers(self) -> Mapping[str, object]:
        """Nothing: a goal does not ask what actions have answered."""
        return {}

    def copy(self) -> "Aim":
        """Return an aim that can be changed without this one changing."""
        return Aim(self.run, self.playbook, self.version, self.at, self.seq, self.event)


@dataclass(slots=True)
class Watch:
    """What one trigger remembers of a customer between looks."""

    known: bool | None = None
    """The last known truth of its condition; None before the first."""
    value: object = None
    """The value of the date it follows, or the last known one of an attribute with levels."""
    since: int | None = None
    """When its condition became true: what `every 90 days while …` and `for 3 days` count from."""

    def copy(self) -> "Watch":
        """Return a watch that can be changed without this one changing."""
        return Watch(self.known, self.value, self.since)


@dataclass(slots=True)
class Held:
    """An action that limits look at before it is performed: at the end of its instant, or later."""

    run: Run
    """As it was at the step, which may be its last: what conditions and templates see."""
    key: str
    planned_at: int
    since: int
    """When it was decided."""
    due: int
    """When it is looked at (again)."""
    why: tuple[Trace, ...] = ()
    """The step's own conditions as they were found."""
    attributes: Mapping[str, object] | None = None
    """As they were at its step, until that instant is over."""
    note: str = ""
    """What holds it back, in words."""
    stopped: str = ""
    """Why its run was stopped meanwhile, which ends it too."""
    digest: str = ""
    """The digest it waits for, with others or alone."""
    tick: int | None = None
    """When that digest is due."""

    def copy(self) -> "Held":
        """Return one that can be changed without this one changing."""
        return replace(self, run=self.run.copy())

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        found = {name: getattr(self, name) for name in self.__slots__}
        told = {name: value for name, value in found.items() if value not in (None, "")}
        return told | {"run": _run(self.run), "why": [trace_list(trace) for trace in self.why]}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Held":
        """Read one back."""
        held = cls(**data)  # type: ignore[arg-type]
        held.run = Run(**data["run"])  # type: ignore[arg-type]
        held.why = tuple(map(read_trace, data["why"]))  # type: ignore[call-overload]
        return held


@dataclass(slots=True)
class Customer:
    """One customer's state. `advance` returns a changed copy; `apply` changes it in place."""

    id: str
    attributes: dict[str, object]
    """Every declared attribute is a key; missing is None. Replaced, never changed, so that an
    effect may keep the attributes as they were."""
    history: History
    zone: Zone
    clock: int = -(2**62)
    """The latest instant decided for this customer; it never goes back."""
    seq: int = 0
    runs: dict[str, Run] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    """How many runs each playbook has begun: what makes run ids unique."""
    last_started: dict[str, int] = field(default_factory=dict)
    """When each playbook (and `per`) that minds `again` last began."""
    watches: dict[str, Watch] = field(default_factory=dict)
    armed: dict[str, int] = field(default_factory=dict)
    """Every timer with the instant it is due."""
    alarms: list[tuple[int, str]] = field(default_factory=list)
    """A heap over `armed`; entries that `armed` no longer confirms are stale and skipped."""
    held: list[Held] = field(default_factory=list)
    """Actions that limits have yet to let through, in the order in which they arose."""
    counted: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By limit (and whose they are), when what it counts was performed, and under which key."""
    arms: dict[str, str] = field(default_factory=dict)
    """The arm of each `split:` once it is drawn, and under a playbook's name whether it holds out."""
    aims: dict[str, Aim] = field(default_factory=dict)
    """The goals that may still be reached, by run."""
    hours: list[int] = field(default_factory=list)
    """How many of the events that best hours are learnt from fell into each hour of the day, by
    the customer's clocks then; empty before the first. Replaced, never changed."""

    def arm(self, timer: str, due: int | None) -> None:
        """Set a timer to another instant, or with None take it away."""
        if due is None:
            self.armed.pop(timer, None)
        elif self.armed.get(timer) != due:
            self.armed[timer] = due
            heapq.heappush(self.alarms, (due, timer))

    def next_due(self) -> int | None:
        """Return when the next timer is due, dropping alarms that were called off."""
        alarms, armed = self.alarms, self.armed
        while alarms and armed.get(alarms[0][1]) != alarms[0][0]:
            heapq.heappop(alarms)
        return alarms[0][0] if alarms else None

    def known(self) -> set[str]:
        """Return the attributes that are not missing."""
        return {name for name, value in self.attributes.items() if value is not None}

    def copy(self) -> "Customer":
        """Return a customer that can be changed without this one changing."""
        return Customer(
            self.id, self.attributes, self.history.copy(), self.zone, self.clock, self.seq,
            {key: run.copy() for key, run in self.runs.items()},
            dict(self.started), dict(self.last_started),
            {key: watch.copy() for key, watch in self.watches.items()},
            dict(self.armed), list(self.alarms), [held.copy() for held in self.held],
            {limit: list(counted) for limit, counted in self.counted.items()}, dict(self.arms),
            {key: aim.copy() for key, aim in self.aims.items()}, self.hours,
        )  # fmt: skip

    def to_json(self) -> dict[str, object]:
        """Return the state as plain JSON values, with the version of its shape."""
        out: dict[str, object] = {
            "v": 1,
            "id": self.id,
            "attributes": {k: v for k, v in self.attributes.items() if v is not None},
            "history": self.history.to_json(),
            "zone": self.zone.name,
            "clock": self.clock,
            "seq": self.seq,
        }
        # Most customers have nothing of most of these: what is not there is not written.
        if self.runs:
            out["runs"] = [_run(run) for run in self.runs.values()]
        if self.started:
            out["started"] = self.started
        if self.last_started:
            out["last_started"] = self.last_started
        if self.watches:
            out["watches"] = {key: _fields(watch) for key, watch in self.watches.items()}
        if self.armed:
            out["armed"] = self.armed
        if self.held:
            out["held"] = [held.to_json() for held in self.held]
        if self.counted:
            out["counted"] = self.counted
        if self.arms:
            out["arms"] = self.arms
        if self.aims:
            out["aims"] = [_fields(aim) for aim in self.aims.values()]
        if self.hours:
            out["hours"] = self.hours
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, object], names: Mapping[str, object]) -> "Customer":
        """Read a state back; `names` are the declared attributes, so that each is a key again.

        Raises ValueError for a state of another version.
        """
        if data.get("v") != 1:
            raise ValueError(f"a customer's state of version {data.get('v')} cannot be read here")
        customer = cls(
            str(data["id"]),
            dict.fromkeys(names) | data["attributes"],  # type: ignore[operator]
            History.from_json(data["history"]),  # type: ignore[arg-type]
            zone(str(data["zone"])),
            data["clock"],  # type: ignore[arg-type]
            data["seq"],  # type: ignore[arg-type]
        )
        for name, read in _KEPT:
            kept = data.get(name)
            if kept:
                setattr(customer, name, read(kept))
        if customer.armed:
            customer.alarms = sorted((due, timer) for timer, due in customer.armed.items())
        return customer


def _runs(data: Sequence[Mapping[str, Any]]) -> dict[str, Run]:
    return {run["id"]: Run(**run) for run in data}


def _watches(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Watch]:
    return {key: Watch(**watch) for key, watch in data.items()}


def _counted(data: Mapping[str, Iterable[Sequence[Any]]]) -> dict[str, list[tuple[int, str]]]:
    return {limit: [(at, key) for at, key in counted] for limit, counted in data.items()}


def _aims(data: Iterable[Mapping[str, Any]]) -> dict[str, Aim]:
    return {aim["run"]: Aim(**aim) for aim in data}


def _held(data: Iterable[Mapping[str, object]]) -> list[Held]:
    return [Held.from_json(one) for one in data]


_KEPT: Final[tuple[tuple[str, Callable[[Any], object]], ...]] = (
    ("runs", _runs), ("started", dict), ("last_started", dict), ("watches", _watches),
    ("armed", dict), ("held", _held), ("counted", _counted), ("arms", dict), ("aims", _aims),
    ("hours", list),
)  # fmt: skip
"""What a state may hold besides what every one does, with what reads it back."""
_SELDOM: Final = ("held", "waits_for", "answers", "loops", "each")
"""What most runs have nothing of, and then do not write down."""


def _run(run: Run) -> dict[str, object]:
    fields = _fields(run)
    for name in _SELDOM:
        if not fields[name]:
            del fields[name]
    return fields


def _fields(value: Run | Watch | Aim) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}
