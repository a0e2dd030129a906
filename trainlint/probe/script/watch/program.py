"""All observers of one program, and the record that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trainlint.probe.script.record import LayerSeen, NormSeen, Record, Spot
from trainlint.probe.script.watch.backward import Backward
from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.data import Clips, Loaders, Schedules
from trainlint.probe.script.watch.ending import variance_shifts
from trainlint.probe.script.watch.lines import Lines
from trainlint.probe.script.watch.modules import Layer, Modules, Network, is_batch_norm, is_weighted
from trainlint.probe.script.watch.optimizers import Optimizers, Sums


class Program:
    """The observers of a run. Attach to torch when the program imports it."""

    def __init__(self, watch: Watch, lines: Lines) -> None:
        self.watch = watch
        self.lines = lines
        self.optimizers = Optimizers(watch)
        self.modules = Modules(watch)
        self.loaders = Loaders(watch)
        self.clips = Clips(watch, self.optimizers)
        self.schedules = Schedules(watch)
        self.backward = Backward(
            watch,
            [
                self.optimizers.backward_begins,
                self.modules.backward_begins,
                self.loaders.backward_begins,
                self.clips.backward_begins,
            ],
        )
        self.torch: Any = None

    def attach(self, torch: Any) -> None:
        """Hook into torch, which has just been imported."""
        self.torch = torch
        for part in (
            self.optimizers, self.modules, self.loaders, self.clips, self.schedules, self.backward,
        ):  # fmt: skip
            try:
                part.attach(torch)
            except Exception as error:  # another version of torch: what is left is still worth having
                self.watch.note(f"{type(part).__name__}: {type(error).__name__}: {error}")

    def record(self, outcome: str, error: str = "", error_spot: Spot = Spot()) -> Record:  # noqa: B008
        """What was seen so far. Changes the networks' state: only at the end."""
        watch = self.watch
        watch.closed = True  # no hook looks at what happens here
        seconds = overhead = None
        steps = max((one.steps for one in self.optimizers.known.values()), default=0)
        if watch.first_step_at is not None and watch.last_step_at is not None and steps > 1:
            seconds = (watch.last_step_at - watch.first_step_at) / (steps - 1)
            overhead = watch.cost / steps
        return Record(
            outcome=outcome if self.torch is not None else "no torch" if outcome == "ended" else outcome,
            error=error,
            error_spot=error_spot,
            steps=steps,
            torch=str(self.torch.__version__) if self.torch is not None else "",
            epochs=max((one.finished for one in self.loaders.known.values() if one.recorded), default=0),
            lines={path: tuple(sorted(lines)) for path, lines in self.lines.seen.items()},
            seconds_a_step=seconds,
            overhead=overhead,
            trouble=tuple(watch.trouble),
            **(self._observed() if self.torch is not None else {}),
        )

    def _observed(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        names = self._names()
        parts = {
            "optimizers": lambda: tuple(one.seen() for one in self.optimizers.known.values()),
            "backwards": self.backward.seen,
            "losses": lambda: (*self.modules.losses, *self.backward.losses),
            "networks": lambda: tuple(n.seen(self._unused(n)) for n in self.modules.networks.values()),
            "layers": lambda: tuple(self._layers(names)),
            "activations": lambda: self.backward.activations(names),
            "norms": lambda: tuple(self._norms(names)),
            "loaders": lambda: tuple(one.seen() for one in self.loaders.known.values()),
            "missed": lambda: self._missed(names),
            "clips": lambda: tuple(one.seen() for one in self.clips.known.values()),
            "schedules": self.schedules.seen,
        }
        for name, part in parts.items():
            try:
                found[name] = part()
            except Exception as error:
                self.watch.note(f"{name}: {type(error).__name__}: {error}")
        return found

    def _missed(self, names: dict[int, str]) -> tuple[str, ...]:
        """Layers with a gradient that no optimizer takes."""
        taken = {id(p) for one in self.optimizers.known.values() for p in one.parameters()}
        found = [
            names[id(p)]
            for network in self.modules.networks.values()
            for p in network.module.parameters()
            if p.requires_grad and p.grad is not None and id(p) not in taken and id(p) in names
        ]
        return tuple(dict.fromkeys(found)) if taken else ()

    # -- layers

    def _names(self) -> dict[int, str]:
        """Names of modules and of their parameters, by id; with the network's class in front where there are several."""
        names: dict[int, str] = {}
        networks = list(self.modules.networks.values())
        for network in networks:
            front = f"{type(network.module).__name__}." if len(networks) > 1 else ""
            for name, module in network.module.named_modules():
                names.setdefault(id(module), front + name or type(module).__name__)
                for parameter in module._parameters.values():
                    if parameter is not None:
                        names.setdefault(id(parameter), front + name)
        return names

    def _sums(self) -> dict[int, Sums]:
        found: dict[int, Sums] = {}
        for one in self.optimizers.known.values():
            found.update(one.sums)
        return found

    def _layers(self, names: dict[int, str]) -> Iterator[LayerSeen]:
        sums = self._sums()
        done: set[int] = set()
        for network in self.modules.networks.values():
            for module in network.module.modules():
                if is_weighted(module) and id(module) not in done:
                    done.add(id(module))
                    yield self._layer(network, module, names[id(module)], sums)

    def _layer(self, network: Network, module: Any, name: str, sums: dict[int, Sums]) -> LayerSeen:
        weight = next(p for p in module._parameters.values() if p is not None and p.dim() >= 2)
        bias = module._parameters.get("bias")
        seen = self.modules.layers.get(id(module), Layer())
        start = network.start.weights if network.start is not None else {}
        mean, spread, same = start.get(id(weight), (None, None, False))
        return LayerSeen(
            name,
            type(module).__name__,
            self.modules.spots.of(module),
            type(network.module).__name__,
            int(weight.shape[0]),
            int(weight[0].numel()),
            seen.outputs[0] if seen.outputs else None,
            _mean(seen.gradients),
            _mean_of(sums.get(id(weight))),
            _mean_of(sums.get(id(bias))) if bias is not None else None,
            self.backward.dead(weight, end=False),
            self.backward.dead(weight, end=True),
            spread,
            mean,
            same,
            start.get(id(bias), (None, None, False))[0] if bias is not None else None,
            bias is not None,
        )

    def _norms(self, names: dict[int, str]) -> Iterator[NormSeen]:
        for network in self.modules.networks.values():
            shifts = variance_shifts(network, self.watch)
            for module in network.module.modules():
                layer = self.modules.layers.get(id(module))
                if not is_batch_norm(module) or layer is None:
                    continue
                yield NormSeen(
                    names[id(module)],
                    self.modules.spots.of(module),
                    names.get(id(layer.before), "") if layer.before is not None else "",
                    layer.samples or 0,
                    layer.values or 0,
                    module.momentum,
                    shifts.get(id(module)),
                )

    def _unused(self, network: Network) -> tuple[str, ...]:
        """Layers whose weights could learn and never had a gradient, though the network was trained."""
        if not network.training:
            return ()
        sums = self._sums()
        found = []
        for name, module in network.module.named_modules():
            own = [p for p in module._parameters.values() if p is not None and p.requires_grad]
            if own and all(id(p) not in sums and p.grad is None for p in own):
                found.append(name)
        return tuple(found)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _mean_of(sums: Sums | None) -> float | None:
    return sums.total / sums.count if sums is not None and sums.count else None
