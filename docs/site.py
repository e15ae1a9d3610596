"""Build the manual as a site: gather the pages in build/pages, write build/site.

`make site` runs it. The pages stand where they stand in the repository, so that links between them
hold in both places.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cuebook.dsl import compile_project
from cuebook.engine.english import english
from cuebook.playbooks.catalogue import Play, catalogue
from cuebook.playbooks.filling import play_texts

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
    for play in catalogue():
        place = PAGES / "playbooks" / play.path / "README.md"
        place.parent.mkdir(parents=True)
        place.write_text("\n".join(play_page(play)) + "\n", encoding="utf-8")
    shutil.copyfile(ROOT / "docs" / "site.css", PAGES / "site.css")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    ended = subprocess.run(command, cwd=ROOT, check=False).returncode
    if not ended:
        sys.stdout.write(
            "next: python -m http.server --bind 127.0.0.1 --directory build/site 8000\n"
        )
    return ended


def play_page(play: Play) -> Iterator[str]:
    """Yield the page of a play: what it is for, what may be filled in, what it does, and its texts."""
    yield f"# {play.title}\n\n{play.does}.\n"
    yield f"Written for {play.model}. Its goal: `{play.goal}`.\n"
    yield f"```sh\ncuebook library add {play.path} --to PROJECT\n```\n"
    yield "| input | type | otherwise | says |\n| --- | --- | --- | --- |"
    for one in play.inputs().values():
        yield f"| `{one.name}` | {one.type.kind} | `{one.default}` | {one.meaning} |"
    yield "\n## Read aloud\n"
    project = compile_project(play.folder).project
    for plan in project.plans if project is not None else ():
        yield f"```text\n{chr(10).join(english(plan)).strip()}\n```\n"
    yield "## As it comes into a project\n"
    for place, text in play_texts(play, {}).items():
        word = "yaml" if place.endswith(".yaml") else "text"
        yield f'```{word} title="{place}"\n{text.rstrip()}\n```\n'


def titled(text: str) -> str:
    """Say where a block is written in the words of the generator.

    >>> titled("```yaml playbooks/go-live.yaml")
    '```yaml title="playbooks/go-live.yaml"'
    """
    return re.sub(r"^```(\w+) +(.+)$", r'```\1 title="\2"', text, flags=re.MULTILINE)


def unlinked(text: str, folder: Path) -> str:
    """Leave the words of links that lead to folders and programs: the site holds pages only.

    A link to a play leads to its page.
    """
    plays = {play.folder.resolve() for play in catalogue()}

    def kept(link: re.Match[str]) -> str:
        target = folder / link[2].partition("#")[0]
        if target.resolve() in plays:
            return f"[{link[1]}]({link[2]}/README.md)"
        is_page = "://" in link[2] or link[2].startswith("#") or target.suffix == ".md"
        return link[0] if is_page else link[1]

    return re.sub(r"\[([^]\n]+)\]\(([^)\s]+)\)", kept, text)


if __name__ == "__main__":
    sys.exit(main())
