"""What is left of known numbers, texts and lists where the number of a loop's passes is not known, or where a
part of a block may have been skipped. Objects and tensors stay as the last pass left them."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from trainlint.semantics.amounts import Whole
from trainlint.semantics.joins import optional
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue, may_be_missing, present
from trainlint.semantics.store import MISSING, Changes
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

CHANGES = "it changes from pass to pass of a loop"


def widen(run: Interpreter, mark: int) -> None:
    """Numbers and texts that a pass changed are not known any more, in lists and dictionaries neither."""
    for mapping, key, before, after in run.store.changes(mark).values():
        widened = _widened(run, before, after)
        if widened is not after:
            run.write(mapping, key, widened)


def _widened(run: Interpreter, before: Any, after: Any) -> Any:
    """What a slot holds in any later pass, after one pass took it from one content to another."""
    if before is after:
        return after
    if isinstance(before, Const) and isinstance(after, Const) and before.value != after.value:
        if type(before.value) is int and type(after.value) is int:
            # One that grew counts up, from where it stood.
            return Whole(CHANGES, after.origin, before.value if before.value < after.value else None)
        if not isinstance(before.value, bool) and before.value is not None and after.value is not None:
            return Unknown(CHANGES, after.origin)
        return run.join(before, after)
    if (
        isinstance(before, Value)
        and isinstance(after, Value)
        and (may_be_missing(before) or may_be_missing(after))
    ):
        now = present(after)
        kept = _widened(run, present(before), now)
        return after if kept is now else optional(kept)
    if isinstance(before, Const | UnionValue) and isinstance(after, UnionValue):
        return after if _numbers(before) >= _numbers(after) or not _numbers(before) else Unknown(CHANGES)
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        parts = [_widened(run, x, y) for x, y in zip(before, after, strict=True)]
        return after if all(map(is_, parts, after)) else tuple(parts)
    if isinstance(before, ListValue) and isinstance(after, ListValue) and before is not after:
        return _widened_list(run, before, after)
    if isinstance(before, TupleValue) and isinstance(after, TupleValue):
        parts = _widened(run, before.elements, after.elements)
        return after if parts is after.elements else TupleValue(parts, after.origin, after.open)
    return after


def _widened_list(run: Interpreter, before: ListValue, after: ListValue) -> ListValue:
    """A list that each pass makes anew, of other numbers than the one before."""
    if not (_plain(before.elements) and _plain(after.elements)) or before.kind != after.kind:
        return after
    if len(before.elements) != len(after.elements) or before.open or after.open:
        return ListValue([Unknown(CHANGES)], after.origin, True, after.kind)
    parts = _widened(run, before.elements, after.elements)
    return after if parts is after.elements else ListValue(parts, after.origin, False, after.kind)


def one_or_many(run: Interpreter, once: Changes, later: Changes) -> None:
    """The loop may have ended after one pass, or after several."""
    for slot, (mapping, key, before, after) in later.items():
        widened = _widened(run, once[slot][3] if slot in once else before, after)
        if widened is not after:
            run.write(mapping, key, widened)


def join_exits(run: Interpreter, exits: list[Changes], start: int) -> None:
    """Numbers and texts, and lists of them, may be as they were in a pass that perhaps left the loop."""
    if not exits:
        return
    for slot, (mapping, key, before, after) in run.store.changes(start).items():
        left = [changes[slot][3] if slot in changes else before for changes in exits]
        value = after
        for other in left:
            value = run.join_state(value, other) if _plain(value) and _plain(other) else value
        if value is not after:
            run.write(mapping, key, value)


def _plain(content: Any) -> bool:
    """Whether a slot holds nothing but numbers and texts."""
    if isinstance(content, tuple):
        return all(map(_plain, content))
    if isinstance(content, TupleValue):
        return _plain(content.elements)
    if isinstance(content, UnionValue):
        return _plain(content.alternatives)
    return isinstance(content, Const | Unknown)


def _numbers(value: Value) -> set[Any]:
    """The numbers and texts among the alternatives of a value."""
    alternatives = value.alternatives if isinstance(value, UnionValue) else (value,)
    consts = [a.value for a in alternatives if isinstance(a, Const)]
    return {c for c in consts if c is not None and not isinstance(c, bool)}


def open_grown(run: Interpreter, mark: int) -> None:
    """Lists that grew in a loop of unknown length may have more elements than were seen."""
    for mapping, key, before, after in run.store.changes(mark).values():
        grew = key == "elements" and isinstance(before, tuple) and isinstance(after, tuple)
        if grew and before is not MISSING and len(after) != len(before):
            run.write(mapping, "open", True)


def open_begun(run: Interpreter, mark: int) -> bool:
    """Lists that took the place of an empty one since the mark may have more elements in later passes. Whether there are any,
    or any that was empty and is not now."""
    found = False
    for _, key, before, after in run.store.changes(mark).values():
        if isinstance(before, ListValue) and isinstance(after, ListValue):
            if before is not after and not (before.elements or before.open) and after.elements:
                run.write(after.cells, "open", True)
                found = True
        elif key == "elements" and before == () and after:
            found = True
    return found


def may_be_skipped(run: Interpreter, mark: int) -> None:
    """What was changed since the mark may not have happened: something left the block before it."""
    join_exits(run, [{}], mark)
