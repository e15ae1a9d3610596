"""What rehearses needs no more than the core install; what runs says what it lacks."""

import subprocess
import sys

import pytest

from cuebook.cli.exits import Exit

from .counter import ENV, ROOT

LACKING = """
import sys
for name in ("alembic", "apscheduler", "css_inline", "pydantic", "psycopg", "sqlalchemy", "sqlmodel"):
    sys.modules[name] = None  # as if it were not installed
from cuebook.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LACKING, *words]
    return subprocess.run(command, env=ENV, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "examples/first"),
        ("test", "examples/b2b"),
        ("dry-run", "examples/first"),
        ("fmt", "examples/first", "--check"),
        ("show", "examples/first"),
        ("graph", "examples/first"),
        ("plan", "examples/first", "--from", "examples/first"),
        ("explain", "N103"),
        ("preview", "check-in", "cli/starter", "--customer", "c1"),
    ],
    ids=lambda words: words[0],
)
def test_rehearsing_needs_the_core_alone(words: tuple[str, ...]) -> None:
    done = typed(*words)
    assert (done.returncode, done.stderr.count("error:")) == (Exit.CLEAN, 0), done.stderr


@pytest.mark.parametrize("words", [("status",), ("db", "check"), ("plan", "examples/first")])
def test_what_runs_names_the_extra_it_lacks(words: tuple[str, ...]) -> None:
    done = typed(*words)
    assert done.returncode == Exit.MISUSE
    assert "is not installed\n next: pip install 'cuebook[durable]'\n" in done.stderr


def test_looking_at_a_mail_names_the_extra_that_mail_needs() -> None:
    """Said at the counter as for every other part that is not there."""
    done = typed("preview", "win-back", "cli/starter", "--customer", "c3")

    assert done.returncode == Exit.MISUSE
    assert done.stderr.endswith(" next: pip install 'cuebook[email]'\n")
