"""Which file an editor's document is, and what it holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.workspace import Workspace as Documents

from trainlint.server.places import Notebook

SUFFIXES = (".py", ".ipynb", ".yaml", ".yml", ".json", ".toml")


def path_of(uri: str) -> Path | None:
    """The file of a document; None for one that is no file (an untitled buffer, a diff)."""
    if not uri.startswith("file:"):
        return None
    path = uris.to_fs_path(uri)
    return Path(os.path.realpath(path)) if path else None


def code_cells(notebook: types.NotebookDocument) -> tuple[str, ...]:
    """The addresses of a notebook's code cells, in order."""
    return tuple(cell.document for cell in notebook.cells if cell.kind == types.NotebookCellKind.Code)


def opened(documents: Documents) -> dict[Path, Notebook]:
    """The notebooks that are open as cells, by file."""
    found: dict[Path, Notebook] = {}
    for notebook in documents.notebook_documents.values():
        path = path_of(notebook.uri)
        if path is not None:
            found[path] = Notebook(notebook.uri, code_cells(notebook))
    return found


def notebook_bytes(documents: Documents, notebook: types.NotebookDocument) -> bytes:
    """A notebook that is open as cells, as the file that it would be."""
    cells = [
        {
            "cell_type": "code",
            "source": documents.get_text_document(uri).source,
            "metadata": {},
            "outputs": [],
        }
        for uri in code_cells(notebook)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
