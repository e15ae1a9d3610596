"""`cuebook run`: decide and perform what is due, until told to stop."""

import logging
import os
import shutil
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TextIO

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .heeding import heeding
from .terminal import count, harmless, plural

if TYPE_CHECKING:  # the engine is loaded when it is to run, not for --help
    from ..engine.runtime import Engine
    from ..engine.runtime.doing import Pulse
    from ..engine.runtime.engine import Ticked

__all__ = ["configure", "run"]

_LOOK_S: Final = 0.2
_LINE_S: Final = 60.0
"""How often a log hears how things are, at most; a terminal is rewritten every second."""


def configure(parser: ArgumentParser) -> None:
    """Declare how to run."""
    add = parser.add_argument
    add_db(parser)
    add("--app", metavar="MODULE:NAME", help="a host's Engine, with its actions and its database")
    add("--threads", type=int, default=32, metavar="N", help="calls at the same time (default: 32)")
    add("--until-idle", action="store_true", help="stop when nothing is due any more: for scripts")
    add("--grace", type=float, default=30.0, metavar="SECONDS", help="how long calls that are out"
        " may take after it was told to stop (default: 30)")  # fmt: skip
    add("--format", choices=("text", "json"), default="text", help="how to tell what was done")
    parser.epilog = (
        "SIGTERM and Ctrl-C let calls that are out come back; a second one leaves at once.\n"
        "Exit code: 0 stopped with nothing out, 1 calls were left behind, 2 it could not start.\n\n"
        "Examples\n"
        "  cuebook run                               with cuebook.db, or what CUEBOOK_DB names\n"
        "  cuebook run --app shop.plays:engine       with the actions that a host has written\n"
        "  cuebook run --until-idle                  once, for a script or a test"
    )


@usable
def run(args: Namespace) -> Exit:
    """Run until told to stop, or until nothing is due."""
    if args.threads < 1:
        raise Misuse("--threads needs at least one", "cuebook run --threads 32")
    engine = _hosted(args.app) if args.app else open_engine(args, args.threads)
    engine.ready()
    if engine.deployment() is None:
        if args.until_idle:
            raise Misuse("nothing is deployed: nothing can be decided", "cuebook deploy PROJECT")
        sys.stderr.write("nothing is deployed yet; waiting\n next: cuebook deploy PROJECT\n")
    line = _Line(sys.stderr)
    with heeding() as stopping, _logging(line):
        try:
            return _run(args, engine, line, stopping)
        except KeyboardInterrupt:
            line.say("left at once: calls that were out may be made again, under the same key")
            return Exit.INTERRUPTED


def _run(args: Namespace, engine: "Engine", line: "_Line", stopping: threading.Event) -> Exit:
    began = time.monotonic()
    engine.start()
    _watch(engine, line, stopping, until_idle=args.until_idle)
    line.close()
    if stopping.is_set():
        line.say("stopping: calls that are out may finish")
    left = engine.stop(timedelta(seconds=args.grace))
    _tell(args, engine.done, left, time.monotonic() - began)
    return Exit.FOUND if left else Exit.CLEAN


def _hosted(place: str) -> "Engine":
    """Return the Engine that a host has made. Raises Misuse when there is none."""
    from importlib import import_module  # noqa: PLC0415 - only hosts need it

    from ..engine.runtime import Engine  # noqa: PLC0415 - see above

    module, _, name = place.partition(":")
    if not module or not name:
        raise Misuse(f"--app takes MODULE:NAME, not {place}", "cuebook run --app shop.plays:engine")
    sys.path.insert(0, str(os.getcwd()))  # noqa: PTH109 - as Python does for `python -m`
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as trouble:
        raise Misuse(f"{place} cannot be imported: {trouble}", "cuebook run --help") from trouble
    if not isinstance(found, Engine):
        raise Misuse(f"{place} is a {type(found).__name__}, no Engine", "cuebook run --help")
    return found


