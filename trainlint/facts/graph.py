"""The data-flow graph of a program: every operation on tensors, arrays and tables, and the modules behind them.

Data preparation and the network share one graph, so a target can be followed from the file it is read from
to the loss by walking `Node.inputs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from trainlint.facts.fact import Fact
from trainlint.model import Location

if TYPE_CHECKING:
    from trainlint.facts.events import Branch, LoopPass

Shape = tuple[int | None, ...]
"""Sizes by dimension, batch included; None where a size is not known."""


class Op(StrEnum):
    """What an operation does to the signal. `Node.name` says which one it is (`relu`, `conv`, `mse`)."""

    INPUT = "input"  # a tensor, array or table from outside, about which nothing is known
    READ = "read"  # data read from a file in raw units (name: csv, npy, image, ...)
    DATASET = "dataset"  # an element of a library's data set (name: MNIST, load_diabetes, ...)
    RANDOM = "random"  # drawn numbers (name: normal, uniform, integer, permutation)
    CONSTANT = "constant"  # zeros, ones, literals, arange
    PARAMETER = "parameter"  # a learned tensor
    AFFINE = "affine"  # weighted and linear: name linear, conv, conv_transpose, bilinear
    RECURRENT = "recurrent"  # name rnn, lstm, gru
    ATTENTION = "attention"
    TRANSFORMER = "transformer"  # a whole block or stack of a library
    EMBEDDING = "embedding"
    BACKBONE = "backbone"  # a library's whole network: a node only where its layers are not listed
    ACTIVATION = "activation"  # name relu, sigmoid, tanh, softmax, log_softmax, gelu, ...
    NORM = "norm"  # name batchnorm, layernorm, groupnorm, instancenorm, rmsnorm, ...
    DROPOUT = "dropout"
    POOL = "pool"  # name max, avg, adaptive_avg, adaptive_max, ...
    UPSAMPLE = "upsample"
    RESHAPE = "reshape"  # view, flatten, permute, transpose, squeeze, unsqueeze, expand, ...
    CAST = "cast"  # float(), to(device), contiguous(), clone(), numpy(), torch.tensor(array), pin_memory
    DETACH = "detach"  # detach(), .data, item(), numpy(): the graph is cut
    ADD = "add"
    SUB = "sub"
    MUL = "mul"
    DIV = "div"
    POWER = "power"
    MATMUL = "matmul"
    MATH = "math"  # elementwise function that is no activation: exp, log, sqrt, abs, clamp, sin, neg
    CONCAT = "concat"  # cat, stack, hstack, zip of a batch
    INDEX = "index"  # columns, slices, masks, gather, train/test splits
    REDUCE = "reduce"  # mean, sum, max, argmax, norm, std: `name` says which
    COMPARE = "compare"
    SCALE = "scale"  # a scaler's transform, Normalize, ToTensor's /255 (name: standard, minmax, totensor...)
    ENCODE = "encode"  # LabelEncoder, one_hot, get_dummies, tokenizer: no raw units any more
    AUGMENT = "augment"  # geometric or photometric change that keeps the units
    BATCH = "batch"  # a batch drawn from a loader or data set
    LOSS = "loss"
    JOIN = "join"  # one of several alternatives, depending on a condition that is not known
    CALL = "call"  # a known library's function without a model of its own
    UNKNOWN = "unknown"  # something that was not followed


WEIGHTED = frozenset({Op.AFFINE, Op.RECURRENT, Op.ATTENTION, Op.TRANSFORMER, Op.EMBEDDING, Op.BACKBONE})
"""Operations that carry learned weights other than a norm's scale and shift."""


@dataclass(frozen=True, slots=True)
class Init:
    """One explicit initialisation of a parameter.

    scheme: he, xavier, lecun, orthogonal, normal, uniform, trunc_normal, constant, zeros, ones, eye, dirac,
    sparse, copy (taken from another tensor), pretrained, custom (computed).
    options: gain, nonlinearity, mode, a, mean, std, low, high, value as facts; distribution for he/xavier; of: how the
    parameter started whose values were copied.
    maybe: it stands under a condition that is not known.
    """

    scheme: str
    location: Location
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    maybe: bool = False


