"""The language server by a real client: as one types, and whatever one asks for."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path
from shutil import copytree

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from cuebook.cli.editor.bench import Bench
from tests.cli.editing import Editor, editor

ROOT = Path(__file__).parents[2]
FIRST = "playbooks/go-live-check-in.yaml"
RULES = "playbooks/lifecycle.play"
TESTS = "tests/go-live-check-in.yaml"
Story = Callable[[Editor], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    """Play a story in an editor that has the starter project open."""
    root = Path(copytree(ROOT / "cli" / "starter", tmp_path / "acme"))

    async def told(story: Story) -> None:
        async with editor(root) as one:
            await story(one)

    return lambda story: asyncio.run(told(story))


def test_mistakes_are_told_as_one_types(play: Callable[[Story], None]) -> None:
    """With their code, their place in UTF-16, what was meant; and they go when they are mended."""

    async def story(one: Editor) -> None:
        text = one.open(FIRST)
        await one.until(FIRST)
        one.type(FIRST, "# 🎉\n" + text.replace("on: go-live", "on: go-liv  # 🎉 x"))
        (note,) = await one.until(FIRST, "N104")
        assert note.message.startswith("unknown event `go-liv`\ndid you mean `go-live`?")
        assert note.range.start == one.place(FIRST, "go-liv ")
        assert note.severity == types.DiagnosticSeverity.Error
        one.type(FIRST, text)
        await one.until(FIRST)

    play(story)


def test_what_is_declared_in_one_file_is_known_in_the_others(play: Callable[[Story], None]) -> None:
    """Nothing needs to be saved for that, and a file that nobody opened is told of, too."""

    async def story(one: Editor) -> None:
        text = one.open("cuebook.yaml")
        await one.until("cuebook.yaml")
        one.type("cuebook.yaml", text.replace("go-live:", "went-live:"))
        await one.until(FIRST, "N104")
        one.type("cuebook.yaml", text)
        await one.until(FIRST)

    play(story)


def test_the_newest_text_is_what_is_told_about(play: Callable[[Story], None]) -> None:
    """Checks of older texts end; fifty keystrokes are followed by what is true of the last."""

    async def story(one: Editor) -> None:
        text = one.open(FIRST)
        for number in range(50):
            one.type(FIRST, text.replace("on: go-live", f"on: go-live{'x' * (number % 3)}"))
        one.type(FIRST, text.replace("on: go-live", "on: nonsense"))
        (note,) = await one.until(FIRST, "N104")
        assert "nonsense" in note.message

    play(story)


def test_warnings_of_whole_playbooks_come_when_nobody_types(play: Callable[[Story], None]) -> None:
    """Rules that look at all playbooks wait for a pause, and their findings stay while one types."""

    async def story(one: Editor) -> None:
        text = one.open(FIRST)
        never = text.replace(
            'plan in ["growth", "enterprise"]', 'plan == "free" and plan == "growth"'
        )
        one.type(FIRST, never)
        await one.until(FIRST, "P402")
        one.found.clear()
        one.type(FIRST, f"# a line above\n{never}")
        (note,) = await one.until(FIRST, "P402")
        assert note.range.start.line == one.place(FIRST, "if: plan").line

    play(story)


def test_a_half_typed_file_is_helped_with(play: Callable[[Story], None]) -> None:
    """Each state of a playbook on its way: completion answers, and the server stays."""

    async def story(one: Editor) -> None:
        text = one.open(FIRST)
        for cursor in range(0, len(text), 7):
            one.type(FIRST, text[:cursor])
            line = text[:cursor].rpartition("\n")[2]
            position = types.Position(text[:cursor].count("\n"), len(line))
            params = types.CompletionParams(one.document(FIRST), position)
            found = await one.client.text_document_completion_async(params)
            assert isinstance(found, types.CompletionList)
        assert one.messages == []

    play(story)


def test_names_and_keys_are_offered(play: Callable[[Story], None]) -> None:
    """As edits that replace what is typed."""

    async def story(one: Editor) -> None:
        one.open(FIRST, "playbook: a\non: go-l\nst")
        params = types.CompletionParams(one.document(FIRST), types.Position(1, 8))
        found = await one.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        (item,) = [item for item in found.items if item.label == "go-live"]
        assert item.kind == types.CompletionItemKind.Event
        assert item.text_edit == types.TextEdit(
            types.Range(types.Position(1, 4), types.Position(1, 8)), "go-live"
        )
        params = types.CompletionParams(one.document(FIRST), types.Position(2, 2))
        found = await one.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        (item,) = [item for item in found.items if item.label == "steps"]
        assert item.documentation == "What is done, one after the other."

    play(story)


def test_a_name_is_explained_and_found(play: Callable[[Story], None]) -> None:
    """Hover, definition and references agree on what a name is."""

    async def story(one: Editor) -> None:
        one.open(FIRST)
        document, place = one.document(FIRST), one.place(FIRST, "on: go-live", 5)
        hover = await one.client.text_document_hover_async(types.HoverParams(document, place))
        assert hover is not None
        assert isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.value.startswith("**go-live** · event")
        found = await one.client.text_document_definition_async(
            types.DefinitionParams(document, place)
        )
        assert isinstance(found, types.Location)
        assert found.uri.endswith("/cuebook.yaml")
        every = await one.client.text_document_references_async(
            types.ReferenceParams(types.ReferenceContext(include_declaration=True), document, place)
        )
        assert every is not None
        assert {place.uri.rpartition("/")[2] for place in every} >= {
            "cuebook.yaml",
            "go-live-check-in.yaml",
        }

    play(story)


def test_a_name_is_changed_in_every_file(play: Callable[[Story], None]) -> None:
    """And a name that cannot be is refused with the reason."""

    async def story(one: Editor) -> None:
        one.open(FIRST)
        document, place = one.document(FIRST), one.place(FIRST, "on: go-live", 5)
        before = await one.client.text_document_prepare_rename_async(
            types.PrepareRenameParams(document, place)
        )
        assert isinstance(before, types.PrepareRenamePlaceholder)
        assert before.placeholder == "go-live"
        edit = await one.client.text_document_rename_async(
            types.RenameParams(document, place, "launched")
        )
        assert edit is not None
        assert edit.changes is not None
        files = {uri.rpartition("/acme/")[2] for uri in edit.changes}
        assert files >= {"cuebook.yaml", FIRST, TESTS}
        with pytest.raises(JsonRpcException, match="is no name"):
            await one.client.text_document_rename_async(
                types.RenameParams(document, place, "not a name")
            )

    play(story)


def test_files_are_laid_out_and_mended(play: Callable[[Story], None]) -> None:
    """Formatting is `cuebook fmt`; the fixes are those of `cuebook check --fix`."""

    async def story(one: Editor) -> None:
        one.open(
            FIRST, "on:   go-liv\nplaybook: a\nsteps: [{do: create-task, with: {title: Call}}]\n"
        )
        document = one.document(FIRST)
        edits = await one.client.text_document_formatting_async(
            types.DocumentFormattingParams(document, types.FormattingOptions(2, insert_spaces=True))
        )
        assert edits is not None
        assert (
            edits[0].new_text
            == "playbook: a\non: go-liv\nsteps: [{do: create-task, with: {title: Call}}]\n"
        )
        one.type(
            FIRST,
            'playbook: a\non: go-live\nif: plann == "free"\nsteps: [{do: create-task, with: {title: Call}}]\n',
        )
        (note,) = [one for one in await one.until(FIRST, "N103") if one.code == "N103"]
        actions = await one.client.text_document_code_action_async(
            types.CodeActionParams(document, note.range, types.CodeActionContext([note]))
        )
        assert actions is not None
        assert [action.title for action in actions] == [
            "Change to `plan`",
            "Mend all that can be mended safely",
        ]

    play(story)


def test_tests_are_run_from_their_lens(play: Callable[[Story], None]) -> None:
    """One that fails is marked where it stands, with what differs, until something is edited."""

    async def story(one: Editor) -> None:
        text = one.open(TESTS)
        lenses = await one.client.text_document_code_lens_async(
            types.CodeLensParams(one.document(TESTS))
        )
        assert lenses
        assert lenses[0].command is not None
        assert lenses[0].command.title == "run test"
        arguments = lenses[0].command.arguments or []
        done = await one.run(lenses[0].command.command, *arguments)
        assert isinstance(done, dict)
        assert done["passed"] is True
        one.type(TESTS, text.replace("Check in with Ada", "Check in with Bo", 1))
        done = await one.run(lenses[0].command.command, *arguments)
        assert isinstance(done, dict)
        assert done["passed"] is False
        (note,) = await one.until(TESTS, "cuebook test")
        assert "Check in with Bo" in note.message
        one.type(TESTS, text)
        await one.until(TESTS)

    play(story)


def test_a_lens_counts_the_customers_of_the_data_file(play: Callable[[Story], None]) -> None:
    """How many a condition is true of is seen where it is written."""

    async def story(one: Editor) -> None:
        one.open(FIRST)
        lenses = await one.client.text_document_code_lens_async(
            types.CodeLensParams(one.document(FIRST))
        )
        assert lenses
        counted = await one.client.code_lens_resolve_async(lenses[0])
        assert counted.command is not None
        assert "customers" in counted.command.title

    play(story)


def test_playbooks_are_outlined_drawn_and_read_aloud(play: Callable[[Story], None]) -> None:
    """What `cuebook graph` and `cuebook show` print is there in the editor."""

    async def story(one: Editor) -> None:
        one.open(FIRST)
        one.open(RULES)
        found = await one.client.text_document_document_symbol_async(
            types.DocumentSymbolParams(one.document(FIRST))
        )
        assert found
        assert found[0].name == "go-live-check-in"
        rules = await one.client.text_document_document_symbol_async(
            types.DocumentSymbolParams(one.document(RULES))
        )
        assert rules
        drawn = await one.run("cuebook.graph", one.document(FIRST).uri)
        assert str(drawn).startswith("<svg")
        said = await one.run("cuebook.readAloud", one.document(FIRST).uri)
        assert "go-live" in str(said)

    play(story)


def test_why_a_customer_got_something_is_told(play: Callable[[Story], None]) -> None:
    """What `cuebook why` tells of the project's data is there beside the playbook."""

    async def story(one: Editor) -> None:
        one.open(FIRST)
        uri = one.document(FIRST).uri
        known = await one.run("cuebook.customers", uri)
        assert isinstance(known, list)
        told = str(await one.run("cuebook.why", uri, known[0], "go-live-check-in"))
        assert "go-live-check-in" in told
        assert await one.run("cuebook.why", uri, "nobody", None) is None

    play(story)


