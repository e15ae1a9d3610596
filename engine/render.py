"""What actions are given: the templates in it rendered with the values of that instant, or why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .core.effects import Perform
from .core.plan import Json, OnEvent, Project, Template
from .core.wording import NAMES
from .templates import TROUBLE, names_in, render_text, sentence
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
        self._properties = {
            plan.playbook: {
                name: kind
                for trigger in plan.triggers
                if isinstance(trigger, OnEvent)
                for name, kind in words.events.get(trigger.what.event, {}).items()
            }
            for plan in project.plans
        }
        self._templates = project.templates
        self._asked: dict[int, tuple[Mapping[str, Json], frozenset[str] | None]] = {}

    def render(self, action: Perform) -> Rendered:
        """Return what `action` is given, with every text rendered; never raises."""
        asked = self._asks(action.args)
        if asked is None:
            return Rendered(action.args)
        names = self._names(action, asked)
        try:
            args = {key: _tree(value, names) for key, value in action.args.items()}
            return Rendered(self._with_message(args, names) if "template" in args else args)
        except TROUBLE as trouble:
            return Rendered(action.args, f"template: {sentence(trouble)}")

    def _asks(self, args: Mapping[str, Json]) -> frozenset[str] | None:
        """Return the names that templates in `args` mention, None when there is no template."""
        # Remembered with what the id stood for, as ids are given out again.
        known = self._asked.get(id(args))
        if known is None or known[0] is not args:
            name = args.get("template")
            message = self._template(name)
            texts = list(_texts([*args.values(), message.subject, message.body]))
            found = frozenset(name for text in texts for name in names_in(text))
            if isinstance(name, str) and "{" in name:
                found = frozenset(NAMES)  # Which template it will be is not known yet.
            plain = "template" not in args and not any("{" in text for text in texts)
            known = self._asked[id(args)] = (args, None if plain else found)
        return known[1]

    def _with_message(
        self, args: dict[str, Json], names: Mapping[str, object]
    ) -> Mapping[str, Json]:
        """Add the named template's subject and body; what an action is given itself wins."""
        name = args["template"]
        template = self._template(name)
        if template is _NO_TEMPLATE:
            raise LookupError(f"there is no `{name}` in templates/")
        message: dict[str, Json] = {}
        for key, text in (("subject", template.subject), ("body", template.body)):
            if text and key not in args:
                try:
                    message[key] = render_text(text, names)
                except TROUBLE as trouble:
                    raise ValueError(f"{sentence(trouble)}, in `{name}`") from None
        if "\n" in str(message.get("subject")):
            raise ValueError(f"a subject is one line, in `{name}`")
        return args | message

    def _template(self, name: Json) -> Template:
        return self._templates.get(name, _NO_TEMPLATE) if isinstance(name, str) else _NO_TEMPLATE

    def _names(self, action: Perform, asked: Iterable[str]) -> dict[str, object]:
        """Return what stands behind the names that are asked for, and no other."""
        zone = self._zone_of(action.attributes)
        names: dict[str, object] = {}
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
                case _:
                    names[name] = local(action.at, zone)
        return names

    def _zone_of(self, attributes: Mapping[str, object]) -> str:
        own = attributes.get(self._zone_attribute) if self._zone_attribute else None
        return own if isinstance(own, str) else self._zone


_NO_TEMPLATE: Final = Template("", "")


def _tree(value: Json, names: Mapping[str, object]) -> Json:
    match value:
        case str():
            return render_text(value, names)
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
