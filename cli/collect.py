"""A plug-in for pytest: the tests in a project's YAML files stand beside those in Python."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from ..dsl import compile_project
from ..dsl.diagnostics import Report
from ..dsl.project import Compiled
from ..dsl.render import full
from ..dsl.trials.read_tests import Written, written_in
from ..engine.core.plan import Project
from ..engine.core.zone import zone
from .run_tests import Runner, percentage
from .show_coverage import Coverage, coverage_table, too_little
from .show_trials import differences

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]

_WATCH: Final = "cuebook-coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what `cuebook test` calls `--coverage` and `--min`."""
    group = parser.getgroup("cuebook", "playbooks")
    group.addoption(
        "--cuebook-coverage",
        action="store_true",
        help="tell which steps of playbooks tests reach, and what they saw conditions to be",
    )
    group.addoption(
        "--cuebook-min",
        type=percentage,
        metavar="PERCENT",
        help="fail when less of a project is covered",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Look on where coverage is asked for."""
    if config.getoption("--cuebook-coverage") or config.getoption("--cuebook-min") is not None:
        config.pluginmanager.register(_Watch(config), _WATCH)


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
        root = self.path.parent.parent
        watch: _Watch | None = self.config.pluginmanager.get_plugin(_WATCH)
        came = _runner(root, watch=watch is not None).outcome(self.test)
        if watch is not None:
            watch.of[root].add(came.verdict)
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
def _runner(root: Path, *, watch: bool) -> Runner:
    return Runner(_project(root)[0], watch=watch)


class _Watch:
    """Looks on while tests run, by itself or in the processes of pytest-xdist; tells what they saw."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.of: defaultdict[Path, Coverage] = defaultdict(Coverage)
        """What was seen of each project, by its folder."""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand on what a process of pytest-xdist has seen; else fail where that is too little."""
        handed_on = getattr(self._config, "workeroutput", None)
        if handed_on is not None:
            seen = [(str(root), one.to_plain(_compiled(root))) for root, one in self.of.items()]
            handed_on[_WATCH] = seen
        elif any(map(self._short, self.of)) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a process of pytest-xdist has seen."""
        for root, seen in getattr(node, "workeroutput", {}).get(_WATCH, ()):
            self.of[Path(root)].add(Coverage.from_plain(_compiled(Path(root)), seen))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the tables of `cuebook test --coverage`, and what is short of `--cuebook-min`."""
        for root in sorted(self.of):
            compiled = _project(root)[0]
            if self._config.getoption("--cuebook-coverage"):
                terminalreporter.section(f"what tests see of {root.name}")
                told = coverage_table(self.of[root], _compiled(root), compiled.sources)
                terminalreporter.write(told)
            if short := self._short(root):
                terminalreporter.write_line(f"{root.name}, {short}", red=True)

    def _short(self, root: Path) -> str:
        least = self._config.getoption("--cuebook-min")
        return "" if least is None else too_little(self.of[root], _compiled(root), least)


def _compiled(root: Path) -> Project:
    project = _project(root)[0].project
    assert project is not None  # noqa: S101 - tests of a project with mistakes are not collected
    return project
