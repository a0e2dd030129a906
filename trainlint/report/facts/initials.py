"""How a network's weights start, in a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainlint.facts.checkpoints import Checkpoint
from trainlint.facts.events import Event, EventKind, different_arms
from trainlint.facts.graph import STARTS, Init, Module, Node, Op, Parameter
from trainlint.facts.initialisation import scheme_of
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.report.facts.layers import has_unseen_part

_COPIES = 4
"""Copies of copies that are followed."""
_NAMED_INITS = ("he", "xavier", "orthogonal")


def initialisation(program: Program, root: Module, layers: Iterable[Module]) -> str | None:
    """How the weights start: default, he, xavier, orthogonal, pretrained, or custom; None if that is not known.

    Layers (and whole networks of a library) that keep what the library gave them beside layers that are initialised do not
    count, nor single layers of a library (a graph convolution) beside others that keep their defaults, nor biases and norms,
    nor weights that a training takes up where it stopped, nor constants that are kept as weights.
    """
    gone = _gone_before_training(program)
    resumed = _resumed(program, root)
    layers = list(layers)
    loaded = [layer for layer in layers if layer.pretrained]
    if not resumed and (root.pretrained or loaded):
        perhaps = not root.pretrained and all(_perhaps(root, layer) for layer in loaded)
        return None if perhaps or _only_judges(program, layers) else "pretrained"
    if (root.pretrained is None and not resumed) or id(root) in gone:
        return None
    if any(layer.op is Op.BACKBONE and layer.pretrained is None for layer in layers):
        return None
    schemes: set[str] = set()
    given: set[str] = set()
    single: set[str] = set()
    by_default = False
    for layer in layers:
        within = any(module.op is Op.BACKBONE for module in layer.lineage())
        for module in layer.walk():
            starts = module.state.get(STARTS, ())
            if any(init.maybe for init in starts):
                return None
            schemes.update(init.scheme for init in starts)
            for parameter in module.parameters.values():
                if _is_bias(parameter) or module.op is Op.NORM or _is_constant(parameter):
                    continue
                inits = [
                    i
                    for i in _started(parameter.inits)
                    if not (resumed and i.maybe and i.scheme == "pretrained")
                ]
                if id(parameter) in gone or any(init.maybe for init in inits):
                    return None
                by_library = (module.op is Op.BACKBONE or module.built_in) and len(inits) == 1
                found = schemes if not by_library else given if within else single
                found.update(scheme_of(module, init) for init in inits[-1:])
                by_default = by_default or not (inits or module.built_in or within)
    if has_unseen_part(root):
        return None
    if _has_unseen_parts(root):
        return "custom" if len(schemes) > 1 else None
    # copies start as others do: a momentum encoder as the one that is trained
    given |= set() if by_default else single
    schemes = (schemes - {"copy"}) or (given - {"copy"}) or schemes
    if not schemes:
        return "default"
    scheme = next(iter(schemes))
    if "pretrained" in schemes and _only_judges(program, layers):
        return None
    return scheme if len(schemes) == 1 and scheme in (*_NAMED_INITS, "pretrained") else "custom"


def _started(inits: Sequence[Init]) -> Sequence[Init]:
    """How a parameter starts: as the one whose values are copied into it, where it is known which."""
    for _ in range(_COPIES):
        of = inits[-1].options.get("of") if inits and not inits[-1].maybe else None
        if of is None or not of.known:
            break
        inits = of.value or ()
    return inits


def _comes_with_weights(layer: Module) -> bool:
    every = (p for module in layer.walk() for p in module.parameters.values() if p.inits)
    return layer.pretrained is True or any(p.inits[-1].scheme == "pretrained" for p in every)


def _perhaps(root: Module, layer: Module) -> bool:
    """Whether a choice that is not known may take another part in the place of this layer, one that loads nothing."""
    groups = [group for module in root.walk() for group in module.state.get("alternatives", ())]
    part: Module | None = layer
    while part is not None:
        for group in groups:
            if any(other is part for other in group) and not all(_loads(other) for other in group):
                return True
        part = part.parent
    return False


def _loads(module: Module) -> bool:
    return any(part.pretrained for part in module.walk())


def _only_judges(program: Program, layers: list[Module]) -> bool:
    """Whether the layers that come with weights are frozen and feed none of the others: features for a perceptual loss, which a
    network that is trained holds."""
    given = [layer for layer in layers if _comes_with_weights(layer)]
    others = [layer for layer in layers if not _comes_with_weights(layer)]
    parameters = [p for layer in given for module in layer.walk() for p in module.parameters.values()]
    if not others or not parameters or any(p.requires_grad is not False for p in parameters):
        return False
    first: dict[int, Node] = program.cache.get("first_applications", {})
    judges = {id(first[id(layer)]) for layer in given if id(layer) in first}
    stack = [first[id(layer)] for layer in others if id(layer) in first]
    if not judges or not stack:
        return False
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in judges:
            return False
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(node.inputs)
    return True


def _is_bias(parameter: Parameter) -> bool:
    """By its name, or a vector that starts at zero (those of layers written by hand have any name)."""
    if parameter.name.startswith("bias"):
        return True
    vector = parameter.shape is not None and len(parameter.shape) == 1
    return vector and {init.scheme for init in parameter.inits} == {"zeros"}


def _is_constant(parameter: Parameter) -> bool:
    """Whether code writes its values, and training leaves them alone: a fixed filter, the mean of the images."""
    last = parameter.inits[-1].scheme if parameter.inits else None
    return last in ("custom", "eye", "constant") and parameter.requires_grad is False


def _resumed(program: Program, root: Module) -> bool:
    """Whether weights come from a file only where a training goes on that was interrupted: under one condition, or as an
    attempt that may fail, beside an optimizer's state; or by the statement that loads this too, under a condition; or from
    files of the form that the program itself writes; or only where a run finds what an earlier one left behind."""
    if root.pretrained:
        return False
    below = {id(m) for m in root.walk()}
    steps = program.events_of(EventKind.STEP)
    loads = [e for e in program.events_of(EventKind.LOAD) if not any(_comes_before(s, e) for s in steps)]
    own = [e for e in loads if isinstance(e.target, Module) and id(e.target) in below]
    beside = [e for e in loads if isinstance(e.target, Optimizer) and own and e.root == own[0].root]
    if own and all(_takes_up(program, e) or any(branch.later for branch in e.branches) for e in own):
        return True
    own = [e for e in own if not any(branch.later for branch in e.branches)]
    if own and all(e.options.get("may_fail") for e in (*own, *beside)):
        return bool(beside)
    if own and all(e.branches for e in own) and {e.location for e in own} <= {e.location for e in beside}:
        return True  # `for name, part in kept.items(): part.load_state_dict(checkpoint[name])`
    conditions = {e.branches[-1].location if e.branches else None for e in own}
    if len(conditions) != 1 or None in conditions:
        return False
    return any(e.branches for e in beside)


def _takes_up(program: Program, load: Event) -> bool:
    """Whether a load, which need not happen, is of a file like those that the program writes: weights beside its epoch."""
    file = load.options.get("checkpoint")
    maybe = load.options.get("may_fail") or load.branches
    return bool(maybe) and isinstance(file, Checkpoint) and file.is_one_of(program.saved)


def _comes_before(step: Event, load: Event) -> bool:
    """Whether an update was made when weights were loaded; not one of another arm of a condition."""
    return step.index < load.index and not different_arms(step.branches, load.branches)


def _has_unseen_parts(root: Module) -> bool:
    """Whether it holds a container of layers of which not one was seen."""
    return any(m.op is None and not m.complete and not m.children for m in root.walk())


def _gone_before_training(program: Program) -> set[int]:
    """Identities of what went into unseen code before the first update: it may have been initialised there. What is given
    away beside every update, to a loss that is not seen, is not."""
    first = next(iter(program.events_of(EventKind.STEP)), None)
    gone = program.events_of(EventKind.ESCAPE)
    if first is None:
        return {id(event.target) for event in gone}
    before = [event for event in gone if event.index < first.index]
    return {id(event.target) for event in before if first.loop is None or not event.within(first.loop)}
