"""How far a definition that is run alone is followed before it has shown anything of training.

A definition whose words (and those of what it uses in its own file) name nothing of training, networks or data sets
mostly computes; it may still call code elsewhere that trains, so it is run, but not for long. This decides on effort
only: what a word means is never taken for a fact.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator

from trainlint.semantics.budget import SOFT_STEPS_ALONE, SOFT_STEPS_PLAIN
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


class Patience:
    """How much of its soft limit a definition of a file is given: from the second one of its kind on that took all of its own
    and showed nothing, half as much after each; all of it again once one shows something.

    The definitions of a file have much in common (the tests of a class set up the same things), so that two which show
    nothing for long say something of the next. Those that do show something do so early: 98 of 100 within 800 steps.
    """

    def __init__(self) -> None:
        self._in_vain: Counter[int] = Counter()  # since one showed something, by the limit

    def limit(self, soft: int) -> int:
        """Steps after which a definition must have shown something of training, of those that its kind has."""
        least = min(soft, SOFT_STEPS_PLAIN) if soft <= SOFT_STEPS_ALONE else soft // 2
        return max(soft >> max(self._in_vain[soft] - 1, 0), least)

    def told(self, soft: int, shown: bool) -> None:
        """Whether one of a kind showed something, when it came to its end or took all that it was given."""
        self._in_vain[soft] = 0 if shown else self._in_vain[soft] + 1


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
