"""Statements of the training loop are put where they belong, and nothing else changes."""

from __future__ import annotations

import pytest

from tests.fixes.conftest import Mend, text_of

HEAD = """\
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cuda")
batches = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(torch.randn(640, 20), torch.randint(0, 2, (640,))), batch_size=64, shuffle=True
)
for index, (x, y) in enumerate(batches):
"""


def loop(body: str) -> str:
    return HEAD + "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").split("\n"))


def mended(mend: Mend, body: str, code: str) -> str:
    """The loop's body after the fixes of one rule."""
    fixed = mend({"train.py": loop(body)}, codes={code})
    assert fixed.settled
    assert not [f for f in fixed.result.findings if f.code == code], "the finding is still there"
    text = text_of(fixed, "train.py")
    assert text.startswith(HEAD)
    return "\n".join(line[4:] for line in text.removeprefix(HEAD).splitlines())


class TestZeroGrad:
    def test_stands_before_the_backward(self, mend: Mend) -> None:
        body = (
            "loss = nn.functional.cross_entropy(model(x), y)  # the loss\nloss.backward()\noptimizer.step()"
        )
        assert mended(mend, body, "TL001") == body.replace(
            "loss.backward", "optimizer.zero_grad()\nloss.backward"
        )

    def test_stands_behind_the_step_of_an_accumulation(self, mend: Mend) -> None:
        body = (
            "loss = nn.functional.cross_entropy(model(x), y) / 4\nloss.backward()\n"
            "if (index + 1) % 4 == 0:\n    optimizer.step()"
        )
        assert mended(mend, body, "TL001") == body + "\n    optimizer.zero_grad()"

    def test_stands_before_the_first_of_two_backwards(self, mend: Mend) -> None:
        body = (
            "first = nn.functional.cross_entropy(model(x), y)\nfirst.backward()\n"
            "second = nn.functional.cross_entropy(model(x + 1), y)\nsecond.backward()\noptimizer.step()"
        )
        assert mended(mend, body, "TL001") == body.replace(
            "first.backward", "optimizer.zero_grad()\nfirst.backward"
        )

    def test_stands_before_the_context_that_holds_the_backward(self, mend: Mend) -> None:
        body = (
            "with torch.autograd.detect_anomaly():\n    loss = nn.functional.cross_entropy(model(x), y)\n"
            "    loss.backward()\noptimizer.step()"
        )
        assert mended(mend, body, "TL001") == f"optimizer.zero_grad()\n{body}"

    def test_clears_the_optimizer_that_a_scaler_steps(self, mend: Mend) -> None:
        body = (
            "with torch.autocast('cuda'):\n    loss = nn.functional.cross_entropy(model(x), y)\n"
            "scaler.scale(loss).backward()\nscaler.step(optimizer)\nscaler.update()"
        )
        assert mended(mend, body, "TL001") == body.replace(
            "scaler.scale", "optimizer.zero_grad()\nscaler.scale"
        )

    def test_clears_behind_the_step_where_accelerate_accumulates(self, mend: Mend) -> None:
        text = (
            "import torch\nfrom accelerate import Accelerator\nfrom torch import nn\n\n"
            "accelerator = Accelerator(gradient_accumulation_steps=4)\nmodel = nn.Linear(8, 2)\n"
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n"
            "model, optimizer = accelerator.prepare(model, optimizer)\n"
            "for step in range(100):\n    with accelerator.accumulate(model):\n"
            "        loss = model(torch.randn(4, 8)).pow(2).mean()\n        accelerator.backward(loss)\n"
            "        optimizer.step()\n"
        )
        fixed = mend({"train.py": text}, codes={"TL001"})
        assert text_of(fixed, "train.py") == text + "        optimizer.zero_grad()\n"


class TestOrder:
    def test_a_step_goes_behind_the_backward_with_its_comment(self, mend: Mend) -> None:
        body = (
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\n"
            "# the update\noptimizer.step()  # follows the gradient\nloss.backward()"
        )
        assert mended(mend, body, "TL004") == (
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\nloss.backward()\n"
            "# the update\noptimizer.step()  # follows the gradient"
        )

    def test_a_scaler_s_update_goes_with_its_step(self, mend: Mend) -> None:
        body = (
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\n"
            "scaler.step(optimizer)\nscaler.update()\nscaler.scale(loss).backward()"
        )
        assert mended(mend, body, "TL004").splitlines()[2:] == [
            "scaler.scale(loss).backward()",
            "scaler.step(optimizer)",
            "scaler.update()",
        ]

    def test_a_clip_leaves_the_context_of_the_forward_pass(self, mend: Mend) -> None:
        body = (
            "optimizer.zero_grad()\nwith torch.autocast('cpu'):\n"
            "    loss = nn.functional.cross_entropy(model(x), y)\n    clip_grad_norm_(model.parameters(), 1.0)\n"
            "loss.backward()\noptimizer.step()"
        )
        assert mended(mend, body, "TL703") == (
            "optimizer.zero_grad()\nwith torch.autocast('cpu'):\n    loss = nn.functional.cross_entropy(model(x), y)\n"
            "loss.backward()\nclip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()"
        )

    def test_a_clip_over_several_lines_moves_as_a_whole(self, mend: Mend) -> None:
        body = (
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\nloss.backward()\n"
            "optimizer.step()\nclip_grad_norm_(\n    model.parameters(),  # all of them\n    max_norm=1.0,\n)"
        )
        lines = body.splitlines()
        assert mended(mend, body, "TL704").splitlines() == [*lines[:3], *lines[4:], lines[3]]

    @pytest.mark.parametrize(
        "body",
        [
            # The norm is read before backward(): the clip cannot pass that.
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\n"
            "norm = clip_grad_norm_(model.parameters(), 1.0)\nprint(norm)\nloss.backward()\noptimizer.step()",
            # The limit is worked out on the way.
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\nlimit = 1.0\n"
            "clip_grad_norm_(model.parameters(), limit)\nlimit = 2.0\nloss.backward()\noptimizer.step()",
            # Two statements share a line.
            "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\n"
            "clip_grad_norm_(model.parameters(), 1.0); print(index)\nloss.backward()\noptimizer.step()",
        ],
    )
    def test_what_depends_on_the_order_stays(self, mend: Mend, body: str) -> None:
        fixed = mend({"train.py": loop(body)}, codes={"TL703"})
        assert [f.code for f in fixed.result.findings if f.code == "TL703"], (
            "the finding itself must be there"
        )
        assert not fixed.after

    def test_an_unsafe_fix_waits_to_be_asked_for(self, mend: Mend) -> None:
        body = "optimizer.zero_grad()\nloss = nn.functional.cross_entropy(model(x), y)\noptimizer.step()\nloss.backward()"
        fixed = mend({"train.py": loop(body)}, unsafe=False)
        found = [f for f in fixed.result.findings if f.code == "TL004"]
        assert found[0].fix is not None
        assert found[0].fix.applicability.value == "unsafe"
        assert not fixed.after
