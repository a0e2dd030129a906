"""Scripts in which one function takes more steps than the whole program may."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics import programs
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

SURVEY = """
    import torch
    from torch import nn

    def survey():
        for a in range(20):
            for b in range(20):
                for c in range(20):
                    report(nn.Linear(a + b + c + 1, 8), nn.ReLU(), nn.BatchNorm1d(8))

    def main():
        survey()
        model = nn.Linear(10, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for x, y in torch.utils.data.DataLoader(data, batch_size=7):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()

    if __name__ == "__main__":
        main()
"""


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MAX_STEPS", 20_000)


def evaluate(path: Path, code: str) -> Program:
    (path / "train.py").write_text(dedent(code))
    sources = Sources(SourceReader([path], path))
    source = sources.get(path / "train.py")
    return evaluate_file(Project(sources, source.path), source, all_libraries()).program


def test_what_takes_most_of_the_steps_is_left_out_and_the_training_behind_it_is_seen(tmp_path: Path) -> None:
    program = evaluate(tmp_path, SURVEY)
    assert [o.lr.value for o in program.optimizers] == [0.5]
    assert [loader.batch_size.value for loader in program.loaders] == [7]


def test_what_trains_is_never_left_out(tmp_path: Path) -> None:
    program = evaluate(tmp_path, SURVEY.replace("report(", "report.fit("))
    assert not program.complete
