"""A plug-in for pytest: the tests in a project's YAML files stand beside those in Python."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from ..dsl import compile_project
from ..dsl.diagnostics import Report
from ..dsl.project import Compiled
from ..dsl.render import full
from ..dsl.trials.read_tests import Written, written_in
from ..engine.core.zone import zone
from .run_tests import Runner
from .show_trials import differences

__all__ = ["pytest_collect_file"]


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Offer each YAML file of a cuebook project that holds tests."""
    if file_path.suffix not in (".yaml", ".yml") or file_path.parent.name not in _FOLDERS:
        return None
    root = file_path.parent.parent
    if not (root / "cuebook.yaml").is_file():
        return None
    held: pytest.Collector = _File.from_parent(parent, path=file_path)
    return held


_FOLDERS = ("tests", "playbooks")


class _File(pytest.File):
    """One YAML file with tests in it."""

    def collect(self) -> Iterable[pytest.Item]:
        """Read the tests that stand in this file; its mistakes fail the collection."""
        compiled, tests, report = _project(self.path.parent.parent)
        wrong = compiled.report if compiled.project is None else report
        if wrong.failed:
            raise self.CollectError(full(wrong, compiled.sources))
        mine = self.path.relative_to(self.path.parent.parent).as_posix()
        for test in tests:
            if Path(test.span.file).as_posix().endswith(mine):
                item: _Item = _Item.from_parent(self, name=test.name)
                item.test = test
                item.compiled = compiled
                yield item


class _Item(pytest.Item):
    """One test."""

    test: Written
    compiled: Compiled

    def runtest(self) -> None:
        """Play it; raises `_Differs` when something is not as expected."""
        came = _runner(self.path.parent.parent).outcome(self.test)
        if not came.passed and self.compiled.project is not None:
            there = zone(self.compiled.project.vocabulary.timezone)
            raise _Differs("\n".join(differences(came.verdict, there)))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *args: object, **named: object
    ) -> str:
        """Show the difference alone: a traceback says nothing about a playbook."""
        if isinstance(excinfo.value, _Differs):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, *args, **named))  # type: ignore[arg-type]

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the test was written."""
        source = self.compiled.sources[self.test.span.file]
        return self.path, source.position(self.test.span.start)[0] - 1, self.name


class _Differs(Exception):  # noqa: N818 - it says what is the matter
    """What was done is not what the test expects."""


@cache
def _project(root: Path) -> tuple[Compiled, list[Written], Report]:
    report = Report()
    compiled = compile_project(root)
    return compiled, written_in(compiled, report), report


@cache
def _runner(root: Path) -> Runner:
    return Runner(_project(root)[0])
