"""The server: what an editor says goes to the worker, what the worker finds goes to the editor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from trainlint import __version__
from trainlint.model import Evidence, Finding
from trainlint.result import Result
from trainlint.server import documents
from trainlint.server.diagnostics import by_document
from trainlint.server.hints import hints_of
from trainlint.server.places import Places
from trainlint.server.project import Options, Project, is_settings_file, read_settings
from trainlint.server.worker import Worker
from trainlint.source.problem import Unreadable

logger = logging.getLogger(__name__)
WATCHED = "**/*.{py,ipynb,yaml,yml,json,toml}"
SELECTOR = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(
            notebook=types.NotebookDocumentFilterNotebookType(notebook_type="jupyter-notebook"),
            cells=[types.NotebookCellLanguage(language="python")],
        )
    ],
    save=True,
)


class TrainlintServer(LanguageServer):
    """Projects by folder, the worker, and what was last shown of each document."""

    def __init__(self) -> None:
        super().__init__("trainlint", __version__, notebook_document_sync=SELECTOR)
        self.options = Options()
        self.projects: dict[Path, Project] = {}
        self.worker = Worker(self._on_found, self._on_failure)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.addresses: dict[Path, str] = {}  # of open documents, as the editor writes them
        self.versions: dict[str, int | None] = {}
        self.told: dict[str, int | None] = {}  # the version of each document that it has word of
        self.shown: dict[Path, dict[str, list[types.Diagnostic]]] = {}
        self.pushed: dict[
            str, list[types.Diagnostic]
        ] = {}  # what the editor was told unasked, of each document
        self.verdicts: dict[tuple[Path, str, str], Evidence] = {}
        self.troubled = False

    # -- what the editor can do

    @property
    def pulls(self) -> bool:
        """Whether the editor asks for the diagnostics of its documents itself."""
        text = self.client_capabilities.text_document
        return text is not None and text.diagnostic is not None

    def can(self, test: Callable[[types.WorkspaceClientCapabilities], Any]) -> bool:
        """Whether the editor's workspace has a capability."""
        workspace = self.client_capabilities.workspace
        return workspace is not None and bool(test(workspace))

    @property
    def encoding(self) -> str:
        """The code units in which the editor counts columns."""
        found = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return found.value if isinstance(found, types.PositionEncodingKind) else str(found)

    # -- projects

    def project_of(self, path: Path) -> Project:
        """The project that a file belongs to: the innermost folder that holds it, or one for lone files of its directory."""
        holding = [
            root for root in self.projects if root in path.parents and not self.projects[root].workspace.lone
        ]
        if holding:
            return self.projects[max(holding, key=lambda root: len(root.parts))]
        lone = self.projects.get(path.parent)
        return lone if lone is not None else self.add_project(path.parent, lone=True)

    def add_project(self, root: Path, *, lone: bool = False) -> Project:
        """A folder is there."""
        project = Project.at(root, self.options, lone=lone)
        project.workspace.digest = hints_of
        self.projects[root] = project
        self.worker.add(project)
        self.complain(project)
        return project

    def remove_project(self, root: Path) -> None:
        """A folder is gone, with what was shown of it."""
        project = self.projects.pop(root, None)
        if project is not None:
            self.worker.remove(project)
            for uri in self.shown.pop(root, {}):
                self.pushed.pop(uri, None)
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def complain(self, project: Project) -> None:
        """Say what is wrong with the settings of a project."""
        if project.problem is not None:
            text = f"{project.problem} (until then, trainlint's defaults hold)"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))

    def reconfigure(self, projects: Iterable[Project] | None = None) -> None:
        """Read settings again."""
        for project in list(self.projects.values()) if projects is None else projects:
            settings, project.problem = read_settings(project.root, self.options)
            self.complain(project)

            def renew(changed: Project, settings: Any = settings) -> None:
                changed.renew = settings

            self.worker.change(project, renew, 0.0)

    def roots(self) -> list[Path]:
        """The editor's folders."""
        folders = [folder.uri for folder in self.workspace.folders.values()]
        root = self.workspace.root_uri
        paths = (documents.path_of(uri) for uri in folders or ([root] if root else []))
        return [path for path in paths if path is not None]

    # -- buffers

    def changed(self, uri: str, *, delay: float | None = None) -> None:
        """A document was opened or edited."""
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        path = documents.path_of(uri)
        if path is None or not path.name.endswith(documents.SUFFIXES):
            return
        version: int | None
        if notebook is not None:
            data, version = documents.notebook_bytes(self.workspace, notebook), notebook.version
        else:
            document = self.workspace.get_text_document(uri)
            data, version = document.source.encode("utf-8", "surrogatepass"), document.version
        self.addresses[path] = uri
        self.versions[uri] = version
        self._edit(path, data, version, self.options.debounce if delay is None else delay)

    def closed(self, uri: str) -> None:
        """A document was closed: its file counts again."""
        path = documents.path_of(uri)
        if path is not None and path.name.endswith(documents.SUFFIXES):
            self.addresses.pop(path, None)
            self.told.pop(uri, None)
            self.versions.pop(uri, None)
            self._edit(path, None, None, 0.0)

    def _edit(self, path: Path, data: bytes | None, version: int | None, delay: float) -> None:
        def edit(project: Project) -> None:
            project.edits[path] = data
            project.versions[path] = version

        self.worker.change(self.project_of(path), edit, delay)

    def disk_changed(self, changes: Iterable[types.FileEvent]) -> None:
        """Files were written, made or removed, by the editor or by others."""
        settings: list[Project] = []
        for change in changes:
            path = documents.path_of(change.uri)
            if path is None:
                continue
            project = self.project_of(path)
            if is_settings_file(path):
                settings.append(project)
            elif change.type is types.FileChangeType.Changed:
                self.worker.change(project, lambda p, path=path: p.disk.add(path), 0.05)  # type: ignore[misc]
            else:
                self.worker.change(project, lambda p: setattr(p, "reset", True), 0.05)
        if settings:
            self.reconfigure({id(p): p for p in settings}.values())

    # -- findings

    def _on_found(self, project: Project, result: Result, settled: bool) -> None:
        """In the worker's thread: make diagnostics of findings, and hand them to the editor's thread."""
        places = self.places(project, result)
        found = by_document(result.findings, places)
        versions = dict(project.versions)
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._show, project, found, versions, settled)

    def _show(
        self,
        project: Project,
        found: dict[str, list[types.Diagnostic]],
        versions: dict[Path, int | None],
        settled: bool,
    ) -> None:
        if self.projects.get(project.root) is not project:
            return  # its folder is gone meanwhile
        before = self.shown.get(project.root, {})
        self.shown[project.root] = found
        opened = {uri: path for path, uri in self.addresses.items() if self.project_of(path) is project}
        for uri in dict.fromkeys([*before, *found, *opened]):
            asks = self.pulls and (uri in opened or self.notebook_of(uri) is not None)
            now = [] if asks else found.get(uri, [])  # what the editor asks for would be shown twice
            version = versions.get(opened[uri]) if uri in opened else None
            if self.pushed.get(uri, []) == now and (
                asks or uri not in opened or self.told.get(uri) == version
            ):
                continue
            self.told[uri] = version
            self.pushed[uri] = now
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, now, version))
        for uri in opened:
            found.setdefault(uri, [])
        if settled:
            self._refresh(before != found)

    def _refresh(self, changed: bool) -> None:
        """Have the editor ask again for what it asks for itself."""
        if changed and self.pulls and self.can(lambda w: w.diagnostics and w.diagnostics.refresh_support):
            self.workspace_diagnostic_refresh(None)
        if self.options.hints and self.can(lambda w: w.inlay_hint and w.inlay_hint.refresh_support):
            self.workspace_inlay_hint_refresh(None)

    def places(self, project: Project, result: Result) -> Places:
        """How places of a result stand in documents; for the worker's thread."""
        texts: dict[Path, str] = {}
        if result.sources is not None:
            reader = result.sources.reader
            names = {f.location.path for f in result.findings}
            names |= {p.location.path for f in result.findings for p in f.related}
            for hints in result.digests:
                names |= {hint.location.path for hint in hints or ()}
            for name in names:
                path = project.workspace.root / name
                try:
                    texts[path] = reader.text(path)
                except Unreadable:
                    continue
        notebooks = documents.opened(self.workspace)
        return Places(project.workspace.root, self.encoding, texts, notebooks, dict(self.addresses))

    def _on_failure(self, traceback: str) -> None:
        """In the worker's thread: a check broke. The next change begins anew."""
        logger.error(traceback)
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._tell_failure, traceback.strip().rsplit("\n", 1)[-1])

    def _tell_failure(self, error: str) -> None:
        if not self.troubled:  # once is enough
            self.troubled = True
            text = f"trainlint failed ({error}); it goes on with your next change. Please report it."
            self.say(types.MessageType.Error, text)

    def say(self, kind: types.MessageType, text: str) -> None:
        """A message to whoever sits before the editor."""
        self.window_show_message(types.ShowMessageParams(kind, text))

    # -- what was measured

    def keep_verdict(self, root: Path, finding: Finding, evidence: Evidence) -> None:
        """What a probe said of a finding, for as long as the finding reads the same."""
        self.verdicts[root, finding.code, finding.message] = evidence

    def probed(self, project: Project, finding: Finding) -> Finding:
        """A finding with what was measured of it, if anything was."""
        evidence = self.verdicts.get((project.workspace.root, finding.code, finding.message))
        return replace(finding, probe=evidence) if evidence is not None else finding

    # -- questions

    async def ask(self, uri: str, question: Callable[[Project, list[Finding]], Any]) -> Any:
        """Ask something about the findings of a document's project once its last change was seen; None where it is no file."""
        path = documents.path_of(self.notebook_of(uri) or uri)
        if path is None or not path.name.endswith(documents.SUFFIXES):
            return None
        project = self.project_of(path)
        await asyncio.wrap_future(self.worker.settled(project))
        future: Future[Any] = self.worker.submit(lambda: question(project, project.findings))
        return await asyncio.wrap_future(future)

    def notebook_of(self, uri: str) -> str | None:
        """The notebook of a cell."""
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        return notebook.uri if notebook is not None else None

    def version_of(self, uri: str) -> int | None:
        """The version of an open document."""
        return self.versions.get(uri)
