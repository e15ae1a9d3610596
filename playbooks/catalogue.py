"""The list of the shelf: each play with its stage, for whom it was written and what it does."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Mapping, Scalar, read
from ..dsl.inputs import Input, read_inputs
from ..dsl.project import ACTIONS, SETTINGS

__all__ = ["LIST", "Play", "catalogue", "play_named"]

LIST: Final = Path(__file__).parent / "README.md"
_ROW: Final = re.compile(r"^\| (\S+) \| \[(\S+)\]\((\S+)\) \| (\w+) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Play:
    """One row of the list, and the folder it is about."""

    stage: str
    name: str
    model: str
    """The model of lifecycle it was written for: `business`, `trial`, `subscription`, `retail`, `every`."""
    does: str
    folder: Path

    @property
    def path(self) -> str:
        """Its stage and its name: `winback/three-touches`."""
        return f"{self.stage}/{self.name}"

    def settings(self) -> str:
        """Return the text of its `cuebook.yaml`."""
        return (self.folder / SETTINGS).read_text(encoding="utf-8")

    def declared(self) -> Mapping:
        """Return what it declares, as it was written."""
        return next(
            node for node in read(SETTINGS, self.settings(), Report()) if isinstance(node, Mapping)
        )

    def inputs(self) -> dict[str, Input]:
        """Return what may be filled in, by its name."""
        return read_inputs(self.declared(), Report())

    @property
    def timezone(self) -> str:
        """The zone in which its tests were written."""
        said = self.declared().get("timezone")
        return said.value if isinstance(said, Scalar) else "UTC"

    @property
    def title(self) -> str:
        """What the playbook that carries its name is called."""
        return self._said("title")

    @property
    def goal(self) -> str:
        """What it is measured by, as it was written."""
        return self._said("goal")

    def _said(self, key: str) -> str:
        place = f"playbooks/{self.name}.yaml"
        text = (self.folder / place).read_text(encoding="utf-8")
        for node in read(place, text, Report()):
            match node:
                case Mapping() if (named := node.get("playbook")) is not None:
                    said = node.get(key)
                    if isinstance(named, Scalar) and named.value == self.name:
                        return said.value if isinstance(said, Scalar) else ""
                case _:
                    pass
        return ""

    def texts(self) -> dict[str, str]:
        """Return its files by where they stand in a project that takes it in.

        Its actions get a file of their own, so that nobody's `actions.yaml` is touched.
        """
        found = {}
        for path in sorted(self.folder.rglob("*.*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name != SETTINGS:
                place = f"playbooks/{self.name}.actions.yaml" if name == ACTIONS else name
                found[place] = path.read_text(encoding="utf-8")
        return found


def catalogue(listed: Path = LIST) -> tuple[Play, ...]:
    """Return the plays in the order of the list.

    >>> catalogue()[0].path
    'sales/ask-for-the-source'
    """
    return tuple(
        Play(stage, name, model, does, listed.parent / place)
        for stage, name, place, model, does in _ROW.findall(listed.read_text(encoding="utf-8"))
    )


def play_named(name: str, plays: tuple[Play, ...]) -> Play | None:
    """Return a play by its name, with or without its stage."""
    return next((play for play in plays if name in (play.name, play.path)), None)
