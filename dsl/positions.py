"""Trees to how a customer stands in a lifecycle: `stage is retention`, `time in stage > 180 days`."""

from typing import Final, Literal, cast

from ..engine.core.expr import (
    Attribute,
    Compare,
    Constant,
    DaysInStage,
    Expr,
    In,
    Not,
    TimeInStage,
    WasIn,
)
from ..engine.core.lifecycles import held_by, leaves_of, stage_in
from ..engine.core.moves import is_in
from ..engine.core.plan import OnCondition, OnStage, Trigger
from ..engine.core.vocabulary import Type
from .build import Builder, Rule, names_of, stretch_of, token_of, trees_of
from .names import unquoted
from .parser import Token, Tree
from .scope import declared
from .stages import find_lifecycle, find_stage, is_stage, only_lifecycle

__all__ = [
    "POSITIONS",
    "in_stages",
    "move_to",
    "names_stage",
    "on_stage",
    "on_stay",
    "stage_equals",
    "stage_is",
]

How = Literal["changes", "moves forward", "moves back", "skips"]


def names_stage(b: Builder, node: Tree | Token) -> bool:
    """Return whether a tree is `stage`, `customer.stage` or `stage of L`."""
    if not isinstance(node, Tree):
        return False
    names = names_of(node) if node.rule in ("path", "reference") else ()
    inside = b.scope.item_event is not None or b.scope.record is not None
    bare = len(names) == 1 and not inside
    if bare or (len(names) == 2 and names[0] == "customer"):
        return is_stage(names[-1], b.scope.vocabulary.attributes)
    return node.rule == "stage_of" or (node.rule == "ago" and names_stage(b, node.parts[0]))


def stage_is(b: Builder, tree: Tree) -> Expr | None:
    """Make `stage is retention`, `stage is not churned`."""
    left, sign, right = tree.parts
    stage = _stage_value(b, cast("Tree", left))
    no = "not" in b.text.value[sign.start : sign.end]
    if stage is None:
        return None
    if _is_field(right):
        value = b.build(right)
        return Compare("!=" if no else "==", stage, value, span=b.place(tree)) if value else None
    leaves = _leaves(b, stage, right)
    return _within(b, tree, stage, leaves, no=no) if leaves else None


def in_stages(b: Builder, tree: Tree) -> Expr | None:
    """Make `stage in [retention, loyalty]`."""
    left, right = trees_of(tree)
    stage = _stage_value(b, left)
    found = [_leaves(b, stage, item) for item in right.parts] if stage is not None else []
    if stage is None or not all(found):
        return None
    items = tuple(dict.fromkeys(leaf for leaves in found for leaf in leaves))
    return In(stage, tuple(map(Constant, items)), span=b.place(tree))


def stage_equals(b: Builder, tree: Tree, sides: tuple[Expr, Expr], op: str) -> Expr | None:
    """Make `stage == "retention"`, where the text may name a stage that holds others."""
    first = not isinstance(sides[0], Constant)
    stage, node = (sides[0], tree.parts[2]) if first else (sides[1], tree.parts[0])
    leaves = _leaves(b, stage, node)
    return _within(b, tree, stage, leaves, no=op == "!=") if leaves else None


def _stage_of(b: Builder, tree: Tree) -> Attribute | None:
    """Make `stage of product-b`."""
    name = cast("Tree", tree.parts[1])
    known = b.scope.vocabulary.attributes
    found = find_lifecycle(names_of(name)[0], b.place(name), known, b.report)
    return Attribute(found, span=b.place(tree)) if found is not None else None


def _at_least(b: Builder, tree: Tree) -> Expr | None:
    """Make `stage is at least retention`: one of the stages from there on."""
    left, sign, right = tree.parts
    stage = _stage_value(b, cast("Tree", left)) if names_stage(b, left) else None
    if not names_stage(b, left):
        hint = "compare values with `>=` and `<=`"
        b.error("S112", sign, "only a stage is `at least` another", "", hint)
    bounds = _leaves(b, stage, right) if stage is not None else ()
    if stage is None or not bounds:
        return None
    order = leaves_of(_kind(b, stage))
    least = "least" in b.text.value[sign.start : sign.end]
    place = order.index(bounds[0] if least else bounds[-1])
    leaves = order[place:] if least else order[: place + 1]
    return _within(b, tree, stage, leaves, no=False)


def _was_in(b: Builder, tree: Tree) -> Expr | None:
    """Make `was ever in stage loyalty [of product-b]`."""
    reference, *_ = trees_of(tree)
    stage = _lifecycle_after(b, tree)
    name = _named(b, stage, reference) if stage is not None else None
    if stage is None or name is None:
        return None
    kind = b.scope.vocabulary.attributes[stage.name]
    return WasIn(stage, name, held_by(name, kind), span=b.place(tree))


def _time_in_stage(b: Builder, tree: Tree) -> Expr | None:
    """Make `time in stage` or `days in stage`, of a lifecycle or of the only one."""
    stage = _lifecycle_after(b, tree)
    if stage is None:
        return None
    timed = cast("Token", tree.parts[0]).text.startswith("time")
    return (TimeInStage if timed else DaysInStage)(stage, span=b.place(tree))


# --- triggers -----------------------------------------------------------------------------------