@dataclass(eq=False)
class Parameter:
    """A learned tensor. `state` holds inits (tuple of Init, last wins), requires_grad (bool or None),
    ever_frozen (True if it was, or may have been, taken out of training at some time), escaped (True if code that was not
    followed may have changed its values), follows (True if training writes it by hand)."""

    name: str  # weight, bias, weight_ih_l0, ...
    location: Location
    module: Module | None = None
    shape: Shape | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def inits(self) -> tuple[Init, ...]:
        """Explicit initialisations in order; empty for the library's default."""
        inits: tuple[Init, ...] = self.state.get("inits", ())
        return inits

    @property
    def requires_grad(self) -> bool | None:
        """False where frozen, None where a condition decides."""
        value: bool | None = self.state.get("requires_grad", True)
        return value

    @property
    def ever_frozen(self) -> bool:
        """Whether some of the training may have gone on without it, though it is learned at the end."""
        return bool(self.state.get("ever_frozen", False))

    @property
    def escaped(self) -> bool:
        """Whether unseen code may have changed the values."""
        return bool(self.state.get("escaped", False))


class Making(NamedTuple):
    """When a module was made: passes of loops and arms of conditions around it, the calls that led there, and how many
    events came before."""

    passes: tuple[LoopPass, ...] = ()
    branches: tuple[Branch, ...] = ()
    calls: tuple[int, ...] = ()
    after: int = 0


GIVEN = "given"
"""Key of a module's state: a name stands for it that the code does not define, so it is older than its first use."""
STARTS = "starts"
"""Key of a module's state: how weights start that it was not seen to make, as Inits."""


@dataclass(eq=False)
class Module:
    """A layer of a library (`op` says what it does) or a module of the project's own (`op` is None).

    options: constructor arguments by their documented names, defaults filled in, as facts
    (in_features, out_features, in_channels, out_channels, kernel_size, bias, p, num_features, ...). A BACKBONE's may
    say what is inside of it: activations, norms (tuples of names), batchnorm, dropout.
    children and parameters are as they stand at the program's end. `path` is the attribute path in its root.
    """

    qualname: str
    location: Location
    op: Op | None = None
    name: str = ""
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    children: dict[str, Module] = field(default_factory=dict)
    path: str = ""
    parent: Module | None = None
    # training (bool|None), made (Making), pretrained, published, released, built_in, escaped, vectors (only a few vectors beside its frozen
    # weights are trained)
    state: dict[str, Any] = field(default_factory=dict)
    symbolic: bool = False  # stands for a module that the code does not show (a parameter `model`)
    complete: bool = True  # all children are known

    @property
    def pretrained(self) -> bool | None:
        """Whether weights were loaded into it; None where that is not known."""
        value: bool | None = self.state.get("pretrained", False)
        return value

    @property
    def published(self) -> bool:
        """Whether its weights are those that a library offers for the architecture (not a checkpoint of one's own)."""
        return self.pretrained is True and bool(self.state.get("published", False))

    @property
    def released(self) -> bool:
        """Whether its network loads weights that were published for it: its layers are as those weights need them."""
        return any(bool(m.state.get("released", False)) for m in self.lineage())

    @property
    def built_in(self) -> bool:
        """Whether it is a part of a library's whole network, whose structure is the library's business."""
        return bool(self.state.get("built_in", False))

    @property
    def escaped(self) -> bool:
        """Whether it was handed to code that could not be followed."""
        return bool(self.state.get("escaped", False))

    def lineage(self) -> Iterator[Module]:
        """Itself, and the modules that hold it, from the inside."""
        module: Module | None = self
        seen: set[int] = set()
        while module is not None and id(module) not in seen:
            seen.add(id(module))
            yield module
            module = module.parent

    @property
    def root(self) -> Module:
        """The outermost module that holds it."""
        return list(self.lineage())[-1]

    def walk(self) -> Iterator[Module]:
        """Itself and all modules below, in registration order, each once."""
        seen: set[int] = set()
        stack = [self]
        while stack:
            module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield module
            stack.extend(reversed(module.children.values()))


