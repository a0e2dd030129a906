"""Which modules are the networks of a program."""

from __future__ import annotations

from trainlint.facts.evaluation import rehearsed
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Making, Module, ModuleCall
from trainlint.facts.program import Program
from trainlint.report.facts.alternatives import chosen_between
from trainlint.report.facts.layers import is_fixed_layer, is_within_another, weighted_layers
from trainlint.report.facts.repeats import once, place_of
from trainlint.report.facts.takers import takers
from trainlint.report.facts.trained import (
    others_are_trained,
    trained_apart,
    trained_by_themselves,
    trained_part,
)
from trainlint.report.facts.watched import Watched, training_loops


def networks_of(program: Program) -> list[Module]:
    """Every network of the program: modules with weights that no other module holds.

    A library's layer that is never called beside networks that are is their pattern (as for nn.TransformerEncoder).
    """
    called = {id(call.module) for call in program.calls}
    # One whose layers all stand in another network is a part of that, taken out: `self.body[:-1]`.
    networks = [r for r in program.roots if not r.symbolic and any(m.root is r for m in weighted_layers(r))]
    networks = [r for r in networks if not _serves_another(program, r) and not _is_given(r, networks)]
    used = [r for r in networks if id(r) in called or (r.op is None and not _left_over(r))]
    used = [r for r in used if not is_fixed_layer(r)]
    used = [r for r in used if id(r) not in program.rehearsed or not is_within_another(r, used)]
    asked = _asked(program)
    used = [r for r in used if id(r) in asked or not _gave_parts(r, used, asked)]
    used = [r for r in used if id(r) in asked or not _compiled_anew(program, r, used)]
    used = [r for r in used if not _is_view(program, r, used)]
    # Single layers that code applies are networks beside others that are trained only if they are held too.
    if not any(id(r) in asked and r.op is None for r in used) and others_are_trained(program, used):
        return once(program, _unseen(program))
    single = once(program, _likely(used or _held_layers(program, networks)))
    apart = _without_wrappers([part for root in single for part in _held_by(program, root)])
    seen = [trained_part(program, root) for root in _at_work(program, apart)]
    return seen or once(program, _unseen(program))


def _is_given(root: Module, networks: list[Module]) -> bool:
    """Whether one of these networks gave it to a part that is not seen."""
    within = root.state.get("within")
    return isinstance(within, Module) and any(within.root is other for other in networks)


def untaken(program: Program, networks: list[Module]) -> list[Module]:
    """Networks that conditions make instead of these, whichever of them the rest of the program was followed for: of many
    alternatives only the first go on."""
    own = [r.state.get("made", Making()).branches for r in networks]
    listed, symbolic = {id(r) for r in networks}, {id(r) for r in program.roots if r.symbolic}
    others = [r for r in program.roots if r.op is None and id(r) not in listed | symbolic]
    others = [r for r in others if program.calls_of(r) and next(weighted_layers(r), None) is not None]
    others = [r for r in others if id(r) not in program.rehearsed]  # by the way, and used for nothing
    others = [r for r in others if not _is_unlikely(r)]
    return [
        r for r in others if any(chosen_between(each, r.state.get("made", Making()).branches) for each in own)
    ]


def _held_layers(program: Program, networks: list[Module]) -> list[Module]:
    """Without single layers that no optimizer is known to hold, in a program that has one: parts of what was not seen."""
    held = {root for optimizer in program.optimizers for root in optimizer.parameters.roots()}
    return [r for r in networks if r.op is None or id(r) in held or not program.optimizers]


def _without_wrappers(networks: list[Module]) -> list[Module]:
    """Without those that only stand around another one of these: a model that gives one discriminator several inputs."""
    layers = {id(r): frozenset(id(layer) for layer in weighted_layers(r)) for r in networks}
    inner = [(id(m), layers[id(r)]) for r in networks for m in r.walk() if m is not r and id(m) in layers]
    same = {own for within, own in inner if layers[within] == own}
    within = {each for each, _ in inner}
    return [r for r in networks if layers[id(r)] not in same or id(r) in within]


def _held_by(program: Program, root: Module) -> list[Module]:
    """The networks of one that only holds them (`nn.ModuleDict({"g": G(), "d": D()})`, a solver that is a module), those
    that are called; the network itself where it is none, or holds single layers."""
    stacked = _stacked(program, root)
    if stacked:
        return stacked
    if program.calls_of(root) and id(root) not in program.rehearsed:
        return [root]
    children = {id(m): m for m in root.children.values()}.values()
    parts = [m for m in children if next(weighted_layers(m), None) is not None]
    if not parts or any(m.op is not None for m in parts):
        return [root]
    holder = root.complete and root.state.get("holder")
    if not (holder or trained_apart(program, root, parts)):
        return [root]
    parts = [m for m in parts if not m.state.get("average") or program.calls_of(m)]
    called = [m for m in parts if program.calls_of(m) or m.state.get("holder")]
    return [each for part in called or parts for each in _held_by(program, part)]


