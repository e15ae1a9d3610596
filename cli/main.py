"""The counter's bell: find the command, hand it its words, leave with a code that has a name.

Each command is a module that is imported only when it is asked for, so that asking is quick.
"""

import io
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn, Protocol, cast

from .exits import Exit, Misuse

__all__ = ["COMMANDS", "VERSION", "Command", "main"]

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `cuebook`: the module of this room that serves it, and how help presents it."""

    name: str
    module: str
    group: str
    summary: str


COMMANDS = (
    Command("init", "init", "Write", "write a small project that works as it stands"),
    Command("check", "check", "Write", "say what is wrong with playbooks, without running them"),
    Command("explain", "explain", "Write", "say what a code of `check` means, with an example"),
    Command("fmt", "fmt", "Write", "bring files into the one layout that all of them share"),
    Command("show", "show", "Write", "read playbooks aloud in plain English"),
    Command("library", "library", "Write", "take ready-made playbooks from the shelf, and keep up"),
    Command("graph", "graph", "Write", "draw a playbook, or who triggers whom in a project"),
    Command("schema", "schema", "Write", "tell editors what may stand in the files of a project"),
    Command("lsp", "lsp", "Write", "help in the editor while playbooks are being typed"),
    Command("test", "run_tests", "Rehearse", "run the tests of a project on a virtual clock"),
    Command(
        "dry-run", "dry_run", "Rehearse", "show what playbooks would have done to real customers"
    ),
    Command("preview", "preview", "Rehearse", "show the mail a customer would get"),
    Command("record", "record", "Rehearse", "make a test of what really happened to a customer"),
    Command("plan", "plan", "Rehearse", "show what a change would do, and to whom"),
    Command("db", "db", "Run", "make the tables, bring them up to date, or look at them"),
    Command("import", "import_files", "Run", "bring in customers and events from files"),
    Command("deploy", "deploy", "Run", "let a project decide from now on, if its tests pass"),
    Command("run", "run_worker", "Run", "decide and perform what is due, until told to stop"),
    Command("serve", "serve", "Run", "take in over HTTP what happens, and show the console"),
    Command("send", "send", "Run", "tell of an event or of attributes, or ask for a playbook"),
    Command(
        "status", "status", "Look after", "say how the engine is doing, and what needs a person"
    ),
    Command(
        "report", "report", "Look after", "tell what playbooks achieved, for any period of the past"
    ),
    Command("who", "who", "Look after", "list or count the customers for whom a condition is true"),
    Command("why", "why", "Look after", "say why something happened to a customer, or did not"),
    Command("tasks", "tasks", "Look after", "list what people are asked to do, and take answers"),
    Command("team", "team", "Look after", "list who takes tasks, and keep who is away"),
    Command("retry", "retry", "Look after", "list what was given up, and try it again"),
    Command("refused", "refused", "Look after", "list what came in over HTTP and was not taken"),
    Command("export", "export", "Look after", "write all that is kept about a customer"),
    Command("erase", "erase", "Look after", "delete a person's data, and keep that it was decided"),
)

_HELP = """\
Customer-lifecycle playbooks: written as rules, rehearsed over real history, then run durably.

usage: cuebook COMMAND [OPTIONS]

{commands}

