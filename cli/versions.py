"""An earlier version of a project: a folder, or a revision of the git repository it lies in."""

import io
import subprocess  # git is the one who knows revisions
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .exits import Misuse
from .terminal import harmless

__all__ = ["version"]


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
