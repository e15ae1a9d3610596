"""What an editor can have done: run a test, draw a playbook, read it aloud, ask why."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from lsprotocol import types

from ...engine.core.plan import Plan, Project
from ...engine.core.zone import zone
from ...engine.drawing import FORMATS
from ...engine.english import english
from ...engine.explaining import explain
from ...engine.graphs import connections, flow
from ...engine.rehearsal.counting import names
from ..exits import Misuse
from ..given import lying_ready
from ..run_tests import Runner
from ..show_trials import differences
from ..show_why import as_text
from ..terminal import Paint
from ..why import life_in
from .lenses import RUN_TEST
from .server import Here, Server

__all__ = ["run_all"]

_FAULTY: Final = "the project has mistakes; mend them first"
T = TypeVar("T")
_MOST: Final = 1_000
"""Customers whose names are told, for somebody to choose one."""


async def run_test(ls: Server, uri: str, name: str) -> Mapping[str, object]:
    """Run a test of a file by its name; tell how it ended, and mark it where it failed."""
    here = await ls.understood(uri)
    if here is None:
        return _told(ls, name, "no file of a project", passed=False)
    project = here.project
    await ls.bench.whole(project)
    compiled = project.desk.compiled
    if compiled is None or compiled.project is None:
        return _told(ls, name, f"not run: {_FAULTY}", passed=False)
    found = [one for one in project.tests if one.name == name and one.span.file == str(here.path)]
    if not found:
        return _told(ls, name, "not run: it has a mistake of its own", passed=False)
    test = found[0]
    done = await ls.bench.aside(lambda: Runner(compiled).outcome(test))
    there = zone(compiled.project.vocabulary.timezone)
    lines = list(differences(done.verdict, there))
    ls.tell_failure(project, test.span, done, lines)
    return _told(ls, name, "passed" if done.passed else "failed", *lines, passed=done.passed)


def _told(ls: Server, name: str, said: str, *lines: str, passed: bool) -> Mapping[str, object]:
    kind = types.MessageType.Info if passed else types.MessageType.Error
    ls.window_show_message(types.ShowMessageParams(kind, f"{said}: {name}"))
    return {"name": name, "passed": passed, "said": said, "lines": list(lines)}


async def graph(ls: Server, uri: str) -> str | None:
    """Return a picture, SVG: the steps of a file's only playbook, else who triggers whom."""
    here = await ls.understood(uri)
    project = _compiled(ls, here)
    if project is None or here is None:
        return None
    plans = _plans(here, project)
    return FORMATS["svg"](flow(plans[0]) if len(plans) == 1 else connections(project))


async def read_aloud(ls: Server, uri: str) -> str | None:
    """Return the playbooks of a file in plain English."""
    here = await ls.understood(uri)
    project = _compiled(ls, here)
    if project is None or here is None:
        return None
    return "\n\n\n".join("\n".join(english(plan)).strip() for plan in _plans(here, project))


async def customers(ls: Server, uri: str) -> list[str] | None:
    """Return the customers of the project's `data/` by name, a thousand at most."""
    return await _asked(
        ls, uri, lambda project, root: list(islice(names(project, *lying_ready(root)), _MOST))
    )


async def why(ls: Server, uri: str, customer: str, playbook: str | None) -> str | None:
    """Return why a customer of the project's `data/` got what a playbook does, or did not."""
    return await _asked(ls, uri, lambda project, root: _why(project, root, customer, playbook))


async def _asked(ls: Server, uri: str, ask: Callable[[Project, Path], T]) -> T | None:
    """Ask the data beside a file's project, aside; show what was wrong where there is no answer."""
    here = await ls.understood(uri)
    project = _compiled(ls, here)
    if project is None or here is None:
        return None
    root = here.desk.root
    try:
        return await ls.bench.aside(lambda: ask(project, root))
    except (OSError, Misuse, KeyError) as trouble:
        _refused(ls, trouble)
        return None


def _why(project: Project, root: Path, customer: str, playbook: str | None) -> str:
    life = life_in(project, lying_ready(root), customer, playbook=playbook)
    told = as_text(explain(life, playbook), Paint(on=False), whole=True, every=False)
    return "".join(f"{line}\n" for line in told)


def _refused(ls: Server, trouble: Exception) -> None:
    said = str(trouble.args[0]) if trouble.args else str(trouble)
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Error, said))


def _compiled(ls: Server, here: Here | None) -> Project | None:
    compiled = here.desk.compiled if here is not None else None
    if compiled is not None and compiled.project is None:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Error, _FAULTY))
    return compiled.project if compiled is not None else None


def _plans(here: Here, project: Project) -> list[Plan]:
    """Return the playbooks that stand in a file."""
    places = here.desk.compiled.places if here.desk.compiled is not None else {}
    return [plan for plan in project.plans if places[plan.playbook].name.file == str(here.path)]


def run_all(server: Server) -> None:
    """Let a server carry out every command of this file."""
    for name, command in (
        (RUN_TEST, run_test),
        ("cuebook.graph", graph),
        ("cuebook.readAloud", read_aloud),
        ("cuebook.customers", customers),
        ("cuebook.why", why),
    ):
        server.command(name)(command)
