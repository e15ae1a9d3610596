"""`kpis:` of `cuebook.yaml`: the numbers a report tells, by name."""

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final, Literal, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Happening
from ..engine.core.kpis import Figure, Kpi, Other, parts
from ..engine.core.vocabulary import Vocabulary
from . import conditions
from .askable import attribute_fits, filter_fits, length_fits, property_fits
from .build import Builder, names_of, trees_of
from .declarations import declarations
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .figures import Figures
from .history import filtered
from .keys import INSIDE
from .names import attribute, event, property_path
from .parser import Tree
from .scope import Scope
from .shapes import chosen, known_keys, mapping_of, missing_key, text_of
from .standards import STANDARDS, Of, Standard

__all__ = ["read_kpis"]

_KEYS: Final = INSIDE["kpi"]
_TARGET: Final = re.compile(r"(-?\d{1,15}(?:\.\d{1,15})?)\s*(%?)")
_EXAMPLE: Final = "as in `is: count of purchase`, or `standard: churn` with `of: purchase`"


def read_kpis(settings: Mapping, words: Vocabulary, report: Report) -> tuple[Kpi, ...]:
    """Read all numbers; those that are wrong are left out, with what is calculated of them."""
    written = list(declarations(settings, "kpis", "KPI", report, {}))
    if not written:
        return ()
    reader = _Reader(words, tuple(name.value for name, _ in written), report)
    made = {kpi.name: kpi for one in written if (kpi := reader.read(*one)) is not None}
    places = {name.value: name for name, _ in written}
    _tell_cycle(made, places, report)
    return tuple(made.values())


def _tell_cycle(made: dict[str, Kpi], places: dict[str, Scalar], report: Report) -> None:
    """Report numbers that are calculated of themselves."""
    named = {name: _named(kpi.figure) for name, kpi in made.items()}
    try:
        TopologicalSorter(named).prepare()
    except CycleError as error:
        way = tuple(reversed(error.args[1]))  # Each names the one after it.
        hint = "a KPI may name others, as long as none of them names it in turn"
        title = f"`{way[0]}` is calculated of itself"
        report.error("N203", places[way[0]].span, title, " → ".join(way), hint)


