"""What an editor offers to do about a finding, and what it tells of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types

from tests.server.conftest import SCRIPT, Start, applied

STALE = SCRIPT.replace("    optimizer.zero_grad()\n", "")


@pytest.mark.asyncio
async def test_quick_fix_ignore_and_page(start: Start) -> None:
    editor = await start()
    editor.open("train.py", STALE)
    (found,) = await editor.sees("train.py", "TL001")
    offered = {action.title: action for action in await editor.actions("train.py", found.range)}

    fix = offered["TL001: Insert `optimizer.zero_grad()`."]
    assert (fix.kind, fix.is_preferred) == (types.CodeActionKind.QuickFix, True)
    assert fix.edit is not None
    mended = applied(STALE, fix.edit, editor.uri("train.py"))
    assert mended == STALE.replace("    loss.back", "    optimizer.zero_grad()\n    loss.back")

    ignore = offered["TL001: ignore this here"]
    assert ignore.edit is not None
    silenced = applied(STALE, ignore.edit, editor.uri("train.py"))
    assert silenced == STALE.replace("loss.backward()", "loss.backward()  # trainlint: ignore[TL001]")

    everything = offered["Fix all safe trainlint findings (1)"]
    assert everything.kind == "source.fixAll.trainlint"
    assert everything.edit is not None
    assert applied(STALE, everything.edit, editor.uri("train.py")) == mended

    page = offered["TL001: open the rule's page"].command
    assert page is not None
    params = types.ExecuteCommandParams(page.command, page.arguments)
    uri = await editor.client.workspace_execute_command_async(params)
    assert uri.endswith("TL001.md")
    params = types.ExecuteCommandParams("trainlint.rulePage", page.arguments)
    assert (await editor.client.workspace_execute_command_async(params)).startswith(
        "# TL001 missing-zero-grad"
    )
    params = types.ExecuteCommandParams("trainlint.rulePage", ["TL9"])
    assert await editor.client.workspace_execute_command_async(params) is None


@pytest.mark.asyncio
async def test_only_the_kinds_that_are_asked_for(start: Start) -> None:
    editor = await start()
    editor.open("train.py", STALE)
    (found,) = await editor.sees("train.py", "TL001")
    (one,) = await editor.actions("train.py", found.range, [types.CodeActionKind.SourceFixAll])
    assert one.kind == "source.fixAll.trainlint"
    assert await editor.actions("train.py", found.range, [types.CodeActionKind.Refactor]) == []


@pytest.mark.asyncio
async def test_a_fix_of_a_config_and_an_unsafe_one(start: Start, project: Path) -> None:
    (project / "conf" / "train.yaml").write_text("optim:\n  lr: 1e-3  # small\n")
    text = SCRIPT.replace("    loss.backward()\n", "").replace(
        "    optimizer.step()\n", "    optimizer.step()\n    loss.backward()\n"
    )
    text = text.replace("    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n", "")
    editor = await start()
    editor.open("conf/train.yaml")
    editor.open("train.py", text)
    (number,) = await editor.sees("conf/train.yaml", "TL050")
    fix = next(a for a in await editor.actions("conf/train.yaml", number.range) if a.is_preferred)
    assert fix.edit is not None
    assert (
        applied("optim:\n  lr: 1e-3  # small\n", fix.edit, editor.uri("conf/train.yaml"))
        == "optim:\n  lr: 1.0e-3  # small\n"
    )
    (order,) = await editor.sees("train.py", "TL004")
    titles = [action.title for action in await editor.actions("train.py", order.range)]
    assert "TL004: Move the step behind `backward()`. (changes training)" in titles
    assert not any("Fix all" in title for title in titles)


@pytest.mark.asyncio
async def test_hover_shows_the_rule_s_page_on_the_finding_only(start: Start) -> None:
    editor = await start()
    editor.open("train.py", STALE)
    (found,) = await editor.sees("train.py", "TL001")
    text = await editor.hover("train.py", found.range.start.line, found.range.start.character + 2)
    assert text is not None
    assert text.startswith("**TL001 missing-zero-grad** (error)")
    assert "## Why it hurts" in text
    assert "## Examples" not in text
    assert await editor.hover("train.py", 0, 0) is None


@pytest.mark.asyncio
async def test_hints_show_where_a_rate_comes_from_if_wanted(start: Start) -> None:
    editor = await start(options={"inlayHints": True})
    editor.open("train.py")
    everything = types.Range(types.Position(0, 0), types.Position(99, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(editor.uri("train.py")), everything)
    (hint,) = await editor.client.text_document_inlay_hint_async(params) or []
    assert hint.label == "lr = 0.01 from conf/train.yaml:2"
    assert hint.position.line == 9


@pytest.mark.asyncio
async def test_hints_are_off_by_default(start: Start) -> None:
    editor = await start()
    editor.open("train.py")
    everything = types.Range(types.Position(0, 0), types.Position(99, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(editor.uri("train.py")), everything)
    assert not await editor.client.text_document_inlay_hint_async(params)


CELLS = {
    "one": "import torch\n\nmodel = torch.nn.Linear(8, 2)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n",
    "two": "for x in range(100):\n    loss = model(torch.randn(4, 8)).pow(2).mean()\n    loss.backward()\n    optimizer.step()\n",
}


@pytest.mark.asyncio
async def test_a_notebook_shows_findings_in_its_cells_and_is_mended_there(start: Start) -> None:
    editor = await start(editor="visual_studio_code")
    notebook = editor.uri("notes.ipynb")
    uris = {name: f"{notebook.replace('file:', 'vscode-notebook-cell:')}#{name}" for name in CELLS}
    cells = [types.NotebookCell(types.NotebookCellKind.Code, uris[name]) for name in CELLS]
    documents = [types.TextDocumentItem(uris[name], "python", 1, text) for name, text in CELLS.items()]
    document = types.NotebookDocument(notebook, "jupyter-notebook", 1, cells)
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(document, documents))
    shown = editor.client.diagnostics
    await editor.until(lambda: bool(shown.get(uris["two"])), lambda: str(shown))
    (found,) = shown[uris["two"]]
    assert (found.code, found.range.start) == ("TL001", types.Position(2, 4))

    context = types.CodeActionContext([])
    params = types.CodeActionParams(types.TextDocumentIdentifier(uris["two"]), found.range, context)
    offered = await editor.client.text_document_code_action_async(params) or []
    fix = next(a for a in offered if isinstance(a, types.CodeAction) and a.is_preferred)
    assert fix.edit is not None
    mended = applied(CELLS["two"], fix.edit, uris["two"])
    assert mended == CELLS["two"].replace("    loss.back", "    optimizer.zero_grad()\n    loss.back")

    identifier = types.VersionedNotebookDocumentIdentifier(version=2, uri=notebook)
    text = types.VersionedTextDocumentIdentifier(uri=uris["two"], version=2)
    whole = types.TextDocumentContentChangeWholeDocument(mended)
    content = types.NotebookDocumentCellContentChanges(text, [whole])
    change = types.NotebookDocumentChangeEvent(
        cells=types.NotebookDocumentCellChanges(text_content=[content])
    )
    editor.client.notebook_document_did_change(types.DidChangeNotebookDocumentParams(identifier, change))
    await editor.until(lambda: not shown.get(uris["two"]), lambda: str(shown))


@pytest.mark.asyncio
async def test_a_notebook_that_is_open_as_text_shows_findings_in_its_json(
    start: Start, project: Path
) -> None:
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text.splitlines(keepends=True),
        }
        for text in CELLS.values()
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    (project / "notes.ipynb").write_text(text)
    editor = await start()
    editor.open("notes.ipynb")
    (found,) = await editor.sees("notes.ipynb", "TL001")
    assert "loss.backward()" in text.splitlines()[found.range.start.line]


@pytest.mark.asyncio
async def test_a_probe_of_a_finding_shows_progress_and_its_verdict(start: Start) -> None:
    pytest.importorskip("torch")
    editor = await start(editor="visual_studio_code")
    deep = "nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid()"
    editor.open("train.py")
    editor.open("nets.py", (editor.root / "nets.py").read_text().replace("nn.Linear(8, 16), nn.ReLU()", deep))
    await editor.until(lambda: "TL601" in editor.codes("nets.py"), lambda: str(editor.codes("nets.py")))
    found = editor.shown("nets.py")[0]
    offered = {action.title: action for action in await editor.actions("nets.py", found.range)}
    command = offered["TL601: probe this finding"].command
    assert command is not None
    answer = await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command.command, command.arguments)
    )
    assert answer["verdict"] in ("confirmed", "not reproduced", "inconclusive")
    assert answer["statistic"] or answer["detail"]
    assert any(message.message.startswith("TL601: ") for message in editor.client.messages)
    kinds = [
        type(report).__name__ for reports in editor.client.progress_reports.values() for report in reports
    ]
    assert kinds[0] == "WorkDoneProgressBegin"
    assert kinds[-1] == "WorkDoneProgressEnd"
    text = await editor.hover("nets.py", found.range.start.line, found.range.start.character)
    assert text is not None
    assert "*Probe:*" in text
