"""Loaders, clipping and schedules."""

from __future__ import annotations

import functools
import statistics
from typing import Any

from trainlint.probe.script.record import ClipSeen, LoaderSeen, ScheduleSeen, Spot, Values
from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.optimizers import OneOptimizer, Optimizers
from trainlint.probe.script.watch.tensors import describe, tensors_of


class OneLoader:
    """A loader that was drawn from."""

    def __init__(self, loader: Any, spot: Spot) -> None:
        self.loader = loader
        self.spot = spot
        self.batches = self.finished = 0
        self.recorded = False
        self.batch: dict[str, Values] = {}

    def seen(self) -> LoaderSeen:
        """As plain data."""
        try:
            samples = len(self.loader.dataset)
        except (TypeError, AttributeError, NotImplementedError):
            samples = None
        return LoaderSeen(
            self.spot,
            type(getattr(self.loader, "sampler", None)).__name__,
            getattr(self.loader, "batch_size", None),
            self.batches,
            self.finished,
            samples,
            self.recorded,
            self.batch,
        )


class Loaders:
    """All `DataLoader`s, by what their iterators give."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.known: dict[int, OneLoader] = {}
        self.spots: dict[int, Spot] = {}
        self.last: OneLoader | None = None

    def attach(self, torch: Any) -> None:
        """Wrap the constructor and the iterators of torch's loader."""
        module = torch.utils.data.dataloader
        made, started = module.DataLoader.__init__, module.DataLoader.__iter__
        drawn = module._BaseDataLoaderIter.__next__
        watch = self.watch

        @functools.wraps(made)
        def init(loader: Any, *args: Any, **kwargs: Any) -> None:
            if watch.active:
                self.spots[id(loader)] = watch.places.here()
            made(loader, *args, **kwargs)

        @functools.wraps(started)
        def start(loader: Any) -> Any:
            iterator = started(loader)
            if watch.active:
                iterator._trainlint_loader = loader
            return iterator

        give, finish = watch.observing(self._given), watch.observing(self._finished)

        @functools.wraps(drawn)
        def draw(iterator: Any) -> Any:
            try:
                batch = drawn(iterator)
            except StopIteration:
                finish(getattr(iterator, "_trainlint_loader", None))
                raise
            give(getattr(iterator, "_trainlint_loader", None), batch)
            return batch

        module.DataLoader.__init__, module.DataLoader.__iter__ = init, start
        module._BaseDataLoaderIter.__next__ = draw
        for name in ("_SingleProcessDataLoaderIter", "_MultiProcessingDataLoaderIter"):
            kind = getattr(module, name, None)
            if kind is not None and kind.__dict__.get("__next__") not in (None, draw):
                kind.__next__ = draw

    def backward_begins(self) -> None:
        """The last batch was trained on."""
        if self.last is not None:
            self.last.recorded = True

    def _of(self, loader: Any) -> OneLoader | None:
        if loader is None:
            return None
        if id(loader) not in self.known:
            self.known[id(loader)] = OneLoader(loader, self.spots.get(id(loader), Spot()))
        return self.known[id(loader)]

    def _given(self, loader: Any, batch: Any) -> None:
        one = self._of(loader)
        if one is None:
            return
        self.last = one
        one.batches += 1
        if not one.batch:
            found = {name: describe(tensor) for name, tensor in tensors_of(batch)}
            one.batch = {name: values for name, values in found.items() if values is not None}

    def _finished(self, loader: Any) -> None:
        one = self._of(loader)
        if one is not None:
            one.finished += 1


class OneClip:
    """Calls of a clipping function from one place."""

    def __init__(self, kind: str, spot: Spot, limit: float) -> None:
        self.kind, self.spot, self.limit = kind, spot, limit
        self.calls = self.useful = 0
        self.before: list[float] = []

    def seen(self) -> ClipSeen:
        """As plain data."""
        shrunk = sum(norm > self.limit for norm in self.before) / len(self.before) if self.before else None
        median = statistics.median(self.before) if self.before else None
        return ClipSeen(self.kind, self.spot, self.limit, self.calls, self.useful, shrunk, median)


class Clips:
    """Clipping of gradients, and whether it stood between backward() and step()."""

    def __init__(self, watch: Watch, optimizers: Optimizers) -> None:
        self.watch = watch
        self.optimizers = optimizers
        self.known: dict[tuple[str, Spot], OneClip] = {}
        self.fresh = False
        optimizers.after_step.append(self._stepped)

    def attach(self, torch: Any) -> None:
        """Wrap torch's clipping functions, before anyone can have imported them by name."""
        utils = torch.nn.utils
        for name, kind in (("clip_grad_norm_", "norm"), ("clip_grad_value_", "value")):
            original = getattr(utils.clip_grad, name)
            wrapped = self._wrapped(original, kind)
            setattr(utils.clip_grad, name, wrapped)
            setattr(utils, name, wrapped)

    def _wrapped(self, original: Any, kind: str) -> Any:
        note = self.watch.observing(self._note)

        @functools.wraps(original)
        def clip(parameters: Any, limit: Any = None, *args: Any, **kwargs: Any) -> Any:
            if limit is None:
                limit = kwargs.pop("max_norm" if kind == "norm" else "clip_value")
            result = original(parameters, limit, *args, **kwargs)
            note(kind, limit, result)
            return result

        return clip

    def backward_begins(self) -> None:
        """Gradients are about to be new."""
        self.fresh = True

    def _stepped(self, one: OneOptimizer) -> None:
        self.fresh = False

    def _note(self, kind: str, limit: Any, result: Any) -> None:
        spot = self.watch.places.here()
        one = self.known.setdefault((kind, spot), OneClip(kind, spot, float(limit)))
        one.calls += 1
        one.useful += self.fresh
        if kind == "norm" and result is not None:
            one.before.append(float(result))


class Schedules:
    """Learning-rate schedules."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.known: list[tuple[Any, Spot]] = []

    def attach(self, torch: Any) -> None:
        """Wrap the constructors of torch's schedules."""
        from torch.optim import lr_scheduler

        bases = [getattr(lr_scheduler, name, None) for name in ("LRScheduler", "ReduceLROnPlateau")]
        for base in filter(None, bases):
            self._wrap(base)

    def _wrap(self, base: Any) -> None:
        made = base.__init__
        watch = self.watch

        @functools.wraps(made)
        def init(schedule: Any, *args: Any, **kwargs: Any) -> None:
            if watch.active and all(known is not schedule for known, _ in self.known):
                self.known.append((schedule, watch.places.here()))
            made(schedule, *args, **kwargs)

        base.__init__ = init

    def seen(self) -> tuple[ScheduleSeen, ...]:
        """As plain data; a schedule takes its first step when it is made."""
        found = []
        for schedule, spot in self.known:
            first = 0 if type(schedule).__name__ == "ReduceLROnPlateau" else 1
            count = int(getattr(schedule, "_step_count", getattr(schedule, "last_epoch", 0) + first))
            found.append(ScheduleSeen(type(schedule).__name__, spot, max(count - first, 0)))
        return tuple(found)