def _stacked(program: Program, root: Module) -> list[Module]:
    """The networks that a Keras model only puts one behind another, where these are trained in other ways too: the generator
    and the discriminator of a GAN's combined model. [] where it is a network itself."""
    parts = [m for m in {id(m): m for m in root.children.values()}.values() if next(weighted_layers(m), None)]
    if program.framework != "keras" or len(parts) < 2 or any(m.op is not None for m in parts):
        return []
    own = {id(layer) for layer in weighted_layers(root)}
    trained = [m for m in trained_by_themselves(program) if m is not root]
    apart = any(id(layer) in own for other in trained for layer in weighted_layers(other))
    return parts if apart and root.complete else []


def _asked(program: Program) -> set[int]:
    """Networks that the program itself calls."""
    events = (e for e in program.events_of(EventKind.FORWARD) if not rehearsed(program, e))
    calls = (e.options.get("call") for e in events)
    return {id(c.module.root) for c in calls if isinstance(c, ModuleCall)} - program.rehearsed


def _gave_parts(root: Module, networks: list[Module], asked: set[int]) -> bool:
    """Whether a network that is never called gave parts of itself to another one that is, or to its twin (the best one
    so far): an encoder without the head that it was built with."""
    own = {id(layer) for layer in weighted_layers(root)}
    kinds = {r.qualname for r in networks if id(r) in asked and r.op is None}
    takers = [r for r in networks if r is not root and (id(r) in asked or r.qualname in kinds)]
    others = [{id(layer) for layer in weighted_layers(r)} for r in takers]
    return any(own & other and not other <= own for other in others)


def _compiled_anew(program: Program, root: Module, networks: list[Module]) -> bool:
    """Whether a Keras model was compiled, and is never called, while the same place made another one of such layers that is
    trained: what is configured once more when the data is known."""
    if program.framework != "keras" or not root.complete:
        return False
    updated = {id(event.target) for event in program.events_of(EventKind.STEP)}
    roots = [o.parameters.roots() for o in program.optimizers if id(o) in updated]
    trained = {held for each in roots for held in each}
    compiled = any(id(root) in o.parameters.roots() for o in program.optimizers)
    place = place_of(root)
    twins = (r for r in networks if r is not root and id(r) in trained and place_of(r) == place)
    return compiled and id(root) not in trained and next(twins, None) is not None


def _is_view(program: Program, root: Module, networks: list[Module]) -> bool:
    """Whether a Keras model only looks at inner layers of another one of these that is trained: embeddings, features."""
    if program.framework != "keras":
        return False
    trained = {id(r) for r in trained_by_themselves(program)}
    own = {id(layer) for layer in weighted_layers(root)}
    larger = (r for r in networks if r is not root and id(r) in trained)
    return id(root) not in trained and any(own < {id(layer) for layer in weighted_layers(r)} for r in larger)


def _serves_another(program: Program, root: Module) -> bool:
    """Whether it is a single layer that is applied in other modules' passes only: a part whose holder was lost."""
    calls = program.calls_of(root) if root.op is not None else []
    return bool(calls) and all(call.parent is not None for call in calls)


def _unseen(program: Program) -> list[Module]:
    """Networks of whose weights nothing is seen but that they are trained: what builds them is in no file (the settings
    that a checkpoint holds)."""
    called = {id(c.module) for c in program.calls} - program.rehearsed
    loaded = {id(event.target) for event in program.events_of(EventKind.LOAD)}
    held = {root for optimizer in program.optimizers for root in optimizer.parameters.roots()} | loaded
    own = (r for r in program.roots if r.op is None and not r.symbolic and not _left_over(r))
    return [_given_part(program, root) for root in own if id(root) in called and id(root) in held]


def _given_part(program: Program, root: Module) -> Module:
    """The only part, whose parameters alone optimizers were given, of a module that stands around it: a loss that calls the
    network. A head that is trained beside a frozen trunk is one of several."""
    holders = {
        id(each): each
        for optimizer in program.optimizers
        for each in (*optimizer.parameters.modules, *(p.module for p in optimizer.parameters.parameters))
        if each is not None and each.root is root
    }
    parts = list({id(m): m for m in root.children.values()}.values())
    if len(parts) != 1 or parts[0].op is not None:
        return root
    return parts[0] if holders and holders.keys() <= {id(each) for each in parts[0].walk()} else root


def _likely(networks: list[Module]) -> list[Module]:
    """Without those that only a run makes which goes on from a checkpoint, or which comes to an exception's handler."""
    return [r for r in networks if not _is_unlikely(r)] or networks


def _is_unlikely(root: Module) -> bool:
    return any(branch.unlikely for branch in root.state.get("made", Making()).branches)


