"""`cuebook run` on a terminal: the line that is rewritten in place, and a second Ctrl-C."""

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select

import pytest

from cuebook.cli.exits import Exit

from .counter import ENV, Counter, project

_PATIENCE_S = 60
_CLEAR = "\r\x1b[K"
APP = """\
import time
from cuebook.engine.runtime import Engine

engine = Engine({url!r})


@engine.action("greet")
def greet(args, context):
    print("greeting", context.customer, flush=True)
    time.sleep(600)
"""


@dataclass(slots=True)
class Terminal:
    """Somebody before a pseudo terminal in which a process runs: what stands there, and keys."""

    process: "subprocess.Popen[bytes]"
    hand: int
    seen: str = ""

    def wait_for(self, pattern: str) -> "re.Match[str]":
        """Read until something stands there after what was found last."""
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select([self.hand], [], [], _PATIENCE_S)
            assert ready, f"{pattern} does not come; there stands {self.seen!r}"
            self.seen += os.read(self.hand, 65536).decode()
        self.seen = self.seen[found.end() :]
        return found

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.hand, keys)


@contextmanager
def terminal(*words: str, cwd: Path, columns: int = 80, **more: str) -> Iterator[Terminal]:
    """Yield a terminal in which a command runs, in a session of its own, as a shell would start it."""
    hand, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, columns))
    with subprocess.Popen(
        [sys.executable, "-c", _BEGIN, *words],
        env={**ENV, "TERM": "xterm", "COLUMNS": "", **more}, cwd=cwd, stdin=screen, stdout=screen, stderr=screen,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(screen)
        try:
            yield Terminal(process, hand)
        finally:
            process.kill()
            os.close(hand)


_BEGIN = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # Ctrl-C is typed into this terminal, and meant for us.
from cuebook.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def shop(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database in which somebody is to be greeted, by a host that is slow."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", "hello: on go-live -> greet"))
    (tmp_path / "slow_app.py").write_text(APP.format(url=url))
    return counter


def test_the_last_line_is_rewritten_in_place_and_taken_away_at_the_end(
    shop: Counter, tmp_path: Path
) -> None:
    """Whoever watches sees how things are, and no heap of lines."""
    with terminal("run", "--db", shop.url, cwd=tmp_path) as there:
        there.wait_for(re.escape(f"{_CLEAR}0 decided, 0 performed"))
        shop("send", "ada", "login")
        seen = there.wait_for(re.escape(f"{_CLEAR}1 decided, 0 performed"))
        there.type(b"\x03")
        there.wait_for(re.escape(f"{_CLEAR}{_CLEAR}stopping: calls that are out may finish\r\n"))
        there.wait_for("stopped: 1 occurrence decided, 0 calls performed\r\n")
        code = there.process.wait(_PATIENCE_S)

    assert "\n" not in seen.string[: seen.start()]
    assert code == Exit.CLEAN


def test_the_line_is_cut_where_the_terminal_ends(shop: Counter, tmp_path: Path) -> None:
    """A line that wraps could not be rewritten."""
    with terminal("run", "--db", shop.url, cwd=tmp_path, columns=16) as there:
        seen = there.wait_for(re.escape(_CLEAR) + r"(0 decided[^\r\x1b]*)\r")
        there.type(b"\x03")
        code = there.process.wait(_PATIENCE_S)

    assert seen[1] == "0 decided, 0 pe"
    assert code == Exit.CLEAN


def test_a_terminal_that_cannot_rewrite_gets_lines(shop: Counter, tmp_path: Path) -> None:
    """`dumb` is what editors call the windows in which they run a shell."""
    with terminal("run", "--db", shop.url, cwd=tmp_path, TERM="dumb") as there:
        seen = there.wait_for(r"0 decided, 0 performed\r\n")
        there.type(b"\x03")
        there.process.wait(_PATIENCE_S)

    assert "\x1b" not in seen.string


def test_a_second_ctrl_c_leaves_at_once(shop: Counter, tmp_path: Path) -> None:
    """The first one waits for the call that is out; whoever cannot wait is told what that means."""
    shop("send", "ada", "go-live")
    words = ("run", "--app", "slow_app:engine", "--grace", "600")
    with terminal(*words, cwd=tmp_path) as there:
        there.wait_for("greeting ada")
        there.wait_for("1 out")
        there.type(b"\x03")
        there.wait_for("stopping: calls that are out may finish\r\n")
        there.type(b"\x03")
        there.wait_for("left at once: calls that were out may be made again, under the same key")
        code = there.process.wait(_PATIENCE_S)

    assert code == Exit.INTERRUPTED
    assert shop.told("status")["outbox"] == {"sending": 1}