def on_stage(b: Builder, tree: Tree) -> Trigger | None:
    """Make `stage changes from S to S`, `stage moves back from S`, `stage skips S`."""
    stage = _moving(b, tree)
    verb = token_of(tree, "CHANGES", "MOVES", "SKIPS")
    ends = dict[str, str | None]()
    for sign, part in zip(tree.parts, tree.parts[1:], strict=False):
        if isinstance(sign, Token) and sign.kind in ("FROM", "TO", "SKIPS"):
            ends[sign.kind] = _named(b, stage, part) if stage is not None else None
    if stage is None or verb is None or None in ends.values():
        return None
    how = cast("How", " ".join(verb.text.split()))
    return OnStage(stage.name, how, ends.get("FROM"), ends.get("TO") or ends.get("SKIPS"))


def on_stay(b: Builder, tree: Tree) -> Trigger | None:
    """Make `stage stays in S for D`: being in it, which has to hold for so long."""
    stage = _moving(b, tree)
    leaves = _leaves(b, stage, tree.parts[2]) if stage is not None else ()
    length = stretch_of(b, cast("Token", tree.parts[-1]))
    if stage is None or not leaves or length is None:
        return None
    return OnCondition(_within(b, tree, stage, leaves, no=False), length)


def _moving(b: Builder, tree: Tree) -> Attribute | None:
    """Make the stage that a trigger is about; nothing else moves, skips or stays."""
    subject = trees_of(tree)[0]
    if names_stage(b, subject):
        return _stage_attribute(b, subject)
    name = ".".join(names_of(subject))
    known = declared(name, b.scope.vocabulary.attributes)
    hint = f"write `{known} changes`" if known else "as in `stage moves back from loyalty`"
    b.error(
        "S119", subject, f"`{name}` is not the stage of a lifecycle", "only a stage moves", hint
    )
    return None


def move_to(b: Builder, tree: Tree) -> tuple[str, str] | None:
    """Read `move to stage retention [of product-b]`: the attribute, and the stage's declared name."""
    stage = _lifecycle_after(b, tree)
    name = _named(b, stage, trees_of(tree)[0]) if stage is not None else None
    return (stage.name, name) if stage is not None and name is not None else None


# --- parts --------------------------------------------------------------------------------------


def _stage_attribute(b: Builder, node: Tree) -> Attribute | None:
    if node.rule == "stage_of":
        return _stage_of(b, node)
    found = only_lifecycle(b.place(node), b.scope.vocabulary.attributes, b.report)
    return Attribute(found, span=b.place(node)) if found is not None else None


def _stage_value(b: Builder, node: Tree) -> Expr | None:
    """Make the stage of a lifecycle, or what it was so long ago."""
    return b.build(node) if node.rule == "ago" else _stage_attribute(b, node)


def _kind(b: Builder, stage: Expr) -> Type:
    found = stage_in(stage)
    return b.scope.vocabulary.attributes[found.name] if found is not None else Type("one of")


def _lifecycle_after(b: Builder, tree: Tree) -> Attribute | None:
    """Make the stage of the lifecycle named after `of`, or of the only one."""
    known, place = b.scope.vocabulary.attributes, b.place(tree)
    if token_of(tree, "OF") is None:
        found = only_lifecycle(place, known, b.report)
    else:
        name = next(part for part in trees_of(tree) if part.rule == "name")
        found = find_lifecycle(names_of(name)[0], b.place(name), known, b.report)
    return Attribute(found, span=place) if found is not None else None


def _named(b: Builder, stage: Expr, node: Tree | Token) -> str | None:
    """Return the declared name of a stage, written bare or in quotes."""
    word = isinstance(node, Tree) and node.rule in ("path", "reference")
    written = b.text.value[node.start : node.end]
    text = ".".join(names_of(cast("Tree", node))) if word else unquoted(written)
    found = stage_in(stage)
    assert found is not None  # noqa: S101 - only stages are looked at here
    known = b.scope.vocabulary.attributes
    return find_stage(text, b.place(node), found.name, known, b.report)


def _leaves(b: Builder, stage: Expr, node: Tree | Token) -> tuple[str, ...]:
    """Return the stages that a written one holds, or nothing after a mistake."""
    name = _named(b, stage, node)
    return held_by(name, _kind(b, stage)) if name is not None else ()


def _within(b: Builder, tree: Tree, stage: Expr, leaves: tuple[str, ...], *, no: bool) -> Expr:
    """Make what is true in some stages, or in all others."""
    made = is_in(stage, leaves, span=b.place(tree))
    if not no:
        return made
    if isinstance(made, Compare):
        return Compare("!=", stage, made.right, span=made.span)
    return Not(made, span=made.span)


def _is_field(node: Tree | Token) -> bool:
    """Whether a value is meant rather than a stage: `event.stage`, `customer.wanted`."""
    names = names_of(node) if isinstance(node, Tree) and node.rule == "path" else ()
    return len(names) > 1 and names[0] in ("event", "trigger", "customer")


POSITIONS: Final[dict[str, Rule]] = {
    "stage_of": _stage_of,
    "at_least": _at_least,
    "was_in": _was_in,
    "time_in_stage": _time_in_stage,
}
"""What builds each alternative of the grammar that this file knows."""
