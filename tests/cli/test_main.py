"""The front door: every way in leads to an answer, every way out has a code with a name."""

import io
import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.cli import main as front
from cuebook.cli.exits import Exit, Misuse
from cuebook.cli.terminal import Paint, Progress, colored, columns, harmless, table

ROOT = Path(__file__).resolve().parents[2]
SERVE = [sys.executable, "-c", "import sys; from cuebook.cli.main import main; sys.exit(main())"]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / ".typing"), "PYTHONUNBUFFERED": "1"}


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Offer a command `probe` whose `run` a test fills in."""
    module = types.ModuleType("cuebook.cli.probe")
    module.configure = lambda parser: parser.add_argument("--deep", action="store_true")
    monkeypatch.setitem(sys.modules, "cuebook.cli.probe", module)
    monkeypatch.setattr(front, "COMMANDS", (front.Command("probe", "probe", "Try", "try it"),))
    return module


def fail_with(trouble: BaseException) -> object:
    def run(args: object) -> Exit:
        raise trouble

    return run


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read it."""
    assert front.main(["--version"]) == Exit.CLEAN
    assert capsys.readouterr().out == f"cuebook {front.VERSION}\n"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Who types nothing wants to know what there is."""
    assert front.main(words) == Exit.CLEAN
    out = capsys.readouterr().out
    assert all(f"  {command.name} " in out for command in front.COMMANDS)
    assert all(len(line) <= 110 for line in out.splitlines())


@pytest.mark.parametrize("words", [["check", "--help"], ["help", "check"]])
def test_a_command_explains_itself_with_examples(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An example is read before a list of options."""
    assert front.main(words) == Exit.CLEAN
    out = capsys.readouterr().out
    assert "--format" in out
    assert "Examples\n  cuebook check" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "error: there is no command `chek`\n next: cuebook check\n"),
        (["zzz"], "error: there is no command `zzz`\n next: cuebook --help\n"),
        (["--verbose"], "error: options stand after the command; `--verbose` came before one\n"),
        (["check", "--formt"], "unrecognized arguments: --formt\n next: cuebook check --help\n"),
        (["check", "--format", "xml"], "next: cuebook check --help\n"),
    ],
)
def test_a_mistyped_line_ends_with_what_to_type(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should have to look for the manual first."""
    assert front.main(words) == Exit.MISUSE
    printed = capsys.readouterr()
    assert said in printed.err
    assert not printed.out


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (Misuse("no such folder", "cuebook init acme"), 2, "no such folder\n next: cuebook init"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (FileNotFoundError(2, "No such file", "a.csv"), 2, "a.csv: No such file\n next: cuebook"),
        (ValueError("boom"), 70, "ValueError: boom\n next: CUEBOOK_DEBUG=1 cuebook probe --deep"),
    ],
)
def test_trouble_is_a_sentence_and_a_code(
    trouble: BaseException,
    code: int,
    said: str,
    served: types.ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A traceback tells an author nothing."""
    monkeypatch.delenv("CUEBOOK_DEBUG", raising=False)
    served.run = fail_with(trouble)

    assert front.main(["probe", "--deep"]) == code

    said_in_full = capsys.readouterr().err
    assert said in said_in_full
    assert "Traceback" not in said_in_full


def test_a_developer_may_see_the_traceback(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence tells a developer nothing."""
    monkeypatch.setenv("CUEBOOK_DEBUG", "1")
    served.run = fail_with(ValueError("boom"))

    with pytest.raises(ValueError, match="boom"):
        front.main(["probe"])


def test_a_closed_pipe_is_quiet() -> None:
    """`cuebook … | head` is normal use."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*SERVE, "--help"], check=False, env=ENV, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (Exit.UNREAD, b"")


def test_ctrl_c_leaves_with_130() -> None:
    """A shell script that is interrupted stops at the right place."""
    code = (
        "import sys, time, types\n"
        "from cuebook.cli import main\n"
        "probe = types.ModuleType('cuebook.cli.check')\n"
        "probe.configure = lambda parser: None\n"
        "probe.run = lambda args: (print('ready', flush=True), time.sleep(60))\n"
        "sys.modules['cuebook.cli.check'] = probe\n"
        "sys.exit(main.main(['check']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)

    assert process.returncode == Exit.INTERRUPTED
    assert b"Traceback" not in said


def test_the_version_loads_no_library() -> None:
    """Shells and editors run this often; what it loads, they wait for."""
    code = "import sys; from cuebook.cli.main import main; main(['--version']); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, env=ENV, capture_output=True)
    loaded = {name.split(".")[0] for name in out.stdout.decode().split()}

    assert not loaded & {"lark", "yaml", "jinja2", "pydantic", "sqlalchemy", "rich", "re2"}


def test_a_check_loads_nothing_that_plays_playbooks() -> None:
    """Editors and commit hooks check again and again; tests are read there and not run."""
    code = (
        "import sys; from cuebook.cli.main import main; main(['check', 'examples/b2b']);"
        " print(*sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, env=ENV, capture_output=True, cwd=ROOT
    )
    loaded = set(out.stdout.decode().split())

    assert "cuebook.dsl.trials.read_tests" in loaded
    assert not loaded & {"cuebook.engine.core.program", "importlib.metadata", "email"}


@pytest.mark.parametrize(
    ("environment", "when", "on"),
    [
        ({}, "auto", True),
        ({"NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
        ({"TERM": "dumb"}, "auto", False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, "auto", True),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "never", False),
    ],
)
def test_colours_follow_the_line_then_the_environment_then_the_terminal(
    environment: dict[str, str], when: str, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for last and nearest wins."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert colored(Screen(), when) is on


def test_a_file_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escapes in a log help nobody."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert not colored(io.StringIO())
    assert Paint(on=False).red("text") == "text"


CELLS = st.one_of(st.none(), st.integers(), st.booleans(), st.text(max_size=40))


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6),
    width=st.integers(min_value=24, max_value=90),
)
def test_a_table_fits_and_keeps_its_lines(rows: list[tuple[object, ...]], width: int) -> None:
    """Whatever the data hold, one row is one line, harmless and no wider than the terminal."""
    lines = table(rows, ("playbook", "at", "what"), width).split("\n")

    assert len(lines) == len(rows) + 2
    assert all(columns(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


def test_a_key_is_never_cut() -> None:
    """It is typed into the next command; everything else makes room for it."""
    key = "nps-closed-loop/ada/1/call"

    lines = table([("Call, listen, and write it down", key)], ("title", "key"), 40).split("\n")

    assert lines[2] == f"Call, liste…  {key}"


def test_wide_characters_stay_in_line() -> None:
    """A customer in Tokyo must not push the columns about."""
    lines = table([("東京", 1), ("Ada", 22)], ("name", "n")).split("\n")

    assert lines[2:] == ["東京   1", "Ada   22"]


@given(st.text())
def test_shown_text_cannot_steer_the_terminal(text: str) -> None:
    """Customer data may hold anything, escape sequences too."""
    assert harmless(text).isprintable()
    assert harmless(harmless(text)) == harmless(text)


def test_progress_is_drawn_for_a_watching_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is no place for a bar."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ticks = iter(range(100))
    monkeypatch.setattr("cuebook.cli.terminal.time.monotonic", lambda: float(next(ticks)))
    screen, log = Screen(), io.StringIO()
    for stream in (screen, log):
        with Progress(1000, "events", stream) as bar:
            bar.to(250)

    assert " 25%  250 of 1,000 events, 250 a second, 3 s left" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert not log.getvalue()


LINES = {
    "db": ["db", "check"],
    "explain": ["explain", "N103"],
    "library": ["library", "list"],
    "record": ["record", "c1", "acme"],
    "plan": ["plan", "acme"],
    "preview": ["preview", "win-back", "acme", "--customer", "c3"],
    "import": ["import", "--customers", "acme/data/customers.csv"],
    "run": ["run", "--until-idle"],
    "send": ["send", "zoe", "go-live"],
    "status": ["status"],
    "report": ["report"],
    "who": ["who", "plan == 'growth'"],
    "why": ["why", "ada"],
    "tasks": ["tasks"],
    "team": ["team"],
    "retry": ["retry"],
    "refused": ["refused"],
    "export": ["export", "ada"],
    "erase": ["erase", "ada", "--yes"],
}
"""What is typed for a command that takes a database, or no project."""


@pytest.mark.parametrize(
    "command", [command.name for command in front.COMMANDS if command.name not in ("lsp", "serve")]
)
def test_every_command_speaks_json(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program reads one document from standard output, and nothing else.

    `lsp` is a conversation: an editor asks, in JSON, and it answers until it is told to end. So is
    `serve`, which tells in JSON where it listens.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUEBOOK_DB", raising=False)
    if command != "init":
        front.main(["init", "acme"])
    if command == "deploy" or command in LINES:
        for words in (["db", "upgrade"], ["deploy", "acme"], ["send", "ada", "go-live"]):
            assert front.main(words) == Exit.CLEAN
        assert front.main(["run", "--until-idle"]) == Exit.CLEAN
    capsys.readouterr()

    words = LINES.get(command, [command, "acme"])
    assert front.main([*words, "--format", "json"]) == Exit.CLEAN

    assert isinstance(json.loads(capsys.readouterr().out), dict | list)
