"""What a template may be made of: a part of Jinja2 that is total, and whose work can be counted."""

from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer

from .core.wording import NAMES, TESTS
from .filters import FILTERS

__all__ = ["DEPTH_MAX", "Allowed", "Counting", "unknown"]

DEPTH_MAX: Final = 40


def unknown(name: str) -> str:
    """Say that a name is none of those that a template has."""
    return f"`{name}` is not known here: {', '.join(NAMES)}"


@dataclass(slots=True)
class Allowed:
    """What a template may be made of; everything else is refused before it is compiled."""

    tree: nodes.Template
    known: set[str] = field(default_factory=lambda: {*NAMES, "loop"})
    strangers: set[str] = field(default_factory=set)
    """Names that only whoever renders may know."""

    def check(self) -> None:
        """Raise SecurityError at the first thing that has no place in a template."""
        for name in self.tree.find_all(nodes.Name):
            if name.ctx == "store":
                if name.name.startswith("_") or name.name in NAMES:
                    raise SecurityError(f"`{name.name}` cannot be named anew")
                self.known.add(name.name)
        self._visit(self.tree, 0)

    def _visit(self, node: nodes.Node, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise SecurityError("nested too deep")
        if not isinstance(node, _NODES):
            what = f"no place for `{type(node).__name__.lower()}` in a template"
            raise SecurityError(_REFUSED.get(type(node), what))
        match node:
            case nodes.Name(name=name, ctx="load") if name.startswith("_"):
                raise SecurityError(unknown(name))
            case nodes.Name(name=name, ctx="load") if name not in self.known:
                self.strangers.add(name)
            case nodes.Filter(name=name) if name not in FILTERS and name != "default":
                raise SecurityError(f"there is no filter `{name}`: {', '.join(sorted(FILTERS))}")
            case nodes.Test(name=name) if name not in TESTS:
                raise SecurityError(f"there is no test `{name}`")
            case nodes.For(recursive=True):
                raise SecurityError("a `for` does not call itself")
            case nodes.List(items=items) | nodes.Tuple(items=items, ctx="load") if not all(
                isinstance(item, nodes.Const) for item in items
            ):
                # Lists of lists, each named anew, would double with every line.
                raise SecurityError("a list written out holds texts and numbers only")
            case nodes.Filter() | nodes.Test() if node.dyn_args or node.dyn_kwargs:
                raise SecurityError("no place for `*`")
            case _:
                pass
        for child in node.iter_child_nodes():
            self._visit(child, depth + 1)


class Counting(NodeTransformer):
    """Makes loops and joined texts spend from the budget."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - as Jinja2 calls it
        """Let each turn of a loop cost what stands in it."""
        cost = 1 + sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_each", [nodes.Const(cost)], [], None, None)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - as Jinja2 calls it
        """Let `~` look at how long its text becomes."""
        self.generic_visit(node)
        return nodes.Filter(nodes.List(node.nodes), "_joined", [], [], None, None)


_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Keyword, nodes.If, nodes.For,
    nodes.Assign, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand,
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos,
    nodes.Concat, nodes.List, nodes.Tuple,
)  # fmt: skip
_REFUSED: Final[dict[type[nodes.Node], str]] = {
    nodes.Call: "a template calls nothing: use a filter, as in `{{ customer.name | upper }}`",
    nodes.Pow: "no place for `**` in a template",
}