Everywhere
  --help     what a command takes, with examples
  --color    auto (on a terminal), always or never; NO_COLOR and FORCE_COLOR are honoured
  --format   text for people, json for programs: data on standard output, prose on standard error
  --db       the database, for what runs: a URL (default: CUEBOOK_DB, else sqlite:///cuebook.db)
  --version  the version of cuebook

Exit codes: 0 clean, 1 something was found, 2 could not start, 130 interrupted.

Examples
  cuebook init acme                      begin with a project that works
  cuebook check acme                     find the mistakes, all in one run
  cuebook test acme                      run its tests
  cuebook dry-run acme                   see what it would have done to the customers in acme/data
  cuebook db upgrade && cuebook deploy acme && cuebook run
"""


_EXTRAS = {
    **dict.fromkeys(("alembic", "apscheduler", "pydantic", "sqlalchemy", "sqlmodel"), "durable"),
    **dict.fromkeys(("css_inline", "email_validator"), "email"),
    **dict.fromkeys(("lsprotocol", "pygls"), "lsp"),
    **dict.fromkeys(("starlette", "uvicorn"), "web"),
    **dict.fromkeys(("psycopg", "psycopg_binary"), "postgres"),
}
"""What only some commands need, by the extra that brings it."""


class _Served(Protocol):
    """What the module of a command offers."""

    def configure(self, parser: ArgumentParser) -> None:
        """Declare the options, and a last paragraph of examples as `parser.epilog`."""

    def run(self, args: Namespace) -> Exit:
        """Read, call the library, print, and say how it ended."""


class _Parser(ArgumentParser):
    """Argument reading whose complaints end, like all others, with the next command to type."""

    def error(self, message: str) -> NoReturn:
        raise Misuse(message, f"{self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _let_any_text_through()
    try:
        code = _serve(words)
        sys.stdout.flush()
    except Misuse as trouble:
        return _complain(Exit.MISUSE, trouble.message, trouble.next_command)
    except KeyboardInterrupt:
        return _complain(Exit.INTERRUPTED, "interrupted; nothing was changed", _typed(words))
    except BrokenPipeError:
        _hush()
        return Exit.UNREAD
    except ModuleNotFoundError as missing:
        extra = _EXTRAS.get((missing.name or "").partition(".")[0])
        if extra is None:
            return _broken(words, missing)
        said = f"this needs more than rehearsing does: {missing.name} is not installed"
        return _complain(Exit.MISUSE, said, f"pip install 'cuebook[{extra}]'")
    except OSError as trouble:
        where = f"{trouble.filename}: " if trouble.filename else ""
        return _complain(
            Exit.MISUSE, f"{where}{trouble.strerror or trouble}", _typed(words, "--help")
        )
    except Exception as bug:  # noqa: BLE001 - the last door: users see a sentence, no traceback
        return _broken(words, bug)
    return code


def _broken(words: list[str], bug: Exception) -> Exit:
    """Say that it is our mistake; raises it again for who wants to see where."""
    if os.environ.get("CUEBOOK_DEBUG"):
        raise bug
    what = f"cuebook made a mistake of its own: {type(bug).__name__}: {bug}"
    return _complain(Exit.BROKEN, what, f"CUEBOOK_DEBUG=1 {_typed(words)}")


def _serve(words: list[str]) -> int:
    match words:
        case ["--version" | "-V", *_]:
            sys.stdout.write(f"cuebook {VERSION}\n")
            return Exit.CLEAN
        case ["help", name, *_]:
            return _run(_find(name), ["--help"])
        case [name, *rest] if name not in {"--help", "-h", "help"}:
            return _run(_find(name), rest)
        case _:
            sys.stdout.write(_HELP.format(commands=_listing()))
            return Exit.CLEAN


def _listing() -> str:
    groups: dict[str, list[str]] = {}
    for command in COMMANDS:
        groups.setdefault(command.group, []).append(f"  {command.name:<9}  {command.summary}")
    return "\n\n".join("\n".join((group, *lines)) for group, lines in groups.items())


def _find(name: str) -> Command:
    for command in COMMANDS:
        if command.name == name:
            return command
    if name.startswith("-"):
        raise Misuse(f"options stand after the command; `{name}` came before one", "cuebook --help")
    from difflib import get_close_matches  # noqa: PLC0415 - only a slip of the pen needs it

    near = get_close_matches(name, [command.name for command in COMMANDS], n=1)
    raise Misuse(f"there is no command `{name}`", f"cuebook {near[0] if near else '--help'}")


def _run(command: Command, words: list[str]) -> int:
    served = cast("_Served", import_module(f".{command.module}", __package__))
    parser = _Parser(
        prog=f"cuebook {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    served.configure(parser)
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours; auto: on a terminal (default)",
    )
    try:
        return served.run(parser.parse_intermixed_args(words))
    except SystemExit as leaving:  # argparse leaves this way after --help
        return int(leaving.code or 0)


def _complain(code: Exit, message: str, next_command: str) -> Exit:
    sys.stderr.write(f"error: {message}\n next: {next_command}\n")
    return code


def _typed(words: Sequence[str], *more: str) -> str:
    """Return the command as it was typed, ready to be typed again."""
    from shlex import join  # noqa: PLC0415 - only a complaint needs it

    return join(["cuebook", *(words[:1] if more else words), *more])


def _let_any_text_through() -> None:
    """Show what a narrow terminal encoding lacks as an escape, rather than fail in mid-sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _hush() -> None:
    """Give the interpreter somewhere to flush to when the reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
