"""Plain gradient descent of a small MLP on a few samples under a loss, and what came of it.

The rate is chosen by a sweep: at one fixed rate a sum over samples, which is as valid as a mean, ends in NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainlint.probe.loss.kinds import BACKWARDS, INPUTS, PIXELS, SAMPLES, Kind, squashed

RATES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4)
SWEEP_STEPS, STEPS = 30, 200
WIDTH = 32
GAIN = 0.5
"""So much must the measure of success gain, of what there is to gain. Losses that work gain nearly all of it in these tasks; one
that ignores the target gains up to a fifth by chance."""
FALL = 1e-3
"""A loss that falls by less than this share of its first value stands still."""

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Trial:
    """What one kind gave. verdict: descends, reversed, useless (the loss falls, the predictions get no better), stuck, zero gradient,
    not finite, no graph, not a scalar, raises. reason: in words. losses: of each step. before, after: the measure of success."""

    kind: str
    predicts: str
    against: str
    verdict: str
    reason: str = ""
    rate: float | None = None
    losses: tuple[float, ...] = ()
    before: float | None = None
    after: float | None = None
    gradient: float | None = None


class Network:
    """An MLP of two hidden layers, He initialised, by hand: no optimizer of torch is needed."""

    def __init__(self, torch: Any, kind: Kind, seed: int) -> None:
        self.torch, self.kind = torch, kind
        generator = torch.Generator().manual_seed(seed)
        sizes = [(INPUTS, WIDTH), (WIDTH, WIDTH), (WIDTH, kind.outputs)]
        self.parameters = []
        for fan_in, fan_out in sizes:
            gain = math.sqrt(2 / fan_in) if fan_out == WIDTH else 0.5 / math.sqrt(fan_in)
            weight = gain * torch.randn(fan_in, fan_out, generator=generator)
            self.parameters += [weight.requires_grad_(), torch.zeros(fan_out).requires_grad_()]

    def __call__(self, inputs: Any) -> Any:
        """inputs: (N, INPUTS) or (N, H, W, INPUTS); the kind's prediction."""
        value = inputs
        for i in range(0, len(self.parameters), 2):
            value = value @ self.parameters[i] + self.parameters[i + 1]
            if i < len(self.parameters) - 2:
                value = self.torch.relu(value)
        if self.kind.pixels:
            value = value.movedim(-1, 1)
        output = squashed(self.torch, self.kind, value)
        return output.squeeze(1) if self.kind.squeeze else output


def task(torch: Any, kind: Kind, seed: int) -> tuple[Any, Any]:
    """Inputs and targets that a linear rule with a bend makes, so that the MLP can learn them."""
    generator = torch.Generator().manual_seed(1000 + seed)
    shape = (SAMPLES, PIXELS, PIXELS, INPUTS) if kind.pixels else (SAMPLES, INPUTS)
    inputs = torch.randn(*shape, generator=generator)
    rule = torch.randn(INPUTS, kind.outputs, generator=generator)
    scores = torch.tanh(inputs @ rule)
    scores = scores.movedim(-1, 1) if kind.pixels else scores
    target = kind.make(torch, scores)
    return inputs, target.squeeze(1) if kind.squeeze else target


def try_kind(
    torch: Any, kind: Kind, loss: Loss, extra: Sequence[Any] = (), *, single: bool = False, seed: int = 0
) -> Trial:
    """One kind: a first call, a sweep over rates, and the run at the best of them. extra: the loss's own parameters.
    single: it takes no target."""

    def trial(verdict: str, reason: str, **more: Any) -> Trial:
        return Trial(kind.name, kind.predicts, kind.against, verdict, reason, **more)

    inputs, target = task(torch, kind, seed)
    network = Network(torch, kind, seed)
    try:
        first = loss(network(inputs), target)
    except Exception as error:
        return trial("raises", f"{type(error).__name__}: {error}".split("\n")[0][:200])
    problem = _unfit(torch, first)
    if problem is not None:
        return trial(*problem)
    try:
        first.backward()
    except Exception as error:
        return trial("raises", f"backward(): {type(error).__name__}: {error}".split("\n")[0][:200])
    gradients = [p.grad for p in network.parameters]
    if all(g is None for g in gradients):
        return trial("no graph", "the prediction gets no gradient: something in the loss cuts it off")
    size = math.sqrt(sum(float(g.double().pow(2).sum()) for g in gradients if g is not None))
    if not math.isfinite(size):
        return trial("not finite", "the first gradient is not finite", gradient=size)
    if size == 0:
        return trial("zero gradient", "the first gradient is zero everywhere", gradient=0.0)
    found = _run(torch, kind, loss, extra, seed, size, trial)
    if single and found.verdict in ("useless", "reversed"):  # a penalty: there is no target to come closer to
        return replace(found, verdict="descends", reason="")
    return found


