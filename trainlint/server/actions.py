"""What an editor offers to do about findings: fixes, a comment that ignores, the rule's page, a probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lsprotocol import types

from trainlint.checks import load_rules
from trainlint.fixes.api import Files
from trainlint.fixes.ignoring import ignore
from trainlint.fixes.text import overlap
from trainlint.fixing import with_fixes
from trainlint.model import Applicability, Edit, Finding
from trainlint.server.diagnostics import diagnostic
from trainlint.server.places import Places, meet

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.trainlint"
OPEN_PAGE, PROBE = "trainlint.openPage", "trainlint.probe"

Versions = Callable[[str], int | None]
"""The version of a document by its address; None where it is not open."""


def actions(
    params: types.CodeActionParams,
    findings: Sequence[Finding],
    files: Files,
    places: Places,
    versions: Versions,
    *,
    unsafe: bool,
) -> list[types.CodeAction]:
    """The actions for a range of a document."""
    uri = params.text_document.uri
    here = [f for f in findings if places.uri(f.location) == uri]
    chosen = [f for f in here if meet(places.range(f.location), params.range)]
    found: list[types.CodeAction] = []
    if _wanted(params.context, types.CodeActionKind.QuickFix.value):
        mended = {_key(f): f for f in with_fixes(findings, files)} if chosen else {}
        for finding in chosen:
            found += _for_finding(mended[_key(finding)], uri, files, places, versions, unsafe)
    if _wanted(params.context, FIX_ALL) and (chosen or params.context.only):
        found += fix_all(uri, findings, files, places, versions)
    return found


def fix_all(
    uri: str, findings: Sequence[Finding], files: Files, places: Places, versions: Versions
) -> list[types.CodeAction]:
    """One action that makes all safe fixes of a document's findings; overlapping ones are left for the next time."""
    taken: list[tuple[Edit, ...]] = []
    for finding in with_fixes(findings, files):
        fix = finding.fix
        if fix is None or fix.applicability is not Applicability.SAFE or places.uri(finding.location) != uri:
            continue
        if fix.edits not in taken and not any(overlap(fix.edits, other) for other in taken):
            taken.append(fix.edits)
    if not taken:
        return []
    edits = [edit for part in taken for edit in part]
    return [
        types.CodeAction(
            f"Fix all safe trainlint findings ({len(taken)})",
            kind=FIX_ALL,
            edit=_edit(edits, places, versions),
        )
    ]


def _for_finding(
    finding: Finding, uri: str, files: Files, places: Places, versions: Versions, unsafe: bool
) -> Iterable[types.CodeAction]:
    shown = [diagnostic(finding, places)]
    code, quick = finding.code, types.CodeActionKind.QuickFix
    fix = finding.fix
    if fix is not None and (unsafe or fix.applicability is Applicability.SAFE):
        safe = fix.applicability is Applicability.SAFE
        title = f"{code}: {fix.message}" if safe else f"{code}: {fix.message} (changes training)"
        yield types.CodeAction(title, quick, shown, safe, edit=_edit(fix.edits, places, versions))
    comment = ignore([finding], files)
    if comment is not None:
        edit = _edit(comment.edits, places, versions)
        yield types.CodeAction(f"{code}: ignore this here", quick, shown, edit=edit)
    rule = load_rules().get(code)
    if rule is not None and rule.probe is not None:
        arguments = [uri, code, finding.location.line, finding.location.cell, finding.location.column]
        command = types.Command(f"{code}: probe this finding", PROBE, arguments=arguments)
        yield types.CodeAction(command.title, quick, shown, command=command)
    page = types.Command(f"{code}: open the rule's page", OPEN_PAGE, arguments=[code])
    yield types.CodeAction(page.title, quick, shown, command=page)


def _edit(edits: Sequence[Edit], places: Places, versions: Versions) -> types.WorkspaceEdit:
    by_document: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        text = types.TextEdit(places.range(edit.location, exact=True), edit.replacement)
        by_document.setdefault(places.uri(edit.location), []).append(text)
    if any(versions(uri) is not None for uri in by_document):
        documents = [
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, versions(uri)), texts)
            for uri, texts in by_document.items()
        ]
        return types.WorkspaceEdit(document_changes=documents)
    return types.WorkspaceEdit(changes=by_document)


def _wanted(context: types.CodeActionContext, kind: str) -> bool:
    if context.only is None:
        return True
    return any(kind == str(_value(only)) or kind.startswith(f"{_value(only)}.") for only in context.only)


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.location
