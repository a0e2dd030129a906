"""A client of the protocol, the server as a process, and a project to open in it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Union

import pytest
import pytest_lsp
from lsprotocol import types
from pygls import uris
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

CONFIG = "optim:\n  lr: 0.01\n"
SCRIPT = """\
import torch
import yaml
from torch import nn

from nets import Net

with open("conf/train.yaml") as file:
    config = yaml.safe_load(file)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=config["optim"]["lr"])
for step in range(100):
    loss = model(torch.randn(4, 8)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""
NETS = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, x):
        return self.body(x)
"""
SECONDS = 20.0

Start = Callable[..., Any]


class Editor:
    """What a person does in an editor, and what that editor then shows."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}

    def uri(self, name: str) -> str:
        return uris.from_fs_path(str(self.root / name)) or ""

    def open(self, name: str, text: str | None = None) -> None:
        self.texts[name] = (self.root / name).read_text() if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), _language(name), 1, self.texts[name])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, old: str, new: str) -> None:
        """Replace a text by another, as an incremental change."""
        text = self.texts[name]
        assert old in text
        at = text.index(old)
        before, inside = text[:at], old
        start = types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
        until = text[: at + len(inside)]
        end = types.Position(until.count("\n"), len(until) - until.rfind("\n") - 1)
        self.texts[name] = text[:at] + new + text[at + len(old) :]
        self.versions[name] += 1
        change = types.TextDocumentContentChangePartial(types.Range(start, end), new)
        document = types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.versions[name])
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def save(self, name: str) -> None:
        (self.root / name).write_text(self.texts[name])
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def written(self, name: str, kind: types.FileChangeType = types.FileChangeType.Changed) -> None:
        """Another program wrote a file."""
        event = types.FileEvent(self.uri(name), kind)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    def shown(self, name: str) -> list[types.Diagnostic]:
        return list(self.client.diagnostics.get(self.uri(name), []))

    def codes(self, name: str) -> list[str]:
        return [str(d.code) for d in self.shown(name)]

    async def sees(self, name: str, *codes: str) -> list[types.Diagnostic]:
        """Wait until a document shows exactly these codes."""
        await self.until(
            lambda: sorted(self.codes(name)) == sorted(codes), lambda: f"{name}: {self.codes(name)}"
        )
        return self.shown(name)

    async def until(self, test: Callable[[], bool], what: Callable[[], str]) -> None:
        """Wait until something is so."""
        for _ in range(int(SECONDS / 0.02)):
            if test():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"not within {SECONDS:.0f} s; {what()}; the server said {self.client.messages}")

    async def actions(
        self, name: str, place: types.Range, only: list[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only=only)
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(document, place, context)
        )
        return [action for action in found or [] if isinstance(action, types.CodeAction)]

    async def hover(self, name: str, line: int, character: int) -> str | None:
        document = types.TextDocumentIdentifier(self.uri(name))
        params = types.HoverParams(document, types.Position(line, character))
        found = await self.client.text_document_hover_async(params)
        assert found is None or isinstance(found.contents, types.MarkupContent)
        return found.contents.value if found is not None else None


def _language(name: str) -> str:
    return {"py": "python", "yaml": "yaml", "json": "json", "toml": "toml", "ipynb": "json"}[
        name.rsplit(".", 1)[-1]
    ]


def applied(text: str, edit: types.WorkspaceEdit, uri: str) -> str:
    """A document after the edits of an action."""
    changes = dict(edit.changes or {})
    for document in edit.document_changes or []:
        assert isinstance(document, types.TextDocumentEdit)
        changes[document.text_document.uri] = list(document.edits)  # type: ignore[arg-type]
    lines = [*text.splitlines(keepends=True), ""]
    offsets = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]

    def offset(position: types.Position) -> int:
        return offsets[min(position.line, len(lines))] + position.character

    for part in sorted(changes[uri], key=lambda e: offset(e.range.start), reverse=True):
        text = text[: offset(part.range.start)] + part.new_text + text[offset(part.range.end) :]
    return text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "train.yaml").write_text(CONFIG)
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "nets.py").write_text(NETS)
    return tmp_path


def _complete(client: LanguageClient) -> None:
    """Make good what the client of pytest-lsp lacks of the capabilities that it claims."""
    client.registered = []

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        client.registered += [registration.method for registration in params.registrations]

    @client.feature(types.WORKSPACE_INLAY_HINT_REFRESH)
    def refresh(params: None) -> None:
        pass

    def action(given: Any, _: object) -> types.Command | types.CodeAction:
        """lsprotocol takes an action that holds a command for a command."""
        kind = types.Command if isinstance(given.get("command"), str) else types.CodeAction
        return client.protocol._converter.structure(given, kind)

    client.protocol._converter.register_structure_hook(Union[types.Command, types.CodeAction], action)  # noqa: UP007


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[sys.executable, "-m", "trainlint", "server"]))
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """The server as a process; each test initializes it."""
    _complete(lsp_client)
    yield
    if lsp_client.capabilities is not None:
        await lsp_client.shutdown_session()


@pytest.fixture
def start(client: LanguageClient, project: Path) -> Start:
    """Open the project in an editor; keywords change what that editor can do and says."""

    async def begin(
        *roots: Path,
        editor: str = "neovim",
        options: dict[str, Any] | None = None,
        can: Callable[[types.ClientCapabilities], None] | None = None,
    ) -> Editor:
        capabilities = client_capabilities(editor)
        if capabilities.text_document is not None:
            capabilities.text_document.diagnostic = None
        if can is not None:
            can(capabilities)
        folders = [
            types.WorkspaceFolder(uris.from_fs_path(str(r)) or "", r.name) for r in roots or (project,)
        ]
        params = types.InitializeParams(
            capabilities=capabilities,
            workspace_folders=folders,
            initialization_options={"debounce": 20, **(options or {})},
        )
        await client.initialize_session(params)
        client.initialized_params = params
        return Editor(client, project)

    return begin
