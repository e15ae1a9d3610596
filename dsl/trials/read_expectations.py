"""What a test expects, as authors write it; what could never come true is a mistake."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...engine.core.effects import ASK
from ...engine.core.lifecycles import held_by
from ...engine.core.plan import Ask, Do, Project, Step, limits_of
from ...engine.rehearsal.script import Expected, InStage, Never, Skipped
from ..document import Mapping, Node
from ..keys import INSIDE
from ..known import KINDS
from ..plain import plain
from ..scope import declared
from ..shapes import known_keys, list_of, mapping_of, missing_key, text_of
from ..stages import find_lifecycle, find_stage, only_lifecycle
from .read_parts import Parts, Strange

__all__ = ["Expectations"]

Expectation = Expected | InStage | Never | Skipped

_NEVER: str = "P502"
"""The code of what can never come true."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """What a step can do: the names it goes by, and the words it is given."""

    step: str
    names: tuple[str, ...]
    words: frozenset[str]


class Expectations:
    """Reads what is expected of a customer while one playbook plays, or all of them."""

    def __init__(self, parts: Parts, customer: str, playbook: str | None) -> None:
        self._parts = parts
        self._report = parts.report
        self._customer = customer
        self._playbook = playbook
        self._deeds = list(_deeds(parts.project, playbook))
        self._steps = [
            step.id
            for plan in parts.project.plans
            if playbook in (None, plan.playbook)
            for step in plan.steps
        ]
        self.times: list[tuple[int, Node]] = []
        """The instants that are named, each with its node."""

    def read(self, node: Node) -> list[Expectation]:
        """Return what is expected, in the order in which it is written."""
        items = list_of(node, "`expect:`", self._report)
        read = [(one, item) for item in items for one in self._all(item)]
        for place, (one, where) in enumerate(read):
            if isinstance(one, Never):
                self._contradicted(one, where, [other for other, _ in read])
            elif isinstance(one, InStage):
                self._elsewhere(one, where, [other for other, _ in read[:place]])
        return [one for one, _ in read]

    def _all(self, node: Node) -> Iterator[Expectation]:
        """Yield what one item expects: of several lifecycles a stage each."""
        mapping = mapping_of(node, "an expectation", self._report)
        if mapping is None:
            return
        where = mapping.get("stage")
        if where is not None:
            yield from self._stages(mapping, where)
            return
        one = self._one(mapping)
        if one is not None:
            yield one

    def _stages(self, mapping: Mapping, where: Node) -> Iterator[InStage]:
        known_keys(mapping, "a stage that is expected", INSIDE["standing"], self._report)
        words = self._parts.project.vocabulary.attributes
        at, by = (self._time(mapping.get(key)) for key in ("at", "by"))
        entries = where.entries if isinstance(where, Mapping) else ((None, where),)
        if not entries:
            title, hint = "`stage:` names no stage", "as in `stage: {sales: lead}`"
            self._report.error("P103", where.span, title, "nothing is written here", hint)
        for lifecycle, node in entries:
            attribute = (
                only_lifecycle(node.span, words, self._report)
                if lifecycle is None
                else find_lifecycle(lifecycle.value, lifecycle.span, words, self._report)
            )
            text = text_of(node, "a stage", self._report)
            if attribute is None or text is None:
                continue
            stage = find_stage(text.value, text.span, attribute, words, self._report)
            if stage is not None:
                yield InStage(attribute, stage, held_by(stage, words[attribute]), at, by)

    def _one(self, mapping: Mapping) -> Expected | Never | Skipped | None:
        skipped, never = mapping.get("skipped"), mapping.get("never")
        if skipped is not None:
            known_keys(mapping, "a `skipped:`", INSIDE["skipped"], self._report)
            kind = self._kind(skipped)
            because = self._parts.text(mapping.get("because")) or ""
            at = self._time(mapping.get("at"))
            return None if kind is None else Skipped(kind, because, at)
        if never is not None:
            return self._never(mapping, never)
        return self._expected(mapping)

    def _never(self, mapping: Mapping, never: Node) -> Never | None:
        known_keys(mapping, "a `never:`", INSIDE["never"], self._report)
        # What no step does is never done, if it can be done.
        kind = self._kind(never, KINDS, everywhere=True)
        after, before = (self._parts.maybe(mapping.get(key)) for key in ("after", "before"))
        if after is not None and before is not None and after >= before:
            hint = "`after:` is where it begins, `before:` where it ends"
            span = mapping.span
            self._parts.outside(span, "this stretch of time is empty", "never looked at", hint)
        return None if kind is None else Never(kind, after, before)

    def _expected(self, mapping: Mapping) -> Expected:
        known_keys(mapping, "an expectation", INSIDE["expectation"], self._report)
        if not mapping.entries:
            missing_key(mapping, "an expectation", "do", self._report, "as in `do: send-email`")
        do, given = mapping.get("do"), mapping.get("with")
        args = plain(given) if given is not None else None
        inner = self._parts.mapping(given, "`with:`")
        kind = self._kind(do) if do is not None else None
        step = self._step(mapping.get("step"))
        deeds = self._meant(kind, step, mapping)
        if inner is not None and deeds:
            self._words(inner, deeds)
        who = self._parts.text(mapping.get("customer"))
        if who is not None and who != self._customer:
            span = mapping.entries[0][0].span
            hint = f"expect `{self._customer}`, or leave `customer:` out"
            title = "a test has one customer"
            self._report.error(_NEVER, span, title, f"it is `{self._customer}`", hint)
        return Expected(
            self._time(mapping.get("at")), kind, step, who, args if isinstance(args, dict) else None
        )

    def _meant(self, kind: str | None, step: str | None, mapping: Mapping) -> list[_Deed]:
        """Return what may be meant; report a step that does something else."""
        found = [
            deed
            for deed in self._deeds
            if (step is None or deed.step in (step, _ANY)) and (kind is None or kind in deed.names)
        ]
        node = mapping.get("step")
        if not found and kind is not None and step is not None and node is not None:
            does = " and ".join(
                dict.fromkeys(f"`{deed.names[-1]}`" for deed in self._deeds if deed.step == step)
            )
            title = f"step `{step}` does not do `{kind}`"
            self._report.error(_NEVER, node.span, title, f"it does {does}")
        return found

    def _words(self, given: Mapping, deeds: list[_Deed]) -> None:
        """Report words that no action of the kind is given."""
        known = frozenset[str]().union(*(deed.words for deed in deeds))
        for key, _ in given.entries:
            if key.value not in known:
                title = f"this action is given no `{key.value}`"
                strange = Strange(_NEVER, title, "not among its words", "it is given")
                strange.tell(key, sorted(known), self._report)

    def _step(self, node: Node | None) -> str | None:
        name = self._parts.text(node, "`step:`")
        if name is None or node is None:
            return None
        acting = list(dict.fromkeys(deed.step for deed in self._deeds if deed.step))
        found = declared(name, acting)
        if found is None:
            there = declared(name, self._steps) is not None
            title = f"step `{name}` performs nothing" if there else f"there is no step `{name}`"
            label = "only what is performed can be expected" if there else ""
            strange = Strange(_NEVER, title, label, "steps that act are", safe=not there)
            strange.tell(node, acting, self._report)
        return found

    def _kind(
        self, node: Node, also: Iterable[str] = (), *, everywhere: bool = False
    ) -> str | None:
        """Return an action or a kind that is done; with `everywhere` another playbook may do it."""
        text = text_of(node, "an action", self._report)
        if text is None:
            return None
        here = _names(self._deeds)
        every = here if self._playbook is None else _names(_deeds(self._parts.project, None))
        known = declared(text.value, [*(every if everywhere else here), *also])
        if known is None:
            elsewhere = declared(text.value, every) is not None
            whose = f"`{self._playbook}`" if elsewhere else "no playbook"
            title = f"{whose} does not do `{text.value}`" if elsewhere else ""
            title = title or f"no playbook does `{text.value}`"
            label = "another playbook does" if elsewhere else "no step of the project does this"
            code = _NEVER if elsewhere else "A101"
            strange = Strange(code, title, label, "done are", safe=not elsewhere)
            strange.tell(text, here, self._report)
        return known

    def _time(self, node: Node | None) -> int | None:
        found = self._parts.maybe(node)
        if found is not None and node is not None:
            self.times.append((found, node))
        return found

    def _elsewhere(self, here: InStage, node: Node, others: list[Expectation]) -> None:
        """Report a stage where the customer is to be in another one at the same instant."""
        for one in others:
            if (
                isinstance(one, InStage)
                and (one.attribute, one.at) == (here.attribute, here.at)
                and (one.at is not None or one.by is here.by is None)
                and not set(one.leaves) & set(here.leaves)
            ):
                title = f"`{one.stage}` is expected at the same instant"
                hint = "say `at:` or `by:` of one of them"
                self._report.error(_NEVER, node.span, title, "both cannot be", hint)
                return

    def _contradicted(self, never: Never, node: Node, others: list[Expectation]) -> None:
        """Report an action that is expected while it is never to be done."""
        for one in others:
            if not isinstance(one, Expected) or one.do != never.do:
                continue
            always = never.after is None and never.before is None
            within = one.at is not None and (
                (never.after is None or one.at >= never.after)
                and (never.before is None or one.at < never.before)
            )
            if always or within:
                title = f"`{never.do}` is expected, and never to be done"
                hint = "say `after:` or `before:`, or expect it at another time"
                self._report.error(_NEVER, node.span, title, "both cannot be", hint)
                return


def _deeds(project: Project, playbook: str | None) -> Iterator[_Deed]:
    """Yield what each step does, and the digests that may stand for several."""
    for plan in project.plans:
        if playbook in (None, plan.playbook):
            yield from (deed for step in plan.steps for deed in _of_step(step))
    for limit in limits_of(project):
        if limit.digest is not None:
            words = frozenset({*limit.digest.args, "messages", *_MESSAGE})
            yield _Deed(_ANY, (limit.digest.kind, limit.digest.action), words)


_ANY = ""
"""The step of a digest: it goes in the name of whichever message came first."""
_MESSAGE = ("subject", "body", "html", "from", "purpose")
"""What a template gives."""


def _of_step(step: Step) -> Iterator[_Deed]:
    match step.body:
        case Do(kind, action, args):
            more = _MESSAGE if "template" in args else ()
            yield _Deed(step.id, (kind, action), frozenset({*args, *more}))
        case Ask():
            yield _Deed(step.id, (ASK,), frozenset({"question", "of"}))
        case _:
            pass  # Nothing else is seen from outside.


def _names(deeds: Iterable[_Deed]) -> list[str]:
    return list(dict.fromkeys(name for deed in deeds for name in deed.names))
