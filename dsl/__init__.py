"""The language room: text in; a plan, or diagnostics, out.

What stands here is imported when it is first used: the command line starts before it reads.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .project import Compiled, compile_project

__all__ = ["Compiled", "compile_project"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(".project", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
