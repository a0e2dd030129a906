"""What is rebuilt from the pages' examples runs in torch, gives the shape that was worked out without it, and can be trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page_harness import pages
from tests.probe.programs import Rebuilt
from tests.probe.test_share import of_examples

torch = pytest.importorskip("torch")


def test_every_rebuilt_network_runs_with_the_shapes_that_were_worked_out(tmp_path: Path) -> None:
    from trainlint.probe.worker.network import Network
    from trainlint.probe.worker.train import start

    count = 0
    for where, made in of_examples(pages(), tmp_path):
        if not isinstance(made, Rebuilt):
            continue
        for variant in filter(None, (made.variant, made.other)):
            given = [
                torch.randint(0, i.tokens, (4, *i.shape)) if i.tokens else torch.randn(4, *i.shape)
                for i in variant.network.inputs
            ]
            assert Network(variant.network, 0)(given).shape == (4, *variant.task.output), where
            start(variant, 0)
            count += 1
    assert count > 100
