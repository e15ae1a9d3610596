"""Templates that note what each `{{ … }}` in them came to, and show something hostile in place of it if asked."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jinja2 import Environment, nodes
from markupsafe import Markup

from cuebook.web.console import paper

__all__ = ["Place", "Seen", "watched"]

Place = tuple[str, str]
"""A template, and an expression as it is written there."""


class Seen:
    """What the expressions of all templates came to, while somebody looked."""

    def __init__(self) -> None:
        self.places: dict[Place, None] = {}
        """Every expression of every template, in their order."""
        self.values: defaultdict[Place, list[object]] = defaultdict(list)
        self.poison = ""
        """What is shown in place of every text, unless it is empty."""

    def show(self, value: Any, template: str, written: str) -> Any:
        """Note a value, and return what is shown of it."""
        if not self.poison:
            self.values[template, written].append(value)
            return value
        if not isinstance(value, str) or isinstance(value, Markup) or "/static/" in value:
            return value
        return f"/{self.poison}" if value.startswith("/") else self.poison


class _Watching(Environment):
    """Reads templates as every environment does, and puts a filter behind each expression."""

    seen: Seen

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        shown = (
            (output, at)
            for output in tree.find_all(nodes.Output)
            for at, node in enumerate(output.nodes)
            if not isinstance(node, nodes.TemplateData)
        )
        for (output, at), written in zip(shown, _written(self, source), strict=True):
            self.seen.places[str(name), written] = None
            node = output.nodes[at]
            place: list[nodes.Expr] = [nodes.Const(name), nodes.Const(written)]
            watch = nodes.Filter(node, "watched", place, [], None, None)
            watch.set_lineno(node.lineno)
            output.nodes[at] = watch
        return tree


def _written(environment: Environment, source: str) -> Iterator[str]:
    """Yield each expression as it is written, in the order of the text."""
    inside: list[str] | None = None
    for _, kind, text in environment.lex(source):
        if kind == "variable_begin":
            inside = []
        elif kind == "variable_end" and inside is not None:
            yield "".join(inside).strip()
            inside = None
        elif inside is not None:
            inside.append(text)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Let consoles that are made meanwhile be watched."""
    seen = Seen()

    class Here(_Watching):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.seen = seen
            self.filters["watched"] = seen.show

    with monkeypatch.context() as patch:
        patch.setattr(paper, "Environment", Here)
        paper._environment.cache_clear()
        try:
            yield seen
        finally:
            paper._environment.cache_clear()