def _unfit(torch: Any, value: Any) -> tuple[str, str] | None:
    """What is wrong with a loss's value, before any training."""
    if not isinstance(value, torch.Tensor):
        return "no graph", f"the loss returns a {type(value).__name__}, not a tensor: it has no gradient"
    if value.numel() != 1:
        return "not a scalar", f"the loss returns a tensor of shape {tuple(value.shape)}, not one number"
    if not math.isfinite(float(value.detach())):
        return "not finite", f"the first loss is {float(value.detach())}"
    if not value.requires_grad:
        return (
            "no graph",
            "the loss is cut from the graph: it has no gradient (argmax, round, a comparison, item() or detach())",
        )
    return None


def _run(
    torch: Any,
    kind: Kind,
    loss: Loss,
    extra: Sequence[Any],
    seed: int,
    size: float,
    trial: Callable[..., Trial],
) -> Trial:
    inputs, target = task(torch, kind, seed)
    swept = [(_descend(torch, kind, loss, extra, seed, rate, SWEEP_STEPS)[0], rate) for rate in RATES]
    usable = sorted((losses[-1], -rate) for losses, rate in swept if _falls(losses))
    if not usable:
        worse = all(not math.isfinite(x) for losses, _ in swept for x in losses[-1:])
        if worse:
            return trial("not finite", "the loss becomes NaN or infinite at every rate", gradient=size)
        return trial(
            "stuck", f"the loss does not fall at any rate from {RATES[-1]:g} to {RATES[0]:g}", gradient=size
        )
    best = None
    for _, negative in usable[:2]:
        losses, network = _descend(torch, kind, loss, extra, seed, -negative, STEPS)
        if _falls(losses) and (best is None or losses[-1] < best[0][-1]):
            best = losses, network, -negative
    if best is None:
        return trial("not finite", "the loss falls at first and becomes NaN or infinite", gradient=size)
    losses, network, rate = best
    with torch.no_grad():
        before = kind.measure(torch, Network(torch, kind, seed)(inputs), target)
        after = kind.measure(torch, network(inputs), target)
    verdict, reason = _judge(before, after, BACKWARDS[kind.measure])
    return trial(verdict, reason, rate=rate, losses=tuple(losses), before=before, after=after, gradient=size)


def _judge(before: float, after: float, backwards: float) -> tuple[str, str]:
    """By what there was to gain: 1 is a perfect prediction. backwards: below this the loss pulls the wrong way."""
    gain = (after - before) / max(1 - before, 0.1)
    if gain >= GAIN:
        return "descends", ""
    if after <= backwards and after < before:
        return (
            "reversed",
            "the loss falls while predictions get worse: its sign, or its arguments' order, is reversed",
        )
    return "useless", "the loss falls, and the predictions get no better"


def _falls(losses: Sequence[float]) -> bool:
    first, last = losses[0], losses[-1]
    return math.isfinite(last) and last < first - FALL * max(abs(first), 1e-6)


def _descend(
    torch: Any, kind: Kind, loss: Loss, extra: Sequence[Any], seed: int, rate: float, steps: int
) -> tuple[list[float], Network]:
    """Losses of so many steps; ends early where they are not finite or have grown beyond use."""
    inputs, target = task(torch, kind, seed)
    network = Network(torch, kind, seed)
    start = [p.detach().clone() for p in extra]
    losses: list[float] = []
    for _ in range(steps + 1):
        value = loss(network(inputs), target)
        losses.append(float(value.detach()))
        if not math.isfinite(losses[-1]) or abs(losses[-1]) > 1e12:
            losses[-1] = math.inf
            break
        every = [*network.parameters, *extra]
        gradients = torch.autograd.grad(value.sum(), every, allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(every, gradients, strict=True):
                if gradient is not None:
                    parameter -= rate * gradient
    with torch.no_grad():
        for parameter, was in zip(extra, start, strict=True):
            parameter.copy_(was)
    return losses, network