@dataclass(eq=False)
class ModuleCall:
    """One forward pass of a module: what went in and what came out. told: the call itself says that it is one in training
    (`net(x, training=True)`)."""

    module: Module
    location: Location
    parent: ModuleCall | None = None
    inputs: tuple[Node, ...] = ()
    outputs: tuple[Node, ...] = ()
    training: bool | None = None
    grad_enabled: bool | None = True
    told: bool = False

    @property
    def outermost(self) -> ModuleCall:
        """The call of the root module during which this one ran."""
        call = self
        while call.parent is not None:
            call = call.parent
        return call


@dataclass(eq=False)
class Node:
    """One operation on data. `location` is where code applies it, or the constructor of its layer.

    call: the innermost module's forward pass during which it ran (None outside of modules).
    inputs: data operands in order; parameters of a layer are not listed.
    options: facts about the operation (dim, p, factor, column, path, kernel_size, ...); layer: the module whose weight a computed one is made from.
    low, high: bounds of the values where known.
    planned: it stands in the plan of a network (a symbolic tensor's history), and not in the graph until that
    network is called. discarded: it was the value of a statement of its own, which no name or call took.
    """

    op: Op
    name: str
    location: Location
    inputs: tuple[Node, ...] = ()
    module: Module | None = None
    call: ModuleCall | None = None
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    shape: Shape | None = None
    low: float | None = None
    high: float | None = None
    attached: bool = True  # gradients flow through it
    origin: tuple[Any, ...] = ()  # Places the choice of this operation came through (a config's string)
    index: int = 0  # order of execution
    planned: bool = False
    discarded: bool = False

    def __repr__(self) -> str:
        return f"<{self.op}:{self.name} {self.location}>"


class Graph:
    """All nodes of a program, with the reverse edges."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self._consumers: dict[int, list[Node]] = {}
        for node in nodes:
            for source in node.inputs:
                self._consumers.setdefault(id(source), []).append(node)

    def consumers(self, node: Node) -> list[Node]:
        """The nodes that take this one as an input, in order of execution."""
        return self._consumers.get(id(node), [])

    def upstream(self, node: Node, through: Callable[[Node], bool]) -> Iterator[Node]:
        """The nearest producers that are not passed through, each once (`node` itself not counted)."""
        return self._nearest(node, through, lambda n: list(n.inputs))

    def downstream(self, node: Node, through: Callable[[Node], bool]) -> Iterator[Node]:
        """The nearest consumers that are not passed through, each once (`node` itself not counted)."""
        return self._nearest(node, through, self.consumers)

    @staticmethod
    def _nearest(
        node: Node, through: Callable[[Node], bool], edges: Callable[[Node], list[Node]]
    ) -> Iterator[Node]:
        seen: set[int] = {id(node)}
        stack = list(reversed(edges(node)))
        while stack:
            other = stack.pop()
            if id(other) in seen:
                continue
            seen.add(id(other))
            if through(other):
                stack.extend(reversed(edges(other)))
            else:
                yield other

    def ancestors(self, node: Node) -> Iterator[Node]:
        """Everything that the node's value was computed from, each once, itself not counted."""
        return self.ancestors_of(node)

    @staticmethod
    def ancestors_of(node: Node) -> Iterator[Node]:
        """As `ancestors`: a node knows its inputs without the graph."""
        seen: set[int] = {id(node)}
        stack = list(node.inputs)
        while stack:
            other = stack.pop()
            if id(other) in seen:
                continue
            seen.add(id(other))
            yield other
            stack.extend(other.inputs)
