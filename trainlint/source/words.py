"""The words of a definition or expression, worked out once: they are kept on the syntax tree."""

from __future__ import annotations

import ast

from trainlint.source.walk import walk


def words_of(node: ast.AST) -> frozenset[str]:
    """Names, attributes and parameters that a definition mentions."""
    found: frozenset[str] | None = getattr(node, "_trainlint_words", None)
    if found is None:
        words: set[str] = set()
        for part in walk(node):
            kind = type(part)
            if kind is ast.Name:
                words.add(part.id)  # type: ignore[attr-defined]
            elif kind is ast.Attribute:
                words.add(part.attr)  # type: ignore[attr-defined]
            elif kind is ast.arg:
                words.add(part.arg)  # type: ignore[attr-defined]
        found = node._trainlint_words = frozenset(words)  # type: ignore[attr-defined]
    return found


def names_of(node: ast.AST) -> frozenset[str]:
    """Plain names that it mentions, its own ones among them: what it takes from outside, at most."""
    found: frozenset[str] | None = getattr(node, "_trainlint_names", None)
    if found is None:
        found = frozenset([part.id for part in walk(node) if type(part) is ast.Name])
        node._trainlint_names = found  # type: ignore[attr-defined]
    return found
