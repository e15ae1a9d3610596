"""Three texts to one: what the author changed, and what the shelf changed, since they were the same."""

import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

__all__ = ["NoMerge", "marks", "merged"]

_YOURS: Final = "yours"
_MOST: Final = 127
"""The largest number of conflicts that `git merge-file` counts; what lies above it is an error."""


class NoMerge(Exception):  # noqa: N818 - named for what cannot be done
    """Both sides changed a text, and there is no git to bring them together."""


def merged(mine: str, base: str, theirs: str) -> tuple[str, int]:
    """Return both changes in one text, and how many places need a person; these are marked."""
    if theirs in (base, mine):
        return mine, 0
    if mine == base:
        return theirs, 0
    git = which("git")
    if git is None:
        raise NoMerge(
            "you and the shelf changed the same file; merging needs git, and there is none"
        )
    with TemporaryDirectory() as folder:
        names = ("mine", "base", "theirs")
        for name, text in zip(names, (mine, base, theirs), strict=True):
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
        labels = ("-L", _YOURS, "-L", "as it came", "-L", "the shelf")
        done = subprocess.run(  # noqa: S603 - our own words, and files of a folder of our own
            [git, "merge-file", "-p", *labels, *names], cwd=folder, capture_output=True, check=False
        )
    if done.returncode > _MOST:
        raise NoMerge(f"git cannot merge: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8"), done.returncode


def marks(text: str) -> list[int]:
    r"""Return the lines in which places begin that need a person.

    >>> marks("a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> the shelf\n")
    [2]
    """
    begins = f"<<<<<<< {_YOURS}"
    return [number for number, line in enumerate(text.splitlines(), 1) if line == begins]
