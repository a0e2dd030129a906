"""Undoable state: every change is logged, so that the branches of a condition can be tried and joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MISSING: Any = object()
"""Stands for "the key is not there"."""
LACKS: Any = object()
"""The same, in a mapping where code asks which keys are there: what only one branch writes may be missing later."""


UNMADE: Any = object()
"""Stands for what a container holds in a branch that did not make it."""
_LONG_AGO = 1_000_000_000
"""More moments than there are marks: what a module makes while it is imported was there before the branch around."""


class _Clock:
    """Counts the marks of all stores."""

    now = 0


class Cells(dict[Any, Any]):
    """What a container of the program holds. born: the mark after which it was made."""

    __slots__ = ("born",)

    def __init__(self, *content: Any) -> None:
        super().__init__(*content)
        self.born = _Clock.now


class Entries(Cells):
    """The entries of a dictionary of the program: code relies on a name that a branch bound, but asks for keys."""

    __slots__ = ()


Changes = dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any, Any]]
"""(identity of the mapping, key) -> (mapping, key, before, after)."""


class Store:
    """A log of writes to mappings.

    Invariant: abstract state changes only through `write`, so `take` returns the world to what it was at a mark.
    """

    def __init__(self) -> None:
        self._trail: list[tuple[dict[Any, Any], Any, Any]] = []
        self._moments: dict[int, int] = {}  # of marks, by the length that the log had
        self._outer: list[tuple[int, dict[int, int]]] = []

    def write(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        """Set a key; MISSING removes it."""
        self._trail.append((mapping, key, mapping.get(key, MISSING)))
        if value is MISSING:
            mapping.pop(key, None)
        else:
            mapping[key] = value

    def mark(self) -> int:
        """A point to which `changes` and `take` look back."""
        _Clock.now += 1
        self._moments[len(self._trail)] = _Clock.now
        return len(self._trail)

    def detach(self) -> list[tuple[dict[Any, Any], Any, Any]]:
        """Start an empty log; the one so far is handed out, to be given to `attach`."""
        trail, self._trail = self._trail, []
        self._outer.append((_Clock.now, self._moments))
        _Clock.now, self._moments = -_LONG_AGO * len(self._outer), {}
        return trail

    def attach(self, trail: list[tuple[dict[Any, Any], Any, Any]], keep: bool) -> None:
        """Go on with an earlier log. keep: what was written since `detach` stands whatever is undone later."""
        if not keep:
            trail.extend(self._trail)
        self._trail = trail
        _Clock.now, self._moments = self._outer.pop()

    def changes(self, mark: int) -> Changes:
        """What was changed since the mark."""
        found: Changes = {}
        for mapping, key, before in self._trail[mark:]:
            slot = (id(mapping), key)
            if slot not in found:
                found[slot] = (mapping, key, before, mapping.get(key, MISSING))
        return found

    def take(self, mark: int) -> Changes:
        """The changes since the mark, which are undone. What containers that were made since held before is UNMADE."""
        found = self.changes(mark)
        if not found:
            return found
        for mapping, key, before in reversed(self._trail[mark:]):
            if before is MISSING:
                mapping.pop(key, None)
            else:
                mapping[key] = before
        del self._trail[mark:]
        began = self._moments.get(mark, _Clock.now + 1)
        for slot, (mapping, key, _, after) in found.items():
            if isinstance(mapping, Cells) and mapping.born >= began:
                found[slot] = (mapping, key, UNMADE, after)
        return found

    def apply(self, changes: Changes) -> None:
        """Do these changes again."""
        for mapping, key, _, after in changes.values():
            self.write(mapping, key, after)

    def merge(self, arms: list[Changes], join: Callable[[Any, Any], Any]) -> None:
        """Bring in the changes of exclusive branches: where they differ, both are possible."""
        if not any(arms):
            return
        if len(arms) == 2:
            self._merge_two(arms[0], arms[1], join)
            return
        slots: dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any]] = {}
        for changes in arms:
            for slot, (mapping, key, before, _) in changes.items():
                slots.setdefault(slot, (mapping, key, before))
        for slot, (mapping, key, before) in slots.items():
            after = [changes[slot][3] if slot in changes else before for changes in arms]
            after = [content for content in after if content is not UNMADE]
            if isinstance(mapping, Entries):
                after = [LACKS if content is MISSING else content for content in after]
            value = after[0]
            for other in after[1:]:
                if other is not value:
                    value = join(value, other)
            self.write(mapping, key, MISSING if value is LACKS else value)

    def _merge_two(self, one: Changes, other: Changes, join: Callable[[Any, Any], Any]) -> None:
        """The same for two branches, which most conditions have."""
        for slot, (mapping, key, before, after) in one.items():
            found = other.get(slot)
            self._merge_slot(mapping, key, after, before if found is None else found[3], join)
        for slot, (mapping, key, before, after) in other.items():
            if slot not in one:
                self._merge_slot(mapping, key, before, after, join)

    def _merge_slot(
        self, mapping: dict[Any, Any], key: Any, one: Any, other: Any, join: Callable[[Any, Any], Any]
    ) -> None:
        if one is UNMADE or other is UNMADE:
            one = other = other if one is UNMADE else one
        if isinstance(mapping, Entries):
            one, other = LACKS if one is MISSING else one, LACKS if other is MISSING else other
        joined = one if other is one else join(one, other)
        self.write(mapping, key, MISSING if joined is LACKS else joined)
