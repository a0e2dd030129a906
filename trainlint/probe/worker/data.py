"""Synthetic data that a healthy network of the given shapes can learn within some hundred steps.

A sample has a hidden cause: some standard normal numbers. What the network sees is a mixture of fixed random patterns,
weighted by the cause (`patterns`), plus noise; what it shall say is a smooth function of the cause, or its largest
component as a class. Where the output has a value for every position (tokens, pixels), each position has a cause of its own. Inputs have mean
`input_offset` and deviation `input_scale`, targets of a regression likewise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor
from torch.nn import functional

from trainlint.probe.spec import InputSpec, NetworkSpec, TaskSpec
from trainlint.probe.worker.patterns import features_last, patterns
from trainlint.probe.worker.seeds import derived

CAUSES = 16
"""Numbers of a hidden cause, at most: a plain network needs some hundred steps for a function of so many, not a few dozen.
An input of fewer values (at a place) could not show so many, and has as many causes as values."""

TEACHER, BEND = 24, 1.5
"""Units of the function that the network is to learn, and how far they are from being linear."""

INPUT_NOISE = 0.1
"""Share of noise in the deviation of every input value."""

BATCHES = 32
"""Batches, which come again and again: with 32 samples each, 1,024 samples that a network can learn by heart. A training
loss on endless data ends in a floor that hides how far two networks are apart."""

TOKENS = 32
"""Tokens of a vocabulary that occur, at most: a larger share of it would not be seen often enough to be learned."""

LEADING = 0.5
"""Share of a sequence's tokens that speak of its class."""


def generator(seed: int, *names: object) -> Generator:
    """A source of numbers for one purpose."""
    return torch.Generator().manual_seed(derived(seed, *names))


