"""How the weights of layers start, and what follows the layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trainlint.facts.flow import activations_after
from trainlint.facts.graph import Graph, Init, Module, Node, Op, Parameter
from trainlint.model import Location, Place

CONSTANTS = frozenset({"constant", "zeros", "ones"})


@dataclass(frozen=True)
class Start:
    """The last explicit initialisation of one layer's weight or bias, where a forward pass uses the layer."""

    module: Module
    parameter: Parameter
    init: Init
    node: Node


def last_init(parameter: Parameter) -> Init | None:
    """The initialisation that holds when training begins; None for the library's default or where it is unsure."""
    if not parameter.inits or parameter.escaped:
        return None
    last = parameter.inits[-1]
    return None if last.maybe else last


def starts(nodes: list[Node], name: str) -> list[Start]:
    """Explicit initialisations of the weights (or biases) of affine layers, in the order in which data passes them.

    Every layer counts once, however often it is applied; what a library's whole network does to its own does not.
    """
    found: list[Start] = []
    seen: set[int] = set()
    for node in nodes:
        parameter = node.module.parameters.get(name) if node.module is not None else None
        if node.op is not Op.AFFINE or node.module is None or parameter is None or id(parameter) in seen:
            continue
        seen.add(id(parameter))
        if node.module.state.get("reparametrized"):
            continue  # spectral_norm and weight_norm set the scale themselves
        init = last_init(parameter)
        by_library = node.module.built_in and init is not None and init.location == parameter.location
        if init is not None and not by_library:
            found.append(Start(node.module, parameter, init, node))
    return found


def option(init: Init, name: str, default: float | None = None) -> float | None:
    """A number of an initialisation; the default where it is not given, None where it is not known."""
    fact = init.options.get(name)
    if fact is None:
        return default
    return float(fact.value) if isinstance(fact.value, int | float) else None


def constant_value(init: Init) -> float | None:
    """The constant that a parameter starts at; None if it is no constant, or not known."""
    if init.scheme == "zeros":
        return 0.0
    if init.scheme == "ones":
        return 1.0
    if init.scheme == "constant":
        return option(init, "value") if "value" in init.options else option(init, "val")
    return None


def fan_in(module: Module) -> int | None:
    """Inputs that one unit of an affine layer sums over, where known."""
    return _fan(module, "in_features", "in_channels")


def fan_out(module: Module) -> int | None:
    """Units that one input of an affine layer goes to, where known."""
    return _fan(module, "out_features", "out_channels")


def _fan(module: Module, features: str, planes: str) -> int | None:
    options = module.options
    linear = options.get(features)
    if linear is not None:
        return linear.value if isinstance(linear.value, int) else None
    channels, kernel, groups = options.get(planes), options.get("kernel_size"), options.get("groups")
    if channels is None or kernel is None or not isinstance(channels.value, int):
        return None
    size = kernel.value
    if isinstance(size, int):
        size = (size,) * (int(module.qualname[-2]) if module.qualname[-2].isdigit() else 2)
    if not isinstance(size, tuple) or not all(isinstance(s, int) for s in size):
        return None
    divisor = groups.value if groups is not None and isinstance(groups.value, int) else 1
    return channels.value * math.prod(size) // max(divisor, 1)


def scheme_of(module: Module | None, init: Init) -> str:
    """The scheme, by name: he or xavier too where a draw around zero, written by hand, has exactly their variance.

    2 / fan-in or 2 / fan-out (He et al., 2015, section 2.2), 2 / (fan-in + fan-out) (Glorot and Bengio, 2010, equation 12); a
    uniform draw between -b and b has b**2 / 3. The fan-out of a convolution of groups counts all of them, as torch has it, or
    one.
    """
    variance = _variance(init)
    inputs, outputs = (fan_in(module), fan_out(module)) if module is not None else (None, None)
    if variance is None or not inputs or not outputs or module is None:
        return init.scheme
    groups = module.options.get("groups")
    of_all = outputs * (groups.value or 1) if groups is not None else outputs
    if any(math.isclose(variance * fan, 2, rel_tol=1e-6) for fan in (inputs, outputs, of_all)):
        return "he"
    return "xavier" if math.isclose(variance * (inputs + outputs), 2, rel_tol=1e-6) else init.scheme


def _variance(init: Init) -> float | None:
    """Of a normal or uniform draw around zero, where it is known."""
    if init.scheme == "normal":
        std = option(init, "std")
        return std**2 if std is not None and option(init, "mean", 0.0) == 0 else None
    low, high = option(init, "low"), option(init, "high")
    if init.scheme != "uniform" or low is None or high is None:
        return None
    return high**2 / 3 if math.isclose(low, -high) else None


def activation_of(graph: Graph, node: Node) -> Node | None:
    """The one activation that a layer's output goes to; None if there is none, or there are several kinds."""
    found = list(activations_after(graph, node))
    return found[0] if found and len({n.name for n in found}) == 1 else None


def init_places(init: Init) -> tuple[Place, ...]:
    """Where the numbers of an initialisation came from."""
    return tuple(place for fact in init.options.values() for place in fact.origin)


def by_location(found: list[Start]) -> dict[Location, list[Start]]:
    """Initialisations grouped by the call that makes them."""
    groups: dict[Location, list[Start]] = {}
    for start in found:
        groups.setdefault(start.init.location, []).append(start)
    return groups


def chain_depth(graph: Graph, nodes: list[Node], counts: set[int]) -> int:
    """The most nodes of `counts` (by identity) on any one path through a forward pass."""
    inside = {id(n) for n in nodes}
    depth: dict[int, int] = {}
    for node in nodes:
        before = max((depth.get(id(i), 0) for i in node.inputs if id(i) in inside), default=0)
        depth[id(node)] = before + (id(node) in counts)
    return max(depth.values(), default=0)
