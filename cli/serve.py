"""`cuebook serve`: take in over HTTP what happens, and show the console."""

import json
import socket
import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .heeding import heeding
from .terminal import plural

if TYPE_CHECKING:  # the engine and the server are loaded when they are to run, not for --help
    from ..engine.runtime import Engine

__all__ = ["configure", "run"]

_GRACE: Final = timedelta(seconds=30)


def configure(parser: ArgumentParser) -> None:
    """Declare what to serve, and where."""
    add = parser.add_argument
    add_db(parser)
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: this"
        " machine only)")  # fmt: skip
    add("--port", type=int, default=8765, metavar="N", help="which port (default: 8765; 0: any)")
    add("--run", action="store_true", help="decide and perform too, as `cuebook run` does")
    add("--format", choices=("text", "json"), default="text", help="how to tell where it listens")
    parser.epilog = (
        "SIGTERM and Ctrl-C let requests and calls that are out come to their end; a second one\n"
        "leaves at once.\n"
        "Exit code: 0 stopped with nothing out, 1 calls were left behind, 2 it could not start.\n\n"
        "Examples\n"
        "  cuebook serve --run                        all in one process\n"
        "  cuebook serve --host 0.0.0.0 --port 80     beside a `cuebook run` elsewhere"
    )


@usable
def run(args: Namespace) -> Exit:
    """Serve until told to stop."""
    from ..web.app import application  # noqa: PLC0415 - see above

    engine = open_engine(args)
    app = application(engine)
    with _listening(args.host, args.port) as door, heeding() as stopping:
        _tell(args, _shown(door))
        if args.run:
            engine.start()
        try:
            _serve(app, door)
        except KeyboardInterrupt:
            sys.stderr.write("left at once\n")
            return Exit.INTERRUPTED
        return _stop(engine) if stopping.is_set() else Exit.BROKEN


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises Misuse where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as trouble:
        said = f"{host} port {port} cannot be listened on: {trouble}"
        raise Misuse(said, "cuebook serve --port 0") from trouble


def _shown(door: socket.socket) -> str:
    """Return the address of a socket as a browser takes it."""
    host, port = door.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(args: Namespace, url: str) -> None:
    said = json.dumps({"url": url}) if args.format == "json" else f"serving {url}"
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def _serve(app: object, door: socket.socket) -> None:
    """Answer requests until a signal comes; those that are being answered are answered."""
    import uvicorn  # noqa: PLC0415 - see above

    grace = int(_GRACE.total_seconds())
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
    )
    uvicorn.Server(config).run(sockets=[door])


def _stop(engine: "Engine") -> Exit:
    """Let calls that are out come back, and say what was left behind."""
    left = engine.stop(_GRACE)
    if left:
        sys.stderr.write(f"{plural(left, 'call')} left behind: whoever runs next takes them up\n")
    return Exit.FOUND if left else Exit.CLEAN
