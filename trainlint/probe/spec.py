"""What is probed, as plain data: networks, tasks, updates, the two variants of an experiment, and what was measured.

Everything here is JSON in and out (`to_json`, `from_json`), knows nothing of torch, and means the same on both sides
of the pipe. Conventions:

- **Layout is torch's**, whatever the framework of the program was: batch first, channels second, sequences (N, T, D),
  images (N, C, H, W), weights of Keras layers renamed (`weight`, `bias`). `rebuild` translates.
- **Shapes leave out the batch**, dimensions in options count it (dim 1 is the first one after the batch; negative
  dimensions count from the end), so that they can be handed to torch as they are.
- **Sizes are known.** Whatever the program does not tell was filled in by `rebuild` and stands in `notes`.
- **Weights are matched by (layer id, parameter name)**: what both variants have under the same id, name, shape and
  initialisation starts from the same numbers. Edits therefore keep ids.
- Numbers that are not finite go over the pipe as NaN and Infinity of Python's JSON dialect, and become null in
  reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from trainlint.model import Series
from trainlint.probe.codec import from_json, to_json
from trainlint.probe.operations import OPERATIONS

__all__ = [
    "InitSpec", "InputSpec", "LayerSpec", "LossSpec", "Measurement", "NetworkSpec", "Request", "Series", "TaskSpec",
    "UpdateSpec", "Variant", "from_json", "to_json",
]  # fmt: skip

Shape = tuple[int, ...]


@dataclass(frozen=True)
class InitSpec:
    """How one parameter starts. scheme and its options (absent ones have the defaults given here):

    he: mode (fan_in | fan_out), distribution (normal | uniform), nonlinearity (word of torch's calculate_gain,
    default leaky_relu), a (negative slope, 0); xavier: gain (1), distribution; lecun: distribution; orthogonal: gain (1);
    normal: mean (0), std (1); trunc_normal: mean (0), std (1), low (-2), high (2); uniform: low (0), high (1);
    constant: value; zeros; ones; eye; dirac; sparse: sparsity, std (0.01);
    variance_scaling: scale (1), mode (fan_in | fan_out | fan_avg), distribution (normal | truncated_normal | uniform).
    """

    scheme: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerSpec:
    """One operation of a forward pass.

    id: unique in its network; stays the same through edits. op: a key of `operations.OPERATIONS`, which lists the
    options of each. inputs: ids of layers (or of network inputs), in the operation's order.
    inits: explicit initialisations by torch's parameter name (`weight`, `bias`, `weight_ih_l0`, ...); a parameter that is
    not listed starts as the network's framework starts it.
    shares: id of an earlier layer whose parameters this one uses (the same layer applied again), "" for none.
    label: for people (`fc1 (Linear 10 -> 64)`). path, line: where the program makes it. flagged: the finding is about
    this operation. hidden: for activations: it stands between two weighted layers.
    """

    id: str
    op: str
    inputs: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    inits: dict[str, InitSpec] = field(default_factory=dict)
    shares: str = ""
    label: str = ""
    path: str = ""
    line: int = 0
    flagged: bool = False

    @property
    def weighted(self) -> bool:
        """Whether it has learned weights other than a norm's scale and shift."""
        return OPERATIONS[self.op].weighted


@dataclass(frozen=True)
class InputSpec:
    """What goes into a network. shape: without the batch. tokens: size of the vocabulary where values are indices into an
    embedding (shape is then (T,)), 0 for real numbers."""

    id: str
    shape: Shape
    tokens: int = 0


@dataclass(frozen=True)
class NetworkSpec:
    """A network: layers in the order in which data passes them.

    outputs: ids of what it returns (the first one goes to the loss). framework: whose default initialisation holds:
    torch or keras. name: the class or factory. scale: factor by which widths were divided (1: as found).
    notes: what was filled in or scaled, in words for people.
    """

    inputs: tuple[InputSpec, ...]
    layers: tuple[LayerSpec, ...]
    outputs: tuple[str, ...]
    framework: str = "torch"
    name: str = ""
    scale: float = 1.0
    notes: tuple[str, ...] = ()

    def layer(self, name: str) -> LayerSpec:
        """A layer by its id.

        Raises:
            KeyError: there is none.
        """
        for layer in self.layers:
            if layer.id == name:
                return layer
        raise KeyError(name)

    def of(self, *ops: str) -> Iterator[LayerSpec]:
        """The layers of these operations, in order."""
        return (layer for layer in self.layers if layer.op in ops)

    @property
    def weighted(self) -> list[LayerSpec]:
        """The layers with weights, in order; one that is applied several times counts as often."""
        return [layer for layer in self.layers if layer.weighted]

    @property
    def flagged(self) -> list[LayerSpec]:
        """The layers that the finding is about."""
        return [layer for layer in self.layers if layer.flagged]

    def check(self) -> None:
        """Whether it makes sense as a graph: known operations and options, inputs that come before.

        Raises:
            ValueError: what is wrong, in words.
        """
        known = {i.id for i in self.inputs}
        for layer in self.layers:
            operation = OPERATIONS.get(layer.op)
            if operation is None:
                raise ValueError(f"{layer.id}: no operation is called {layer.op!r}")
            strange = set(layer.options) - set(operation.options)
            missing = {o for o in operation.required if o not in layer.options}
            if strange or missing:
                raise ValueError(
                    f"{layer.id} ({layer.op}): options {sorted(strange)} unknown, {sorted(missing)} missing"
                )
            if layer.id in known:
                raise ValueError(f"{layer.id}: the id is taken")
            if not set(layer.inputs) <= known:
                raise ValueError(f"{layer.id}: inputs {layer.inputs} do not come before it")
            known.add(layer.id)
        if not self.outputs or not set(self.outputs) <= known:
            raise ValueError(f"outputs {self.outputs} are not computed")