@dataclass
class Data:
    """Batches for a network and a task: a function of the seed and the batch's number alone.

    output: the shape that the network gives for one sample, class dimension included.
    """

    network: NetworkSpec
    task: TaskSpec
    output: tuple[int, ...]
    seed: int
    _tables: dict[str, Tensor] = field(default_factory=dict)

    @property
    def causes(self) -> int:
        """Numbers of a hidden cause."""
        real = [spec for spec in self.network.inputs if not spec.tokens]
        if len(real) < len(self.network.inputs):
            return CAUSES
        if self._positions:
            first = self.network.inputs[0]
            return min(CAUSES, _width(first, _grid(self.network, first)[0]))
        return min(CAUSES, sum(max(math.prod(spec.shape), 1) for spec in real))

    def batch(self, number: int, size: int) -> tuple[list[Tensor], Tensor]:
        """Inputs, one for each input of the network, and the target."""
        source = generator(self.seed, "batch", number % BATCHES if number >= 0 else number)
        with torch.no_grad():
            if self._positions and self.network.inputs[0].tokens:
                return self._tagged_tokens(size, source)
            if self._positions:
                return self._positionwise(size, source)
            cause, target = self._causes(size, source)
            return [self._input(spec, cause, target, source) for spec in self.network.inputs], target

    @property
    def _answers(self) -> tuple[int, ...]:
        """The target's shape for one sample: the output's, without classes."""
        shape = self.output
        if self.task.squeeze and shape and shape[-1] == 1:
            shape = shape[:-1]
        if self.task.kind != "multiclass":
            return shape
        dim = self.task.class_dim - 1 if self.task.class_dim > 0 else len(shape) + self.task.class_dim
        dim = min(dim, len(shape) - 1)
        return shape[:dim] + shape[dim + 1 :]

    @property
    def _positions(self) -> tuple[int, ...]:
        """The dimensions of the output along which every place has an answer of its own; () for one answer a sample."""
        answers = self._answers
        if self.task.kind == "multiclass":
            return answers
        if self.network.inputs[0].tokens:
            return answers[:1] if len(answers) > 1 else ()
        return answers[1:] if len(answers) > 1 else ()

    def _table(self, name: str, *shape: int) -> Tensor:
        """A fixed table of standard normal numbers of this task."""
        if name not in self._tables:
            self._tables[name] = torch.randn(shape, generator=generator(self.seed, "task", name, shape))
        return self._tables[name]

    def _causes(self, size: int, source: Generator) -> tuple[Tensor, Tensor]:
        """Hidden causes (size, causes) with deviation 1, and the targets."""
        cause = torch.randn((size, self.causes), generator=source)
        if self.task.kind == "multiclass":
            score = self._teacher("teacher", cause, self.task.classes)
            return cause, self._wanted(score.argmax(-1))
        width = max(math.prod(self._answers), 1)
        return cause, self._values(self._teacher("teacher", cause, width)).reshape(size, *self._answers)

    def _teacher(self, name: str, cause: Tensor, width: int) -> Tensor:
        """A smooth random function of a cause (its last dimension), of deviation about 1: one layer of tanh."""
        first = self._table(name + " in", self.causes, TEACHER) / math.sqrt(self.causes)
        second = self._table(name + " out", TEACHER, width) / math.sqrt(TEACHER / 2)
        return torch.tanh(BEND * cause @ first) @ second

    def _values(self, score: Tensor) -> Tensor:
        """Scores of deviation 1 as targets of a regression, or as labels."""
        task = self.task
        if task.kind in ("binary", "multilabel"):
            return (score > 0).float()
        if task.low is not None and task.high is not None:
            return task.low + (task.high - task.low) * torch.sigmoid(1.5 * score)
        if task.positive:
            return (task.target_offset + task.target_scale * score).abs()
        return task.target_offset + task.target_scale * score

    def _wanted(self, label: Tensor) -> Tensor:
        """Labels (size, positions) as the loss wants them: indices, or columns at dimension 1."""
        if not self.task.one_hot and self.task.loss.name != "kl_div":
            return label
        return functional.one_hot(label, self.task.classes).float().movedim(-1, 1)

    def _input(self, spec: InputSpec, cause: Tensor, target: Tensor, source: Generator) -> Tensor:
        if spec.tokens:
            return self._tokens(spec, cause, source)
        signal = cause @ self._patterns(spec) / math.sqrt(self.causes)
        noise = torch.randn(signal.shape, generator=source)
        x = math.sqrt(1 - INPUT_NOISE**2) * signal + INPUT_NOISE * noise
        return (self.task.input_offset + self.task.input_scale * x).reshape(-1, *spec.shape)

    def _patterns(self, spec: InputSpec) -> Tensor:
        """(causes, values of an input), deviation 1."""
        if spec.id not in self._tables:
            found = patterns(
                self.network, spec, self.causes, generator(self.seed, "task", "patterns", spec.id)
            )
            self._tables[spec.id] = found.reshape(self.causes, -1)
        return self._tables[spec.id]

    def _tokens(self, spec: InputSpec, cause: Tensor, source: Generator) -> Tensor:
        """Sequences in which a part of the tokens is drawn by the cause: tokens whose vector is near to it."""
        used = min(spec.tokens, TOKENS)
        likely = (3.0 * cause @ self._table("tokens", self.causes, used) / math.sqrt(self.causes)).softmax(-1)
        spread = LEADING * likely + (1 - LEADING) / used
        count = max(math.prod(spec.shape), 1)
        return torch.multinomial(spread, count, replacement=True, generator=source).reshape(-1, *spec.shape)

    def _tagged_tokens(self, size: int, source: Generator) -> tuple[list[Tensor], Tensor]:
        """Every token has an answer, by a fixed table."""
        spec = self.network.inputs[0]
        used = min(spec.tokens, TOKENS)
        inputs = [
            torch.randint(min(i.tokens, TOKENS) or 2, (size, *i.shape), generator=source)
            if i.tokens
            else torch.randn((size, *i.shape), generator=source)
            for i in self.network.inputs
        ]
        tokens = _resized(inputs[0].float()[:, None], self._positions).squeeze(1).long().clamp_max(used - 1)
        scores = self._table("meaning", used, self.causes)
        if self.task.kind == "multiclass":
            table = torch.randint(self.task.classes, (used,), generator=generator(self.seed, "task", "tags"))
            return inputs, self._wanted(table[tokens])
        width = max(math.prod(self._answers) // math.prod(self._positions), 1)
        values = self._values(self._teacher("teacher", scores, width))
        return inputs, values[tokens].reshape(size, *self._answers)

    def _positionwise(self, size: int, source: Generator) -> tuple[list[Tensor], Tensor]:
        """Every place of the input has a cause; what is wanted at a place follows from the cause there."""
        first = self.network.inputs[0]
        grid, last = _grid(self.network, first)
        cause = _smooth(torch.randn((size, self.causes, *grid), generator=source))
        inputs = [self._seen(spec, cause, source) for spec in self.network.inputs]
        if self.task.kind == "regression" and self._answers == first.shape:  # an autoencoder
            x = (inputs[0] - self.task.input_offset) / self.task.input_scale
            return inputs, self._values(x)
        here = _resized(cause, self._positions).movedim(1, -1)
        if self.task.kind == "multiclass":
            scores = here @ self._table("classes", self.causes, self.task.classes)
            return inputs, self._wanted(scores.argmax(-1))
        width = max(math.prod(self._answers) // math.prod(self._positions), 1)
        values = self._values(self._teacher("teacher", here, width))
        values = values if last and self._answers[-1] == width else values.movedim(-1, 1)
        return inputs, values.reshape(size, *self._answers)

    def _seen(self, spec: InputSpec, cause: Tensor, source: Generator) -> Tensor:
        grid, last = _grid(self.network, spec)
        width = _width(spec, grid)
        signal = _resized(cause, grid).movedim(1, -1) @ self._table("mixing " + spec.id, self.causes, width)
        signal = signal / math.sqrt(self.causes)
        x = math.sqrt(1 - INPUT_NOISE**2) * signal + INPUT_NOISE * torch.randn(signal.shape, generator=source)
        x = x if last else x.movedim(-1, 1)
        return (self.task.input_offset + self.task.input_scale * x).reshape(cause.shape[0], *spec.shape)


def _grid(network: NetworkSpec, spec: InputSpec) -> tuple[tuple[int, ...], bool]:
    """The places of an input, and whether its features come last (sequences) and not first (images)."""
    shape = spec.shape
    if len(shape) <= 1:
        return shape or (1,), True
    last = features_last(network, spec)
    return (shape[:-1], True) if last else (shape[1:], False)


def _width(spec: InputSpec, grid: tuple[int, ...]) -> int:
    """Values of an input at one place."""
    return max(math.prod(spec.shape) // max(math.prod(grid), 1), 1)


def _smooth(x: Tensor) -> Tensor:
    """Fields (N, C, ...) that change slowly over places, of deviation 1: what is wanted survives pooling."""
    if x.dim() > 2 and min(x.shape[2:]) >= 8:
        coarse = x[(slice(None), slice(None), *(slice(0, max(n // 8, 2)) for n in x.shape[2:]))]
        x = _resized(coarse, tuple(x.shape[2:]))
    return x / x.std().clamp_min(1e-6)


def _resized(x: Tensor, grid: tuple[int, ...]) -> Tensor:
    """Fields (N, C, ...) on another grid: of the same rank by nearest places, of another one along a line."""
    if tuple(x.shape[2:]) == grid:
        return x
    if x.dim() - 2 != len(grid) or len(grid) > 3:
        flat = functional.interpolate(x.flatten(2), size=math.prod(grid), mode="nearest")
        return flat.reshape(*x.shape[:2], *grid)
    return functional.interpolate(x, size=grid, mode="nearest")
