"""Long loops over many values that live on: the garbage collector is not to walk through them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["undisturbed"]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector from walking through all there is, again and again.

    What is read and remembered holds no cycles, so nothing piles up meanwhile.
    """
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
