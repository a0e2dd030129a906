"""How far a definition that is run alone is followed before it has shown anything of training.

A definition whose words (and those of what it uses in its own file) name nothing of training, networks or data sets
mostly computes; it may still call code elsewhere that trains, so it is run, but not for long. This decides on effort
only: what a word means is never taken for a fact.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from trainlint.source.words import words_of

TELLING = re.compile(
    r"train|fit$|fit_|loss|criterion|optim|adam|sgd|backward|zero_grad|requires_grad|model|^net|network|epoch|batch"
    r"|loader|dataset|read_|load_|^step$|param|state_dict|^nn$|^F$|^lr$|^main$|layer|linear$|dense$|conv\d|relu"
    r"|dropout|sched|init_|keras|flax|forward|module$",
    re.IGNORECASE,
)
"""Words of training code; one that is needlessly matched costs time only."""
TRAINING = frozenset({"backward", "fit", "fit_generator", "train_on_batch", "apply_gradients"})
"""Words of code that trains itself."""


def tells(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a definition of a file, or one of the file's own that it names, has a word of training code."""
    return any(any(map(TELLING.search, words)) for words in _words_reached(tree, node))


def leads_to_backward(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a function of a file, or one of the file's own that it names, mentions `backward`."""
    return any("backward" in words for words in _words_reached(tree, node))


def leads_to_training(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a function of a file, or one of the file's own that it names, mentions what trains: what it prepares for
    the training (reads, cleans and splits) may take a while."""
    return any(not TRAINING.isdisjoint(words) for words in _words_reached(tree, node))


def _words_reached(tree: ast.Module, node: ast.AST) -> Iterator[Collection[str]]:
    """The words of a definition, and of those of the file's own that it names."""
    named = {part.name: part for part in tree.body if isinstance(part, (ast.FunctionDef, ast.ClassDef))}
    seen: set[ast.AST] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if part in seen:
            continue
        seen.add(part)
        words = words_of(part)
        yield words
        stack += [named[word] for word in words if word in named]
