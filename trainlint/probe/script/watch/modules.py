"""Networks and their layers: where they were made, in which mode they ran, what went in and came out at first."""

from __future__ import annotations

import functools
import weakref
from typing import Any

from trainlint.probe.script.record import FIRST, LossSeen, NetworkSeen, Spot, Values
from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.starts import Start, starting_point
from trainlint.probe.script.watch.tensors import describe, is_tensor, rms, tensors_of

KEPT_BATCHES = 8
"""Inputs of the last so many training passes are kept, to look at the network with them at the end."""

_KEPT_ELEMENTS = 4_000_000


class Layer:
    """A layer of a network: first outputs, and gradients there."""

    def __init__(self) -> None:
        self.outputs: list[float] = []
        self.gradients: list[float] = []
        self.samples: int | None = None
        self.values: int | None = None
        self.before: Any = None

    def note_gradient(self, gradient: Any) -> None:
        """A gradient of the loss with respect to its output."""
        self.gradients.append(rms(gradient))


class Network:
    """A module with weights that no other one calls."""

    def __init__(self, module: Any, spot: Spot) -> None:
        self.module = module
        self.spot = spot
        self.training = self.training_in_eval = 0
        self.evaluated = self.evaluated_in_train = self.recorded_eval = 0
        self.pending: bool | None = None
        self.inputs: list[Values] = []
        self.batches: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.start: Start | None = None
        self.looks = 0

    def used_for_backward(self) -> None:
        """The last recorded pass has led to a backward pass."""
        if self.pending is not None:
            self.training += self.pending
            self.training_in_eval += not self.pending
            self.pending = None

    def _started(self) -> tuple[float | None, ...]:
        """What its start showed, in the order of the record."""
        start = self.start
        if start is None:
            return ()
        dead = start.dead, start.dead_mended, start.dead_standard, start.dead_standard_mended
        return *dead, start.signal, start.signal_mended

    def seen(self, unused: tuple[str, ...]) -> NetworkSeen:
        """As plain data."""
        differs = any(changes_with_mode(module) for module in self.module.modules())
        return NetworkSeen(
            type(self.module).__name__,
            self.spot,
            sum(p.numel() for p in self.module.parameters()),
            differs,
            self.training,
            self.training_in_eval,
            self.evaluated,
            self.evaluated_in_train,
            self.recorded_eval,
            tuple(self.inputs),
            unused,
            *self._started(),
        )


def changes_with_mode(module: Any) -> bool:
    """Whether a layer does other things in training than at evaluation: dropout that drops, batch norm."""
    return is_dropout(module) or is_batch_norm(module)


def is_dropout(module: Any) -> bool:
    """Whether it is a dropout layer that drops."""
    return "Dropout" in type(module).__name__ and float(getattr(module, "p", 0) or 0) > 0


def is_batch_norm(module: Any) -> bool:
    """Whether it is a batch norm of torch or made from one."""
    return any(base.__name__ == "_BatchNorm" for base in type(module).__mro__)


