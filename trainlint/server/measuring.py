"""A finding measured from the editor: the question, its progress, and the verdict."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

from lsprotocol import types

from trainlint.model import Evidence, Finding
from trainlint.server.pages import verdict
from trainlint.server.probing import Order, probe
from trainlint.server.project import Project
from trainlint.server.server import TrainlintServer


async def measure(server: TrainlintServer, uri: str, wanted: tuple[str, int, int | None, int]) -> Any:
    """Run a probe beside everything else, with progress that can be called off, and show what it says."""

    def order(project: Project, findings: list[Finding]) -> Order | None:
        if project.result is None:
            return None
        places = server.places(project, project.result)
        for finding in findings:
            at = finding.location
            if (finding.code, at.line, at.cell, at.column) != wanted or places.uri(at) != uri:
                continue
            entry = project.result.owners.get((finding.code, at), at.path)
            workspace = project.workspace
            return Order(finding, entry, workspace.root, workspace.settings, dict(workspace.buffers))
        return None

    found = await server.ask(uri, order)
    if found is None:
        server.say(types.MessageType.Warning, f"{wanted[0]}: the finding is no longer there.")
        return None
    evidence = await _measured(server, found)
    if evidence is None:
        return None
    server.keep_verdict(found.root, found.finding, evidence)
    server.say(types.MessageType.Info, f"{found.finding.code}: {verdict(evidence)}")
    return {"verdict": evidence.verdict, "statistic": evidence.statistic, "detail": evidence.detail}


async def _measured(server: TrainlintServer, order: Order) -> Evidence | None:
    token, cancelled = str(uuid.uuid4()), threading.Event()
    window = server.client_capabilities.window
    progress = server.work_done_progress if window is not None and window.work_done_progress else None
    loop = asyncio.get_running_loop()
    if progress is not None:
        await progress.create_async(token)
        progress.begin(token, types.WorkDoneProgressBegin(f"Probing {order.finding.code}", cancellable=True))
        progress.tokens[token].add_done_callback(lambda _: cancelled.set())

    def report(text: str) -> None:
        if progress is not None:
            loop.call_soon_threadsafe(progress.report, token, types.WorkDoneProgressReport(message=text))

    try:
        return await asyncio.to_thread(probe, order, report, cancelled)
    finally:
        if progress is not None:
            progress.end(token, types.WorkDoneProgressEnd())
