"""`cuebook serve`: take in over HTTP what happens, and show the console."""

import gc
import json
import os
import socket
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .heeding import heeding
from .terminal import plural

if TYPE_CHECKING:  # the engine and the server are loaded when they are to run, not for --help
    from starlette.applications import Starlette
    from uvicorn import Server

    from ..engine.links import Site
    from ..engine.runtime import Engine

__all__ = ["configure", "listening", "run"]

_GRACE: Final = timedelta(seconds=30)
_NOBODY_SENDS: Final = (
    "no events are taken in: there is no --write-key and no --hook\n"
    " next: cuebook serve --write-key website=env:WEBSITE_KEY\n"
)
_HERE: Final = ("127.0.0.1", "localhost")


def configure(parser: ArgumentParser) -> None:
    """Declare what to serve, and where."""
    add = parser.add_argument
    add_db(parser)
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: this"
        " machine only)")  # fmt: skip
    add("--port", type=int, default=8765, metavar="N", help="which port (default: 8765; 0: any)")
    add("--write-key", action="append", default=[], metavar="SOURCE=env:NAME", help="let a source"
        " send, with the key that stands in the environment under NAME")  # fmt: skip
    add("--hook", action="append", default=[], metavar="HOOK=env:NAME", help="take a signed hook,"
        " whose `whsec_` secret stands under NAME")  # fmt: skip
    add("--hook-customer", action="append", default=[], metavar="HOOK=PATH", help="where in a"
        " hook's body the customer stands (default: data.customer)")  # fmt: skip
    add("--console", choices=("none", "read", "write"), help="who may do what in the console"
        " (default: read, for this machine only)")  # fmt: skip
    add("--project", type=Path, metavar="FOLDER", help="the playbooks' files, for the console")
    add("--run", action="store_true", help="decide and perform too, as `cuebook run` does")
    add("--format", choices=("text", "json"), default="text", help="how to tell where it listens")
    parser.epilog = (
        "SIGTERM and Ctrl-C let requests and calls that are out come to their end; a second one\n"
        "leaves at once.\n"
        "Exit code: 0 stopped with nothing out, 1 calls were left behind, 2 it could not start.\n\n"
        "Links in messages are served when CUEBOOK_URL and CUEBOOK_SECRET are set.\n\n"
        "Examples\n"
        "  cuebook serve --run                        all in one process\n"
        "  cuebook serve --project acme --console write    people of this machine answer, too\n"
        "  cuebook serve --host 0.0.0.0 --port 80     beside a `cuebook run` elsewhere\n"
        "  cuebook serve --write-key website=env:WEBSITE_KEY --write-key crm=env:CRM_KEY\n"
        "  cuebook serve --hook shop=env:SHOP_SECRET --hook-customer shop=data.buyer.id"
    )


@usable
def run(args: Namespace) -> Exit:
    """Serve until told to stop."""
    engine = open_engine(args)
    server = _server(_application(engine, args))
    with listening(args.host, args.port) as door, heeding() as stopping:
        _tell(args, _shown(door))
        if args.run:
            engine.start()
        _tune()
        try:
            server.run(sockets=[door])
        except KeyboardInterrupt:
            sys.stderr.write("left at once\n")
            return Exit.INTERRUPTED
        return _stop(engine) if stopping.is_set() else Exit.BROKEN