class Spots:
    """Where modules were made, by identity: a module may define a hash of its own that asks for what its constructor has not
    set yet (torchmetrics' do). Modules are not kept alive."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[weakref.ref[Any], Spot]] = {}

    def note(self, module: Any, spot: Spot) -> None:
        """It was made here."""
        self._found[id(module)] = (weakref.ref(module), spot)

    def of(self, module: Any) -> Spot:
        """Where it was made; an empty one where that was not seen."""
        reference, spot = self._found.get(id(module), (None, Spot()))
        return spot if reference is not None and reference() is module else Spot()


class Modules:
    """All modules of the program, by torch's global forward hooks."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.stack: list[Any] = []
        self.networks: dict[int, Network] = {}
        self.spots = Spots()
        self.layers: dict[int, Layer] = {}
        self.losses: list[LossSeen] = []
        self.close = False
        self.last_layer: tuple[Any, Any] | None = None

    def attach(self, torch: Any) -> None:
        """Hook into a torch that has just been imported."""
        from torch.nn.modules import loss, module

        self.torch = torch
        self.loss_base = loss._Loss
        module.register_module_forward_pre_hook(self.watch.observing(self._before))
        module.register_module_forward_hook(self.watch.observing(self._after))
        made = module.Module.__init__

        @functools.wraps(made)
        def init(this: Any, *args: Any, **kwargs: Any) -> None:
            made(this, *args, **kwargs)
            if self.watch.active and self.watch.step == 0:
                self.spots.note(this, self.watch.places.here())

        module.Module.__init__ = init  # type: ignore[method-assign, assignment]

    def backward_begins(self) -> None:
        """Recorded passes since the last backward pass were for training."""
        for network in self.networks.values():
            network.used_for_backward()

    # -- hooks

    def _before(self, module: Any, args: Any) -> None:
        if self.stack and any(module is outer for outer in self.stack[:1]):
            self.stack.clear()  # a pass that raised left it
        if not self.stack and next(module.parameters(), None) is not None:
            self._network_begins(module, args)
        self.stack.append(module)

    def _network_begins(self, module: Any, args: Any) -> None:
        network = self.networks.get(id(module))
        if network is None:
            network = self.networks[id(module)] = Network(module, self.spots.of(module))
        recorded = self.torch.is_grad_enabled() and not self.torch.is_inference_mode_enabled()
        self.close = recorded and network.looks < FIRST
        if not recorded:
            network.evaluated += not module.training
            network.evaluated_in_train += module.training
            return
        if network.pending is False:
            network.recorded_eval += 1
        network.pending = bool(module.training)
        if network.start is None:
            network.start = starting_point(module, args, self.watch)
        if self.close:
            network.looks += 1
            network.inputs += [v for _, t in tensors_of(args) if (v := describe(t)) is not None]
        self._keep(network, args)

    def _keep(self, network: Network, args: Any) -> None:
        if args and sum(t.numel() for _, t in tensors_of(args)) <= _KEPT_ELEMENTS:
            kept = tuple(a.detach() if is_tensor(a) else a for a in args)
            network.batches = [*network.batches[-KEPT_BATCHES + 1 :], (kept, {})]

    def _after(self, module: Any, args: Any, output: Any) -> None:
        while self.stack and self.stack[-1] is not module:
            self.stack.pop()  # passes that raised
        if self.stack:
            self.stack.pop()
        if isinstance(module, self.loss_base):
            self._loss(module, args)
        elif self.close:
            self._look(module, args, output)

    def _loss(self, module: Any, args: Any) -> None:
        name = f"{type(module).__module__}.{type(module).__qualname__}"
        spot = self.watch.places.here()
        if sum(seen.name == name and seen.spot == spot for seen in self.losses) < FIRST:
            found = [describe(a) if is_tensor(a) else None for a in (*args, None, None)[:2]]
            self.losses.append(LossSeen(name, spot, found[0], found[1]))

    def _look(self, module: Any, args: Any, output: Any) -> None:
        """One of the first training passes: spread of a layer's output, and of the gradient there."""
        value = output[0] if isinstance(output, tuple) and output else output
        if not is_tensor(value) or not value.is_floating_point():
            return
        if is_batch_norm(module) and module.training and is_tensor(args[0]):
            self._norm(module, args[0])
        if not is_weighted(module):
            return
        layer = self.layers.setdefault(id(module), Layer())
        self.last_layer = (module, value)
        layer.outputs.append(rms(value))
        if value.requires_grad:
            value.register_hook(self.watch.observing(layer.note_gradient))

    def _norm(self, module: Any, given: Any) -> None:
        layer = self.layers.setdefault(id(module), Layer())
        samples, values = int(given.shape[0]), int(given.numel() // given.shape[1])
        layer.samples = min(samples, layer.samples or samples)
        layer.values = min(values, layer.values or values)
        if self.last_layer is not None and self.last_layer[1] is given:
            layer.before = self.last_layer[0]


def is_weighted(module: Any) -> bool:
    """Whether it is a layer with a matrix of weights of its own, and no parts."""
    own = module._parameters.values()
    return not module._modules and any(p is not None and p.dim() >= 2 for p in own)
