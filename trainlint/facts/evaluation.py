"""Where a program evaluates: forward passes whose results become figures or outputs and train nothing."""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.facts.events import Event, EventKind, exclusive
from trainlint.facts.graph import Module, ModuleCall, Node, Op
from trainlint.facts.modes import mode_of
from trainlint.facts.program import Program
from trainlint.facts.recurring import over_phases, repeated
from trainlint.facts.trained import Trained
from trainlint.facts.updates import Updates, of_module

FAR = 400
"""Operations looked at behind a forward pass; metrics and losses are a few steps away."""
LEAVES = frozenset({"item", "tolist", "numpy", "float"})
"""Ways in which a result becomes plain numbers."""
DRAWS = frozenset({"sample", "rsample", "sample_n", "multinomial"})
DATA = frozenset({Op.BATCH, Op.READ, Op.DATASET})
REHEARSED = (".forward", ".call")
"""Runs of this name call a network only because nothing else does."""


@dataclass(frozen=True)
class Evaluation:
    """A forward pass that trains nothing.

    measured: its result is compared or becomes a loss, or data went in and numbers come out (else it may be a sample,
    an action, or features for something else). trained: whether the program trains this very network, None where
    that may be; a copy of one that it trains counts as trained. apart: no backward pass runs in the same loop.
    training: the network's mode. produced: it happens outside of all loops that train, and numbers come out: samples
    that are made when training is over.
    """

    event: Event
    call: ModuleCall
    measured: bool
    trained: bool | None
    apart: bool = True
    training: bool | None = None
    produced: bool = False

    @property
    def module(self) -> Module:
        """The network."""
        return self.call.module

    @property
    def made_up(self) -> bool:
        """Whether all that goes in is drawn or constant: a sample, or a trial of the shapes."""
        return is_made_up(self.call)


def is_made_up(call: ModuleCall) -> bool:
    """Whether all that goes into a forward pass is drawn or constant."""
    sources = sources_of(call)
    return bool(sources) and all(n.op in (Op.RANDOM, Op.CONSTANT, Op.PARAMETER) for n in sources)


def inferences(program: Program) -> list[Evaluation]:
    """The forward passes of networks whose weights are loaded, in a program that trains nothing."""
    if not program.complete or program.events_of(EventKind.BACKWARD, EventKind.STEP, EventKind.MANUAL_STEP):
        return []
    loaded = {(id(e.target), e.root) for e in program.events_of(EventKind.LOAD)}
    found: list[Evaluation] = []
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if not isinstance(call, ModuleCall) or rehearsed(program, event):
            continue
        plainly = call.training is False and event.grad_enabled is False
        if not call.outputs and not plainly:  # what comes out was not followed: it may be trained on
            continue
        here = (id(call.module), event.root) in loaded or (call.module.pretrained is True and event.root == 1)
        if here and call.module.pretrained is True and of_module(call.module):
            figures = measured(program, event, call)
            found.append(Evaluation(event, call, figures, False, True, call.training))
    return found


def trained_before(program: Program, event: Event) -> bool:
    """Whether the run that evaluates trains the network itself, or the one that it is a copy of, so that all its
    switches of mode are in sight."""
    updates = Updates.of(program)
    module: Module = event.options["call"].module
    alike = [m for m in program.modules if (m.qualname, m.location) == (module.qualname, module.location)]
    own = frozenset(token for m in (module, *alike) for token in of_module(m))
    for backward in program.events_of(EventKind.BACKWARD):
        if backward.root == event.root:
            touched = updates.touched(backward)
            if touched is None or touched & own:
                return True
    return False


def evaluations(program: Program) -> list[Evaluation]:
    """The forward passes of networks with weights that no backward pass depends on, in order; none where nothing
    trains."""
    found: list[Evaluation] | None = program.cache.get("evaluations")
    if found is None:
        found = program.cache["evaluations"] = _find(program)
    return found


