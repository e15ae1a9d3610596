"""`cuebook lsp`: help in the editor, by the language server protocol over standard input and output."""

import os
import sys
from argparse import ArgumentParser, Namespace

from .exits import Exit, Misuse

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare how the server is reached."""
    parser.add_argument(
        "--stdio", action="store_true", help="over standard input and output, as always"
    )
    parser.epilog = (
        "Editors start it themselves; docs/editors.md says how for VS Code, Neovim, Helix, Zed and\n"
        "Emacs. It needs `pip install 'cuebook[lsp]'`.\n"
        "Exit code: 0 when the editor ends it.\n\n"
        "Examples\n"
        "  cuebook lsp"
    )


def run(args: Namespace) -> Exit:
    """Serve one editor until it leaves."""
    if sys.stdin.isatty() and not args.stdio:
        raise Misuse("an editor starts this; nobody can type what it reads", "cuebook lsp --help")
    # The protocol's library is an extra, and nobody else waits for it.
    from .editor.answers import answer_all  # noqa: PLC0415
    from .editor.commands import run_all  # noqa: PLC0415
    from .editor.server import Server  # noqa: PLC0415
    from .main import VERSION  # noqa: PLC0415

    server = Server(VERSION)
    answer_all(server)
    run_all(server)
    # The library closes what it writes to; this process still has a word to say when it ends.
    server.start_io(stdout=os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    return Exit.CLEAN
