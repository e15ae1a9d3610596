"""`cuebook serve` as a process: where it listens, how it ends, and what it cannot do."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cuebook.cli.exits import Exit
from cuebook.cli.serve import listening
from cuebook.engine.links import Site
from cuebook.engine.runtime import Engine

from ..cli.counter import WELCOME, project
from ..runtime.serving import PATIENCE_S, ask, environment, until
from .conftest import HOOK
from .processes import new_database, serving


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a database that holds our tables and nothing in them."""
    return new_database(tmp_path)


def refused(*words: str, **more: str) -> str:
    """Return what a server that does not start complains of."""
    done = subprocess.run(
        [sys.executable, "-m", "cuebook.cli.main", "serve", "--port", "0", *words],
        env=environment(**more), capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == Exit.MISUSE, done.stderr
    return done.stderr


def test_it_tells_where_it_listens_and_ends_when_it_is_told_to(url: str) -> None:
    """Whoever starts it for a script needs its address and an end with a code."""
    with serving(url, "--run") as (address, process):
        told = {"status": "ok", "decides": True, "idle": True}
        assert ask(f"{address}/health") == (200, told)

    assert process.returncode == Exit.CLEAN


def test_a_port_that_is_taken_is_told_with_what_to_type(url: str) -> None:
    """Two servers on one port is the commonest slip of all."""
    with serving(url) as (address, _):
        port = address.rpartition(":")[2]
        words = ["--port", port, "--db", url]
        said = refused(*words)

    assert f"127.0.0.1 port {port} cannot be listened on: " in said
    assert " next: cuebook serve --port 0\n" in said


def test_no_part_of_an_answer_is_held_back() -> None:
    """Its head and its body are two packets; the second would wait 40 ms for the other side."""
    with listening("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()) as line:
        taken, _ = door.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert line.getpeername() == door.getsockname()


@pytest.mark.parametrize(
    ("words", "told"),
    [((), True), (("--write-key", "web=env:KEY"), False), (("--hook", "shop=env:SECRET"), False)],
)
def test_a_server_to_which_nobody_can_send_says_so(
    words: tuple[str, ...], told: bool, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Otherwise whoever waits for events is the first to notice, and a 401 never says why."""
    with serving(url, *words, KEY="a-long-secret-of-ours", SECRET=HOOK.secret) as (address, _):
        assert ask(f"{address}/v1/track", body={"userId": "ada", "event": "go-live"})[0] == 401

    said = capfd.readouterr().err
    assert ("no events are taken in: there is no --write-key and no --hook\n" in said) == told
    assert (" next: cuebook serve --write-key website=env:WEBSITE_KEY\n" in said) == told


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_told_before_anything_begins(missing: str, url: str) -> None:
    """Whoever embeds the engine need not have a server."""
    lacking = f"import sys; sys.modules[{missing!r}] = None; from cuebook.cli.main import main"
    done = subprocess.run(
        [sys.executable, "-c", f"{lacking}; sys.exit(main(['serve', '--db', {url!r}]))"],
        env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (Exit.MISUSE, "")
    assert " next: pip install 'cuebook[web]'\n" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--write-key", "web"), "--write-key takes NAME=…, not web"),
        (("--write-key", "web=a-secret-on-the-line"), "--write-key web= takes env:NAME, never the"),
        (("--write-key", "web=env:NOT_THERE"), "NOT_THERE is not set"),
        (("--write-key", "web=env:SHORT"), "the write key of web needs 16 ASCII characters"),
        (("--write-key", "Web=env:LONG"), "'Web' is no name"),
        (("--write-key", "a=env:LONG", "--write-key", "b=env:LONG"), "have one key"),
        (("--hook", "shop=env:EMPTY"), "the secret of the hook shop is no `whsec_`"),
        (("--hook-customer", "shop=data.id"), "--hook-customer names shop, which is no --hook"),
    ],
)
def test_keys_that_cannot_be_used_are_told_before_anybody_is_served(
    words: tuple[str, ...], why: str, url: str
) -> None:
    """And no secret is printed, wherever it stood."""
    said = refused("--db", url, *words, SHORT="abc", LONG="a-long-secret-of-ours", EMPTY="whsec_")

    assert why in said
    assert "secret-o" not in said


def test_a_sender_who_hangs_up_in_the_middle_costs_nobody_anything(url: str) -> None:
    """Phones lose their network; what was cut off is not taken, and the server goes on."""
    with serving(url, "--write-key", "web=env:KEY", KEY="a-long-secret-of-ours") as (address, _):
        host, _, port = address.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(
                b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
                b"Authorization: Bearer a-long-secret-of-ours\r\n\r\n{"
            )
        assert ask(f"{address}/health")[0] == 200

    engine = Engine(url)
    assert (engine.status().inbox, engine.refused()) == (0, [])


def test_what_is_taken_in_is_decided_beside_it(url: str, tmp_path: Path) -> None:
    """From the request to the task that somebody is to do, in one process."""
    Engine(url).deploy(project(tmp_path / "p", WELCOME))
    keys = ("--write-key", "web=env:WEB_KEY", "--run")
    with serving(url, *keys, WEB_KEY="a-long-secret-of-ours") as (address, _):
        key = {"writeKey": "a-long-secret-of-ours", "userId": "ada"}
        for call in ({"type": "identify", "traits": {"plan": "growth", "name": "Ada"}},
                     {"type": "track", "event": "go-live"}):  # fmt: skip
            assert ask(f"{address}/v1/{call['type']}", body={**key, **call})[0] == 200
        engine = Engine(url)
        [task] = until(engine.tasks, tmp_path / "plays.db")

    assert task.title == "Call Ada"


def test_links_in_messages_are_served_where_the_environment_says_how_they_are_signed(
    url: str,
) -> None:
    """Without a secret they would be anybody's."""
    site = {"CUEBOOK_URL": "https://plays.example.com", "CUEBOOK_SECRET": "s" * 40}
    token = Site.of(site).link("unsubscribe", {"customer": "ada"}).rpartition("/")[2]
    with serving(url, **site) as (address, _):
        assert "Unsubscribe" in requests.get(f"{address}/u/{token}", timeout=PATIENCE_S).text
    with serving(url, CUEBOOK_SECRET="") as (address, _):
        assert ask(f"{address}/u/{token}")[0] == 404
