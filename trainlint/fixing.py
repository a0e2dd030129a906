"""Fixes of a run: which finding has one, and applying them until nothing changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trainlint.checks import load_rules
from trainlint.engine import Result, check_paths
from trainlint.fixes.api import Files, Request
from trainlint.fixes.apply import one_pass
from trainlint.fixes.ignoring import by_line, ignore
from trainlint.fixes.rules import fixer_of, has_fixer
from trainlint.model import Applicability, Finding, Fix
from trainlint.semantics.sources import Sources
from trainlint.settings import Settings
from trainlint.source.files import SourceReader
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource
from trainlint.source.tree import ConfigDocument, load_config

MAX_PASSES = 50
"""Passes after which applying ends, though something still changes: two fixes that undo each other."""


class RunFiles:
    """The files of a run, as fixers see them."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._configs: dict[str, ConfigDocument | None] = {}

    def python(self, path: str) -> PythonSource | None:
        """A Python file or notebook; None where it cannot be read."""
        try:
            return self.sources.get(Path(self.sources.reader.cwd) / path)
        except Unreadable:
            return None

    def config(self, path: str) -> ConfigDocument | None:
        """A config document; None where it cannot be read."""
        if path not in self._configs:
            full = Path(self.sources.reader.cwd) / path
            try:
                self._configs[path] = load_config(full, path, self.sources.reader.text(full))
            except Unreadable:
                self._configs[path] = None
        return self._configs[path]


def may_have_fix(findings: Iterable[Finding]) -> bool:
    """Whether any of these findings is of a rule that has a fixer."""
    rules = load_rules()
    return any(code in rules and has_fixer(rules[code]) for code in {f.code for f in findings})


def with_fixes(findings: Sequence[Finding], files: Files) -> list[Finding]:
    """The findings, each with its fix where there is one."""
    rules = load_rules()
    found: list[Finding] = []
    for finding in findings:
        rule = rules.get(finding.code)
        fixer = fixer_of(rule) if rule is not None else None
        if fixer is None or rule is None:
            found.append(finding)
            continue
        peers = [other for other in findings if other.code == finding.code]
        try:
            mend = fixer(Request(finding, peers, files))
        except LookupError:  # no statement that can be moved or added to
            mend = None
        fix = Fix(rule.fix, mend.message, mend.edits) if mend is not None else None
        found.append(replace(finding, fix=fix))
    return found


def attach(result: Result, cwd: Path, overlays: Mapping[Path, bytes] | None = None) -> None:
    """Give the findings of a run their fixes."""
    if not may_have_fix(result.findings):
        return
    roots = {(cwd / f.location.path).resolve().parent for f in result.findings}
    sources = result.sources or Sources(SourceReader(sorted(roots), cwd, overlays or {}))
    result.findings = with_fixes(result.findings, RunFiles(sources))


@dataclass
class Fixed:
    """The end of a run with fixes. result: what is left. before, after: contents of the changed files by path.
    applied: the findings that were mended. settled: False where passes went on without end.
    first: the run before any fix."""

    result: Result
    before: dict[Path, bytes] = field(default_factory=dict)
    after: dict[Path, bytes] = field(default_factory=dict)
    applied: list[Finding] = field(default_factory=list)
    settled: bool = True
    first: Result | None = None


def fix_paths(
    paths: Sequence[str | Path],
    cwd: Path,
    settings: Settings,
    *,
    unsafe: bool = False,
    codes: Collection[str] | None = None,
    overlays: Mapping[Path, bytes] | None = None,
    **how: Any,
) -> Fixed:
    """Check, mend and check again until nothing changes; nothing is written.

    unsafe: also make the fixes that change training. codes: only fixes of these rules. how: as for `check_paths`.
    """
    given = {Path(cwd / path).resolve(): data for path, data in (overlays or {}).items()}
    fixed = Fixed(Result())
    seen: set[tuple[tuple[str, bytes], ...]] = set()
    for _ in range(MAX_PASSES):
        current = {**given, **fixed.after}
        fixed.result = check_paths(paths, cwd, settings, overlays=current, **how)
        attach(fixed.result, cwd, current)
        fixed.first = fixed.first or fixed.result
        wanted = [f for f in fixed.result.findings if _wanted(f, unsafe, codes)]
        contents = _contents(wanted, cwd, current)
        done = one_pass(wanted, contents)
        if not done.contents:
            return fixed
        for path, data in done.contents.items():
            full = Path(cwd / path).resolve()
            fixed.before.setdefault(full, contents[path])
            fixed.after[full] = data
        fixed.applied += done.applied
        state = tuple(sorted((str(path), data) for path, data in fixed.after.items()))
        if state in seen:
            break
        seen.add(state)
    fixed.settled = False
    return fixed


def _wanted(finding: Finding, unsafe: bool, codes: Collection[str] | None) -> bool:
    fix = finding.fix
    if fix is None or (codes is not None and finding.code not in codes):
        return False
    return fix.applicability is Applicability.SAFE or unsafe


def _contents(findings: Iterable[Finding], cwd: Path, current: Mapping[Path, bytes]) -> dict[str, bytes]:
    """The bytes of the files that fixes are in."""
    found: dict[str, bytes] = {}
    for path in {e.location.path for f in findings if f.fix is not None for e in f.fix.edits}:
        full = Path(cwd / path).resolve()
        try:
            found[path] = current[full] if full in current else full.read_bytes()
        except OSError:
            continue
    return found


def ignore_paths(
    paths: Sequence[str | Path],
    cwd: Path,
    settings: Settings,
    *,
    overlays: Mapping[Path, bytes] | None = None,
    **how: Any,
) -> Fixed:
    """Put a comment that ignores it at every finding that is shown, as far as its file can hold comments."""
    given = {Path(cwd / path).resolve(): data for path, data in (overlays or {}).items()}
    fixed = Fixed(Result())
    for _ in range(MAX_PASSES):
        current = {**given, **fixed.after}
        fixed.result = result = check_paths(paths, cwd, settings, overlays=current, **how)
        assert result.sources is not None
        files = RunFiles(result.sources)
        silenced = [f for group in by_line(result.findings) for f in _with_comment(group, files)]
        contents = _contents(silenced, cwd, current)
        done = one_pass(silenced, contents)
        if not done.contents:
            return fixed
        for path, data in done.contents.items():
            full = Path(cwd / path).resolve()
            fixed.before.setdefault(full, contents[path])
            fixed.after[full] = data
        fixed.applied += done.applied
    fixed.settled = False
    return fixed


def _with_comment(findings: list[Finding], files: RunFiles) -> list[Finding]:
    """Findings of one line, with the comment that ignores them in the place of a fix."""
    mend = ignore(findings, files)
    if mend is None:
        return []
    fix = Fix(Applicability.SAFE, mend.message, mend.edits)
    return [replace(finding, fix=fix) for finding in findings]
