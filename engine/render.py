"""What actions are given: the templates in it rendered with the values of that instant, or why not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .core.effects import Perform
from .core.given import given_by_any, item_of
from .core.plan import Do, Json, Project, Template
from .core.vocabulary import fold
from .core.wording import NAMES
from .templates import LOCALE, TROUBLE, names_in, render_text, sentence
from .values import Values, local

__all__ = ["Rendered", "Renderer"]


@dataclass(slots=True)
class Rendered:
    """What an action is given, or why it cannot be."""

    args: Mapping[str, Json]
    """Without templates; as the author wrote them when there is an error."""
    error: str = ""
    """For the journal: ``template: `customer.csm` is missing``; empty when all went well."""


class Renderer:
    """Renders what actions are given, with the values as they were when it was decided."""

    def __init__(self, project: Project) -> None:
        words = project.vocabulary
        self._attributes = words.attributes
        self._zone = words.timezone
        self._zone_attribute = next(
            (name for name, kind in words.attributes.items() if kind.kind == "timezone"), None
        )
        self._locale = words.locale
        self._locale_attribute = next(
            (name for wanted in LOCALES for name in words.attributes if fold(name) == wanted), None
        )
        self._properties = {
            plan.playbook: given_by_any(plan.triggers, words) for plan in project.plans
        }
        self._records = {
            (plan.playbook, step.id): item_of(step.body.each, words)
            for plan in project.plans
            for step in plan.steps
            if isinstance(step.body, Do) and step.body.each is not None
        }
        self._answers = {
            plan.playbook: frozenset(
                step.body.answer for step in plan.steps if isinstance(step.body, Do)
            )
            for plan in project.plans
        }
        self._every_name = frozenset(NAMES).union(*self._answers.values())
        self._templates = project.templates
        self._ready: dict[int, _Ready] = {}

    def render(self, action: Perform) -> Rendered:
        """Return what `action` is given, with every text rendered; never raises."""
        if action.words is not None:
            return Rendered(action.words)
        if action.merged:
            return self._digest(action)
        return self._rendered(action, ())

    def words(self, action: Perform) -> Mapping[str, Json] | None:
        """Return what `action` is given, None where that cannot be rendered."""
        rendered = self.render(action)
        return None if rendered.error else rendered.args

    def _digest(self, action: Perform) -> Rendered:
        """Return what a digest is given: its own words, and what was merged under `messages`."""
        messages: list[Json] = [
            {**words, "playbook": one.playbook, "step": one.step, "do": one.kind}
            for one in action.merged
            if (words := self.words(one)) is not None
        ]
        found = self._rendered(action, messages)
        return found if found.error else Rendered({**found.args, "messages": messages})

    def _rendered(self, action: Perform, messages: Sequence[Json]) -> Rendered:
        ready = self._prepared(action.args)
        if ready.plain:
            return Rendered(ready.still)
        names = self._names(action, ready.names, messages)
        args = {**ready.still}
        try:
            for key, value in ready.moving:
                args[key] = _tree(value, names, html=key == HTML)
            if ready.late:
                ready = self._named(args)
                args = {**ready.still}
            for key, text in ready.message:
                args[key] = _part(key, text, names, args["template"])
        except TROUBLE as trouble:
            return Rendered(action.args, f"template: {sentence(trouble)}")
        return Rendered(args)

    def _prepared(self, args: Mapping[str, Json]) -> "_Ready":
        """Return what in `args` has to be rendered, found once for each step."""
        # Remembered with what the id stood for, as ids are given out again.
        ready = self._ready.get(id(args))
        if ready is None or ready.args is not args:
            ready = self._ready[id(args)] = self._prepare(args)
        return ready

    def _prepare(self, args: Mapping[str, Json]) -> "_Ready":
        name = args.get("template")
        moving = tuple((k, v) for k, v in args.items() if any("{" in text for text in _texts(v)))
        if "template" in args and ("template" in dict(moving) or name not in self._templates):
            return _Ready(args, self._every_name, args, moving, (), late=True)
        parts = self._message(args)
        message = tuple((key, text) for key, text in parts.items() if "{" in text)
        texts = [*(text for _, value in moving for text in _texts(value)), *dict(message).values()]
        found = frozenset(name for text in texts for name in names_in(text))
        return _Ready(args, found, {**args, **parts}, moving, message)

    def _named(self, args: dict[str, Json]) -> "_Ready":
        """Return what has to be rendered of the template whose name has just been rendered."""
        if args["template"] not in self._templates:
            raise LookupError(f"there is no `{args['template']}` in templates/")
        parts = self._message(args)
        return _Ready(args, frozenset(), {**args, **parts}, (), tuple(parts.items()))

    def _message(self, args: Mapping[str, Json]) -> dict[str, str]:
        """Return what the named template gives; what an action is given itself wins.

        One that has a text of its own takes neither text of the template.
        """
        template = self._template(args.get("template"))
        parts = {"subject": template.subject, "from": template.sender, "purpose": template.purpose}
        if "body" not in args and HTML not in args:
            parts |= {"body": template.body, HTML: template.html}
        return {key: text for key, text in parts.items() if text and key not in args}

    def _template(self, name: Json) -> Template:
        return self._templates.get(name, _NO_TEMPLATE) if isinstance(name, str) else _NO_TEMPLATE

    def _names(
        self, action: Perform, asked: Iterable[str], messages: Sequence[Json]
    ) -> dict[str, object]:
        """Return what stands behind the names that are asked for, and no other."""
        zone = self._zone_of(action.attributes)
        names: dict[str, object] = {LOCALE: self._locale}
        if self._locale_attribute is not None:
            names[LOCALE] = action.attributes.get(self._locale_attribute) or self._locale
        for name in asked:
            match name:
                case "customer":
                    values, types = action.attributes, self._attributes
                    names[name] = Values(name, values, types, zone, action.customer)
                case "event" | "trigger":
                    types = self._properties.get(action.playbook, {})
                    names[name] = Values("event", action.event or {}, types, zone)
                case "run":
                    run = {"id": action.run, "playbook": action.playbook}
                    names[name] = Values(name, run, {}, zone)
                case "each":
                    names[name] = self._each(action, zone)
                case "messages":
                    names[name] = list(messages)
                case "now":
                    names[name] = local(action.at, zone)
                case _ if name in action.answers or name in self._answers.get(action.playbook, ()):
                    answer = action.answers.get(name)
                    known = answer if isinstance(answer, dict) else {}
                    names[name] = Values(name, known, {}, zone)
                case _:
                    pass  # Nobody knows it, which rendering says.
        return names

    def _each(self, action: Perform, zone: str) -> object:
        """Return the record an action is done for; a plain value is itself."""
        if action.each is not None and not isinstance(action.each, Mapping):
            return action.each
        kind = self._records.get((action.playbook, action.step))
        types = dict(kind.fields) if kind is not None else {}
        return Values("each", action.each or {}, types, zone)

    def _zone_of(self, attributes: Mapping[str, object]) -> str:
        own = attributes.get(self._zone_attribute) if self._zone_attribute else None
        return own if isinstance(own, str) else self._zone


@dataclass(slots=True)
class _Ready:
    """What one step's action is given, with what moves told apart from what stands still."""

    args: Mapping[str, Json]
    names: frozenset[str]
    """The names that its templates mention."""
    still: Mapping[str, Json]
    """All it is given, subject and body of its message too, where nothing has to be rendered."""
    moving: tuple[tuple[str, Json], ...]
    message: tuple[tuple[str, str], ...]
    late: bool = False
    """Whether the template is known only when its name has been rendered."""
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        self.plain = not (self.moving or self.message or self.late)


_NO_TEMPLATE: Final = Template("", "")
LOCALES: Final = ("locale", "language")
"""What the attribute is called that says how dates and money are written for a customer."""
HTML: Final = "html"
"""The word whose text is HTML, in which values are texts and no mark-up."""


def _part(key: str, text: str, names: Mapping[str, object], template: Json) -> str:
    """Render a part of a message."""
    try:
        rendered = render_text(text, names, html=key == HTML)
    except TROUBLE as trouble:
        raise ValueError(f"{sentence(trouble)}, in `{template}`") from None
    if key in ("subject", "from") and "\n" in rendered:
        a = "a subject" if key == "subject" else "a sender"
        raise ValueError(f"{a} is one line, in `{template}`")
    return rendered


def _tree(value: Json, names: Mapping[str, object], *, html: bool = False) -> Json:
    match value:
        case str():
            return render_text(value, names, html=html)
        case list():
            return [_tree(item, names) for item in value]
        case dict():
            return {key: _tree(item, names) for key, item in value.items()}
        case _:
            return value


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            yield from _texts(list(value.values()))
        case _:
            pass  # Numbers and truths are what they are.
