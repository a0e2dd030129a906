"""What the server answers to, by the names of the protocol (3.17)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import uuid
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from trainlint.fixing import RunFiles
from trainlint.model import Finding
from trainlint.pages import find_page
from trainlint.server import documents
from trainlint.server.actions import FIX_ALL, OPEN_PAGE, PROBE, actions, fix_all
from trainlint.server.diagnostics import by_document, page_uri
from trainlint.server.hints import shown
from trainlint.server.measuring import measure
from trainlint.server.pages import hover_text
from trainlint.server.places import meet, within
from trainlint.server.project import Options, Project
from trainlint.server.server import WATCHED, TrainlintServer

logger = logging.getLogger(__name__)
SETTINGS_FILES = ("**/{pyproject,trainlint,.trainlint}.toml", "**/.gitignore")


def build() -> TrainlintServer:
    """A server with all its features."""
    server = TrainlintServer()
    for register in (_life, _documents, _notebooks, _workspace, _questions, _commands):
        register(server)
    return server


def _life(server: TrainlintServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        given = params.initialization_options
        server.options = Options.of(given.get("settings", given) if isinstance(given, dict) else None)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        server.loop = asyncio.get_running_loop()
        for root in server.roots():
            if root not in server.projects:
                server.worker.change(server.add_project(root), lambda project: None, 0.0)
        server.worker.start()
        await _register(server)
        await _configure(server)

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        server.worker.close()


async def _register(server: TrainlintServer) -> None:
    """Ask to be told of files that others write."""
    if not server.can(
        lambda w: w.did_change_watched_files and w.did_change_watched_files.dynamic_registration
    ):
        return
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in (WATCHED, *SETTINGS_FILES)]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration(str(uuid.uuid4()), types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException as error:  # it said that it could
        logger.warning("the editor tells nothing of files on the disk: %s", error)


async def _configure(server: TrainlintServer) -> None:
    """Ask for the editor's settings, where it has any."""
    if not server.can(lambda w: w.configuration):
        return
    item = types.ConfigurationItem(section="trainlint")
    try:
        answer = await server.workspace_configuration_async(types.ConfigurationParams([item]))
    except JsonRpcException as error:
        logger.warning("the editor tells nothing of its settings: %s", error)
        return
    if answer and isinstance(answer[0], dict) and answer[0]:
        _take(server, Options.of(answer[0]))


def _take(server: TrainlintServer, options: Options) -> None:
    before, server.options = server.options, options
    if before != options:
        server.reconfigure()


def _documents(server: TrainlintServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri, delay=0.0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.changed(uri, delay=0.0)
        server.disk_changed([types.FileEvent(uri, types.FileChangeType.Changed)])

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)


def _notebooks(server: TrainlintServer) -> None:
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenNotebookDocumentParams) -> None:
        server.changed(params.notebook_document.uri, delay=0.0)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeNotebookDocumentParams) -> None:
        server.changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveNotebookDocumentParams) -> None:
        server.changed(params.notebook_document.uri, delay=0.0)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseNotebookDocumentParams) -> None:
        server.closed(params.notebook_document.uri)


def _workspace(server: TrainlintServer) -> None:
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        server.disk_changed(params.changes)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        if server.can(lambda w: w.configuration):
            await _configure(server)
        else:
            _take(server, Options.of(params.settings))

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            path = documents.path_of(folder.uri)
            if path is not None:
                server.remove_project(path)
        for folder in params.event.added:
            path = documents.path_of(folder.uri)
            if path is not None and path not in server.projects:
                server.worker.change(server.add_project(path), lambda project: None, 0.0)
        for path, uri in list(server.addresses.items()):  # open documents may have moved to another project
            server.project_of(path)
            server.changed(uri, delay=0.0)


def _questions(server: TrainlintServer) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=False, identifier="trainlint"
        ),
    )
    async def diagnose(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        uri = params.text_document.uri

        def answer(project: Project, findings: list[Finding]) -> list[types.Diagnostic]:
            if project.result is None:
                return []
            return by_document(findings, server.places(project, project.result)).get(uri, [])

        items = await server.ask(uri, answer) or []
        text = json.dumps([server.protocol._converter.unstructure(item) for item in items], default=str)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        if params.previous_result_id == name:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        return types.RelatedFullDocumentDiagnosticReport(items, result_id=name)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri

        def answer(project: Project, findings: list[Finding]) -> types.Hover | None:
            if project.result is None:
                return None
            places = server.places(project, project.result)
            here = [
                f
                for f in findings
                if places.uri(f.location) == uri and within(params.position, places.range(f.location))
            ]
            if not here:
                return None
            texts = [hover_text(server.probed(project, f), page_uri(f.code)) for f in here]
            content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(texts))
            return types.Hover(content, places.range(here[0].location))

        found: types.Hover | None = await server.ask(uri, answer)
        return found

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]),
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        def answer(project: Project, findings: list[Finding]) -> list[types.CodeAction]:
            if project.result is None or project.result.sources is None:
                return []
            places, files = server.places(project, project.result), RunFiles(project.result.sources)
            return actions(params, findings, files, places, server.version_of, unsafe=server.options.unsafe)

        return await server.ask(params.text_document.uri, answer) or []

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        if not server.options.hints:
            return []
        uri = params.text_document.uri

        def answer(project: Project, findings: list[Finding]) -> list[types.InlayHint]:
            if project.result is None:
                return []
            places = server.places(project, project.result)
            texts = shown([hint for hints in project.result.digests for hint in hints or ()])
            found = []
            for location, text in texts.items():
                place = places.range(location)
                if places.uri(location) == uri and meet(place, params.range):
                    found.append(types.InlayHint(place.end, text, padding_left=True))
            return found

        return await server.ask(uri, answer) or []


def _commands(server: TrainlintServer) -> None:
    @server.command(OPEN_PAGE)
    async def open_page(code: str) -> str | None:
        uri = page_uri(str(code))
        if uri is not None:
            window = server.client_capabilities.window
            if window is not None and window.show_document is not None and window.show_document.support:
                await server.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
        return uri

    @server.command("trainlint.rulePage")
    async def rule_page(word: str) -> str | None:
        """A page's Markdown by the rule's code or name, for clients that show it themselves; None if there is none."""
        page = find_page(str(word))
        return page.text if page is not None else None

    @server.command("trainlint.fixAll")
    async def fix_document(uri: str) -> bool:
        def answer(project: Project, findings: list[Finding]) -> list[types.CodeAction]:
            if project.result is None or project.result.sources is None:
                return []
            places, files = server.places(project, project.result), RunFiles(project.result.sources)
            return fix_all(str(uri), findings, files, places, server.version_of)

        found = await server.ask(str(uri), answer) or []
        for action in found:
            await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(action.edit, action.title))
        return bool(found)

    @server.command(PROBE)
    async def probe_finding(uri: str, code: str, line: int, cell: int | None = None, column: int = 0) -> Any:
        return await measure(server, str(uri), (str(code), int(line), cell, int(column)))
