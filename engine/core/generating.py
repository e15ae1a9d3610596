"""Python that is generated, made into functions: total, because the tree walker stands behind them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from .compile_truths import TruthWriter
from .compile_values import TooLarge

__all__ = ["TROUBLE", "defined", "total"]

TROUBLE: Final = (TypeError, KeyError, AttributeError, ValueError, OverflowError, RecursionError)
"""What generated code may meet in values that it was not written for."""


def total(
    writer: TruthWriter,
    write: Callable[[], str],
    walk: Callable[..., Any],
    arguments: str,
    last: str = "i",
    *,
    returns: bool = True,
) -> Any:
    """Make a function of the source that `write` writes, with the walker behind it.

    The source is an expression that it `returns`, or else all that it does.
    """
    fallback = f"        return walk(a, h, now, z, t, {last})\n"
    try:
        body = f"    try:\n        {'return ' * returns}{write()}\n    except trouble:\n{fallback}"
    except (TooLarge, RecursionError):
        body = f"    if True:\n{fallback}"
    names = writer.names | {"walk": walk, "trouble": TROUBLE}
    made = defined(f"def made({arguments}):\n{body}", names, writer.constants, "made")
    if made is None:
        made = defined(f"def made({arguments}):\n    if True:\n{fallback}", names, {}, "made")
    return made


def defined(
    source: str, names: Mapping[str, object], constants: Mapping[str, object], name: str
) -> Any:
    """Return what a source defines, None when it is nested too deeply for Python."""
    try:
        code = _code(source)
    except (SyntaxError, RecursionError, MemoryError):
        return None
    scope = dict(names)
    exec(_filled(code, constants), scope)  # noqa: S102 - the source holds our own words only
    return scope[name]


@lru_cache(maxsize=1024)
def _code(source: str) -> CodeType:
    """Compile a source once: conditions that differ in texts and numbers alone share it."""
    return compile(source, "<condition>", "exec")


def _filled(code: CodeType, constants: Mapping[str, object]) -> CodeType:
    """Put values where their placeholders stand: a constant is the fastest thing to look at."""
    filled = (
        _filled(held, constants)
        if isinstance(held, CodeType)
        else constants.get(held, held)
        if isinstance(held, str)
        else held
        for held in code.co_consts
    )
    return code.replace(co_consts=tuple(filled))
