"""backward(): the values of losses, and what the recorded graph shows at some steps."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from trainlint.probe.script.record import FIRST, ActivationSeen, BackwardSeen, LossSeen, Spot
from trainlint.probe.script.watch import graph
from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.tensors import describe

EVERY = 10
"""Beyond the first steps, the graph is read at every so many."""


class Backward:
    """All calls of backward(). listeners: told when one begins."""

    def __init__(self, watch: Watch, listeners: list[Callable[[], None]]) -> None:
        self.watch = watch
        self.listeners = listeners
        self.values: dict[Spot, tuple[list[float], list[int]]] = {}
        self.alive: dict[int, list[tuple[int, Any, Any]]] = {}
        self.losses: list[LossSeen] = []
        self.passed: dict[tuple[str, int], list[float]] = {}
        self.weights: dict[int, Any] = {}
        self.calls = 0
        self.read_at = -1

    def attach(self, torch: Any) -> None:
        """Wrap torch.autograd.backward, which Tensor.backward calls by its name."""
        original = torch.autograd.backward
        begin = self.watch.observing(self._begin)

        @functools.wraps(original)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            begin(tensors)
            if self.watch.enough and self.watch.active:
                self.watch.end()
            return original(tensors, *args, **kwargs)

        torch.autograd.backward = backward

    def _begin(self, tensors: Any) -> None:
        for listener in self.listeners:
            listener()
        given = [tensors] if not isinstance(tensors, tuple | list) else list(tensors)
        spot = self.watch.places.here()
        values, steps = self.values.setdefault(spot, ([], []))
        values.append(float(given[0].detach().double().sum()) if given[0].numel() == 1 else math.nan)
        steps.append(self.watch.step)
        step = self.watch.step
        closely = step < FIRST or step % EVERY == 0 or step >= self.watch.steps_wanted - 2
        self.calls += 1
        if self.watch.step == 0 and "TL002" in self.watch.ask and self.calls > self.watch.steps_wanted:
            self.watch.enough = True
        if closely and given[0].grad_fn is not None and (step != self.read_at or step < FIRST):
            self.read_at = step
            self._read(given[0].grad_fn, spot)

    def _read(self, root: Any, spot: Spot) -> None:
        for weight, alive in graph.relus(root):
            self.weights[id(weight)] = weight
            self.alive.setdefault(id(weight), []).append((self.watch.step, alive, None))
        if self.watch.step >= FIRST:
            return
        for loss in graph.compared(root):
            if sum(seen.name == loss.name for seen in self.losses) < 2 * FIRST:
                prediction, target = (
                    None if t is None else describe(t) for t in (loss.prediction, loss.target)
                )
                self.losses.append(LossSeen(loss.name, spot, prediction, target, loss.through))
        for squash in graph.squashes(root):
            self.weights[id(squash.weight)] = squash.weight
            shares = self.passed.setdefault((squash.kind, id(squash.weight)), [])
            graph.passing(squash.node, self.watch.observing(shares.append))

    def dead(self, weight: Any, *, end: bool) -> float | None:
        """The share of the units behind a layer's ReLU that were zero for all samples of the first steps, or the last."""
        looks = self.alive.get(id(weight), [])
        if not looks:
            return None
        chosen = looks[-FIRST:] if end else [look for look in looks if look[0] < FIRST]
        if not chosen:
            return None
        alive = functools.reduce(lambda a, b: a | b, [look[1] for look in chosen])
        return 1 - int(alive.sum()) / int(alive.numel())

    def seen(self) -> tuple[BackwardSeen, ...]:
        """The losses by the place of the call."""
        return tuple(
            BackwardSeen(spot, tuple(values), tuple(steps)) for spot, (values, steps) in self.values.items()
        )

    def activations(self, names: dict[int, str]) -> tuple[ActivationSeen, ...]:
        """Squashing activations with the share of the gradient that passed them. names: of weights, by id."""
        return tuple(
            ActivationSeen(kind, names.get(weight, ""), sum(shares) / len(shares))
            for (kind, weight), shares in self.passed.items()
            if shares
        )
