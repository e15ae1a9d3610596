"""`cuebook explain`: what a code of `cuebook check` means, and a mistake that draws it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from textwrap import indent

from ..dsl.codes import CODES
from ..dsl.explanations import FAMILIES, explanation, near
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare which code to explain."""
    parser.add_argument("code", nargs="?", help="a code such as N103 (default: list them all)")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what to print (default: text)"
    )
    parser.epilog = "Examples\n  cuebook explain N103\n  cuebook explain"


def run(args: Namespace) -> Exit:
    """Explain one code, or list all of them."""
    codes = list(CODES) if args.code is None else [args.code]
    found = [known for code in codes if (known := explanation(code)) is not None]
    if not found:
        close = near(args.code)
        raise Misuse(
            f"there is no code {harmless(args.code)}",
            f"cuebook explain {close[0]}" if close else "cuebook explain",
        )
    if args.format == "json":
        told = [asdict(one) for one in found]
        sys.stdout.write(f"{json.dumps(told if args.code is None else told[0], indent=2)}\n")
        return Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    if args.code is None:
        for letter, family in FAMILIES.items():
            sys.stdout.write(f"{paint.bold(family)}\n")
            lines = (
                f"  {paint.cyan(one.code)}  {one.why}\n" for one in found if one.code[0] == letter
            )
            sys.stdout.write("".join(lines))
        return Exit.CLEAN
    (one,) = found
    sys.stdout.write(f"{paint.cyan(one.code)}  {paint.dim(one.family)}\n\n{one.why}\n")
    if one.example:
        sys.stdout.write(f"\nFor example\n\n{indent(one.example, '  ')}")
    return Exit.CLEAN
