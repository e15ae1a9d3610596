"""Projects that are open in an editor: who belongs to which, checked by one thread as texts change."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from ...dsl.diagnostics import Diagnostic, Report
from ...dsl.editing.desk import Desk
from ...dsl.project import root_of
from ...dsl.sources import Files
from ...dsl.trials.read_tests import Written, written_in

__all__ = ["Bench", "Found", "Open"]

_T = TypeVar("_T")

SOON: Final = 0.005
"""Seconds after a keystroke until a check begins: what is pasted in pieces is checked once."""
REST: Final = 0.3
"""Seconds without a keystroke until all rules are asked, which look at whole playbooks."""

Found = dict[Path, list[Diagnostic]]
"""What is wrong, by file; a file without mistakes is there, too."""


class _Superseded(Exception):  # noqa: N818 - no error: newer text ends the check of an older one
    """Newer text has come."""


@dataclass(slots=True, eq=False)
class Open:
    """A project of which a file is open."""

    desk: Desk
    version: int = 0
    checked: int = -1
    """The version of the texts that the desk has understood."""
    tests: list[Written] = field(default_factory=list)
    """Its tests, as of the last whole check."""
    task: "asyncio.Task[None] | None" = None


class Bench:
    """All open projects.

    `publish` is told what is found, `failed` of a mistake of ours; both on the loop that tells of
    changes.
    """

    def __init__(
        self, publish: Callable[[Open, Found], None], failed: Callable[[Exception], None]
    ) -> None:
        self.files = Files()
        self._publish = publish
        self._failed = failed
        self._projects: dict[Path, Open] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="check")

    def project(self, path: Path) -> Open | None:
        """Return the project of a file; None for a file outside of any."""
        root = root_of(path, self.files)
        if root is None:
            return None
        return self._projects.setdefault(root, Open(Desk(root, self.files)))

    def changed(self, path: Path, text: str | None) -> None:
        """Take the text of an open file, None for one that was closed, and check its project anew."""
        if text is None:
            self.files.open.pop(path, None)
        else:
            self.files.open[path] = text
        project = self.project(path)
        if project is not None:
            self.check(project)

    def check(self, project: Open) -> None:
        """Check a project soon; what is on the way about older texts ends."""
        project.version += 1
        if project.task is not None:
            project.task.cancel()
        project.task = asyncio.get_running_loop().create_task(self._checks(project))

    async def fresh(self, project: Open) -> None:
        """Wait until a project is understood as it stands now."""
        while project.checked != project.version:
            await self._check(project, proven=False)

    async def whole(self, project: Open) -> None:
        """Have all rules asked and all tests read of a project as it stands now."""
        await self._check(project, proven=True)

    async def aside(self, work: Callable[[], _T]) -> _T:
        """Do something in the thread of the checks."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    async def _checks(self, project: Open) -> None:
        first = project.checked < 0
        try:
            await asyncio.sleep(SOON)
            await self._check(project, proven=False)
            if first:
                await self.aside(_settle)
            await asyncio.sleep(REST)
            await self._check(project, proven=True)
            await self.aside(_settle)
        except Exception as bug:  # noqa: BLE001 - it ends one check, not the editor's help
            self._failed(bug)

    async def _check(self, project: Open, *, proven: bool) -> None:
        version = project.version

        def pause() -> None:
            if project.version != version:
                raise _Superseded

        def check() -> Found:
            found = project.desk.check(proven=proven, pause=pause)
            if proven:
                _add_tests(project, found)
            return found

        try:
            found = await self.aside(check)
        except _Superseded:
            return
        if project.version == version:
            project.checked = version
            self._publish(project, found)

    def close(self) -> None:
        """End the checks."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def __iter__(self) -> Iterator[Open]:
        return iter(self._projects.values())


def _settle() -> None:
    """Let the garbage collector leave alone what is kept, until the next rest.

    While somebody types it would walk through the whole project again and again.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _add_tests(project: Open, found: Found) -> None:
    """Read the tests of a project, and add what is wrong with them."""
    compiled, report = project.desk.compiled, Report()
    if compiled is None or compiled.project is None:
        return
    project.tests = written_in(compiled, report)
    for note in report:
        found.setdefault(Path(note.span.file), []).append(note)
