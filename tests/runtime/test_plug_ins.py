"""A package that brings an action along: installed it is there, and nobody has to import it."""

import subprocess
import sys
from pathlib import Path

from cuebook.engine.runtime.database import Database

from .playing import rows, write_project
from .serving import python

PACKAGE = {
    "pyproject.toml": """\
        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"

        [project]
        name = "cuebook-greetings"
        version = "1.0"

        [project.entry-points."cuebook.actions"]
        greet-warmly = "greetings:greet"
        greet-oddly = "greetings:nothing"

        [tool.setuptools]
        py-modules = ["greetings"]
        """,
    "greetings.py": """\
        from datetime import timedelta

        from pydantic import BaseModel

        from cuebook.engine.contract import Context, Done, Outcome, Retry, action


        class Words(BaseModel, extra="forbid"):
            name: str


        @action("greet-warmly", attempts=3)
        def greet(words: Words, context: Context) -> Outcome:
            if context.attempt == 1:
                return Retry("nobody is at home", after=timedelta(milliseconds=1))
            print(f"dear {words.name}, again: attempt {context.attempt}")
            return Done("greeted")


        nothing = None
        """,
}
CHECK = """
import sys
from cuebook.cli.main import main
sys.exit(main(["check", sys.argv[1], "--format", "concise"]))
"""
HOST = """
import sys
from cuebook.engine.runtime import Engine
engine = Engine(sys.argv[1])
engine.deploy(sys.argv[2])
engine.track("acme", "go-live")
while engine.status().outbox.get("done", 0) < 1:
    engine.tick()
engine.database.pool.dispose()
"""


def test_an_installed_package_performs_its_kind(
    database: Database, url: str, tmp_path: Path
) -> None:
    """Built and installed as pip does it; `check` and `deploy` know the kind, the engine calls it.

    Of what such a package offers, something may be broken: it waits, and the rest goes on.
    """
    source = write_project(tmp_path / "source", settings="", files=PACKAGE)
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
    options = ("--no-build-isolation", "--disable-pip-version-check", "--target", str(site))
    subprocess.run([*pip, *options, str(source)], check=True, capture_output=True)
    actions = """\
        actions:
          hello: {do: greet-warmly, with: {name: "{{ customer.id }}"}}
          wrong: {do: greet-warmly, with: {title: "Dr."}}
          odd: {do: greet-oddly}
        """
    project = write_project(
        tmp_path / "project",
        "welcome: on go-live -> hello\nrude: on go-live -> wrong\nodd: on go-live -> odd",
        actions=actions,
    )

    checked = python("-c", CHECK, str(project), cwd=tmp_path, PYTHONPATH=python_path(site))

    assert "A101" not in checked
    assert "A133 `greet-warmly` takes no `title`" in checked
    assert "A134 `greet-warmly` needs `name:`" in checked

    said = python("-c", HOST, url, str(project), cwd=tmp_path, PYTHONPATH=python_path(site))

    assert said == "dear acme, again: attempt 2\n"
    notes = dict(rows(database, "SELECT playbook, note FROM cuebook_outbox"))
    assert notes["rude"] == "name: Field required; title: Extra inputs are not permitted"
    assert notes["welcome"] == '"greeted"'
    outbox = rows(database, "SELECT playbook, status FROM cuebook_outbox ORDER BY 1")
    assert [tuple(row) for row in outbox] == [
        ("odd", "waiting"),
        ("rude", "dead"),
        ("welcome", "done"),
    ]


def python_path(*more: Path) -> str:
    """Return where a process finds the rooms and some folders more."""
    rooms = Path(__file__).parents[2] / ".typing"
    return ":".join(map(str, (rooms, *more)))
