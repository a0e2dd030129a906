"""Training a variant for a moment: a run that can be carried on, with losses and gradient norms by step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from trainlint.probe.spec import Variant
from trainlint.probe.statistics import HORIZON
from trainlint.probe.worker.data import BATCHES, Data
from trainlint.probe.worker.losses import chance_loss, make_loss
from trainlint.probe.worker.network import Network
from trainlint.probe.worker.seeds import derived
from trainlint.probe.worker.update import Updater

MOST_SAMPLES = 64
"""Samples a batch at most: larger ones cost time and change little but the noise of the gradient."""

TAIL = 10
"""Losses that a run's end is the mean of, at least (a tenth of all in longer runs, never more than a quarter): single
batches of 32 differ by a few hundredths of the chance loss."""

PLATEAU = 0.9
"""Loss, as a share of the chance loss, above which a network whose outputs hardly differ between samples has not begun to
learn."""

SPREAD = 0.05
"""Outputs that differ more than this between samples (standard deviation) are no plateau."""

DIFFER, GROWS, HURRY = 0.3, 1.1, 0.5
"""A plateau ends when outputs differ by `DIFFER`. They do so sooner than exponential growth would say (`HURRY`, the median of
eight MLPs that left one, 0.3 to 2.3); growth by less than `GROWS` in half a run is noise."""


def output_shape(network: Network, data: Data) -> tuple[int, ...]:
    """What a network gives for one sample. A forward pass in evaluation mode, so that statistics of norms stay."""
    network.eval()
    with torch.no_grad():
        output = network(data_inputs(data, 2))
    network.train()
    return tuple(output.shape[1:])


def data_inputs(data: Data, size: int) -> list[torch.Tensor]:
    """Inputs of the right shapes and units, whatever the output."""
    source = torch.Generator().manual_seed(derived(data.seed, "shape"))
    found = []
    for spec in data.network.inputs:
        if spec.tokens:
            found.append(torch.randint(spec.tokens, (size, *spec.shape), generator=source))
        else:
            found.append(
                data.task.input_offset
                + data.task.input_scale * torch.randn((size, *spec.shape), generator=source)
            )
    return found


@dataclass
class Run:
    """One variant under training with one seed. losses, norms (of the gradient before clipping): by step; a loss that is not
    finite ends the run and stands for all the rest as infinity."""

    variant: Variant
    seed: int
    network: Network
    data: Data
    chance: float
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    contrasts: list[float] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        self.loss = make_loss(self.variant.task)
        self.updater = Updater(self.variant.update, self.network.parameters())
        self.size = min(max(self.variant.task.batch, 1), MOST_SAMPLES)

    def advance(self, steps: int) -> None:
        """Train so many more steps, or mark them as lost once the loss is not finite."""
        for _ in range(steps):
            if not self.broken:
                self._step()
            if self.broken:
                self.losses.append(math.inf)
                self.norms.append(math.inf)

    def _step(self) -> None:
        number = len(self.losses)
        inputs, target = self.data.batch(number, self.size)
        torch.manual_seed(derived(self.seed, "dropout", number))
        self.updater.zero()
        output = self.network(inputs)
        loss = self.loss(output, target)
        value = float(loss.detach())
        self.contrasts.append(
            float(output.detach().reshape(len(output), -1).std(0).mean()) if self.size > 1 else 0.0
        )
        if not math.isfinite(value):
            self.broken = True
            return
        loss.backward()  # type: ignore[no-untyped-call]
        norm = self.updater.step()
        if not math.isfinite(norm):
            self.broken = True
            return
        self.losses.append(value)
        self.norms.append(norm)

    def end(self, at: int | None = None) -> float:
        """The mean loss before step `at` (the end), as a share of the chance loss; infinite for a run that broke."""
        losses = self.losses[:at]
        tail = losses[-max(1, min(max(TAIL, len(losses) // 10), len(losses) // 4)) :]
        return sum(tail) / len(tail) / self.chance if tail else math.nan

    def at(self, step: float) -> float:
        """The loss (as a share of the chance loss) at a step; beyond the last one as extrapolated from the factor f of the
        second half of the run. An exponential curve would fall by f every half run from there on (too fast, as curves
        flatten), a power law by f every time that the steps double (too slow): the exponent is their geometric mean."""
        steps = len(self.losses)
        if step <= steps:
            return self.end(max(1, int(step)))
        late, early = self.end(), self.end(steps // 2)
        if steps < 4 or not math.isfinite(early) or not 0 < late < early:
            return late
        return late * math.pow(late / early, math.sqrt(2 * (step - steps) / steps * math.log2(step / steps)))

    def expected(self, twin: Run | None = None) -> float:
        """The loss at `HORIZON`. A run that stands on a plateau and is about to leave it is taken to learn from then on as
        its twin did from the start."""
        steps = len(self.losses)
        if self.broken or steps >= HORIZON or self.end() <= PLATEAU or self._contrast(steps) >= SPREAD:
            return self.at(HORIZON)
        left = HORIZON - self.leaves()
        return twin.at(left) if twin is not None and left > 0 else self.end()

    def leaves(self) -> float:
        """The step at which the outputs differ between samples, which is how a network leaves a plateau: extrapolated with the
        growth of their spread in the second half of the run, infinite where it does not grow."""
        steps = len(self.contrasts)
        late, early = self._contrast(steps), self._contrast(steps // 2)
        if not 0 < GROWS * early < late:
            return math.inf
        return steps + HURRY * math.log(DIFFER / late) * (steps / 2) / math.log(late / early)

    def _contrast(self, at: int) -> float:
        values = self.contrasts[max(0, at - max(BATCHES, at // 10)) : at]
        return sum(values) / len(values) if values else 0.0


def start(variant: Variant, seed: int, data: Data | None = None) -> Run:
    """A run at its first step.

    Raises:
        ValueError, RuntimeError: the network cannot be built, its shapes do not fit, or the loss does not take its output.
    """
    network = Network(variant.network, seed)
    network.train()
    if data is None:
        data = Data(variant.network, variant.task, (), seed)
        data.output = output_shape(network, data)
    return Run(variant, seed, network, data, _chance(variant, data))


def _chance(variant: Variant, data: Data) -> float:
    """The chance loss of a task, over 256 samples (fewer where outputs are large)."""
    size = 256 if math.prod(data.output) <= 4096 else 16
    _, target = data.batch(-1, size)
    chance = chance_loss(variant.task, make_loss(variant.task), torch.zeros(size, *data.output), target)
    if not chance > 0:
        raise ValueError(f"no loss to start from: guessing loses {chance:.3g}")
    return chance
