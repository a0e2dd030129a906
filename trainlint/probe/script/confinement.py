"""The isolation of a process that executes user code: files, network, sizes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainlint.probe.script.overlay import Covered, NoOverlay, cover
from trainlint.probe.worker.limits import Limits, confine

if TYPE_CHECKING:
    from trainlint.probe.script.guard import Shadow


def isolate(settings: Mapping[str, Any]) -> tuple[tuple[str, ...], Shadow | None]:
    """Apply what this system allows, strongest first, to this process for good. Must run before any thread exists.

    settings: scratch (an empty directory), size (bytes that may be written), network (whether it is allowed), guard (take
    the weaker way although the stronger is there). Returns what was applied, in words, and the guard where that was needed.
    """
    found: list[str] = []
    covered: Covered | None = None
    shadow: Shadow | None = None
    try:
        if settings["guard"]:
            raise NoOverlay("as asked for")
        covered = cover(settings["scratch"], size=settings["size"], network=settings["network"])
        found.append(_words(covered))
    except NoOverlay as error:
        shadow = _guard(settings["scratch"])
        found.append(f"files: writes of Python go to a temporary directory, others are refused ({error})")
    limits = Limits(
        memory=None, file=settings["size"], descriptors=4096, processes=True, network=settings["network"]
    )
    confinement = confine(limits)
    if settings["network"]:
        found.append("network: allowed")
    else:
        left = confinement.namespace or (covered is not None and covered.network)
        how = ["a network namespace"] if left else []
        how += ["a system call filter"] if confinement.filter else []
        found.append("network: kept out by " + ", ".join([*how, "a socket guard"]))
    if confinement.limits:
        found.append(f"files of at most {settings['size'] >> 20} MB")
    return tuple(found), shadow


def _guard(scratch: str) -> Shadow:
    from trainlint.probe.script.guard import install

    directory = os.path.join(scratch, "shadow")
    os.mkdir(directory)
    return install(directory)


def _words(covered: Covered) -> str:
    text = "files: what is written goes to memory, by an overlay over every directory"
    if covered.read_only:
        text += f"; read-only: {', '.join(covered.read_only)}"
    if covered.open:
        text += f"; not covered: {', '.join(covered.open)}"
    return text
