"""Packages that only look at what they are given, and optimizers of packages around torch."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.training_programs import evaluate
from trainlint.facts.events import EventKind

MODEL = "model = nn.Linear(4, 3)\nopt = optim.SGD(model.parameters(), lr=0.1)\n"


@pytest.mark.parametrize(
    "code",
    [
        "import wandb\nwandb.init()\nwandb.watch(model, log='all')\nwandb.log({'m': model, 'o': opt})",
        "import wandb\nrun = wandb.init()\nrun.watch(model)\nrun.log({'m': model})",
        "from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter()\nw.add_graph(model, torch.zeros(1, 4))",
        "from tensorboardX import SummaryWriter\nwith SummaryWriter() as w:\n    w.add_graph(model)",
        "from torchsummary import summary\nsummary(model, (4,))",
        "import torchinfo\ntorchinfo.summary(model)",
        "from thop import profile\nprofile(model, inputs=(torch.zeros(1, 4),))",
        "import logging\nlog = logging.getLogger(__name__)\nlog.info('%s', model)",
        "from loguru import logger\nlogger.info(model)",
        "import mlflow\nmlflow.pytorch.log_model(model, 'model')",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(model.weight.detach())",
        "from tqdm import tqdm\nbar = tqdm(range(3))\nbar.set_postfix(m=model)\ntqdm.write(str(model))",
    ],
)
def test_nothing_escapes_into_an_observer(code: str) -> None:
    program = evaluate(MODEL + code)
    assert not program.events_of(EventKind.ESCAPE)
    assert not program.optimizers[0].escaped
    assert not program.modules[0].escaped


def test_unknown_packages_do_not_only_look() -> None:
    program = evaluate(MODEL + "import somewhere\nsomewhere.log(model)\n")
    assert program.modules[0].escaped


def test_values_of_wandb_config_keep_their_origin() -> None:
    code = (
        "import wandb\n"
        "wandb.init(config={'lr': 0.25, 'momentum': 0.5})\n"
        "config = wandb.config\n"
        "optim.SGD(model.parameters(), lr=config.lr, momentum=wandb.config['momentum'])\n"
    )
    optimizer = evaluate(MODEL + code).optimizers[1]
    assert (optimizer.lr.value, optimizer.momentum.value) == (0.25, 0.5)
    assert optimizer.lr.literal is not None
    assert optimizer.lr.literal.line == 8


@pytest.mark.parametrize(
    ("expression", "family", "lr"),
    [
        ("bitsandbytes.optim.AdamW8bit(model.parameters(), lr=1e-4)", "adamw", 1e-4),
        ("lion_pytorch.Lion(model.parameters())", "lion", 1e-4),
        ("transformers.AdamW(model.parameters(), lr=5e-5)", "adamw", 5e-5),
        ("apex.optimizers.FusedSGD(model.parameters(), 0.1, momentum=0.9)", "sgd", 0.1),
        ("prodigyopt.Prodigy(model.parameters())", "prodigy", 1.0),
    ],
)
def test_optimizers_of_other_packages(expression: str, family: str, lr: float) -> None:
    package = expression.split(".")[0]
    optimizer = evaluate(f"{MODEL}import {package}\n{expression}").optimizers[1]
    assert (optimizer.family, optimizer.lr.value) == (family, lr)
    assert len(optimizer.parameters.parameters) == 2
