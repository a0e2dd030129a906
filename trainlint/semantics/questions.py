"""Conditions that are asked again: `if args.command == "train": ...`, and further down the same.

A value that is not known is the same wherever it is read, so that who asks the same of it again comes to the same arm: its
branch has the number of the first one, and in each arm holds again what the first one left in that arm. Where a value
equals one constant, it equals no other.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Branch
from trainlint.semantics.expressions import dotted, evaluate
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.store import MISSING, UNMADE, Changes
from trainlint.semantics.values import Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MEMO = "semantics.questions"
_TRUTH = ("whether it is true",)
MOST_SLOTS = 500
"""Places in which the arms of a condition may differ that are set again where it is asked again."""

Difference = tuple[dict[Any, Any], Any, Any, tuple[Any, Any]]
"""Mapping, key, what stands there where the arms have met, and what does in the arm where it holds and where it does not."""


@dataclass(eq=False)
class Question:
    """What is asked of a value: whether it is true, or equals a constant. serial: of its branches; differences: what its
    arms left, for each time that it was asked."""

    subject: Value
    asks: Hashable
    serial: int
    differences: list[list[Difference]] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """One time that a question is asked. negated: the body is the arm where it does not hold; others: of the same value,
    with another constant; restored: what an arm began with that holds in it alone."""

    question: Question
    negated: bool
    others: tuple[Question, ...]
    restored: dict[int, dict[tuple[int, Any], Any]] = field(default_factory=dict)

    def arm(self, number: int) -> int:
        """The arm of the question (0: it holds) that the body (0) or the rest (1) is."""
        return 1 - number if self.negated else number

    def implied(self, number: int, like: Branch) -> tuple[Branch, ...]:
        """The branches that are decided with this one: the value equals none of the other constants."""
        if self.arm(number) != 0:
            return ()
        return tuple(Branch(like.location, 1, "if", other.serial) for other in self.others)

    def prepare(self, run: Interpreter, number: int) -> None:
        """Let hold again what earlier conditions left in this arm."""
        known = [(self.question, self.arm(number))]
        known += [(other, 1) for other in self.others] if self.arm(number) == 0 else []
        restored = self.restored.setdefault(number, {})
        for question, arm in known:
            for differences in question.differences:
                for mapping, key, met, values in differences:
                    if mapping.get(key, MISSING) is met and values[arm] is not met:
                        run.store.write(mapping, key, values[arm])
                        restored[id(mapping), key] = values[arm]

    def settle(self, number: int, changes: Changes) -> Changes:
        """The changes of an arm without what was only set again: where the arms meet, either is possible as before."""
        restored = self.restored.get(number, {})
        return {slot: c for slot, c in changes.items() if slot not in restored or c[3] is not restored[slot]}

    def keep(self, changes: list[Changes]) -> None:
        """Note in what the two arms differ, now that they have met."""
        slots = {slot: each[slot] for each in changes for slot in each}
        found: list[Difference] = []
        for slot, (mapping, key, before, _) in slots.items():
            ends = [each[slot][3] if slot in each else before for each in changes]
            if ends[0] is not ends[1] and before is not UNMADE:
                holds, fails = ends[self.negated], ends[not self.negated]
                found.append((mapping, key, mapping.get(key, MISSING), (holds, fails)))
        if found and len(found) <= MOST_SLOTS:
            self.question.differences.append(found)


def asked(run: Interpreter, test: ast.expr) -> Asked | None:
    """The question that a condition outside of all loops asks of a value that is not known; None for another condition."""
    if run.passes:
        return None
    form = _form(test)
    if form is None:
        return None
    chain, asks, negated = form
    mark = run.store.mark()
    with run.silenced():
        subject = evaluate(run, chain)
    run.store.take(mark)
    if not isinstance(subject, Unknown | UnionValue):
        return None
    name = dotted(chain).rpartition(".")[2]
    of_value: dict[Hashable, Question] = run.memo.setdefault(_MEMO, {}).setdefault((id(subject), name), {})
    question = of_value.get(asks)
    if question is None:
        question = of_value[asks] = Question(subject, asks, run.next_serial())
    others = tuple(q for q in of_value.values() if _exclude(q.asks, asks))
    return Asked(question, negated, others)


def _exclude(one: Hashable, other: Hashable) -> bool:
    """Whether a value that is one constant cannot be the other."""
    if _TRUTH in (one, other) or not isinstance(one, tuple) or not isinstance(other, tuple):
        return False
    return bool(one[0] == other[0] and one[1] != other[1])


def _form(test: ast.expr) -> tuple[ast.expr, Hashable, bool] | None:
    """What a condition reads, the constant that it compares it with, and whether it asks for the opposite. Kept on the
    syntax tree."""
    kept: tuple[ast.expr, Hashable, bool] | bool | None = getattr(test, "_trainlint_question", False)
    if not isinstance(kept, bool):
        return kept
    found = _read(test)
    test._trainlint_question = found  # type: ignore[attr-defined]
    return found


def _read(test: ast.expr) -> tuple[ast.expr, Hashable, bool] | None:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _read(test.operand)
        return None if inner is None else (inner[0], inner[1], not inner[2])
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        constant, op = test.comparators[0], test.ops[0]
        told = isinstance(constant, ast.Constant) and isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot)
        if not told or not _is_chain(test.left):
            return None
        value = constant.value  # type: ignore[attr-defined]
        itself = isinstance(value, bool) and isinstance(op, ast.Is | ast.IsNot)  # 1 equals True and is not it
        return test.left, (itself, value), isinstance(op, ast.NotEq | ast.IsNot)
    return (test, _TRUTH, False) if _is_chain(test) else None


def _is_chain(node: ast.expr) -> bool:
    """`a.b["c"].d`"""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name)
