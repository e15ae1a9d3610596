"""What other people's machines run: hooks, workflows, and the extension that is packaged."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cuebook.cli.main import VERSION

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "ci.md"
VSCODE = ROOT / "editors" / "vscode"


def written(name: str) -> str:
    """Return a file as the manual shows it."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^```text {re.escape(name)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.mark.parametrize(
    ("name", "schema", "more"),
    [
        (".github/workflows/playbooks.yml", "vendor.github-workflows", []),
        (".gitlab-ci.yml", "vendor.gitlab-ci", ["--data-transform", "gitlab-ci"]),
    ],
)
def test_the_workflows_of_the_manual_are_valid(
    name: str, schema: str, more: list[str], tmp_path: Path
) -> None:
    """By the schemas of those who run them."""
    file = tmp_path / "workflow.yml"
    file.write_text(written(name), encoding="utf-8")
    words = ["-m", "check_jsonschema", "--builtin-schema", schema, *more, str(file)]

    done = subprocess.run([sys.executable, *words], capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stdout


def git(folder: Path, *words: str) -> str:
    """Run git as somebody who has a name."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hook(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run a hook by pre-commit itself, with the cuebook of this checkout."""
    bin_ = Path(sys.executable).parent
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", name, "--all-files", "--verbose"],
        cwd=folder, capture_output=True, check=False, text=True,
        env={"PATH": f"{bin_}:/usr/bin:/bin", "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / ".cache")},
    )  # fmt: skip


def test_the_hooks_check_format_and_test(tmp_path: Path) -> None:
    """What is offered to pre-commit runs, and finds what is planted.

    The hooks run with the cuebook that is installed here (`language: system`): an environment of
    their own would need a package index.
    """
    offered = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    hooks = re.sub(
        r"^- ", "      - ", offered.replace("language: python", "language: system"), flags=re.M
    )
    hooks = re.sub(r"^  (?=\S)", "        ", hooks, flags=re.M).replace(
        "    name: cuebook", "    name: cuebook"
    )
    config = f"repos:\n  - repo: local\n    hooks:\n{hooks}"
    shutil.copytree(ROOT / "cli" / "starter", tmp_path, dirs_exist_ok=True)
    (tmp_path / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    for name in ("cuebook-check", "cuebook-fmt", "cuebook-test"):
        done = hook(tmp_path, name)
        assert done.returncode == 0, done.stdout + done.stderr

    book = tmp_path / "playbooks" / "go-live-check-in.yaml"
    text = book.read_text(encoding="utf-8")
    book.write_text(text.replace("on: go-live", "on:   go-liv"), encoding="utf-8")
    git(tmp_path, "add", "-A")

    found = hook(tmp_path, "cuebook-check")
    assert found.returncode == 1
    assert "N104" in found.stdout
    assert hook(tmp_path, "cuebook-fmt").returncode == 1  # It changed a file, which fails a commit.
    assert "on: go-liv\n" in book.read_text(encoding="utf-8")


def test_the_extension_has_the_version_of_the_package() -> None:
    """They are released together."""
    package = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))

    assert package["version"] == VERSION
    assert "resolved" not in (VSCODE / "package-lock.json").read_text(encoding="utf-8")


def test_the_colours_of_rule_lines_are_patterns() -> None:
    """A pattern that does not compile colours nothing, and nobody is told."""
    grammar = json.loads((VSCODE / "syntaxes" / "play.tmLanguage.json").read_text("utf-8"))

    for pattern in grammar["patterns"]:
        re.compile(pattern["match"])


@pytest.mark.node
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not there: nothing was packaged")
def test_the_extension_is_packaged(tmp_path: Path) -> None:
    """From the sources alone, with all that it needs inside."""
    folder = Path(
        shutil.copytree(
            VSCODE,
            tmp_path / "vscode",
            ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix"),
        )
    )
    for words in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "package"]):
        done = subprocess.run(words, cwd=folder, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    with zipfile.ZipFile(folder / "cuebook.vsix") as packed:
        names = set(packed.namelist())
        program = packed.read("extension/dist/extension.js").decode("utf-8")
    assert {
        "extension/package.json",
        "extension/readme.md",
        "extension/language-configuration.json",
        "extension/syntaxes/play.tmLanguage.json",
    } <= names
    assert not [name for name in names if "node_modules" in name or "/src/" in name]
    assert "textDocument/didChange" in program
