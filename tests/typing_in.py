"""The command line typed in this process: what it says and how it ends, without another Python.

What only shows in a process of its own (signals, pipes, terminals, what is imported) begins one.
"""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from cuebook.cli.main import main

__all__ = ["Said", "cuebook"]


@dataclass(slots=True)
class Said:
    """How a command ended, and what it wrote; named as `subprocess` names it."""

    returncode: int
    stdout: str
    stderr: str


def cuebook(*words: str | Path, cwd: Path | None = None, **environment: str) -> Said:
    """Run one command line, with `cwd` as the working directory."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        if cwd is not None:
            patch.chdir(cwd)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main([str(word) for word in words])
    return Said(int(code), *map(_written, (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
