"""What was observed of a running program, as plain data: JSON in and out, no torch.

Steps count from 0. Places are where the user's own code stands: the innermost frame that belongs to no library. Numbers
that are not finite are NaN or infinite.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST = 3
"""Batches, activations and gradients of the first so many steps are looked at closely."""


@dataclass(frozen=True)
class Spot:
    """A place in a file; path: absolute, or "" where no code of the user's own was on the stack."""

    path: str = ""
    line: int = 0


@dataclass(frozen=True)
class Values:
    """A tensor's values. columns_low, columns_high: the smallest and largest standard deviation of a column, for tables."""

    shape: tuple[int, ...] = ()
    kind: str = ""
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    std: float = 0.0
    finite: bool = True
    whole: bool = False
    columns_low: float | None = None
    columns_high: float | None = None
    rows_sum_to_one: bool = False


@dataclass(frozen=True)
class OptimizerSeen:
    """An optimizer. rates, norms: of each step; norms: of all its gradients together. kept: updates whose gradients still
    held those of the update before. empty: updates without any gradient."""

    name: str
    spot: Spot = Spot()
    steps: int = 0
    parameters: int = 0
    rates: tuple[float, ...] = ()
    norms: tuple[float, ...] = ()
    settings: dict[str, float] = field(default_factory=dict)
    cleared: int = 0
    kept: int = 0
    empty: int = 0
    frozen: int = 0


@dataclass(frozen=True)
class BackwardSeen:
    """Losses: the value at each call of backward() from one place; steps: optimizer steps made before each."""

    spot: Spot
    losses: tuple[float, ...] = ()
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class LossSeen:
    """A loss as it was computed at the first steps: what went into it. name: torch's operation or module.

    through: for operations, those that made the prediction, the last one first (`log_softmax`, `softmax`, `addmm`).
    """

    name: str
    spot: Spot
    prediction: Values | None = None
    target: Values | None = None
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerSeen:
    """A layer with weights, by its name in the network.

    output: root mean square of its first output; gradient: of the loss's gradient there. weight, bias: mean norms of the
    parameters' gradients. dead: share of the units behind a ReLU that gave zero for every sample of the first steps; dead_end:
    of the last ones; None where no ReLU follows. spread, bias_mean: of the weights and biases at the start.
    """

    name: str
    kind: str
    spot: Spot = Spot()
    network: str = ""
    units: int = 0
    inputs: int = 0
    output: float | None = None
    gradient: float | None = None
    weight: float | None = None
    bias: float | None = None
    dead: float | None = None
    dead_end: float | None = None
    spread: float | None = None
    mean: float | None = None
    same_rows: bool = False
    bias_mean: float | None = None
    has_bias: bool = False


@dataclass(frozen=True)
class ActivationSeen:
    """A squashing activation between weighted layers: the share of the gradient's norm that passes it at the first steps."""

    kind: str
    layer: str
    passed: float


@dataclass(frozen=True)
class NormSeen:
    """A batch norm. values: the fewest values of a channel in a training batch; samples: the fewest samples. shift: the largest
    |log(variance at evaluation / running variance)| at the end; None where that was not measured. before: the layer before it.
    """

    name: str
    spot: Spot = Spot()
    before: str = ""
    samples: int = 0
    values: int = 0
    momentum: float | None = None
    shift: float | None = None


@dataclass(frozen=True)
class NetworkSeen:
    """A network, that is a module with weights that no other one calls, and how it was called.

    Counts of forward passes: training (in training mode, recorded by autograd), training_in_eval (recorded, then used for
    backward(), in evaluation mode), evaluated (not recorded, in evaluation mode), evaluated_in_train (not recorded, in
    training mode), recorded_eval (in evaluation mode and recorded, with no backward() after it).
    differs: dropout or batch norm make its modes differ. dead to signal_mended: of its start
    (`watch.starts.Start`). unused: layers that never had a gradient.
    """

    name: str
    spot: Spot = Spot()
    parameters: int = 0
    differs: bool = False
    training: int = 0
    training_in_eval: int = 0
    evaluated: int = 0
    evaluated_in_train: int = 0
    recorded_eval: int = 0
    inputs: tuple[Values, ...] = ()
    unused: tuple[str, ...] = ()
    dead: float | None = None
    dead_mended: float | None = None
    dead_standard: float | None = None
    dead_standard_mended: float | None = None
    signal: float | None = None
    signal_mended: float | None = None


@dataclass(frozen=True)
class LoaderSeen:
    """A data loader that was drawn from. batch: the first batch's tensors by their names in it."""

    spot: Spot
    sampler: str = ""
    batch_size: int | None = None
    batches: int = 0
    finished: int = 0
    samples: int | None = None
    recorded: bool = False
    """Whether a backward pass followed its batches: it is trained on."""
    batch: dict[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipSeen:
    """Calls of clip_grad_norm_ or clip_grad_value_ from one place. useful: those between backward() and step(). shrunk: the
    share of calls that changed anything; median: of the norms before."""

    kind: str
    spot: Spot
    limit: float
    calls: int = 0
    useful: int = 0
    shrunk: float | None = None
    median: float | None = None


@dataclass(frozen=True)
class ScheduleSeen:
    """A learning-rate schedule and how often it was stepped."""

    name: str
    spot: Spot
    steps: int = 0


@dataclass(frozen=True)
class Record:
    """Everything that a run showed.

    outcome: stopped (after the steps asked for), ended (by itself), raised, timed out, died, or no torch. error: what it raised.
    lines: of the files asked about, those that were executed. overhead: seconds of a step that watching took (its share
    of `seconds_a_step`). last_step_at: on
    the system's monotonic clock, where the program was stopped; stopping: seconds from there to the end of the process.
    """

    outcome: str = "died"
    error: str = ""
    error_spot: Spot = Spot()
    steps: int = 0
    torch: str = ""
    epochs: int = 0
    optimizers: tuple[OptimizerSeen, ...] = ()
    backwards: tuple[BackwardSeen, ...] = ()
    losses: tuple[LossSeen, ...] = ()
    networks: tuple[NetworkSeen, ...] = ()
    layers: tuple[LayerSeen, ...] = ()
    activations: tuple[ActivationSeen, ...] = ()
    norms: tuple[NormSeen, ...] = ()
    loaders: tuple[LoaderSeen, ...] = ()
    missed: tuple[str, ...] = ()
    """Layers with gradients that no optimizer takes."""
    clips: tuple[ClipSeen, ...] = ()
    schedules: tuple[ScheduleSeen, ...] = ()
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seconds_a_step: float | None = None
    overhead: float | None = None
    isolation: tuple[str, ...] = ()
    last_step_at: float | None = None
    stopping: float | None = None
    seconds: float = 0.0
    trouble: tuple[str, ...] = ()
    """Where watching itself failed; the program went on."""

    @property
    def trained(self) -> bool:
        """Whether any optimizer made a step."""
        return self.steps > 0
