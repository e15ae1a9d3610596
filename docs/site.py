"""Build the manual as a site: gather the pages in build/pages, write build/site.

`make site` runs it. The pages stand where they stand in the repository, so that links between them
hold in both places.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "build" / "pages"
SKIPPED = ("tests", "cli", "build", ".venv", ".pytest_cache", "node_modules")
"""Folders whose pages are not part of the manual: data of tests, and what `init` writes."""


def main() -> int:
    """Gather and build; return the exit code of the generator, which is strict about links."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for page in sorted(ROOT.rglob("*.md")):
        place = page.relative_to(ROOT)
        if not set(place.parts) & set(SKIPPED):
            copy = PAGES / place
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = unlinked(titled(page.read_text(encoding="utf-8")), page.parent)
            copy.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def titled(text: str) -> str:
    """Say where a block is written in the words of the generator.

    >>> titled("```yaml playbooks/go-live.yaml")
    '```yaml title="playbooks/go-live.yaml"'
    """
    return re.sub(r"^```(\w+) +(.+)$", r'```\1 title="\2"', text, flags=re.MULTILINE)


def unlinked(text: str, folder: Path) -> str:
    """Leave the words of links that lead to folders and programs: the site holds pages only."""

    def kept(link: re.Match[str]) -> str:
        target = folder / link[2].partition("#")[0]
        is_page = "://" in link[2] or link[2].startswith("#") or target.suffix == ".md"
        return link[0] if is_page else link[1]

    return re.sub(r"\[([^]\n]+)\]\(([^)\s]+)\)", kept, text)


if __name__ == "__main__":
    sys.exit(main())
