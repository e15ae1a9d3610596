"""What if: `plan = "enterprise"` and `purchase where (amount = 120)`, read as what is supposed."""

from typing import Final, cast

from ..engine.core.expr import Attribute, Constant, DayOf, Expr, Negate
from ..engine.core.plan import Project
from ..engine.core.reads import reads
from ..engine.core.supposed import Supposed
from ..engine.core.vocabulary import Type
from . import names
from .build import Builder, names_of, trees_of
from .conditions import Scope, read
from .diagnostics import Report
from .document import Scalar
from .parser import Token, Tree, tokens
from .stages import find_stage
from .typecheck import check_assignable

__all__ = ["supposition"]

_WRITTEN: Final = "write the value itself: a number, a text in quotes, `true`, a date or a list"


def supposition(text: Scalar, project: Project, report: Report) -> Supposed | None:
    """Read what somebody supposes of a customer; None where it cannot be, after saying why."""
    sign = next((one for one in tokens(text.value) if one.text == "=="), None)
    if sign is not None:
        span = text.place(sign.start, sign.end)
        report.error("S101", span, "what is supposed is written with `=`", "", "write `=`")
        return None
    tree = read(text, "supposition", report)
    if tree is None:
        return None
    builder = Builder(text, Scope(project.vocabulary), report)
    if tree.rule == "supposed_event":
        return _event(builder, tree)
    found = _attribute(builder, cast("Tree", tree.parts[0]), project)
    if found is None or tree.rule == "supposed_gone":
        return None if found is None else Supposed({found.name: None})
    types = project.vocabulary.attributes
    value = _value(builder, cast("Tree", tree.parts[2]), types[found.name], found.name)
    return None if value is None else Supposed({found.name: value})


def _attribute(b: Builder, node: Tree, project: Project) -> Attribute | None:
    """Find the attribute that is supposed to be something else; a computed one follows by itself."""
    if node.rule == "stage_of":
        found = b.build(node)
    else:
        found = names.attribute(names_of(node), b.place(node), b.scope, b.report)
    if not isinstance(found, Attribute):
        return None
    derived = next((one for one in project.derived if one.attribute == found.name), None)
    if derived is not None:
        read_by = {name for part in derived.parts for name in reads(part).attributes}
        happened = {name for part in derived.parts for name in reads(part).events}
        hint = f"suppose what it follows from: {', '.join(sorted(read_by | happened)) or 'time'}"
        b.error("N204", node, f"`{found.name}` is computed", "nobody can set it", hint)
        return None
    if found.path:
        whole = f"suppose all of `{found.name}`, or only what is no part of a record"
        b.error("T112", node, "a part of a record cannot be supposed alone", "", whole)
        return None
    return found


def _event(b: Builder, tree: Tree) -> Supposed | None:
    """Read an event with the properties that it is to have."""
    node, *given = trees_of(tree)
    event = names.event(".".join(names_of(node)), b.place(node), b.scope, b.report)
    if event is None:
        return None
    types, values = b.scope.vocabulary.events[event], dict[str, object]()
    for part in given:
        name, value = trees_of(part)
        path = names.property_path(names_of(name), event, b.place(name), b.scope, b.report)
        taken = _value(b, value, types[path[0]]) if path is not None else None
        if path is None or taken is None:
            return None
        values[path[0]] = taken
    return Supposed(values, event)


def _value(b: Builder, node: Tree | Token, type_: Type, stage: str = "") -> object:
    """Return a value that is written out, as it would be told; a declared one may do without quotes."""
    place = b.place(node)
    if isinstance(node, Tree) and node.rule == "path" and type_.options:
        word = ".".join(names_of(node))
        if stage.startswith("stage of "):
            return find_stage(word, place, stage, b.scope.vocabulary.attributes, b.report)
        made: Expr | None = Constant(word, span=place)
    elif isinstance(node, Tree) and node.rule == "path":
        made = names.resolve(names_of(node), place, b.scope, b.report, type_)
    else:
        made = b.build(node)
    if made is None or not check_assignable(made, type_, b.scope, b.report):
        return None
    match made:
        case Constant(tuple() as items):
            return [item.value for item in items]
        case Constant(value) | DayOf(value):
            return value
        case Negate(Constant(int() | float() as number)):
            return -number
        case _:
            b.error("T112", node, "a supposed value has to be written out", "computed", _WRITTEN)
            return None
