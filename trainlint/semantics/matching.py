"""`match`: which cases fit a subject, and what their patterns capture."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trainlint.semantics import names
from trainlint.semantics.arms import Arm, Outcome, run_arms
from trainlint.semantics.builtin_attributes import has_attribute
from trainlint.semantics.builtin_objects import make_isinstance
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow, Rest
from trainlint.semantics.keys import key_of
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def match(run: Interpreter, node: ast.Match, rest: Rest) -> Outcome:
    """`match subject: case ...`: the first case that fits for certain, or all that may fit."""
    from trainlint.semantics.statements import execute_block

    subject = evaluate(run, node.subject)
    possible: list[Arm] = []
    certain = False
    for case in node.cases:
        fits = _fits(run, case.pattern, subject)
        if fits is False:
            continue
        guard = _guard(run, case, subject)
        if guard is False:
            continue
        if fits and guard and not possible:
            _capture(run, case.pattern, subject)
            return Outcome(execute_block(run, case.body))

        def prepare(pattern: ast.pattern = case.pattern) -> None:
            _capture(run, pattern, subject)

        possible.append(Arm(case.body, prepare))
        certain = bool(fits and guard)
        if certain:
            break
    if not possible:
        return Outcome(Flow.FALLS)
    if not certain:
        possible.append(Arm([]))
    return run_arms(run, node, possible, rest, "match")


def _guard(run: Interpreter, case: ast.match_case, subject: Value) -> bool | None:
    """Whether a case's condition holds, with what its pattern captures."""
    if case.guard is None:
        return True
    mark = run.store.mark()
    _capture(run, case.pattern, subject)
    truth = evaluate(run, case.guard).truth(run)
    run.store.take(mark)
    return truth


def _all(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _fits(run: Interpreter, pattern: ast.pattern, subject: Value) -> bool | None:
    """Whether a pattern fits; None where that is not known."""
    fits = _FITS.get(type(pattern))
    return fits(run, pattern, subject) if fits is not None else None


def _fits_value(run: Interpreter, pattern: ast.MatchValue, subject: Value) -> bool | None:
    return run.compare(ast.Eq(), subject, evaluate(run, pattern.value)).truth(run)


def _fits_singleton(run: Interpreter, pattern: ast.MatchSingleton, subject: Value) -> bool | None:
    return run.compare(ast.Is(), subject, Const(pattern.value)).truth(run)


def _fits_as(run: Interpreter, pattern: ast.MatchAs, subject: Value) -> bool | None:
    return True if pattern.pattern is None else _fits(run, pattern.pattern, subject)


def _fits_or(run: Interpreter, pattern: ast.MatchOr, subject: Value) -> bool | None:
    found = [_fits(run, p, subject) for p in pattern.patterns]
    return True if True in found else (False if all(f is False for f in found) else None)


def _fits_sequence(run: Interpreter, pattern: ast.MatchSequence, subject: Value) -> bool | None:
    if isinstance(subject, (Const, DictValue)):
        return False  # texts and mappings are no sequences here
    if not isinstance(subject, (TupleValue, ListValue)) or subject.length(run) is None:
        return None
    parts = _spread(pattern, list(subject.elements))
    return False if parts is None else _all([_fits(run, p, v) for p, v in parts])


def _spread(pattern: ast.MatchSequence, elements: list[Value]) -> list[tuple[ast.pattern, Value]] | None:
    """The element (or list of them) for each part of a sequence pattern; None where the lengths differ."""
    parts = pattern.patterns
    star = next((i for i, p in enumerate(parts) if isinstance(p, ast.MatchStar)), None)
    if star is None:
        return list(zip(parts, elements, strict=True)) if len(parts) == len(elements) else None
    after = len(parts) - star - 1
    if len(elements) < len(parts) - 1:
        return None
    end = len(elements) - after
    middle = ListValue(elements[star:end])
    return list(zip(parts, [*elements[:star], middle, *elements[end:]], strict=True))


def _fits_mapping(run: Interpreter, pattern: ast.MatchMapping, subject: Value) -> bool | None:
    mapping = as_dict(subject)
    if mapping is None:
        return False if isinstance(subject, (Const, TupleValue, ListValue)) else None
    answers: list[bool | None] = []
    for key, part in zip(pattern.keys, pattern.patterns, strict=True):
        slot = key_of(evaluate(run, key))
        if slot in mapping.cells:
            answers.append(_fits(run, part, mapping.cells[slot][1]))
        else:
            answers.append(None if slot is None or mapping.open else False)
    return _all(answers)


def _fits_class(run: Interpreter, pattern: ast.MatchClass, subject: Value) -> bool | None:
    cls = evaluate(run, pattern.cls)
    answers = [make_isinstance(run, Args([subject, cls])).truth(run)]
    if answers[0] is False:
        return False
    for name, part in _fields(run, pattern, cls, subject):
        if name is None:
            answers.append(_fits(run, part, subject))
        elif has_attribute(run, subject, name) is False:
            return False
        else:
            answers.append(_fits(run, part, run.get_attr(subject, name)))
    return _all(answers)


def _fields(
    run: Interpreter, pattern: ast.MatchClass, cls: Value, subject: Value
) -> list[tuple[str | None, ast.pattern]]:
    """The attribute that each part of a class pattern speaks of; None for `int(n)`, which means the subject."""
    found: list[tuple[str | None, ast.pattern]] = []
    if any(cls is built_in for built_in in TYPES.values()):
        found += [(None, part) for part in pattern.patterns]
    elif pattern.patterns:
        listed = run.get_attr(subject, "__match_args__").iterate(run)
        fields = [v.value for v in listed.values if isinstance(v, Const)]
        fields += ["__unknown__"] * len(pattern.patterns)
        found += list(zip(fields, pattern.patterns, strict=False))
    return found + list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))


