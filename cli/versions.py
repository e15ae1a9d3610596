"""Another version of a project: a folder, a revision of its git repository, or what was deployed."""

import io
import re
import subprocess  # git is the one who knows revisions
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..engine.core.instant import iso
from ..engine.core.plan import Project
from .exits import Misuse
from .terminal import harmless

if TYPE_CHECKING:  # SQLAlchemy is loaded when a database is asked
    from ..engine.runtime import Engine

__all__ = ["deployed", "is_deployed", "version"]


def is_deployed(name: str) -> bool:
    """Whether a version is to be found in a database: `deployed`, or `deployed~1` for the one before."""
    return re.fullmatch(r"deployed(~[0-9]{1,9})?", name) is not None


def deployed(engine: "Engine", name: str) -> Project:
    """Return the program that decides, or one so many deployments before it.

    Raises Misuse where there were not so many.
    """
    back = int(name.partition("~")[2] or "0")
    found = engine.deployments()
    if not found:
        said = "nothing is deployed yet, so there is nothing to compare with"
        raise Misuse(said, "cuebook deploy PROJECT")
    if back >= len(found):
        first = f"deployed~{len(found) - 1}" if len(found) > 1 else "deployed"
        said = f"there is no {name}: the first deployment is {first}, of {iso(found[-1].at)}"
        raise Misuse(said, f"cuebook plan --from {first}")
    project = engine.project(found[back].program)
    assert project is not None  # noqa: S101 - a program that was deployed is kept
    return project


@contextmanager
def version(project: Path, name: str) -> Iterator[Path]:
    """Lend a folder with the project as it was: `name` is a folder, or a git revision.

    Raises Misuse when it is neither.
    """
    folder = Path(name)
    if folder.is_dir() and (folder / "cuebook.yaml").is_file():
        yield folder
        return
    with TemporaryDirectory(prefix="cuebook-") as lent:
        _extract(_archive(project, name), lent)
        if not (Path(lent) / "cuebook.yaml").is_file():
            said = f"{harmless(name)} holds no cuebook.yaml at {harmless(str(project))}"
            raise Misuse(said, "git log -- cuebook.yaml")
        yield Path(lent)


def _archive(project: Path, revision: str) -> bytes:
    """Return the project's folder at a revision as a tar file."""
    said = f"{harmless(revision)} is neither a project's folder nor a revision of git"
    if not revision or revision.startswith("-"):
        raise Misuse(said, "cuebook plan --from HEAD")
    command = ["git", "-C", str(project), "archive", "--format=tar", revision]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise Misuse(f"{said}: there is no git here", "cuebook plan --from FOLDER") from None
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Misuse(f"{said}: {harmless(''.join(why))}", "git log --oneline")
    return done.stdout


def _extract(archive: bytes, folder: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