def _named(figure: Figure) -> list[str]:
    return [one.name for one in parts(figure) if isinstance(one, Other)]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one number after the other."""

    words: Vocabulary
    names: tuple[str, ...]
    report: Report

    def read(self, name: Scalar, node: Node) -> Kpi | None:
        """Read one: a text, or a mapping with `is:` or `standard:`."""
        what = f"KPI `{name.value}`"
        if isinstance(node, Scalar):
            text = text_of(node, what, self.report, _EXAMPLE)
            figure = self._figure(text) if text is not None else None
            return Kpi(name.value, figure) if figure is not None else None
        mapping = mapping_of(node, what, self.report)
        if mapping is None:
            return None
        known_keys(mapping, what, _KEYS, self.report)
        standard = self._standard(mapping)
        figure = self._what(mapping, standard, what)
        return self._described(Kpi(name.value, figure), mapping, standard) if figure else None

    def _what(self, mapping: Mapping, standard: Standard | None, what: str) -> Figure | None:
        own = mapping.get("is")
        if own is None and mapping.get("standard") is None:
            missing_key(mapping, what, "is", self.report, _EXAMPLE)
            return None
        text = text_of(own, "`is:`", self.report) if own is not None else None
        allowed = set[str]()
        if own is None and standard is not None:
            allowed = {"of", *standard.needs, *standard.takes}
        elif own is not None and (twice := mapping.get("standard")) is not None:
            title = "a KPI has `is:` or `standard:`, not both"
            self.report.error("P101", twice.span, title, "", "leave out one of them")
            return None
        if own is not None or standard is not None:
            self._needless(mapping, allowed)
        if own is not None:
            return self._figure(text) if text is not None else None
        return self._of_standard(mapping, standard, what) if standard is not None else None

    def _needless(self, mapping: Mapping, allowed: set[str]) -> None:
        """Report keys that only another standard has."""
        for key, _ in mapping.entries:
            if key.value in ("of", "to", "among", "within") and key.value not in allowed:
                title = f"`{key.value}:` means nothing here"
                standards = [n for n, s in STANDARDS.items() if key.value in (*s.needs, *s.takes)]
                hint = f"it belongs to {', '.join(standards) or 'a `standard:`'}"
                self.report.error("P101", key.span, title, "", hint)

    def _figure(self, text: Scalar) -> Figure | None:
        tree = conditions.read(text, "figure", self.report)
        figures = Figures(self._builder(text), self.names)
        return figures.make(tree.parts[0]) if tree is not None else None

    def _builder(self, text: Scalar) -> Builder:
        return Builder(text, Scope(self.words, window="period"), self.report)

    # --- standards --------------------------------------------------------------------------------

    def _standard(self, mapping: Mapping) -> Standard | None:
        node = mapping.get("standard")
        name = chosen(node, "standard", tuple(STANDARDS), self.report) if node is not None else None
        return STANDARDS[name] if name is not None else None

    def _of_standard(self, mapping: Mapping, standard: Standard, what: str) -> Figure | None:
        for key in ("of", *standard.needs):
            if mapping.get(key) is None:
                hint = f"it needs {', '.join(f'`{one}:`' for one in ('of', *standard.needs))}"
                missing_key(mapping, what, key, self.report, hint)
                return None
        of = self._measured(mapping, number=standard.number)
        other = self._happening(mapping, "among" if "among" in standard.needs else "to")
        within = self._within(mapping)
        if of is None or (other is None) != (not {"to", "among"} & set(standard.needs)):
            return None
        if within is None and mapping.get("within") is not None:
            return None
        return standard.figure(Of(of[0], of[1], other, within))

    def _measured(
        self, mapping: Mapping, *, number: bool
    ) -> tuple[Happening, tuple[str, ...]] | None:
        """Read `of: purchase` or `of: purchase.amount where (…)`."""
        text = self._text(mapping, "of")
        tree = conditions.read(text, "selection", self.report) if text is not None else None
        if text is None or tree is None:
            return None
        b = self._builder(text)
        field, *filters = trees_of(tree)
        name, *path = names_of(field)
        span = b.place(field)
        found = event(name, span, b.scope, self.report)
        made = filtered(b, found, filters[0] if filters else None, field)
        if made is None or found is None or not filter_fits(made, self.words, self.report):
            return None
        if bool(path) != number:
            wanted = "the property that is measured" if number else "an event alone"
            hint = f"as in `of: {found}.amount`" if number else f"write `of: {found}`"
            self.report.error("T402", span, f"this standard is of {wanted}", "", hint)
            return None
        return self._property(made, tuple(path), b, field) if number else (made, ())

    def _property(
        self, what: Happening, names: tuple[str, ...], b: Builder, field: Tree
    ) -> tuple[Happening, tuple[str, ...]] | None:
        span, known = b.place(field), self.words.events[what.event]
        path = property_path(names, what.event, span, b.scope, self.report)
        if path is None or not property_fits(path, known, span, self.report):
            return None
        if known[path[0]].kind != "number":
            title = f"`{path[0]}` is no number"
            self.report.error("T106", span, title, "not a number", "numbers are measured")
            return None
        return what, path

    def _happening(self, mapping: Mapping, key: str) -> Happening | None:
        text = self._text(mapping, key)
        if text is None:
            return None
        found = conditions.happening(text, Scope(self.words, window="period"), self.report)
        fits = found is not None and filter_fits(found, self.words, self.report)
        return found if fits else None

    def _within(self, mapping: Mapping) -> Duration | None:
        text = self._text(mapping, "within")
        found = conditions.duration(text, self.report) if text is not None else None
        if found is None or text is None or not length_fits(found, text.span, self.report):
            return None
        if found.count > 0:
            return found
        self.report.error("D103", text.span, f"nothing lies in `{text.value}`", "no time at all")
        return None

    def _text(self, mapping: Mapping, key: str) -> Scalar | None:
        node = mapping.get(key)
        return text_of(node, f"`{key}:`", self.report) if node is not None else None

    # --- what is said of it -----------------------------------------------------------------------

    def _described(self, kpi: Kpi, mapping: Mapping, standard: Standard | None) -> Kpi:
        title, unit = self._text(mapping, "title"), self._text(mapping, "unit")
        usual = standard or Standard(lambda _: kpi.figure)
        good, indicator = self._chosen(mapping, "good"), self._chosen(mapping, "indicator")
        return Kpi(
            kpi.name,
            kpi.figure,
            title.value if title is not None else "",
            unit.value if unit is not None else usual.unit,
            cast("Literal['up', 'down', '']", good or usual.good),
            cast("Literal['leading', 'lagging', '']", indicator),
            self._target(mapping),
            self._by(mapping),
        )

    def _chosen(self, mapping: Mapping, key: str) -> str:
        node = mapping.get(key)
        return (chosen(node, key, _KEYS[key].words, self.report) or "") if node is not None else ""

    def _target(self, mapping: Mapping) -> float | None:
        """Read what should be reached: `30%`, `4.5`."""
        text = self._text(mapping, "target")
        found = _TARGET.fullmatch(text.value.strip()) if text is not None else None
        if found is not None:
            return float(found[1]) / (100 if found[2] else 1)
        if text is not None:
            hint = "write `30%`, `4.5` or `1000`"
            self.report.error("P105", text.span, "`target:` is a number", "not a number", hint)
        return None

    def _by(self, mapping: Mapping) -> str:
        """Read the attribute that tells customers apart: one with few values that are declared."""
        text = self._text(mapping, "by")
        scope = Scope(self.words)
        found = (
            attribute((text.value,), text.span, scope, self.report) if text is not None else None
        )
        if text is None or found is None:
            return ""
        if not attribute_fits(found.name, (), self.words, text.span, self.report):
            return ""
        if self.words.attributes[found.name].kind in ("one of", "boolean"):
            return found.name
        title = f"`{found.name}` may have any number of values"
        hint = f"declare those there are: `{found.name}: {{one of: [free, pro]}}`"
        self.report.error("T401", text.span, title, "no groups", hint)
        return ""
