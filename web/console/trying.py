"""The tests of one playbook, read from its project's files and played on a virtual clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...dsl import compile_project
from ...dsl.diagnostics import Report
from ...dsl.trials.read_tests import written_in
from ...engine.core.ready import version_of
from ...engine.rehearsal.script import Trial
from ...engine.rehearsal.trial import Attempts

__all__ = ["Played", "TooLong", "tried", "until"]

_SECONDS: Final = 5.0
"""How long the tests of a page may take."""


class TooLong(Exception):  # noqa: N818 - its docstring is its sentence
    """It took longer than a page may take; the text says how long that is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One test, and how it ended."""

    name: str
    place: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Played:
    """The tests of a playbook."""

    tests: tuple[Shown, ...]
    version: str | None
    """Of the playbook as its file says it; None where it is in no file, or has a mistake."""
    trouble: str = ""
    """Why there is nothing to show, or not all."""


def until(seconds: float) -> Callable[..., None]:
    """Return what raises TooLong when it is called after so many seconds, whatever it is told."""
    deadline = time.monotonic() + seconds

    def look(*_: object) -> None:
        if time.monotonic() > deadline:
            raise TooLong(f"this takes longer than {seconds:.0f} seconds")

    return look


def tried(folder: Path, playbook: str) -> Played:
    """Play the tests that are about a playbook, or about all of a project."""
    compiled = compile_project(folder)
    if compiled.project is None:
        return Played((), None, f"The files have mistakes: see `cuebook check {folder}`.")
    plan = next((one for one in compiled.project.plans if one.playbook == playbook), None)
    version = None if plan is None else version_of(plan)
    report, shown, look = Report(), list[Shown](), until(_SECONDS)
    attempts = Attempts(compiled.project)
    for test in written_in(compiled, report):
        if isinstance(test.body, Trial) and test.body.playbook in (None, playbook):
            line, _ = compiled.sources[test.span.file].position(test.span.start)
            place = f"{Path(test.span.file).name}:{line}"
            try:
                passed = attempts.attempt(test.body, look).passed
                shown.append(Shown(test.name, place, passed))
            except TooLong as long:
                return Played(tuple(shown), version, f"Not all were played: {long}.")
    trouble = f"Some tests have mistakes: see `cuebook check {folder}`." if report.failed else ""
    return Played(tuple(shown), version, trouble)
