"""Layers that compute something else in training than in evaluation, and what switches them."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.facts.events import Event, EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.graph import WEIGHTED, Module, ModuleCall, Node, Op
from trainlint.facts.program import Program

READS_MODE = "reads_mode"
"""Key of a module's state: its own code asks whether it is in training mode."""
WRAPS = "wraps"
"""Key of a module's state: it is a wrapper around the network that it holds under this name."""


def depends_on_mode(module: Module) -> bool:
    """Whether a layer is known to drop values, or to normalise by the batch, in training mode only."""
    options = module.options
    if module.op is Op.DROPOUT:
        return _positive(options.get("p"))
    if module.op is Op.NORM:
        tracks = options.get("track_running_stats")
        return module.name == "batchnorm" and (tracks is None or tracks.value is True)
    if module.op is Op.RECURRENT:
        layers = options.get("num_layers")
        deep = layers is not None and isinstance(layers.value, int) and layers.value > 1
        return deep and _positive(options.get("dropout"))
    if module.op in (Op.ATTENTION, Op.TRANSFORMER):
        return _positive(options.get("dropout"))
    if module.op is Op.BACKBONE:
        return _normalises(module) or _positive(options.get("dropout"))
    return False


def _normalises(module: Module) -> bool:
    """Whether a library's network is known to hold batch norm."""
    norm = module.options.get("batchnorm")
    return norm is not None and norm.value is True


def _positive(rate: Fact[object] | None) -> bool:
    return rate is not None and isinstance(rate.value, int | float) and rate.value > 0


def moody(program: Program, call: ModuleCall) -> Module | None:
    """A layer, or a module that drops by a function, that the network's pass ran in training mode; None if there is
    none for certain to be so."""
    for inner in within(program, call):
        if inner.training is not True:
            continue
        parts = inner.module.walk() if inner.module.op is Op.TRANSFORMER else (inner.module,)
        found = next((part for part in parts if depends_on_mode(part)), None)
        if found is not None:
            return found
    for node in dropped(program).get(id(call.outermost), ()):
        owner = node.call
        if owner is not None and owner.training is True and READS_MODE in owner.module.state:
            return owner.module
    return None


def describe_moody(module: Module) -> str:
    """Words for a message: `dropout (p=0.5)`, `batch norm`."""
    if module.op is Op.NORM:
        return "batch norm"
    if module.op is Op.BACKBONE and _normalises(module):
        return "batch norm"
    rate = module.options.get("p") or module.options.get("dropout")
    return (
        f"dropout ({rate.value:g})" if rate is not None and isinstance(rate.value, int | float) else "dropout"
    )


def within(program: Program, call: ModuleCall) -> list[ModuleCall]:
    """The forward passes of all modules during the outermost one of this call, itself included."""
    by_outermost: dict[int, list[ModuleCall]] | None = program.cache.get("calls_within")
    if by_outermost is None:
        by_outermost = program.cache["calls_within"] = {}
        for each in program.calls:
            by_outermost.setdefault(id(each.outermost), []).append(each)
    return by_outermost.get(id(call.outermost), [])


def dropped(program: Program) -> dict[int, list[Node]]:
    """Applications of dropout as a function, in training mode and with a rate, by the outermost forward pass."""
    found: dict[int, list[Node]] | None = program.cache.get("dropped")
    if found is None:
        found = program.cache["dropped"] = {}
        for node in program.graph.nodes:
            if node.op is not Op.DROPOUT or node.module is not None or node.call is None:
                continue
            training = node.options.get("training")
            if training is not None and training.value is True and _positive(node.options.get("p")):
                found.setdefault(id(node.call.outermost), []).append(node)
    return found


def switches(program: Program, module: Module, root: int) -> Iterator[Event]:
    """Calls of train() and eval() that concern a module, in one run, latest first."""
    above: set[int] = set()
    holder: Module | None = module
    while holder is not None and id(holder) not in above:
        above.add(id(holder))
        holder = holder.parent
    for event in reversed(program.events_of(EventKind.TRAIN_MODE, EventKind.EVAL_MODE)):
        if event.root == root and id(event.target) in above:
            yield event


def mode_of(program: Program, event: Event, call: ModuleCall) -> bool | None:
    """The mode of a network in a forward pass: True for training.

    Where one of several networks is called, a switch of the same alternatives before it holds: `net` may be either, but
    it is the same one in `net.eval()` and in `net(x)`. A shell around layers that are all in evaluation mode is, too: it
    was given parts of a network that was switched (a loss that holds the output layer).
    """
    if call.training is True and _parts_are_switched(program, call):
        return False
    if call.training is not None or not _is_alternative(event):
        return call.training
    for switch in switches(program, call.module, event.root):
        if switch.index < event.index and _is_alternative(switch):
            around = {(b.serial, b.arm) for b in switch.branches[:-1]}
            if around <= {(b.serial, b.arm) for b in event.branches}:
                return switch.kind is EventKind.TRAIN_MODE
    return None


def _parts_are_switched(program: Program, call: ModuleCall) -> bool:
    """Whether all layers with weights that a pass applied were in evaluation mode."""
    inner = [c.training for c in within(program, call) if c is not call and c.module.op in WEIGHTED]
    return bool(inner) and all(training is False for training in inner) and moody(program, call) is None


def _is_alternative(event: Event) -> bool:
    return bool(event.branches) and event.branches[-1].kind == "alternative"
