"""Optimizer steps: learning rates, norms of gradients, and whether gradients were cleared in between."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from trainlint.probe.script.record import OptimizerSeen, Spot
from trainlint.probe.script.watch.base import Watch

_SETTINGS = ("lr", "momentum", "weight_decay", "eps", "alpha", "rho", "dampening", "lr_decay")


class Sums:
    """Of one parameter's gradient over all steps: the sum of its norms, and whether there was ever one."""

    __slots__ = ("count", "parameter", "total")

    def __init__(self, parameter: Any) -> None:
        self.parameter = parameter
        self.total = 0.0
        self.count = 0


class OneOptimizer:
    """What is known of one optimizer so far.

    sentinel: a parameter and its gradient as the last step left them: the same object, still not zero, before the next
    step means that nothing cleared it.
    """

    def __init__(self, optimizer: Any, spot: Spot) -> None:
        self.optimizer = optimizer
        self.spot = spot
        self.name = f"{type(optimizer).__module__}.{type(optimizer).__qualname__}"
        self.settings = _settings(optimizer)
        self.rates: list[float] = []
        self.norms: list[float] = []
        self.sums: dict[int, Sums] = {}
        self.steps = self.cleared = self.kept = self.empty = self.frozen = 0
        self.sentinel: tuple[Any, Any] | None = None
        self.was_cleared = False
        self.backward_seen = False

    def parameters(self) -> list[Any]:
        """All parameters that it updates."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def backward_begins(self) -> None:
        """Look whether gradients of the last step are still there."""
        if not self.backward_seen or not self.was_cleared:
            self.was_cleared = self.was_cleared or self._is_cleared()
        self.backward_seen = True

    def _is_cleared(self) -> bool:
        if self.sentinel is None:
            return True
        parameter, gradient = self.sentinel
        return parameter.grad is not gradient or not bool(gradient.any())

    def measure(self, torch: Any) -> None:
        """Just before the step: rate and gradients."""
        self.rates.append(max(float(group.get("lr", math.nan)) for group in self.optimizer.param_groups))
        if self.sentinel is not None and self.backward_seen:
            if self.was_cleared or self._is_cleared():
                self.cleared += 1
            else:
                self.kept += 1
        parameters = self.parameters()
        self.frozen = sum(not p.requires_grad for p in parameters)
        given = [p for p in parameters if p.grad is not None and p.grad.layout == torch.strided]
        sizes = _norms(torch, [p.grad for p in given])
        for parameter, size in zip(given, sizes, strict=True):
            sums = self.sums.setdefault(id(parameter), Sums(parameter))
            sums.total += size
            sums.count += 1
        total = math.sqrt(sum(size * size for size in sizes))
        self.norms.append(total)
        self.empty += total == 0
        found = [(p.grad.numel(), i) for i, p in enumerate(given) if sizes[i] > 0]
        self.sentinel = (given[min(found)[1]], given[min(found)[1]].grad) if found else None
        self.was_cleared = self.backward_seen = False

    def seen(self) -> OptimizerSeen:
        """As plain data."""
        return OptimizerSeen(
            self.name,
            self.spot,
            self.steps,
            sum(p.numel() for p in self.parameters()),
            tuple(self.rates),
            tuple(self.norms),
            self.settings,
            self.cleared,
            self.kept,
            self.empty,
            self.frozen,
        )


def _settings(optimizer: Any) -> dict[str, float]:
    group = optimizer.param_groups[0] if optimizer.param_groups else {}
    found = {name: float(group[name]) for name in _SETTINGS if isinstance(group.get(name), int | float)}
    for position, beta in enumerate(group.get("betas") or ()):
        found[f"beta{position + 1}"] = float(beta)
    return found


def _norms(torch: Any, gradients: list[Any]) -> list[float]:
    if not gradients:
        return []
    with torch.no_grad():
        if len({(g.device, g.dtype) for g in gradients}) == 1:
            norms = torch.stack(torch._foreach_norm(gradients))
            return [float(x) for x in norms.double().tolist()]
        return [float(g.double().norm()) for g in gradients]


class Optimizers:
    """All optimizers of the program, by torch's own global step hooks."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.known: dict[int, OneOptimizer] = {}
        self.spots: dict[int, Spot] = {}
        self.after_step: list[Callable[[OneOptimizer], None]] = []

    def attach(self, torch: Any) -> None:
        """Hook into a torch that has just been imported."""
        from torch.optim import optimizer as module

        self.torch = torch
        module.register_optimizer_step_pre_hook(self.watch.observing(self._before))
        module.register_optimizer_step_post_hook(self._after)
        made = module.Optimizer.__init__
        watch = self.watch

        @functools.wraps(made)
        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            if watch.active:
                self.spots[id(optimizer)] = watch.places.here()
            made(optimizer, *args, **kwargs)

        module.Optimizer.__init__ = init  # type: ignore[method-assign, assignment]

    def backward_begins(self) -> None:
        """A backward pass is about to begin."""
        for one in self.known.values():
            one.backward_begins()

    def _of(self, optimizer: Any) -> OneOptimizer:
        one = self.known.get(id(optimizer))
        if one is None:
            spot = self.spots.get(id(optimizer), Spot())
            one = self.known[id(optimizer)] = OneOptimizer(optimizer, spot)
        return one

    def _before(self, optimizer: Any, args: Any, kwargs: Any) -> Any:
        one = self._of(optimizer)
        closure = kwargs.get("closure") or (args[1] if len(args) > 1 else None)
        if not callable(closure):
            one.measure(self.torch)
            return None
        measured = self._measuring(one, closure)  # gradients exist only after the closure ran
        if "closure" in kwargs:
            return args, {**kwargs, "closure": measured}
        return (args[0], measured, *args[2:]), kwargs

    def _measuring(self, one: OneOptimizer, closure: Callable[[], Any]) -> Callable[[], Any]:
        done = False
        measure = self.watch.observing(one.measure)

        @functools.wraps(closure)
        def run() -> Any:
            nonlocal done
            result = closure()
            if not done:
                done = True
                measure(self.torch)
            return result

        return run

    def _after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if not self.watch.active:
            return
        self._count(optimizer)
        self.watch.stepped(max(one.steps for one in self.known.values()))

    def _count(self, optimizer: Any) -> None:
        one = self._of(optimizer)
        one.steps += 1
        for call in self.after_step:
            self.watch.observing(call)(one)
