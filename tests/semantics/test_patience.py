"""How long definitions of one file that are run alone may show nothing of training."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics.budget import (
    MOST_STEPS_BETWEEN,
    SOFT_STEPS_ALONE,
    SOFT_STEPS_PLAIN,
    SOFT_STEPS_TRAINING,
)
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.semantics.worth import Patience
from trainlint.source.files import SourceReader

ENDLESS = """
def batch_{number}(loader):
    for a in range(40):
        for b in range(40):
            table[a, b + {number}] = a * b + {number} - a % (b + 1)
"""


def evaluate(path: Path, code: str) -> Program:
    (path / "library.py").write_text(dedent(code))
    sources = Sources(SourceReader([path], path))
    source = sources.get(path / "library.py")
    return evaluate_file(Project(sources, source.path), source, all_libraries()).program


def endless(*numbers: int) -> str:
    return "".join(ENDLESS.format(number=number) for number in numbers)


def test_after_two_that_show_nothing_others_get_half_as_much_each_time(tmp_path: Path) -> None:
    most = 2 * SOFT_STEPS_ALONE + SOFT_STEPS_ALONE // 2 + SOFT_STEPS_PLAIN * 3
    assert evaluate(tmp_path, endless(1, 2)).steps > 2 * SOFT_STEPS_ALONE
    assert evaluate(tmp_path, endless(1, 2, 3, 4, 5, 6)).steps < most + 500


def test_one_that_shows_something_restores_it() -> None:
    patience = Patience()
    for _ in range(4):
        patience.told(SOFT_STEPS_ALONE, shown=False)
    assert patience.limit(SOFT_STEPS_ALONE) == SOFT_STEPS_PLAIN
    patience.told(SOFT_STEPS_ALONE, shown=True)
    assert patience.limit(SOFT_STEPS_ALONE) == SOFT_STEPS_ALONE


def test_what_comes_to_what_trains_keeps_half_and_is_counted_by_itself() -> None:
    patience = Patience()
    for _ in range(9):
        patience.told(SOFT_STEPS_TRAINING, shown=False)
    assert patience.limit(SOFT_STEPS_TRAINING) == SOFT_STEPS_TRAINING // 2
    assert patience.limit(SOFT_STEPS_ALONE) == SOFT_STEPS_ALONE
    assert patience.limit(SOFT_STEPS_PLAIN) == SOFT_STEPS_PLAIN


COUNTS = """
    for a in range(40):
        for b in range(40):
            total = a * b + {number} - a % (b + 1)
"""
PREPARES = """
from torch import nn

def train(data):
    model = nn.Linear(8, 2)
    {between}
    return model, nn.Linear(2, 3)
"""


def test_what_has_shown_something_and_then_computes_for_long_ends_early(tmp_path: Path) -> None:
    long = "".join(COUNTS.format(number=number) for number in range(6))
    program = evaluate(tmp_path, PREPARES.format(between=long))
    assert len(program.modules) == 1
    assert SOFT_STEPS_ALONE < program.steps < 2 * MOST_STEPS_BETWEEN
    assert len(evaluate(tmp_path, PREPARES.format(between=COUNTS.format(number=0))).modules) == 2
