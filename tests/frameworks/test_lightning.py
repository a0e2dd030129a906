"""Lightning: import styles, what the trainer is told, and forms of configure_optimizers()."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.evaluation import evaluate
from trainlint.facts.events import EventKind
from trainlint.facts.program import Program
from trainlint.report.facts import facts_document

MODULE = """
import torch
from torch import nn

class Net(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(4, 1)
    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.mse_loss(self.net(x), y)
    def configure_optimizers(self):
        {optimizers}
"""
SGD = "return torch.optim.SGD(self.parameters(), lr=0.1)"


def program(directory: Path, rest: str, imports: str = "", optimizers: str = SGD) -> Program:
    """A module of one layer, and what a script does with it."""
    first = (
        imports
        or "from lightning.pytorch import LightningModule, Trainer, Callback\nimport lightning.pytorch as pl"
    )
    body = MODULE.format(optimizers=dedent(optimizers).replace("\n", "\n        "))
    return evaluate(directory, f"{first}\n{body}\n{dedent(rest)}").program


@pytest.mark.parametrize(
    "imports",
    [
        "from lightning import LightningModule, Trainer",
        "from lightning.pytorch import LightningModule, Trainer",
        "from pytorch_lightning import LightningModule, Trainer",
        "from pytorch_lightning.core.lightning import LightningModule\nfrom pytorch_lightning.trainer import Trainer",
        "from lightning.pytorch.core.module import LightningModule\nfrom lightning.pytorch.trainer.trainer import Trainer",
        "import lightning as L\nLightningModule, Trainer = L.LightningModule, L.Trainer",
        "import pytorch_lightning as pl\nLightningModule, Trainer = pl.LightningModule, pl.Trainer",
        "import lightning\nLightningModule, Trainer = lightning.pytorch.LightningModule, lightning.pytorch.Trainer",
    ],
)
def test_import_styles(tmp_path: Path, imports: str) -> None:
    found = program(tmp_path, "Trainer(max_epochs=3, gradient_clip_val=0.5).fit(Net())", imports)
    assert found.framework == "lightning"
    assert {c.max.value for c in found.clippings} == {0.5}
    assert [e.kind for e in found.events_of(EventKind.STEP)] == [EventKind.STEP] * 4


@pytest.mark.parametrize(
    ("told", "amp"),
    [
        ("", False), ("precision=32", False), ("precision='32-true'", False), ("precision='bf16-true'", False),
        ("precision=16", True), ("precision='16-mixed'", True), ("precision='bf16-mixed'", True),
        ("precision='bf16'", True), ("precision=chosen()", None),
    ],
)  # fmt: skip
def test_precision(tmp_path: Path, told: str, amp: bool | None) -> None:
    rest = f"from elsewhere import chosen\nTrainer(max_epochs=2, {told}).fit(Net())"
    assert facts_document(program(tmp_path, rest))["amp"] is amp


@pytest.mark.parametrize(
    ("told", "clipping"),
    [
        ("", []), ("gradient_clip_val=None", []), ("gradient_clip_val=0", []), ("gradient_clip_val=0.0", []),
        ("gradient_clip_val=2", [("norm", 2.0)]), ("gradient_clip_val=chosen()", None), ("**chosen()", None),
        ("gradient_clip_val=0.1, gradient_clip_algorithm='value'", [("value", 0.1)]),
        ("callbacks=[chosen()]", None), ("callbacks=chosen()", None), ("callbacks=[Callback()]", []),
    ],
)  # fmt: skip
def test_clipping(tmp_path: Path, told: str, clipping: list[tuple[str, float]] | None) -> None:
    rest = f"from elsewhere import chosen\nTrainer(max_epochs=2, {told}).fit(Net())"
    found = facts_document(program(tmp_path, rest))["clipping"]
    assert (found and [(c["kind"], c["max"]) for c in found]) == clipping


@pytest.mark.parametrize(
    ("told", "accumulation"),
    [
        ("", False), ("accumulate_grad_batches=1", False), ("accumulate_grad_batches=8", True),
        ("accumulate_grad_batches={0: 1, 4: 2}", True), ("accumulate_grad_batches={0: 1}", False),
        ("accumulate_grad_batches=chosen()", None), ("accumulate_grad_batches=None", False),
    ],
)  # fmt: skip
def test_accumulation(tmp_path: Path, told: str, accumulation: bool | None) -> None:
    rest = f"from elsewhere import chosen\nTrainer(max_epochs=2, {told}).fit(Net())"
    assert facts_document(program(tmp_path, rest))["accumulation"] is accumulation


@pytest.mark.parametrize(
    ("told", "epochs"),
    [
        ("", 1000), ("max_epochs=7", 7), ("max_epochs=-1", None), ("max_steps=50", None), ("fast_dev_run=True", 1),
        ("max_epochs=3, max_steps=-1", 3), ("max_epochs=3, max_steps=900", None),
    ],
)  # fmt: skip
def test_epochs(tmp_path: Path, told: str, epochs: int | None) -> None:
    found = program(tmp_path, f"Trainer({told}).fit(Net())")
    step = found.events_of(EventKind.STEP)[-1]
    assert [p.loop.length for p in step.loops] == [epochs, 1 if "fast" in told else None]


ONE = "a = torch.optim.SGD(self.parameters(), lr=0.1)\n"
TWO = ONE + "b = torch.optim.Adam(self.parameters(), lr=0.2)\n"
S = "s = torch.optim.lr_scheduler.StepLR(a, 3)\n"


@pytest.mark.parametrize(
    ("optimizers", "rates", "units"),
    [
        (ONE + "return a", [0.1], []),
        (ONE + "return [a]", [0.1], []),
        (ONE + "return {'optimizer': a}", [0.1], []),
        (TWO + "return a, b", [0.1, 0.2], []),
        (TWO + "return [a, b], []", [0.1, 0.2], []),
        (TWO + "return [{'optimizer': a, 'frequency': 1}, {'optimizer': b, 'frequency': 5}]", [0.1, 0.2], []),
        (ONE + S + "return [a], [s]", [0.1], ["epoch"]),
        (ONE + S + "return (a,), (s,)", [0.1], ["epoch"]),
        (ONE + S + "return [a], [{'scheduler': s, 'interval': 'step'}]", [0.1], ["batch"]),
        (ONE + S + "return {'optimizer': a, 'lr_scheduler': s, 'monitor': 'loss'}", [0.1], ["epoch"]),
        (
            ONE + S + "return {'optimizer': a, 'lr_scheduler': {'scheduler': s, 'interval': 'step'}}",
            [0.1],
            ["batch"],
        ),
        (ONE + S + "return dict(optimizer=a, lr_scheduler=dict(scheduler=s))", [0.1], ["epoch"]),
        (
            ONE + S + "out = {'optimizer': a}\nif True:\n    out['lr_scheduler'] = s\nreturn out",
            [0.1],
            ["epoch"],
        ),
        (ONE + S + "found = []\nfound.append(a)\nreturn found, [s]", [0.1], ["epoch"]),
        (TWO + S + "return ({'optimizer': a, 'lr_scheduler': s}, {'optimizer': b})", [0.1, 0.2], ["epoch"]),
        ("return None", [], []),
    ],
)
def test_forms_of_configure_optimizers(
    tmp_path: Path, optimizers: str, rates: list[float], units: list[str]
) -> None:
    found = program(tmp_path, "Trainer(max_epochs=2).fit(Net())", optimizers=optimizers)
    document = facts_document(found)
    assert [o["lr"] for o in document["optimizers"]] == rates
    assert [s["unit"] for s in document["schedules"]] == units
    stepped = {e.target.lr.value for e in found.events_of(EventKind.STEP)}
    assert stepped == set(rates)


def test_what_the_trainer_does_is_shown_at_the_training_step(tmp_path: Path) -> None:
    found = program(tmp_path, "trainer = Trainer(max_epochs=2, gradient_clip_val=1)\ntrainer.fit(Net())")
    lines = {e.kind: e.location.line for e in found.events}
    assert lines[EventKind.STEP] == lines[EventKind.BACKWARD] == lines[EventKind.ZERO_GRAD] == 11
    assert found.clippings[0].location.line == 17
    assert found.events_of(EventKind.STEP)[0].loops[0].loop.location.line == 18


def test_a_trainer_that_fits_nothing_leaves_no_loop(tmp_path: Path) -> None:
    found = program(tmp_path, "trainer = Trainer(max_epochs=2)\nmodel = Net()")
    assert not found.events_of(EventKind.STEP, EventKind.BACKWARD)


@pytest.mark.parametrize(
    "override",
    [
        "def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):\n    optimizer.step(closure=optimizer_closure)",
        "def optimizer_step(self, *args, **kwargs):\n    super().optimizer_step(*args, **kwargs)",
        "def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_idx, closure):\n    optimizer.step(closure)",
        "def optimizer_step(self, epoch, batch, optimizer, idx, second_order_closure=None):\n    optimizer.step()",
    ],
)
def test_overridden_steps_run_the_closure_once(tmp_path: Path, override: str) -> None:
    method = override.replace("\n", "\n    ")
    code = MODULE.format(optimizers=SGD) + f"\n    {method}\nTrainer(max_epochs=2).fit(Net())\n"
    imports = "from lightning.pytorch import LightningModule, Trainer\n"
    events = evaluate(tmp_path, imports + code).program.events
    wanted = (EventKind.FORWARD, EventKind.ZERO_GRAD, EventKind.BACKWARD, EventKind.STEP)
    kinds = [e.kind for e in events if e.kind in wanted]
    assert kinds == list(wanted) * 4


def test_hooks_take_the_arguments_that_they_name(tmp_path: Path) -> None:
    rest = """
    seen = []
    class Watch(Callback):
        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            seen.append(type(pl_module).__name__)
        def on_train_start(self, *args):
            seen.append(len(args))
    Trainer(max_epochs=1, callbacks=[Watch()]).fit(Net())
    """
    found = evaluate(
        tmp_path,
        "from lightning.pytorch import LightningModule, Trainer, Callback\n"
        + MODULE.format(optimizers=SGD)
        + dedent(rest),
    )
    assert found["seen"][:2] == [2, "Net"]
