"""The console as `cuebook serve` shows it: to this machine, and to others only by somebody's word."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from cuebook.cli.exits import Exit
from cuebook.engine.core.duration import DAY

from ..runtime.playing import Clock
from ..runtime.serving import PATIENCE_S, environment
from .house import build
from .test_serve import serving

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a database in which something of everything stands."""
    engine, _ = build(tmp_path, Clock(time.time_ns() // 1_000 - 2 * DAY))
    engine.database.pool.dispose()
    return f"sqlite:///{tmp_path / 'plays.db'}"


def fetch(url: str, **form: str) -> tuple[int, str]:
    """Return status and text of a page, or of what comes of a form."""
    data = urlencode(form).encode() if form else None
    origin = "/".join(url.split("/")[:3])
    try:
        request = Request(url, data, {"Origin": origin})  # noqa: S310 - a server of ours
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - see above
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_it_shows_the_console_to_this_machine_for_reading(url: str, tmp_path: Path) -> None:
    """From the front page on, with the tests of the project it was told."""
    with serving(url, "--project", str(tmp_path / "project")) as (address, _):
        front = fetch(address)
        answer = fetch(f"{address}/console/inbox/answer", key="welcome/c00/1/ready", said="yes")
        tests = fetch(f"{address}/console/playbook/tests?name=welcome")

    assert front[0] == 200
    assert 'href="/console/customers"' in front[1]
    assert answer[0] == 403
    assert "welcome.yaml:2" in tests[1]


def test_an_answer_given_there_moves_the_run(url: str) -> None:
    """With the engine in the same process, at once."""
    with serving(url, "--run", "--console", "write") as (address, _):
        said = fetch(f"{address}/console/inbox/answer", key="welcome/c00/1/ready", said="yes")
        page = f"{address}/console/customer?id=c00"
        while "answered" not in fetch(page)[1]:
            pass

    assert said[0] == 200
    assert "Answered." in said[1]


def test_others_see_it_only_by_somebodys_word(url: str) -> None:
    """There is no password, so an address that others reach shows no customer by itself."""
    with serving(url, "--host", EVERYWHERE) as (address, _):
        assert fetch(f"{address}/console/")[0] == 404
    with serving(url, "--host", EVERYWHERE, "--console", "read") as (address, _):
        assert fetch(f"{address}/console/")[0] == 200


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", EVERYWHERE, "--console", "write"), "mount the console behind a login"),
        (("--project", "nowhere"), "there is no project nowhere"),
    ],
)
def test_what_cannot_be_shown_is_told_before_anything_is_served(
    url: str, words: tuple[str, ...], says: str
) -> None:
    """With what to type instead."""
    done = subprocess.run(
        [sys.executable, "-m", "cuebook.cli.main", "serve", "--port", "0", "--db", url, *words],
        env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == Exit.MISUSE
    assert says in done.stderr
    assert " next: cuebook " in done.stderr