def _tune() -> None:
    """Let the interpreter suit a server, which reads on one thread and commits on another.

    Requests make many small things that nothing points back to, and what is loaded by now lives as
    long as the process: to look through it all for garbage took a fifth of what an event costs. And
    whoever commits waits for its turn after each statement, so turns are short.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(0.001)


def _application(engine: "Engine", args: Namespace) -> "Starlette":
    """Return what is to be served. Raises Misuse for words that name no key or no secret."""
    from ..web.app import application  # noqa: PLC0415 - see above
    from ..web.intake.keys import Hook, Source  # noqa: PLC0415 - see above

    places = dict(_pair("--hook-customer", text) for text in args.hook_customer)
    try:
        sources = [Source(*_secret("--write-key", text)) for text in args.write_key]
        hooks = [Hook(*_secret("--hook", text)) for text in args.hook]
        hooks = [replace(one, customer=places.pop(one.name, one.customer)) for one in hooks]
        app = application(
            engine, sources=sources, hooks=hooks, site=_site(), console=_console(engine, args)
        )
    except ValueError as trouble:
        raise Misuse(str(trouble), "cuebook serve --help") from trouble
    if places:
        said = f"--hook-customer names {next(iter(places))}, which is no --hook"
        raise Misuse(said, "cuebook serve --help")
    if not sources and not hooks:
        sys.stderr.write(_NOBODY_SENDS)
    return app


def _console(engine: "Engine", args: Namespace) -> "Starlette | None":
    """Return the console; it asks nobody who they are, so it is this machine's unless told otherwise."""
    from ..web.console import console  # noqa: PLC0415 - see above

    alone = args.host in _HERE
    chosen = args.console or ("read" if alone else "none")
    if args.project is not None and not args.project.is_dir():
        raise Misuse(f"there is no project {args.project}", f"cuebook init {args.project}")
    if chosen == "write" and not alone:
        said = "everybody who reaches the address could answer: mount the console behind a login"
        raise Misuse(said, "cuebook serve --host 127.0.0.1 --console write")
    if chosen == "none":
        return None
    # Other names would let a page elsewhere, whose name is made to lead here, speak to it.
    hosts = _HERE if alone else ()
    return console(engine, project=args.project, writable=chosen == "write", hosts=hosts)


def _site() -> "Site | None":
    """Return how links are signed; None, with a note why, where the environment does not say."""
    from ..engine.links import NoSite, Site  # noqa: PLC0415 - see above

    try:
        return Site.of(os.environ)
    except NoSite as missing:
        sys.stderr.write(f"links in messages are not served: {missing}\n")
        return None


def _secret(option: str, text: str) -> tuple[str, str]:
    """Return a name and the secret that the environment holds for it; the line itself may not."""
    name, place = _pair(option, text)
    kind, _, variable = place.partition(":")
    if kind != "env" or not variable:
        raise Misuse(
            f"{option} {name}= takes env:NAME, never the secret itself", "cuebook serve --help"
        )
    found = os.environ.get(variable, "")
    if not found:
        raise Misuse(f"{variable} is not set, where {option} {name} looks", f"export {variable}=…")
    return name, found


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals or not value:
        raise Misuse(f"{option} takes NAME=…, not {text[:40]}", "cuebook serve --help")
    return name, value


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises Misuse where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as trouble:
        said = f"{host} port {port} cannot be listened on: {trouble}"
        raise Misuse(said, "cuebook serve --port 0") from trouble
    # asyncio sees to it for sockets of its own making only; without it the second part of an answer
    # waits for an acknowledgement that the other side delays by 40 ms.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def _shown(door: socket.socket) -> str:
    """Return the address of a socket as a browser takes it."""
    host, port = door.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(args: Namespace, url: str) -> None:
    said = json.dumps({"url": url}) if args.format == "json" else f"serving {url}"
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def _server(app: "Starlette") -> "Server":
    """Return what answers until a signal comes; those that are being answered are answered."""
    from uvicorn import Config, Server  # noqa: PLC0415 - see above

    grace = int(_GRACE.total_seconds())
    return Server(
        Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=grace,
        )
    )


def _stop(engine: "Engine") -> Exit:
    """Let calls that are out come back, and say what was left behind."""
    left = engine.stop(_GRACE)
    if left:
        sys.stderr.write(f"{plural(left, 'call')} left behind: whoever runs next takes them up\n")
    return Exit.FOUND if left else Exit.CLEAN
