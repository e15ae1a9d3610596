"""Stages of a play beside those of a project: which are missing, and where they belong."""

from collections.abc import Iterator

from ..dsl.document import Mapping, Node, Scalar, Sequence
from ..engine.core.vocabulary import fold

__all__ = ["missing_stages"]


def missing_stages(mine: Mapping, theirs: Mapping) -> list[tuple[Node, str]] | None:
    """Return each stage that a lifecycle lacks, with the item of its list behind which it belongs.

    None where both name stages in different orders, or where nothing stands before a missing one.
    """
    ours, wanted = list(_stages(mine)), list(_stages(theirs))
    have = dict(ours)
    names = [name for name, _ in wanted if name in have]
    if names != [name for name, _ in ours if name in names]:
        return None
    found: list[tuple[Node, str]] = []
    behind: Node | None = None
    for name, item in wanted:
        behind = have.get(name, behind)
        if name in have:
            continue
        if behind is None or not isinstance(item, Scalar):
            return None
        found.append((behind, item.value))
    return found


def _stages(lifecycle: Mapping) -> Iterator[tuple[str, Node]]:
    """Yield each stage, also those inside of others, with the item of the list it stands in."""
    listed = lifecycle.get("stages")
    for item in listed.items if isinstance(listed, Sequence) else ():
        match item:
            case Scalar(value=name):
                yield fold(name), item
            case Mapping(entries=((key, Sequence(items=inner)), *_)):
                yield fold(key.value), item
                yield from ((fold(one.value), item) for one in inner if isinstance(one, Scalar))
            case _:
                pass
