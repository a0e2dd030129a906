"""The programs that `probe_run.py` runs: what of which package, from which version on, and the fault that was put into it.

Their own dependencies must be importable: `pip install --no-deps` of scipy, scikit-learn, joblib, threadpoolctl, narwhals, tqdm,
einops, einconv, opt_einsum, unfoldNd, torchmetrics, lightning-utilities, pandas, linear-operator, jaxtyping, wadler-lindig,
gymnasium, cloudpickle and farama-notifications beside torch is enough. The sources of the packages themselves are used as unpacked.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Script:
    """A program. package: its unpacked sources' directory, "" for our own examples. directory: where it is started.

    path: what must be importable, below the sources. edit: a piece of its text and what takes its place in the copy that is
    run, where its own options cannot bring about the fault.
    """

    package: str
    directory: str
    command: str
    what: str
    path: tuple[str, ...] = ()
    edit: tuple[str, str] | None = None

    @property
    def file(self) -> str:
        """The script itself."""
        return next(word for word in self.command.split() if word.endswith(".py"))


RL, GP = "examples/reinforcement_learning", "test/examples"
IGNITE, GPYTORCH, OPACUS = "pytorch-ignite-0.5.5", "gpytorch-1.15.2", "opacus-1.6.0"
CURVLINOPS, BACKPACK = "curvlinops_for_pytorch-3.0.1", "backpack_for_pytorch-1.7.1"
NAMES = "names"
"""Directory, beside the script, of names in three made-up languages: the data that the opacus example asks for."""

CHARS = f"python char-lstm-classification.py --data-root {NAMES} --disable-dp --device cpu -b 32 --mode"

SCRIPTS = (
    Script("", "house_prices", "python train.py", "the shipped example, an MLP with faults"),
    Script("", "house_prices", "python train_deep.py", "the shipped example, a deep MLP with faults"),
    Script("", "house_prices_fixed", "python train.py", "the shipped example, mended"),
    Script(GPYTORCH, GP, "python test_kissgp_dkl_regression.py", "deep kernel learning, under unittest", (GPYTORCH,)),
    Script(GPYTORCH, GP, "python test_simple_gp_classification.py", "Gaussian process classification", (GPYTORCH,)),
    Script(GPYTORCH, GP, "python test_svgp_gp_regression.py", "variational regression, two optimizers", (GPYTORCH,)),
    Script(IGNITE, RL, "python reinforce.py", "policy gradient under an engine", (IGNITE,)),
    Script(IGNITE, RL, "python actor_critic.py", "actor-critic under an engine", (IGNITE,)),
    Script(OPACUS, "examples", f"{CHARS} lstm", "names to languages by an LSTM", (OPACUS,)),
    Script("accelerate-1.15.0", "src/accelerate/test_utils/scripts", "python test_sync.py", "Accelerator: accumulation and synchronisation", ("accelerate-1.15.0/src",)),
    # with findings of their own, or with a fault
    Script(CURVLINOPS, "docs/examples/basic_usage", "python example_model_merging.py", "small MLPs with a sigmoid of their own", (CURVLINOPS, BACKPACK)),
    Script(OPACUS, "examples", f"{CHARS} rnn --learning-rate 300", "the same by an RNN of opacus, at a rate of 300", (OPACUS,)),
    Script(OPACUS, "examples", f"{CHARS} rnn --learning-rate 300", "the same by an RNN of torch", (OPACUS,), ("rnn_type = DPRNN", "rnn_type = nn.RNN")),
    Script(IGNITE, RL, "python reinforce.py", "policy gradient", (IGNITE,), ("lr=1e-2", "lr=1.0")),
    Script(IGNITE, RL, "python actor_critic.py", "actor-critic", (IGNITE,), ("lr=3e-2", "lr=3.0")),
    Script(IGNITE, RL, "python reinforce.py", "policy gradient", (IGNITE,), ("F.relu(x)", "torch.sigmoid(x)")),
    Script(GPYTORCH, "", f"python {GP}/test_kissgp_dkl_regression.py", "deep kernel learning", (GPYTORCH,), ("lr=0.1)", "lr=10.0)")),
    Script("poutyne-1.19.0", "examples", "python basic_random_classification.py", "an MLP trained by a framework that is not followed", ("poutyne-1.19.0",),
           ("    nn.ReLU(),\n", "    nn.Sigmoid(), nn.Linear(100, 100), nn.Sigmoid(), nn.Linear(100, 100), nn.Sigmoid(),\n")),
)  # fmt: skip


def prepare(script: Script, cwd: Path) -> None:
    """Put the fault into the copy, and write the data that it asks for.

    Raises:
        ValueError: the text that is to be replaced is not there.
    """
    if script.edit is not None:
        path = cwd / script.file
        text = path.read_text(encoding="utf-8")
        if script.edit[0] not in text:
            raise ValueError(f"{script.file} has no {script.edit[0]!r}")
        path.write_text(text.replace(*script.edit), encoding="utf-8")
    if NAMES in script.command.split():
        (cwd / NAMES).mkdir()
        source = random.Random(0)
        for language, letters in {"first": "abcdeor", "second": "klmnuta", "third": "xyzwio"}.items():
            words = ("".join(source.choices(letters, k=source.randint(4, 9))) for _ in range(400))
            (cwd / NAMES / f"{language}.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
