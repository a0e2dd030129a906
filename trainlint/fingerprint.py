"""What a finding is known by from one run to the next, though lines move: one definition for baselines, the log and reports."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from trainlint.model import Finding, Location

Lines = Mapping[tuple[str, int | None, int], str]
"""Source lines by path, notebook cell and line number."""

DIGITS = 32
"""Hexadecimal digits kept of the hash: 128 bits, as many as anything that compares reports asks for."""


def fingerprints(
    findings: Sequence[Finding], lines: Lines, path: Callable[[str], str] = lambda path: path
) -> list[str]:
    """A fingerprint for each finding, in order; no two are equal.

    It is made of the rule, the file, the text that is meant (blanks and the rest of the line do not count) and, where
    that stands there more than once, its number from the top. Lines and cells may be inserted or moved; a finding whose
    own text changes is another finding.

    path: turns a finding's path into the one that counts (relative to a repository's root, say).
    """
    order = sorted(range(len(findings)), key=lambda i: _position(findings[i].location))
    seen: Counter[tuple[str, str, str]] = Counter()
    result = [""] * len(findings)
    for i in order:
        finding = findings[i]
        key = finding.code, path(finding.location.path), meant(finding.location, lines)
        result[i] = _digest(*key, str(seen[key]))
        seen[key] += 1
    return result


def meant(location: Location, lines: Lines) -> str:
    """The text at a place, without blanks: up to the end of its first line, where it goes on below it."""
    text = lines.get((location.path, location.cell, location.line), "")
    if location.end_column and location.end_line >= location.line:
        end = location.end_column - 1 if location.end_line == location.line else len(text)
        text = text[max(location.column - 1, 0) : end]
    return "".join(text.split())


def _position(location: Location) -> tuple[str, int, int, int]:
    return location.path, location.cell or 0, location.line, location.column


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:DIGITS]