_FITS: dict[type[ast.AST], Callable[..., bool | None]] = {
    ast.MatchValue: _fits_value, ast.MatchSingleton: _fits_singleton, ast.MatchAs: _fits_as, ast.MatchOr: _fits_or,
    ast.MatchSequence: _fits_sequence, ast.MatchStar: lambda run, pattern, subject: True,
    ast.MatchMapping: _fits_mapping, ast.MatchClass: _fits_class,
}  # fmt: skip


def _capture(run: Interpreter, pattern: ast.pattern, subject: Value) -> None:
    """Bind the names of a pattern."""
    if isinstance(pattern, (ast.MatchAs, ast.MatchStar)):
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
            _capture(run, pattern.pattern, subject)
        if pattern.name is not None:
            names.assign(run, pattern.name, subject)
    elif isinstance(pattern, ast.MatchOr):
        fitting = [p for p in pattern.patterns if _fits(run, p, subject) is not False]
        _capture(run, (fitting or pattern.patterns)[0], subject)
    elif isinstance(pattern, ast.MatchSequence):
        _capture_sequence(run, pattern, subject)
    elif isinstance(pattern, ast.MatchMapping):
        _capture_mapping(run, pattern, subject)
    elif isinstance(pattern, ast.MatchClass):
        cls = evaluate(run, pattern.cls)
        for name, part in _fields(run, pattern, cls, subject):
            _capture(run, part, subject if name is None else run.get_attr(subject, name))


def _capture_sequence(run: Interpreter, pattern: ast.MatchSequence, subject: Value) -> None:
    items: Items = subject.iterate(run)
    parts = _spread(pattern, items.values) if items.exact else None
    for part, value in parts or [(p, Unknown("part of a sequence")) for p in pattern.patterns]:
        _capture(run, part, value)


def _capture_mapping(run: Interpreter, pattern: ast.MatchMapping, subject: Value) -> None:
    keys = [evaluate(run, key) for key in pattern.keys]
    for key, part in zip(keys, pattern.patterns, strict=True):
        _capture(run, part, run.get_item(subject, key))
    if pattern.rest is not None:
        mapping = as_dict(subject)
        taken = {key_of(key) for key in keys}
        rest = {k: v for k, v in mapping.cells.items() if k not in taken} if mapping is not None else {}
        names.assign(run, pattern.rest, DictValue(rest, (), mapping is None or mapping.open))
