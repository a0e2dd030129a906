"""What an editor shows as one types, saves, opens and closes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.server.conftest import CONFIG, NETS, SCRIPT, Start


@pytest.mark.asyncio
async def test_a_rate_typed_into_the_config_shows_in_the_script_and_leads_back(start: Start) -> None:
    editor = await start()
    editor.open("train.py")
    editor.open("conf/train.yaml")
    await editor.sees("train.py")
    editor.type("conf/train.yaml", "0.01", "50.0")
    (found,) = await editor.sees("train.py", "TL401")
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.source == "trainlint"
    assert found.range.start == types.Position(9, 12)
    assert found.code_description is not None and found.code_description.href.endswith("TL401.md")
    first = (found.related_information or [])[0]
    assert first.location.uri == editor.uri("conf/train.yaml")
    assert first.location.range == types.Range(types.Position(1, 6), types.Position(1, 10))
    editor.type("conf/train.yaml", "50.0", "0.01")
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_unsaved_buffers_of_other_files_count_and_closing_one_brings_the_disk_back(
    start: Start,
) -> None:
    editor = await start()
    editor.open("train.py")
    editor.open("nets.py")
    await editor.sees("nets.py")
    deep = "nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid()"
    editor.type("nets.py", "nn.Linear(8, 16), nn.ReLU()", deep)
    await editor.sees("nets.py", "TL601", "TL601")
    editor.close("nets.py")
    await editor.sees("nets.py")


@pytest.mark.asyncio
async def test_what_others_write_counts(start: Start, project: Path) -> None:
    editor = await start(editor="visual_studio_code")
    await editor.until(lambda: bool(editor.client.registered), lambda: "it did not ask to be told")
    assert editor.client.registered == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
    editor.open("train.py")
    await editor.sees("train.py")
    (project / "conf" / "train.yaml").write_text(CONFIG.replace("0.01", "50.0"))
    editor.written("conf/train.yaml")
    await editor.sees("train.py", "TL401")


@pytest.mark.asyncio
async def test_files_that_come_and_go_count(start: Start, project: Path) -> None:
    editor = await start()
    editor.open(
        "train.py",
        SCRIPT.replace('config["optim"]["lr"]', "RATE").replace("import yaml", "from rates import RATE"),
    )
    await editor.sees("train.py")
    (project / "rates.py").write_text("RATE = 50.0\n")
    editor.written("rates.py", types.FileChangeType.Created)
    await editor.sees("train.py", "TL401")
    (project / "rates.py").unlink()
    editor.written("rates.py", types.FileChangeType.Deleted)
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_saving_checks_too(start: Start) -> None:
    editor = await start(options={"debounce": 60_000})
    editor.open("train.py")
    await editor.sees("train.py")
    editor.type("train.py", "    optimizer.zero_grad()\n", "")
    editor.save("train.py")
    await editor.sees("train.py", "TL001")


@pytest.mark.asyncio
async def test_a_broken_file_shows_its_error_and_silences_nothing_else(start: Start) -> None:
    editor = await start()
    editor.open("train.py")
    editor.open("nets.py")
    editor.type("nets.py", "nn.ReLU(), nn.Linear(16, 2)", "nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid()")
    await editor.sees("nets.py", "TL601")
    editor.type("train.py", "for step in range(100):", "for step in range(100:")
    await editor.sees("train.py", "TL000")
    assert editor.codes("nets.py") == ["TL601"]
    editor.type("train.py", "range(100:", "range(100):")
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_a_broken_config_shows_its_error_where_it_is(start: Start) -> None:
    editor = await start()
    editor.open("train.py")
    editor.open("conf/train.yaml")
    await editor.sees("train.py")
    editor.type("conf/train.yaml", "lr: 0.01", "lr: [0.01")
    await editor.until(
        lambda: "TL058" in editor.codes("conf/train.yaml"), lambda: str(editor.codes("conf/train.yaml"))
    )
    editor.type("conf/train.yaml", "lr: [0.01", "lr: 50.0")
    await editor.sees("conf/train.yaml")
    await editor.sees("train.py", "TL401")


@pytest.mark.asyncio
async def test_json_and_toml_documents_are_checked(start: Start, project: Path) -> None:
    (project / "conf" / "extra.json").write_text('{"lr": 0.1, "lr": 0.2, "epochs": 3}\n')
    (project / "conf" / "extra.toml").write_text("[optimizer]\nlr = 0.1\nlr = \n")
    editor = await start()
    editor.open("conf/extra.json")
    editor.open("conf/extra.toml")
    await editor.sees("conf/extra.json", "TL051")
    await editor.sees("conf/extra.toml", "TL058")


@pytest.mark.asyncio
async def test_a_comment_silences_at_once(start: Start) -> None:
    editor = await start()
    editor.open("train.py", SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    await editor.sees("train.py", "TL001")
    editor.type("train.py", "loss.backward()", "loss.backward()  # trainlint: ignore[TL001]")
    await editor.sees("train.py")


@pytest.mark.asyncio
@pytest.mark.parametrize(("editor", "units"), [("visual_studio_code", 2), ("neovim", 4)])
async def test_columns_count_as_the_editor_counts_them(start: Start, editor: str, units: int) -> None:
    """In UTF-16 each of these characters takes two units, in UTF-8 four."""
    text = SCRIPT.replace("optimizer = torch", 'x = "\U0001f600\U0001f600"; optimizer = torch')
    one = await start(editor=editor)
    one.open("train.py", text.replace('config["optim"]["lr"]', "50.0"))
    (found,) = await one.sees("train.py", "TL401")
    assert found.range.start.character == len('x = ""; optimizer = ') + 2 * units


@pytest.mark.asyncio
async def test_a_file_outside_of_every_folder_is_checked_alone(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "lone.py").write_text(
        SCRIPT.replace("    optimizer.zero_grad()\n", "").replace(
            "from nets import Net\n", "Net = lambda: nn.Linear(8, 2)\n"
        )
    )
    (elsewhere / "beside.py").write_text("import torch\n")
    editor = await start()
    editor.root = elsewhere
    editor.open("lone.py")
    await editor.sees("lone.py", "TL001")


@pytest.mark.asyncio
async def test_several_folders_each_have_their_settings(
    start: Start, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "nets.py").write_text(NETS)
    for root, name in ((project, "train.py"), (other, "train.py")):
        (root / name).write_text(SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    (other / "trainlint.toml").write_text('ignore = ["TL001"]\n')
    editor = await start(project, other)
    editor.open("train.py")
    await editor.sees("train.py", "TL001")
    editor.root = other
    editor.open("train.py")
    await editor.sees("train.py")
    (other / "trainlint.toml").write_text("")
    editor.written("trainlint.toml")
    await editor.sees("train.py", "TL001")
    removed = types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(editor.uri(""), "other")])
    editor.close("train.py")
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(removed))
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_a_broken_settings_file_is_a_message_and_findings_go_on(start: Start, project: Path) -> None:
    (project / "trainlint.toml").write_text('ignore = ["TL001"]\n')
    editor = await start()
    editor.open("train.py", SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    await editor.sees("train.py")
    (project / "trainlint.toml").write_text("ignore = [\n")
    editor.written("trainlint.toml")
    await editor.sees("train.py", "TL001")
    assert any("trainlint.toml" in message.message for message in editor.client.messages)


@pytest.mark.asyncio
async def test_the_editor_s_own_settings_count_and_change(start: Start) -> None:
    editor = await start(options={"ignore": ["TL001"]})
    editor.open("train.py", SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    await editor.sees("train.py")
    editor.client.set_configuration({"trainlint": {"select": ["TL0"], "debounce": 20}})
    editor.client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"trainlint": {"select": ["TL0"]}})
    )
    await editor.sees("train.py", "TL001")


@pytest.mark.asyncio
async def test_diagnostics_that_the_editor_asks_for(start: Start) -> None:
    editor = await start(
        can=lambda c: setattr(c.text_document, "diagnostic", types.DiagnosticClientCapabilities())
    )
    editor.open("train.py", SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    document = types.TextDocumentIdentifier(editor.uri("train.py"))
    first = await editor.client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    assert [d.code for d in first.items] == ["TL001"]
    again = types.DocumentDiagnosticParams(document, previous_result_id=first.result_id)
    assert (await editor.client.text_document_diagnostic_async(again)).kind == "unchanged"
    editor.type("train.py", "    loss.backward()", "    optimizer.zero_grad()\n    loss.backward()")
    after = await editor.client.text_document_diagnostic_async(again)
    assert isinstance(after, types.RelatedFullDocumentDiagnosticReport)
    assert not after.items
    assert editor.shown("train.py") == [], "what is asked for is not sent as well"


@pytest.mark.asyncio
async def test_what_was_sent_of_a_closed_file_is_taken_back_when_the_editor_asks_for_it(
    start: Start, project: Path
) -> None:
    (project / "train.py").write_text(SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    editor = await start(
        can=lambda c: setattr(c.text_document, "diagnostic", types.DiagnosticClientCapabilities())
    )
    editor.open("other.py", SCRIPT)
    await editor.sees("train.py", "TL001")  # closed: an editor asks for open documents only
    editor.open("train.py")
    document = types.TextDocumentIdentifier(editor.uri("train.py"))
    asked = await editor.client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
    assert isinstance(asked, types.RelatedFullDocumentDiagnosticReport)
    assert [d.code for d in asked.items] == ["TL001"]
    await editor.sees("train.py")
    editor.close("train.py")
    await editor.sees("train.py", "TL001")


@pytest.mark.asyncio
async def test_shutdown_is_clean_even_in_the_middle_of_a_check(start: Start, client: object) -> None:
    editor = await start()
    editor.open("train.py")
    editor.type("train.py", "range(100)", "range(99)")
    await editor.client.shutdown_session()
    editor.client.capabilities = None
    await editor.until(lambda: editor.client._server.returncode is not None, lambda: "the process still runs")
    assert editor.client._server.returncode == 0