def _watch(engine: "Engine", line: "_Line", stopping: threading.Event, *, until_idle: bool) -> None:
    """Tell how things are, until it is time to stop."""
    led = True
    while not stopping.wait(_LOOK_S):
        pulse = _pulse(engine)
        if until_idle and pulse is not None and pulse.idle:
            return
        if engine.leads != led:
            said = "this process decides now" if engine.leads else _standing_by(engine)
            if said:
                led = engine.leads
                line.say(said)
        if pulse is not None:
            line.show(_told(engine, pulse), engine.done.occurrences)


def _pulse(engine: "Engine") -> "Pulse | None":
    """Return what is due, or None while the database does not answer: the engine tries again."""
    from ..engine.runtime.database import Trouble  # noqa: PLC0415 - see above

    try:
        return engine.pulse()
    except Trouble:
        return None


def _standing_by(engine: "Engine") -> str:
    """Say for whom this process stands by; nothing when it has only not begun yet."""
    others = [w for w in engine.status().workers if not w["stands_by"] and w["id"] != engine.name]
    if not others:
        return ""
    who = f"process {others[-1]['pid']} on {others[-1]['host']}"
    return f"standing by: {who} decides here; this one takes over when it ends"


def _told(engine: "Engine", pulse: "Pulse") -> str:
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above

    done = engine.done
    told = [f"{count(done.occurrences)} decided", f"{count(done.settled)} performed"]
    if pulse.customers:
        told.append(f"{plural(pulse.customers, 'customer')} due")
    if pulse.actions or pulse.out:
        told.append(f"{plural(pulse.actions, 'action')} due, {count(pulse.out)} out")
    if pulse.next_at is not None:
        told.append(f"next at {iso(pulse.next_at)[:19]}Z")
    return ", ".join(told)


def _tell(args: Namespace, done: "Ticked", left: int, seconds: float) -> None:
    decided, performed = done.occurrences, done.settled
    if args.format == "json":
        import json  # noqa: PLC0415 - people read text

        told = {
            "decided": decided,
            "performed": performed,
            "left": left,
            "seconds": round(seconds, 3),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        return
    said = (
        f"stopped: {plural(decided, 'occurrence')} decided, {plural(performed, 'call')} performed"
    )
    if left:
        said += f", {plural(left, 'call')} left behind: whoever runs next takes them up again"
    sys.stdout.write(f"{said}\n")


@contextmanager
def _logging(line: "_Line") -> Iterator[None]:
    """Let what the engine logs pass by the status line."""
    logger, handler = logging.getLogger("cuebook"), _Handler(line)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Handler(logging.Handler):
    """Writes warnings and worse as lines of their own."""

    def __init__(self, line: "_Line") -> None:
        super().__init__(logging.WARNING)
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, without a traceback unless CUEBOOK_DEBUG asks for it."""
        said = f"{record.levelname.lower()}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            said += f": {record.exc_info[1]}"
        self._line.say(said)


class _Line:
    """The last line of a terminal, rewritten in place; in a log, a line now and then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        watched = stream.isatty()
        self._live = watched and os.environ.get("TERM") != "dumb"
        # A log has its first line after a minute, lest a short run says more on a busy machine.
        self._shown_at = time.monotonic() - (_LINE_S if watched else 0.0)
        self._before = -1
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Write a line that stays."""
        with self._lock:
            self._stream.write(f"{self._clear()}{harmless(text)}\n")
            self._stream.flush()

    def show(self, text: str, work: int) -> None:
        """Show how things are: every second on a terminal, else once a minute when `work` was done."""
        now = time.monotonic()
        if now - self._shown_at < (1.0 if self._live else _LINE_S):
            return
        if not self._live and work == self._before:
            return
        self._shown_at, self._before = now, work
        if not self._live:
            self.say(text)
            return
        with self._lock:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"{self._clear()}{text[:width]}")
            self._stream.flush()

    def close(self) -> None:
        """Take the line away."""
        with self._lock:
            self._stream.write(self._clear())
            self._stream.flush()

    def _clear(self) -> str:
        return "\r\x1b[K" if self._live else ""