def unfollowed(program: Program) -> list[Event]:
    """Forward passes of networks in evaluation mode of which nothing that comes out was followed: they may evaluate
    (a network that computes its own loss and gives figures back)."""
    found: list[Event] = []
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        silent = isinstance(call, ModuleCall) and call.training is False and not call.outputs
        if silent and event.grad_enabled is not False and not rehearsed(program, event):
            found.append(event)
    return found


def _find(program: Program) -> list[Evaluation]:
    # Gradients that a forward pass takes are a part of what it computes (forces).
    backwards = [e for e in program.events_of(EventKind.BACKWARD) if not e.options.get("inside")]
    if not backwards:
        return []
    used = used_to_train(program, backwards)
    trained = Trained(program, [e for e in backwards if not rehearsed(program, e)])
    training = repeated(program, used)
    began = {e.root: e.index for e in reversed(backwards)}
    found: list[Evaluation] = []
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if not isinstance(call, ModuleCall) or rehearsed(program, event):
            continue
        plainly = call.training is False and event.grad_enabled is False
        if not call.outputs and not plainly:  # what comes out was not followed: it may be trained on
            continue
        made = [
            n for n in call.outputs if n.op is not Op.PARAMETER
        ]  # weights it hands out are those of any pass
        if event.index in training or any(id(node) in used for node in made):
            continue
        if not _apart(program, event, call, backwards, used):
            continue
        known = True if trained.gives_to(call) else trained.holds(call.module)
        if known is not False:
            apart = not any(shares(event, backward) for backward in backwards)
            mode = mode_of(program, event, call)
            figures = measured(program, event, call, apart)
            over = (
                event.root not in began or event.index > began[event.root]
            )  # before, an agent fills its memory
            within = any(b.within(p.loop) for p in event.loops for b in backwards)
            produced = over and not within and _leaves(program, call)
            found.append(Evaluation(event, call, figures, known, apart, mode, produced))
    return found


def rehearsed(program: Program, event: Event) -> bool:
    """Whether it happened in a run that is none of the program's own."""
    return 0 < event.root <= len(program.runs) and program.runs[event.root - 1].endswith(REHEARSED)


def used_to_train(program: Program, backwards: list[Event]) -> set[int]:
    """What any backward pass was computed from, cut from its graph or not (targets, old predictions)."""
    found: set[int] = set()
    stack = [e.target for e in backwards if isinstance(e.target, Node)]
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found.add(id(node))
            stack.extend(node.inputs)
    return found


def differentiated(program: Program) -> set[int]:
    """What gradients of any backward pass flow through."""
    found: set[int] | None = program.cache.get("differentiated")
    if found is None:
        found = program.cache["differentiated"] = set()
        stack = [e.target for e in program.events_of(EventKind.BACKWARD) if isinstance(e.target, Node)]
        while stack:
            node = stack.pop()
            if id(node) not in found and node.attached and node.op is not Op.DETACH:
                found.add(id(node))
                stack.extend(node.inputs)
    return found


def _apart(program: Program, event: Event, call: ModuleCall, backwards: list[Event], used: set[int]) -> bool:
    """Whether no backward pass, seen or unseen, may belong to it. used: what backward passes were computed from."""
    if event.grad_enabled is False:
        return True
    near = [backward for backward in backwards if shares(event, backward)]
    if any(not isinstance(backward.target, Node) for backward in near):
        return False
    if call.training is not False and any(Updates.of(program).is_of_nothing(backward) for backward in near):
        return False  # what that loss is computed from was not followed: it may be this network's output
    if near and call.told:  # a figure of the batch that is trained on
        return False
    if near or call.training is not False:
        behind = _behind(program, call)
        if event.root != 1 and event.loop is None and not _by_itself(event, behind, backwards):
            return False  # a step of a training that is driven from elsewhere
        if near and call.training is not False:
            # a figure of the batch that is trained on is none of an evaluation
            trained_on = any(node.op in DATA and id(node) in used for node in sources_of(call))
            if trained_on or not _is_figure(behind):
                return False
        return not _hidden(program, event, behind)
    return True


