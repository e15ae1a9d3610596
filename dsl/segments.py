"""Trees to what asks of a segment: `in segment S`, `enters segment S`, `leaves segment S`."""

from typing import Final, cast

from ..engine.core.expr import Attribute, Constant, Expr, Not
from ..engine.core.plan import OnChange, OnCondition, Trigger
from ..engine.core.segments import segment_attribute, segment_of
from .build import Builder, Rule, names_of
from .diagnostics import Word
from .parser import Token, Tree
from .scope import declared

__all__ = ["SEGMENTS", "on_segment"]


def _in_segment(b: Builder, tree: Tree) -> Expr | None:
    sign, name = tree.parts
    member = _member(b, tree, cast("Tree", name))
    if member is None or not cast("Token", sign).text.startswith("not"):
        return member
    return Not(member, span=b.place(tree))


def on_segment(b: Builder, tree: Tree) -> Trigger | None:
    """Make `enters segment S`, a `when`; or `leaves segment S`, a change, so that only members do."""
    sign, name = tree.parts
    member = _member(b, tree, cast("Tree", name))
    if member is None:
        return None
    if cast("Token", sign).text.startswith("enters"):
        return OnCondition(member)
    return OnChange(member.name, Constant(value=True), Constant(value=False))


def _member(b: Builder, tree: Tree, node: Tree) -> Attribute | None:
    name = names_of(node)[0]
    known = b.scope.vocabulary.attributes
    found = declared(segment_attribute(name), known)
    if found is not None and (segment := segment_of(found)) is not None:
        b.report.mention("segment", segment, b.place(node))
        return Attribute(found, span=b.place(tree))
    segments = [segment for one in known if (segment := segment_of(one)) is not None]
    listed = f"the segments are: {', '.join(f'`{one}`' for one in segments)}"
    declare = f"declare it in cuebook.yaml: `segments: {{{name}: …}}`"
    title, label = f"unknown segment `{name}`", "not a declared segment"
    word = Word(name, b.place(node), segments)
    b.report.unknown("N109", word, title, label, listed if segments else declare)
    return None


SEGMENTS: Final[dict[str, Rule]] = {"in_segment": _in_segment}
"""What builds each alternative of the grammar that this file knows."""
