"""`cuebook.lock`: which plays a project took from the shelf, filled in how, and what they said then."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = ["LOCK", "Origin", "Unreadable", "locked", "origins"]

LOCK: Final = "cuebook.lock"
_FORM: Final = 1


class Unreadable(Exception):  # noqa: N818 - named for what the file is
    """The lock file is not as it was written."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One play as it came: the ground on which an upgrade tells our changes from the author's."""

    version: str
    """The version of cuebook it came with."""
    inputs: dict[str, str] = field(default_factory=dict)
    """What was filled in, where it was not the default."""
    files: dict[str, str] = field(default_factory=dict)
    """Each text by its place in the project."""
    declares: str = ""
    """What it had to know about a customer: the text of its `cuebook.yaml`."""


def origins(project: Path) -> dict[str, Origin]:
    """Return what a project took from the shelf, by stage and name; raises Unreadable."""
    path = project / LOCK
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["form"] != _FORM:
            raise Unreadable(f"{path} was written by another version of cuebook")
        return {name: _origin(one, path) for name, one in told["plays"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise Unreadable(f"{path} cannot be read: {trouble}") from trouble


def _origin(told: Mapping[str, object], path: Path) -> Origin:
    match told:
        case {
            "version": str(version),
            "inputs": dict(inputs),
            "files": dict(files),
            "declares": str(declares),
        }:
            texts = [*inputs, *inputs.values(), *files, *files.values()]
            if all(isinstance(one, str) for one in texts) and all(map(_inside, files)):
                return Origin(version, inputs, files, declares)
        case _:
            pass
    raise Unreadable(f"{path} cannot be read: a play in it is not as it was written")


def _inside(place: str) -> bool:
    """Return whether a place stays below the folder it is in: a lock file may come from anybody."""
    path = PurePosixPath(place)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in place


def locked(taken: Mapping[str, Origin]) -> str:
    """Return the text of the lock file."""
    plays = {name: asdict(one) for name, one in sorted(taken.items())}
    return json.dumps({"form": _FORM, "plays": plays}, ensure_ascii=False, indent=2) + "\n"