def _left_over(module: Module) -> bool:
    """Whether it is a library's average of a network, or a part that code took out of one, and is never called."""
    return bool(module.state.get("average") or module.state.get("taken_out"))


def _at_work(program: Program, networks: list[Module]) -> list[Module]:
    """Without those that are built and never used, where the program trains others."""
    held = {root for optimizer in program.optimizers for root in optimizer.parameters.roots()}
    trained = {id(m) for optimizer in program.optimizers for m in optimizer.parameters.modules}
    held |= {id(r) for r in networks if r.root is not r and any(id(m) in trained for m in r.walk())}
    if not any(id(r) in held for r in networks):
        return networks
    entered = {id(m) for c in program.calls for m in c.module.lineage()}
    idle = (program.rehearsed | {id(r) for r in networks if id(r) not in entered}) - held
    loops = training_loops(program)
    names = {r.qualname for r in networks if id(r) in held}

    def kept(root: Module) -> bool:
        """A copy that training takes of a network, to go back to."""
        passes = root.state.get("made", Making()).passes if root.state.get("copied") else ()
        return any(id(p.loop) in loops for p in passes)

    called = {id(c.module) for c in program.calls if c.parent is None}  # `features = net.encoder(x)`

    def unused(root: Module) -> bool:
        """Never called, and no part of it by itself."""
        return (
            id(root) in idle
            and not root.escaped
            and not any(id(m) in called for m in root.walk() if m is not root)
        )

    def generates(root: Module) -> bool:
        """One that a data set makes to draw its elements with, and nothing trains."""
        return bool(root.state.get("of_data")) and id(root) not in held

    updates = [e.index for e in program.events_of(EventKind.STEP)]
    runs = {e.root for e in program.events_of(EventKind.STEP)}
    # After an update, or by code that hands the training to something unseen (a search).
    loads = program.events_of(EventKind.LOAD) if updates else []
    loads = [e for e in loads if e.index > min(updates) or e.root not in runs]
    # Weights of another network, again and again while it trains (a target, an actor), come from no checkpoint.
    loads = [e for e in loads if not (e.options.get("live") and any(id(p.loop) in loops for p in e.loops))]
    read_back = {id(m.root) for e in loads if isinstance(m := e.target, Module)}

    def restored(root: Module) -> bool:
        """A trained network that is read back from its checkpoint, to be evaluated."""
        back = root.state.get("restored") or id(root) in read_back
        return bool(back) and root.qualname in names and id(root) not in held

    def snapshot(root: Module) -> bool:
        """One that training makes anew to write its weights to a file, and never calls."""
        passes = root.state.get("made", Making()).passes
        return id(root) in idle and any(id(p.loop) in loops for p in passes)

    stepped = {id(e.target) for e in program.events_of(EventKind.STEP)}
    moved = {root for o in program.optimizers if id(o) in stepped for root in o.parameters.roots()}
    taught = {r.qualname for r in networks if id(r) in moved}

    def at_rest(root: Module) -> bool:
        """One of a class that is trained, which is called to evaluate though its constructor makes an optimizer."""
        seen = id(root) not in moved and not root.escaped and bool(program.calls_of(root))
        own = (o for o in program.optimizers if id(root) in o.parameters.roots())
        return seen and root.qualname in taught and not any(o.escaped for o in own)

    ends = {e.root: e.index for e in program.events_of(EventKind.STEP) if e.loops}
    graded = {e.root for e in program.events_of(EventKind.BACKWARD)}

    def late(root: Module) -> bool:
        """One that nothing trains: made after the last update, to evaluate, or by another command of a script that trains."""
        run = root.state.get("root", 0)
        if not ends or (id(root) in held and not at_rest(root)):
            return False
        calls = program.calls_of(root) if id(root) not in program.rehearsed else []
        evaluated = all(call.training is False or call.grad_enabled is False for call in calls)
        if run not in ends:
            another = program.trains_itself or (id(root) in read_back and evaluated)
            return run > 1 and another and run not in graded
        return root.state.get("made", Making()).after > ends[run] and evaluated

    def looked_at(root: Module) -> bool:
        """One of copied layers that the program neither trains nor calls: it goes where operations are counted."""
        return id(root) in idle and all(layer.state.get("copied") for layer in weighted_layers(root))

    inner = {m.qualname for r in networks if id(r) in held for m in r.walk() if m is not r and m.op is None}

    def twin(root: Module) -> bool:
        """One more of a kind that a trained network has as its part: made to be compared with that one by unseen code (in
        its widths), and never called."""
        return id(root) in idle and root.qualname in inner

    def idle_part(root: Module) -> bool:
        return kept(root) or unused(root) or generates(root) or looked_at(root) or twin(root)

    watched = Watched(program, held, names)
    gone = {id(r) for r in networks if restored(r) or snapshot(r) or late(r) or watched.average(r)}
    gone |= takers(program, networks, held)
    return [r for r in networks if id(r) not in gone and not idle_part(r)]
