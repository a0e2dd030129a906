"""The learning rate that a run reaches, and for how long."""

from __future__ import annotations

import math

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Op
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer

LINEAR_RATE, LINEAR_BATCH = 0.1, 256
"""SGD with momentum and warmup takes 0.1 for each 256 samples of the batch (Goyal et al. 2017)."""
SCALED_FAMILIES = frozenset({"sgd", "lars", "lamb"})
SLACK = 1.3
"""Batch sizes are rounded; a rate so far above the linear rule still follows it."""


def peak_rate(optimizer: Optimizer, program: Program) -> Fact[float] | None:
    """The largest rate that the run reaches; None where something unknown changes it."""
    if optimizer.state.get("lr_changed") or optimizer.state.get("lr_unseen") or _is_sweep(optimizer, program):
        return None
    schedules = [s for s in program.schedules if s.optimizer is optimizer]
    if any(s.rescales for s in schedules) or any(s.optimizer is None for s in program.schedules):
        return None  # a schedule may set any rate; whose it is may not be known
    peaks = [s.peak for s in schedules if s.peak is not None]
    rates = peaks or [g.lr for g in optimizer.groups] or [optimizer.lr]
    if any(r.value is None for r in rates):
        return None
    return max(rates, key=lambda r: r.value or 0.0)


def _is_sweep(optimizer: Optimizer, program: Program) -> bool:
    """Whether the same line makes optimizers of several rates: they are tried out on purpose."""
    rates = {o.lr.value for o in program.optimizers if o.location == optimizer.location}
    return len(rates) > 1


def describe_rate(optimizer: Optimizer, rate: Fact[float]) -> tuple[str, str]:
    """For messages: `SGD with momentum 0.9`, and `0.05 (from conf/train.yaml:9)`."""
    name = optimizer.name.rsplit(".", 1)[-1]
    if optimizer.family == "sgd" and optimizer.momentum.value:
        name = f"{name} with momentum {optimizer.momentum.value:g}"
    elsewhere = rate.literal is not None and rate.literal.path != optimizer.location.path
    return name, f"{rate.value:g} (from {rate.literal})" if elsewhere else f"{rate.value:g}"


def modules_of(optimizer: Optimizer) -> list[Module]:
    """The modules whose parameters it holds."""
    held = optimizer.parameters
    return [*held.modules, *(p.module for p in held.parameters if p.module is not None)]


def trains_network(optimizer: Optimizer) -> bool:
    """Whether it holds parameters of a network (not a tensor that is optimised itself, nor virtual tokens and the like
    beside a frozen network)."""
    modules = modules_of(optimizer)
    return bool(modules) and not all(m.root.state.get("vectors") for m in modules)


def may_hold_layers(optimizer: Optimizer) -> bool:
    """Whether one of its modules is a layer, or hides what it is made of: the means and weights of a mixture are none, nor
    are the latent vectors beside a network that is not trained."""
    own = {id(m): m for m in modules_of(optimizer)}
    for root in {id(m.root): m.root for m in own.values()}.values():
        every = list(root.walk())
        whole = all(id(m) in own for m in every if m.parameters)
        parts = every if whole else [p for m in own.values() if m.root is root for p in m.walk()]
        if any(m.op is not None or m.symbolic or not m.complete for m in parts):
            return True
    return False


def is_linear_probe(optimizer: Optimizer) -> bool:
    """Whether it trains a single layer of a larger network: a convex problem that bears large rates (He et al. 2020,
    MoCo, section 4.1: a rate of 30)."""
    modules = {id(m): m for m in modules_of(optimizer)}
    if len(modules) != 1:
        return False
    (module,) = modules.values()
    return module.op is Op.AFFINE and module.root is not module


def may_be_linear_probe(optimizer: Optimizer) -> bool:
    """Whether it may train a single layer on a frozen network that a config only names: SGD with a weight decay that is
    written down as 0, the recipe of He et al. 2020 (MoCo, section 4.1)."""
    decay = optimizer.weight_decay
    if optimizer.family != "sgd" or decay.value != 0 or not decay.origin:
        return False
    roots = {id(module.root): module.root for module in modules_of(optimizer)}.values()
    return not any(m.op is Op.AFFINE for root in roots for m in root.walk())


def is_recurrent(optimizer: Optimizer) -> bool:
    """Whether a network that it trains holds recurrent layers of a library, or (in a config alone) may do so."""
    roots = {id(module.root): module.root for module in modules_of(optimizer)}
    return bool(optimizer.state.get("recurrent")) or any(
        m.op is Op.RECURRENT for root in roots.values() for m in root.walk()
    )


RECURRENT_EXEMPT = frozenset({"sgd", "adam", "rmsprop"})
"""Rows of the table whose bounds do not hold for recurrent networks: a small LSTM was best with Adam at 0.1, and
clipping changed 1 of 120 runs of LSTM and GRU (measured)."""


def follows_batch(optimizer: Optimizer, program: Program, rate: float) -> bool:
    """Whether the rate is scaled linearly with a large batch, under warmup."""
    if optimizer.family not in SCALED_FAMILIES:
        return False
    if not any(s.warmup is not False for s in program.schedules if s.optimizer is optimizer):
        return False
    sizes = [loader.batch_size.value for loader in program.loaders]
    known = [size for size in sizes if isinstance(size, int)]
    return not known or rate <= SLACK * LINEAR_RATE * max(known) / LINEAR_BATCH


def planned_steps(optimizer: Optimizer, program: Program) -> int | None:
    """Updates that the script's own run makes with this optimizer; None where a loop's length is not known."""
    total = 0
    seen: set[int] = set()
    for event in program.events_of(EventKind.STEP):
        if event.target is not optimizer:
            continue
        if event.root != 1 or event.branches or not event.loops:
            return None
        loops = [p.loop for p in event.loops]
        if id(loops[-1]) in seen or any(p.number for p in event.loops):
            continue
        seen.add(id(loops[-1]))
        every = event.options.get("every")
        lengths = [loop.length for loop in loops]
        if any(length is None for length in lengths) or (every is not None and not every.known):
            return None
        calls = math.prod(length for length in lengths if length is not None)
        total += math.ceil(calls / every.value) if every is not None else calls
    return total or None
