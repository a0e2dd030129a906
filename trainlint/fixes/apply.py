"""Fixes to files: one pass makes all edits that do not overlap; what does not parse afterwards is not taken."""

from __future__ import annotations

import codecs
import io
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trainlint.fixes.notebooks import edited as edited_notebook
from trainlint.fixes.text import overlap, replaced, spans
from trainlint.model import Edit, Finding
from trainlint.source.files import decode_plain, decode_python, is_python
from trainlint.source.notebook import parse_notebook
from trainlint.source.python import parse_python
from trainlint.source.tree import load_config


@dataclass
class Pass:
    """What one pass did. contents: the changed files by the path that findings show; applied: the mended findings;
    waiting: those whose edits overlapped; refused: those whose edits would have broken a file."""

    contents: dict[str, bytes] = field(default_factory=dict)
    applied: list[Finding] = field(default_factory=list)
    waiting: list[Finding] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)


def one_pass(findings: Iterable[Finding], contents: Mapping[str, bytes]) -> Pass:
    """Make the fixes of findings in files, in the order given; a fix is made as a whole or not at all.

    contents: the bytes of every file that the edits are in, by path.
    """
    done = Pass()
    chosen: list[Finding] = []
    taken: list[tuple[Edit, ...]] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix is not None else ()
        if edits and edits not in taken and any(overlap(edits, other) for other in taken):
            done.waiting.append(finding)
        elif edits:
            chosen.append(finding)
            if edits not in taken:  # two findings may have one mend
                taken.append(edits)
    together = _with([e for edits in taken for e in edits], (), contents) if taken else {}
    if together is not None:
        done.contents, done.applied = together, chosen
        return done
    made: list[tuple[Edit, ...]] = []  # something does not parse afterwards: one at a time
    for finding in chosen:
        edits = finding.fix.edits if finding.fix is not None else ()
        if edits not in made:
            changed = _with(edits, [e for part in made for e in part], contents)
            if changed is None:
                done.refused.append(finding)
                continue
            made.append(edits)
            done.contents |= changed
        done.applied.append(finding)
    return done


def _with(
    edits: Sequence[Edit], before: Sequence[Edit], contents: Mapping[str, bytes]
) -> dict[str, bytes] | None:
    """The files of these edits with all edits so far made; None where one of them would not parse as before."""
    changed: dict[str, bytes] = {}
    for path in dict.fromkeys(edit.location.path for edit in edits):
        data = contents.get(path)
        own = [edit for edit in (*before, *edits) if edit.location.path == path]
        try:
            result = edited(Path(path), data, own) if data is not None else None
        except (LookupError, ValueError):
            result = None
        if data is None or result is None or faults(Path(path), result) > faults(Path(path), data):
            return None
        changed[path] = result
    return changed


def edited(path: Path, data: bytes, edits: Sequence[Edit]) -> bytes:
    """A file with edits made; encoding, byte order mark and line ends stay as they are.

    Raises:
        ValueError: the file is no text, or not every character of the result can be written in its encoding.
        LookupError: an edit names a notebook's cell that is not there.
    """
    encoding = encoding_of(path, data)
    text = data.decode(encoding)
    if text.encode(encoding) != data:
        raise ValueError("the file would not come back as it was")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text[len(mark) :]
    if path.suffix.lower() == ".ipynb":
        return (mark + edited_notebook(body, edits)).encode(encoding)
    return (mark + replaced(body, spans(body, edits))).encode(encoding)


def encoding_of(path: Path, data: bytes) -> str:
    """The codec that gives a file's text, and the same bytes back. Raises ValueError where it is no text."""
    if is_python(path):
        decode_python(data)  # says what is wrong
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return encoding.removesuffix("-sig")
    decode_plain(data)
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    return "utf-16-be" if data.startswith(codecs.BOM_UTF16_BE) else "utf-8"


def faults(path: Path, data: bytes) -> int:
    """How many places of a file do not parse."""
    suffix = path.suffix.lower()
    if suffix == ".ipynb":
        return len(parse_notebook(path, "", decode_plain(data)).problems)
    if is_python(path):
        return len(parse_python(path, "", decode_python(data)).problems)
    document = load_config(path, "", decode_plain(data))
    return len(document.problems) + len(document.duplicates)
