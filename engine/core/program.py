"""All compiled playbooks of a project, indexed by what they read and ready to decide."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import Any

from . import plan as P
from .channels import is_number
from .compile import Compiler, Condition
from .derivation import Derivation
from .expr import Attribute, Compare, Constant, Expr, Pairs, Records, SinceTrigger
from .expressions import expressions, project_expressions
from .firsts import Firsts
from .heritage import Heritage, inherited
from .history import History, HistoryPlan
from .inlining import substituted
from .levels import Levels
from .limits import Rules, Words
from .matching import Row, build_matcher
from .meeting import Change, PairSpec
from .moves import lifecycles_of, ready_move, rules_of
from .occurrence import Happened
from .origins import Origins, origins_of
from .pairs import PairReader
from .places import Places, widest
from .readers import Cause
from .reads import nodes, reads
from .ready import Reader, ReadyPlan, ReadyStep, Spec, Start, Value, version_of
from .scans import Test
from .state import Aim, Customer, Run
from .stirring import Stirring
from .vocabulary import Vocabulary
from .zone import Zone

__all__ = ["Program"]

Matchers = Mapping[tuple[str, bool], Any]


class Program:
    """A project ready to decide: build it once, use it for every customer.

    `older` are plans that runs in flight still follow; `remember` are expressions whose history is
    kept although nothing here asks for it. `reasons` off leaves the conditions behind each decision out of its effects. `words` renders what an action is given, for limits and promises that look at it.
    `compiler` may be one that looks on at each condition.
    `matchers` gives, for each pattern of a `matches` and its `ignoring case`, an object with a `search` method.
    """

    def __init__(
        self,
        project: P.Project,
        matchers: Matchers | None = None,
        *,
        reasons: bool = True,
        older: Iterable[P.Plan] = (),
        remember: Iterable[Expr | Pairs] = (),
        words: Words | None = None,
        compiler: Callable[[P.Calendar, Matchers, Origins], Compiler] = Compiler,
    ) -> None:
        older = tuple(older)
        self.project = project
        self.reasons = reasons
        self.vocabulary: Vocabulary = project.vocabulary
        self.calendar = widest(project)
        """Says how far business days can reach; which days they are, a customer's zone knows."""
        self.places = Places(project)
        self.zone = self.places.home
        self.matchers = matchers or {}
        self.blank: dict[str, object] = dict.fromkeys(project.vocabulary.attributes)
        kinds = self.vocabulary.attributes.items()
        self.dates = {name for name, t in kinds if t.kind == "date"}
        self.asks_since_trigger = any(
            isinstance(node, SinceTrigger)
            for expr in expressions((*project.plans, *older))
            for node in nodes(expr)
        )
        self.history = HistoryPlan(
            (*project_expressions(project), *expressions(older), *remember),
            self.calendar,
            self.matchers,
        )
        self.compiler = compiler(self.calendar, self.matchers, origins_of(project.derived))
        self.limits = Rules(project, self.compiler, words)
        self.derivation = Derivation(project, self.compiler)
        self.plans = {plan.playbook: self._ready(plan) for plan in project.plans}
        self.older = {(plan.playbook, version_of(plan)): self._ready(plan) for plan in older}
        """Plans that only runs in flight still follow, by playbook and version."""
        self.heritage: dict[str, Heritage] = {}
        """By the digest of an earlier program: what is still the same as it was there."""
        self.specs: list[Spec] = []
        """Triggers that watch a condition, a date or a calendar rather than meet an event."""
        self.pairs: list[PairSpec] = []
        """Triggers that pair events."""
        self.levels: list[Levels] = []
        """The crossings found by their level, attribute by attribute."""
        self._numbers = count()
        self.events: dict[str, Reader] = {}
        self.attributes: dict[str, Reader] = {}
        self.manual: set[str] = set()
        self.starts: list[Start] = []
        """Event triggers, by the number under which `matcher` finds them."""
        self.rows: list[Row] = []  # The same with their conditions.
        self.lifecycles = lifecycles_of(project)
        """By the attribute that holds the stage."""
        self._index_all(project)
        asked = any(_asks_hour((*project.plans, *older))) and project.best_hour
        self.learns = frozenset(asked.events if asked else ())
        """The events that tell at which hour a customer is best reached, if any step asks that."""
        waited = _listened((*self.plans.values(), *self.older.values()))
        self.listened = self.learns.union(waited)
        """The events that a run in flight may be waiting for, stop at or be planned by."""
        self.heeded = frozenset(_heeded((*self.plans.values(), *self.older.values())))
        """The attributes that the end of a run, of a wait or of a goal may depend on."""
        self.derivation.watch(self.attributes)
        self.matcher = build_matcher(self.rows, self._residual, apart=self.compiler.apart)
        self._specs = {spec.key: spec for spec in self.specs}
        self._pairs = {spec.key: spec for spec in self.pairs}

    def customer(self, name: str, attributes: Mapping[str, object] | None = None) -> Customer:
        """Return a customer about whom nothing else is known yet."""
        values = self.blank | dict(attributes or {})
        return Customer(name, values, History(), self.zone_of(values))

    def restored(self, state: Mapping[str, object]) -> Customer:
        """Return a customer from its plain JSON; ValueError for one that cannot be read."""
        customer = Customer.from_json(state, self.blank)
        customer.zone = self.zone_of(customer.attributes)
        return customer

    def zone_of(self, attributes: Mapping[str, object]) -> Zone:
        """Return where a customer is: its own zone and calendar, or the project's."""
        return self.places.of(attributes)

    def seen(self, customer: Customer, now: int) -> Mapping[str, object]:
        """Return a customer's attributes at an instant, the signals included that are not kept."""
        return self.derivation.seen(customer.attributes, customer.history, now, customer.zone)

    @cached_property
    def firsts(self) -> Firsts:
        """What is found of everybody of whom nothing is known; found at the first arrival."""
        return Firsts(self.derivation, self.specs, self.blank)

    @cached_property
    def stirring(self) -> Stirring:
        """What each event has to be shown to."""
        return Stirring(self.derivation, self.events, self.attributes)

    def plan_of(self, run: Run | Aim) -> ReadyPlan | None:
        """Return the plan a run, or its goal, follows: an older one where that was kept for it."""
        if self.older:
            old = self.older.get((run.playbook, run.version))
            if old is not None:
                return old
        return self.plans.get(run.playbook)

    def succeed(self, digest: str, before: P.Project) -> None:
        """Learn what is the same as in the program this one takes over from."""
        triggers: dict[str, P.Trigger] = {spec.key: spec.trigger for spec in self.specs}
        triggers |= {pair.key: pair.trigger for pair in self.pairs}
        self.heritage[digest] = inherited(triggers, self.project, before)

    def spec(self, key: str) -> Spec | None:
        """Return a watched trigger by its key, or None when it is no longer there."""
        return self._specs.get(key)

    def pair_spec(self, key: str) -> PairSpec | None:
        """Return a sequence by its key, or None when it is no longer there."""
        return self._pairs.get(key)

    def _ready(self, plan: P.Plan) -> ReadyPlan:
        return ReadyPlan(
            plan,
            {step.id: self._ready_step(step) for step in plan.steps},
            self._condition(plan.condition),
            self._condition(plan.stop_when),
            self._value(plan.per) if plan.per is not None else None,
            self._condition(plan.goal),
        )

    def _ready_step(self, step: P.Step) -> ReadyStep:
        ready = ReadyStep(step, self._condition(step.only_if), self._condition(step.unless))
        match step.body:
            case P.Choose(branches):
                ready.branches = tuple(
                    (self._sure(branch.condition), branch.target) for branch in branches
                )
            case P.WaitUntil(condition):
                ready.until = self._sure(condition)
            case P.WaitFor(what):
                ready.accepts = self._filter(what.where)
            case P.Repeat(until=condition):
                ready.until = self._condition(condition)
            case P.Ask(question, of):
                ready.question = {"question": question, "of": of} if of else {"question": question}
            case P.SetAttributes(values) | P.Emit(_, values) | P.Start(_, values):
                ready.values = tuple((name, self._value(value)) for name, value in values)
            case P.Do(each=Records(of, where)):
                ready.among, ready.accepts = self._value(of), self._record_filter(where)
            case P.Wait() | P.Do() | P.Split() | P.Cancel() | P.Stop():
                pass  # Nothing in these is evaluated by the core.
        return ready

    def _index_all(self, project: P.Project) -> None:
        self._rules(project)
        for ready in self.plans.values():
            for number, trigger in enumerate(ready.plan.triggers):
                self._index(ready, f"{ready.plan.playbook}/{number}", trigger)

    def _index(self, ready: ReadyPlan, key: str, trigger: P.Trigger) -> None:
        match trigger:
            case P.OnEvent(what):
                condition = ready.plan.condition
                asked = None if condition is None else self._inlined(condition)
                row = Row(len(self.starts), what.event, what.where, asked)
                self.starts.append(Start(key, ready))
                self.rows.append(row)
            case P.OnChange(attribute, old, new, _, where):
                sides = (self._maybe_value(old), self._maybe_value(new))
                change = Change(key, ready, trigger, *sides, self._filter(where))
                self._attribute(attribute).changes.append(change)
            case P.OnRecord(records):
                passes = self._record_filter(records.where)
                for attribute in reads(records.of).attributes:
                    change = Change(key, ready, trigger, where=passes)
                    self._attribute(attribute).changes.append(change)
            case P.OnSequence(pairs):
                reader = PairReader(pairs, self.compiler)
                pair = PairSpec(key, ready, trigger, reader)
                self.pairs.append(pair)
                for event in dict.fromkeys((pairs.first.event, pairs.then.event)):
                    self._event(event).pairs.append(pair)
            case P.OnStage(attribute):
                move = ready_move(key, trigger, self.lifecycles[attribute])
                self._attribute(attribute).moves.append((ready, move))
            case P.OnCrossing(value, direction, level):
                compare = Compare("<" if direction == "drops below" else ">", value, level)
                spec = Spec(key, ready, trigger, self._sure(compare), next(self._numbers))
                match value, level:
                    case Attribute(name, ()), Constant(number) if (
                        is_number(number) and name not in self.derivation.meanings
                    ):
                        spec.levelled = True
                        self._levels(name).add(direction, number, spec)
                    case _:
                        self._watch(spec)
            case P.OnCondition(condition):
                spec = Spec(key, ready, trigger, self._sure(condition), next(self._numbers))
                self._watch(spec)
            case P.OnSchedule(_, condition):
                ticks = self._condition(condition)
                self._watch(Spec(key, ready, trigger, ticks, next(self._numbers)))
            case P.OnDate(attribute):
                spec = Spec(key, ready, trigger, number=next(self._numbers))
                self.specs.append(spec)
                self._attribute(attribute).specs.append(spec)
            case P.OnManual():
                self.manual.add(ready.plan.playbook)

    def _rules(self, project: P.Project) -> None:
        """Watch the rules of lifecycles, before anything that may look at where they lead."""
        for plan, attribute, targets in rules_of(project):
            ready = self._ready(plan)
            for number, (rule, stage) in enumerate(zip(plan.triggers, targets, strict=True)):
                self._index(ready, f"{plan.playbook}/{number}", rule)
                self.specs[-1].enters = (attribute, stage)

    def _watch(self, spec: Spec) -> None:
        self.specs.append(spec)
        if spec.condition is not None:
            found = reads(spec.condition.expr)
            for event in found.events:
                self._event(event).specs.append(spec)
            for attribute in found.attributes:
                self._attribute(attribute).specs.append(spec)

    def _event(self, name: str) -> Reader:
        return self.events.setdefault(name, Reader())

    def _attribute(self, name: str) -> Reader:
        return self.attributes.setdefault(name, Reader())

    def _levels(self, name: str) -> Levels:
        reader = self._attribute(name)
        if reader.levels is None:
            reader.levels = Levels(name)
            self.levels.append(reader.levels)
        return reader.levels

    def _condition(self, expr: Expr | None) -> Condition | None:
        return None if expr is None else self._sure(expr)

    def _sure(self, expr: Expr) -> Condition:
        return self.compiler.condition(expr, self._inlined(expr))

    def _value(self, expr: Expr) -> Value:
        return self.compiler.value(self._inlined(expr))

    def _inlined(self, expr: Expr) -> Expr:
        return substituted(expr, self.derivation.meanings)

    def _maybe_value(self, expr: Expr | None) -> Value | None:
        return None if expr is None else self._value(expr)

    def _residual(self, where: Expr | None, condition: Expr | None) -> Test:
        """Compile what the matcher's tables cannot decide of a trigger's conditions."""
        accepts, ready = self._filter(where), self._condition(condition)
        if accepts is None and ready is not None and not ready.reads.trigger:
            return lambda _, a, h, now, z, __: ready.holds(a, h, now, z, None)

        def test(
            properties: Mapping[str, object],
            attributes: Mapping[str, object],
            history: History,
            now: int,
            zone: Zone,
            trigger: Happened,
        ) -> bool:
            cause = Cause(trigger.at, properties)
            return (
                accepts is None or accepts(properties, attributes, history, now, zone, cause)
            ) and (ready is None or ready.holds(attributes, history, now, zone, cause))

        return test

    def _filter(self, expr: Expr | None) -> Callable[..., bool] | None:
        return None if expr is None else self.compiler.filter(expr)

    def _record_filter(self, expr: Expr | None) -> Callable[..., bool] | None:
        return None if expr is None else self.compiler.record_filter(expr)


def _asks_hour(plans: Iterable[P.Plan]) -> Iterator[bool]:
    return (isinstance(step.timing.at, P.BestHour) for plan in plans for step in plan.steps)


def _heeded(plans: Iterable[ReadyPlan]) -> Iterator[str]:
    for ready in plans:
        waits = (step.until for step in ready.steps.values())
        for condition in (ready.stop, ready.goal, *waits):
            if condition is not None:
                yield from condition.reads.attributes


def _listened(plans: Iterable[ReadyPlan]) -> Iterator[str]:
    for ready in plans:
        for condition in (ready.stop, ready.goal):
            if condition is not None:
                yield from condition.reads.events
        for step in ready.steps.values():
            if step.until is not None:
                yield from step.until.reads.events
            if isinstance(step.step.body, P.WaitFor):
                yield step.step.body.what.event