def test_files_of_no_project_are_left_alone(play: Callable[[Story], None]) -> None:
    """Not every YAML file on a disk is a playbook."""

    async def story(one: Editor) -> None:
        outside = one.root.parent / "compose.yaml"
        outside.write_text("services: {}\n", encoding="utf-8")
        one.open("../compose.yaml")
        found = await one.client.text_document_completion_async(
            types.CompletionParams(one.document("../compose.yaml"), types.Position(0, 0))
        )
        assert isinstance(found, types.CompletionList)
        assert not found.items
        assert one.found == {}

    play(story)


def test_what_is_kept_is_left_alone_by_the_collector_at_rest(tmp_path: Path) -> None:
    """A walk through a large project between two keys would take longer than checking what was typed."""
    root = Path(copytree(ROOT / "cli" / "starter", tmp_path / "acme"))
    text = (root / FIRST).read_text(encoding="utf-8")

    async def story() -> int:
        bench = Bench(lambda _project, _found: None, failures.append)
        bench.changed(root / FIRST, text)
        (project,) = bench
        assert project.task is not None
        await project.task
        bench.close()
        return gc.get_freeze_count()

    failures = list[Exception]()
    before = gc.get_freeze_count()
    try:
        kept = asyncio.run(story())
    finally:
        gc.unfreeze()

    assert failures == []
    assert kept > before