def _by_itself(event: Event, behind: list[Node], backwards: list[Event]) -> bool:
    """Whether a forward pass of something run alone, outside of loops, is no step of a training: that has run before it,
    or what the network says is given back as an array."""
    if any(backward.root == event.root for backward in backwards):
        return True
    arrays = any(n.op is Op.DETACH and n.name in ("numpy", "tolist") for n in behind)
    return arrays and not any(n.op is Op.LOSS for n in behind)


def _hidden(program: Program, event: Event, behind: list[Node]) -> bool:
    """Whether what was computed from it went into code that was not followed, which may call backward()."""
    escaped = [e.target for e in program.events_of(EventKind.ESCAPE) if e.root == event.root]
    nodes = {id(n) for n in escaped if isinstance(n, Node)}
    return bool(nodes) and any(id(n) in nodes for n in behind)


def shares(forward: Event, backward: Event) -> bool:
    """Whether a backward pass may belong to a forward pass: both run in the same loop, and in the same phase."""
    if forward.root != backward.root or exclusive(forward, backward):
        return False
    for p in forward.loops:
        if over_phases(p.loop) and backward.pass_of(p.loop) not in (None, p.number):
            return False
    loop = forward.loop
    if loop is None:
        return backward.loop is None or backward.index > forward.index
    return backward.within(loop)


def measured(program: Program, event: Event, call: ModuleCall, apart: bool = True) -> bool:
    """Whether the result becomes a loss or a comparison, or, made of data, plain numbers.

    apart: no backward pass runs in the same loop. Where one does, going over data is no sign of an evaluation: a
    generator makes samples without a graph there, for another network to be trained on.
    """
    behind = _behind(program, call)
    if _is_figure(behind):
        return True
    if _is_for_its_effects(program, call):
        return False  # statistics of the data for its layers
    if not _of_data(
        call
    ):  # a sample of a generator, or an action in an environment, if no batches are gone through
        return apart and _over_batches(event, call) and _leaves(program, call)
    return _leaves(program, call) or (apart and any(p.loop.over == "loader" for p in event.loops))


def _over_batches(event: Event, call: ModuleCall) -> bool:
    """Whether it is plainly an evaluation by its mode, of what a generator of the program's own gives, which is not drawn."""
    over = event.loop.over if event.loop is not None else None
    return call.training is False and over == "generator" and bool(call.inputs) and not is_made_up(call)


def _is_for_its_effects(program: Program, call: ModuleCall) -> bool:
    """Whether nothing takes what it gives: running averages that are computed anew, a quantizer that watches."""
    outputs = [node for node in call.outputs if not program.graph.consumers(node)]
    return bool(outputs) and len(outputs) == len(call.outputs) and all(node.discarded for node in outputs)


def _leaves(program: Program, call: ModuleCall) -> bool:
    """Whether the result becomes plain numbers."""
    return any(node.op is Op.DETACH and node.name in LEAVES for node in _behind(program, call))


def _is_figure(behind: list[Node]) -> bool:
    return any(node.op in (Op.LOSS, Op.COMPARE) for node in behind)


def _behind(program: Program, call: ModuleCall) -> list[Node]:
    """What is computed from a forward pass, as far as it is looked at; what is drawn by it is no figure."""
    seen: dict[int, Node] = {}
    stack = list(call.outputs)
    while stack and len(seen) < FAR:
        node = stack.pop()
        if id(node) not in seen and node.name not in DRAWS:
            seen[id(node)] = node
            stack.extend(program.graph.consumers(node))
    return list(seen.values())


def sources_of(call: ModuleCall) -> list[Node]:
    """Where its inputs begin."""
    seen: dict[int, Node] = {}
    stack = list(call.inputs)
    while stack and len(seen) < FAR:
        node = stack.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            stack.extend(node.inputs)
    return [n for n in seen.values() if not n.inputs or n.op in DATA]


def _of_data(call: ModuleCall) -> bool:
    return any(n.op in DATA for n in sources_of(call))
