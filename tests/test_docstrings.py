"""Examples in docstrings are promises, so they run."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

ROOMS = ("engine", "dsl", "actions", "playbooks", "cli", "web")


def modules() -> Iterator[str]:
    """Names of all modules, by each room's own path: the namespace above them has none to walk."""
    for room in ROOMS:
        front = importlib.import_module(f"cuebook.{room}")
        yield front.__name__
        for found in pkgutil.walk_packages(front.__path__, f"{front.__name__}."):
            if not found.name.endswith("__main__"):
                yield found.name


@pytest.mark.parametrize("name", tuple(modules()))
def test_the_examples_in_a_module_are_true(name: str) -> None:
    """An example that lies is worse than none."""
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)

    assert outcome.failed == 0