@dataclass(frozen=True)
class LossSpec:
    """A loss. name: cross_entropy, nll, bce, bce_logits, mse, mae, smooth_l1, huber, hinge, squared_hinge, kl_div, poisson_nll,
    gaussian_nll, cosine, mape, msle, log_cosh, categorical_probabilities (Keras' crossentropy of probabilities).

    takes: what it expects: logits, log_probabilities, probabilities, values. reduction: mean, sum.
    options: label_smoothing, delta, beta, log_target, log_input, weight (tuple a class), pos_weight, ...
    """

    name: str
    takes: str = "values"
    reduction: str = "mean"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskSpec:
    """What the network is asked to learn.

    kind: multiclass (indices; for outputs with further dimensions one index for each position: tokens, pixels), binary,
    multilabel (0/1 of the output's shape), regression (real numbers of the output's shape).
    classes: number of classes (multiclass). class_dim: the dimension of the output that holds them (1, or -1 for
    sequences of Keras layout). one_hot: targets are given as columns of floats.
    output: shape of what reaches the loss, without the batch. squeeze: a last dimension of 1 is dropped before the loss.
    input_scale, input_offset: inputs are offset + scale * standard normal (bytes: 128, 74); raw units as found.
    target_scale, target_offset: the same for the targets of a regression.
    positive: targets of a regression are known to be positive; low, high: their range where known.
    batch: samples an update.
    """

    kind: str
    loss: LossSpec
    output: Shape = ()
    classes: int = 0
    class_dim: int = 1
    one_hot: bool = False
    squeeze: bool = False
    input_scale: float = 1.0
    input_offset: float = 0.0
    target_scale: float = 1.0
    target_offset: float = 0.0
    positive: bool = False
    low: float | None = None
    high: float | None = None
    batch: int = 32
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdateSpec:
    """How weights are updated.

    family: key of the rate table (facts/rates.py): sgd, adam, adamw, rmsprop, adagrad, adadelta, adamax, nadam, radam, lion, ...
    momentum: of SGD and RMSprop. betas, eps, alpha (RMSprop's decay): the library's defaults where the program has none.
    weight_decay: added to the gradient (L2), or taken from the weights where `decoupled`.
    clip: norm, value or "" with clip_max. warmup: updates over which the rate rises linearly from 0.
    steps: updates that the program plans, where known. assumed: nothing of an optimizer was seen; usual values stand in.
    """

    family: str
    lr: float
    momentum: float = 0.0
    nesterov: bool = False
    dampening: float = 0.0
    betas: tuple[float, ...] = (0.9, 0.999)
    eps: float = 1e-8
    alpha: float = 0.99
    centered: bool = False
    amsgrad: bool = False
    weight_decay: float = 0.0
    decoupled: bool = False
    clip: str = ""
    clip_max: float = 0.0
    warmup: int = 0
    steps: int | None = None
    assumed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variant:
    """One side of an experiment. what: in a few words (`as found`, `ReLU with He initialisation`)."""

    network: NetworkSpec
    task: TaskSpec
    update: UpdateSpec
    what: str = "as found"


_OTHER_SIDE = re.compile(r"^(flagged|mended)(?=_)")


def _exchanged_side(found: re.Match[str]) -> str:
    return "mended" if found.group() == "flagged" else "flagged"


@dataclass(frozen=True)
class Request:
    """What an experiment is to measure.

    experiment: its name. flagged, mended: the two variants. other_flagged, other_mended: the same at a second size, where
    shapes were guessed: both sizes must agree. seeds: of the first runs; more_seeds: to be added only if those are split.
    steps: updates of each run. options: what else the experiment needs, by words of its own.
    notes: what was assumed, for the report, in words. code: the rule. subject: what the finding is about, for messages.
    """

    experiment: str
    flagged: Variant
    mended: Variant
    code: str = ""
    subject: str = ""
    other_flagged: Variant | None = None
    other_mended: Variant | None = None
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    more_seeds: tuple[int, ...] = (5, 6, 7, 8, 9)
    steps: int = 100
    options: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def exchanged(self) -> Request:
        """The same with the labels of flagged and mended exchanged: no experiment may confirm it."""
        return replace(
            self,
            flagged=self.mended,
            mended=self.flagged,
            other_flagged=self.other_mended,
            other_mended=self.other_flagged,
            options={_OTHER_SIDE.sub(_exchanged_side, name): value for name, value in self.options.items()},
        )

    def twin(self) -> Request:
        """The same with the mended variant on both sides: no experiment may confirm it."""
        own = {n: v for n, v in self.options.items() if not n.startswith("flagged_")}
        copied = {
            "flagged_" + n.removeprefix("mended_"): v for n, v in own.items() if n.startswith("mended_")
        }
        return replace(self, flagged=self.mended, other_flagged=self.other_mended, options={**own, **copied})


@dataclass(frozen=True)
class Measurement:
    """What a worker measured.

    numbers: single values by name. runs: a list over seeds by name (`loss_flagged`, `loss_mended`, ...).
    series: curves for plots. seeds: those that were run. seconds: on the worker's clock. inconclusive: why nothing could be
    measured, "" if it could.
    """

    experiment: str
    numbers: dict[str, float] = field(default_factory=dict)
    runs: dict[str, tuple[float, ...]] = field(default_factory=dict)
    series: tuple[Series, ...] = ()
    seeds: tuple[int, ...] = ()
    seconds: float = 0.0
    inconclusive: str = ""
    notes: tuple[str, ...] = ()
