"""What stands above lines: a test that can be run, how many customers a condition is true of."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from ...dsl.editing.outline import outline
from ...dsl.editing.shapes import top_of
from ...engine.core.expr import Attribute, Expr
from ...engine.core.origin import NOWHERE
from ...engine.core.plan import OnCondition
from ...engine.core.plan import Project as Plans
from ...engine.core.segments import segment_attribute
from ...engine.rehearsal.counting import count
from ..exits import Misuse
from ..given import lying_ready
from ..terminal import plural
from .bench import Open
from .places import Places

__all__ = ["RUN_TEST", "counted", "lenses"]

RUN_TEST = "cuebook.runTest"


def lenses(project: Open, path: Path, uri: str, places: Places) -> Iterator[types.CodeLens]:
    """Yield the lenses of a file; those that count are told their title when they are seen."""
    top = top_of(project.desk.root, path)
    for slot in outline(places.text) if top is not None else ():
        if slot.path[:1] == ("tests",) and slot.path[2:] == ("test",) and slot.text:
            yield types.CodeLens(
                places.range(slot.start, slot.end),
                types.Command("run test", RUN_TEST, arguments=[uri, slot.text.strip()]),
            )
    yield from _counting(project, path, uri, places)


def _counting(project: Open, path: Path, uri: str, places: Places) -> Iterator[types.CodeLens]:
    if not _data(project.desk.root):
        return
    for mention in project.desk.mentions():
        wanted = mention.what in ("playbook", "segment") and mention.declares
        if wanted and mention.span.file == str(path):
            yield types.CodeLens(
                places.range(mention.span.start, mention.span.end),
                data={"uri": uri, "what": mention.what, "name": mention.name},
            )


def counted(project: Open, data: Mapping[str, str]) -> str:
    """Return the title of a lens: of how many customers of the data file a condition is true."""
    compiled = project.desk.compiled
    if compiled is None or compiled.project is None:
        return "not counted: the project has mistakes"
    condition = _condition(compiled.project, data["what"], data["name"])
    if condition is None:
        return "no condition: every customer"
    try:
        (found,), everybody = count(compiled.project, [condition], *lying_ready(project.desk.root))
    except (OSError, Misuse) as trouble:
        return f"not counted: {trouble}"
    return f"matches {found:,} of {plural(everybody, 'customer')} of the data file"


def _data(root: Path) -> bool:
    try:
        return bool(lying_ready(root))
    except Misuse:
        return False


def _condition(plans: Plans, what: str, name: str) -> Expr | None:
    """Return what has to be true of a customer: of a segment, or for a playbook to begin."""
    if what == "segment":
        return Attribute(segment_attribute(name), span=NOWHERE)
    plan = next((plan for plan in plans.plans if plan.playbook == name), None)
    if plan is None or plan.condition is not None:
        return plan.condition if plan is not None else None
    watched = [trigger for trigger in plan.triggers if isinstance(trigger, OnCondition)]
    return watched[0].condition if len(watched) == 1 else None
