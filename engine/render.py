"""What actions are given: the templates in it rendered with the values of that instant, or why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .core.effects import Perform
from .core.plan import Json, OnEvent, Project
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
        self._asked: dict[int, tuple[Mapping[str, Json], frozenset[str] | None]] = {}

    def render(self, action: Perform) -> Rendered:
        """Return what `action` is given, with every text rendered; never raises."""
        asked = self._asks(action.args)
        if asked is None:
            return Rendered(action.args)
        names = self._names(action, asked)
        try:
            return Rendered({key: _tree(value, names) for key, value in action.args.items()})
        except TROUBLE as trouble:
            return Rendered(action.args, f"template: {sentence(trouble)}")

    def _asks(self, args: Mapping[str, Json]) -> frozenset[str] | None:
        """Return the names that templates in `args` mention, None when there is no template."""
        # Remembered with what the id stood for, as ids are given out again.
        known = self._asked.get(id(args))
        if known is None or known[0] is not args:
            templates = [text for text in _texts(list(args.values())) if "{" in text]
            names = frozenset(name for text in templates for name in names_in(text))
            known = self._asked[id(args)] = (args, names if templates else None)
        return known[1]

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
