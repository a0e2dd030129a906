"""Abstract tensors, arrays and tables: each carries the node of the data-flow graph that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from trainlint.facts.fact import Fact, Slice, Unseen, known
from trainlint.facts.graph import Node, Op, Parameter, Shape
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

OPERATORS = {
    "+": Op.ADD, "-": Op.SUB, "*": Op.MUL, "/": Op.DIV, "//": Op.MATH, "%": Op.MATH, "**": Op.POWER,
    "@": Op.MATMUL, "&": Op.COMPARE, "|": Op.COMPARE, "^": Op.COMPARE, "<<": Op.MATH, ">>": Op.MATH,
    "==": Op.COMPARE, "!=": Op.COMPARE, "<": Op.COMPARE, "<=": Op.COMPARE, ">": Op.COMPARE, ">=": Op.COMPARE,
}  # fmt: skip


class Flavor(Protocol):
    """What attributes and methods a tensor of one library has (torch tensor, numpy array, pandas table)."""

    name: str

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        """An attribute or method; None if it is not modelled."""
        ...

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        """`tensor[key]`; None for the usual INDEX node."""
        ...


class Tensor(Value):
    """A tensor (or array, table, column) with its history. parameter: set for learned tensors.

    It has identity: `cells` holds node (in-place operations replace it) and library state.
    """

    __slots__ = ("cells", "flavor", "parameter")

    def __init__(self, node: Node, flavor: Flavor, parameter: Parameter | None = None) -> None:
        super().__init__()
        self.flavor = flavor
        self.parameter = parameter
        self.cells: dict[str, Any] = {"node": node}

    @property
    def node(self) -> Node:
        node: Node = self.cells["node"]
        return node

    @property
    def shape(self) -> Shape | None:
        return self.node.shape

    def describe(self) -> str:
        return f"{self.flavor.name} from {self.node.op}"

    def make(self, node: Node) -> Tensor:
        """Another tensor of the same library."""
        return Tensor(node, self.flavor)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.cells.get(f".{name}") or self.flavor.attribute(run, self, name)
        if isinstance(found, Value):
            return found
        return Native(f"{self.flavor.name}.{name}", lambda r, args: self.unmodelled(r, name, args))

    def unmodelled(self, run: Interpreter, name: str, args: Args) -> Value:
        """A method without a model: its result is a tensor of unknown meaning. One that another kind of object has
        (`backward()` of what seemed an array) shows that it is no such tensor."""
        handler = run.unknown_methods.get(name)
        if handler is not None:
            handler(run, args)
            return Unknown(f"{name}() of {self.describe()}")
        inputs = [self.node, *(v.node for v in args.values() if isinstance(v, Tensor))]
        return self.make(run.node(Op.UNKNOWN, name, tuple(inputs)))

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        setter = getattr(self.flavor, "set_attribute", None)
        if setter is None or not setter(run, self, name, value):
            run.write(self.cells, f".{name}", value)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = self.flavor.item(run, self, key)
        if found is not None:
            return found
        if self.node.op is Op.RANDOM and self.node.name == "permutation" and isinstance(key, SliceValue):
            run.draws(key.upper)
        options = {"key": key_fact(key)}
        at = places_of(key)
        if at is not None:
            options["at"] = Fact(at, (), "", True)
        if isinstance(key, TupleValue):
            axes = sum(not _is_none(part) for part in key.elements)
            options["axes"] = Fact(axes, (), "", True)
        return self.make(run.node(Op.INDEX, "item", (self.node,), options, index_shape(self.shape, key)))

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        setter = getattr(self.flavor, "set_item", None)
        if setter is not None and setter(run, self, key, value):
            return
        inputs = (self.node, run.as_node(value))
        run.write(self.cells, "node", run.node(Op.UNKNOWN, "assign_item", inputs, shape=self.shape))

    def iterate(self, run: Interpreter) -> Items:
        size = self.shape[0] if self.shape else None
        rest = self.shape[1:] if self.shape else None

        def element() -> Value:
            return self.make(run.node(Op.INDEX, "element", (self.node,), shape=rest))

        if size is not None and size <= 8:
            return Items([element() for _ in range(size)], exact=True, length=size)
        return Items([], exact=False, over="tensor", length=size, fresh=element)

    def length(self, run: Interpreter) -> int | None:
        return self.shape[0] if self.shape else None

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op == "in":
            return Unknown("membership in a tensor")
        if isinstance(other, Tensor) and preferred(self, other) is not self.flavor:
            return other.binary(run, op, self, not reflected)  # an array gives way to a library's tensor
        special = getattr(self.flavor, "binary", None)
        found: Value | None = special(run, self, op, other, reflected) if special is not None else None
        if found is not None:
            return found
        if isinstance(other, (TupleValue, Unknown, Const, Tensor)) or hasattr(other, "elements"):
            inputs = (run.as_node(other), self.node) if reflected else (self.node, run.as_node(other))
            options: dict[str, Fact[Any]] = {"other": run.fact(other)} if isinstance(other, Const) else {}
            if reflected:
                options["reflected"] = Fact(True, (), "", True)
            shape = broadcast(inputs[0].shape, inputs[1].shape) if isinstance(other, Tensor) else self.shape
            shape = matmul_shape(inputs[0].shape, inputs[1].shape) if op == "@" else shape
            flavor = preferred(self, other)
            return Tensor(run.node(OPERATORS[op], op, inputs, options, shape), flavor)
        return None

    def in_place(self, run: Interpreter, op: str, other: Value) -> Value | None:
        """`self op= other`, where the library gives that a meaning of its own; None for the usual rebinding."""
        change = getattr(self.flavor, "in_place", None)
        found: Value | None = change(run, self, op, other) if change is not None else None
        return found

    def unary(self, run: Interpreter, op: str) -> Value:
        op_kind = Op.MATH if op == "-" else Op.COMPARE
        name = "neg" if op == "-" else "not"
        return self if op == "+" else self.make(run.node(op_kind, name, (self.node,), shape=self.shape))

    def types(self) -> tuple[str, ...] | None:
        names: tuple[str, ...] | None = getattr(self.flavor, "types", None)
        if self.parameter is not None and names:
            return ("torch.nn.Parameter", *names)
        return names


class TensorType(Unknown):
    """`type(tensor)`: a class of its library's, and so no built-in one."""

    __slots__ = ()


def preferred(first: Tensor, other: Value) -> Flavor:
    """The library whose object results when two are mixed: torch before numpy, table before array."""
    rank = {"numpy.ndarray": 0, "pandas": 1, "torch.Tensor": 2, "tensorflow.Tensor": 2}
    if not isinstance(other, Tensor):
        return first.flavor
    return max(first.flavor, other.flavor, key=lambda f: rank.get(f.name, 0))


DEEPEST_LITERAL = 5


def literal_shape(value: Value | None, depth: int = 0) -> Shape | None:
    """The shape of nested sequences of numbers; None where they hold anything else, or are deeper than tensors."""
    if isinstance(value, TupleValue | ListValue) and not value.open and depth < DEEPEST_LITERAL:
        inner = {literal_shape(e, depth + 1) for e in value.elements} or {()}
        rest = inner.pop() if len(inner) == 1 else None
        return (len(value.elements), *rest) if rest is not None else None
    return () if isinstance(value, Const) else None


def broadcast(a: Shape | None, b: Shape | None) -> Shape | None:
    """The shape of an elementwise result; None where a rank is not known."""
    if a is None or b is None:
        return None
    n = max(len(a), len(b))
    left, right = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    return tuple(
        y if x == 1 else x if y == 1 or y is None else y if x is None else x
        for x, y in zip(left, right, strict=True)
    )


def matmul_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    """The shape of `a @ b` for operands of at least two dimensions."""
    if a is None or b is None or len(a) < 2 or len(b) < 2:
        return None
    lead = a[:-2] if len(a) >= len(b) else b[:-2]
    return (*lead, a[-2], b[-1])


def index_shape(shape: Shape | None, key: Value) -> Shape | None:
    """The shape after `tensor[key]` for integers, slices, Ellipsis and None; None where it is not known."""
    if shape is None:
        return None
    keys = list(key.elements) if isinstance(key, TupleValue) else [key]
    result: list[int | None] = []
    rest = list(shape)
    for position, part in enumerate(keys):
        if isinstance(part, Const) and part.value is None:
            result.append(1)
        elif isinstance(part, Const) and part.value is Ellipsis:
            keep = len(rest) - sum(1 for k in keys[position + 1 :] if not _is_none(k))
            result.extend(rest[: max(keep, 0)])
            rest = rest[max(keep, 0) :]
        elif not rest:
            return None
        elif isinstance(part, Const) and isinstance(part.value, int):
            rest.pop(0)
        elif isinstance(part, SliceValue):
            size = rest.pop(0)
            result.append(_slice_size(size, part))
        else:
            return None
    return tuple(result + rest)


def _slice_size(size: int | None, part: SliceValue) -> int | None:
    """How many elements a slice takes of so many."""
    bounds = [part.lower, part.upper, part.step]
    if all(b is None for b in bounds):
        return size
    known = [
        b.value for b in bounds if isinstance(b, Const) and (b.value is None or isinstance(b.value, int))
    ]
    if size is None or len(known) != sum(b is not None for b in bounds):
        return None
    given = iter(known)
    lower, upper, step = (None if b is None else next(given) for b in bounds)
    return None if step == 0 else len(range(size)[lower:upper:step])


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def places_of(key: Value) -> tuple[Any, ...] | None:
    """A subscript as numbers, None, "..." and slices (`("slice", lower, upper, step)`); None where a part is not known."""
    found: list[Any] = []
    for part in key.elements if isinstance(key, TupleValue) else [key]:
        if isinstance(part, SliceValue):
            bounds = (part.lower, part.upper, part.step)
            if not all(b is None or isinstance(b, Const) for b in bounds):
                return None
            found.append(("slice", *(b.value if isinstance(b, Const) else None for b in bounds)))
        elif isinstance(part, Const) and (part.value is None or type(part.value) is int):
            found.append(part.value)
        elif isinstance(part, Const) and part.value is Ellipsis:
            found.append("...")
        else:
            return None
    return tuple(found)


def key_fact(key: Value) -> Fact[Any]:
    """A subscript's key as a fact: a constant, a tuple or list of constants, a slice; else unknown."""
    if isinstance(key, Const):
        return Fact(key.value, key.origin, "", True)
    elements = getattr(key, "elements", None)
    if elements is not None and all(isinstance(e, Const) for e in elements):
        return Fact(tuple(e.value for e in elements), key.origin, "", True)
    if isinstance(key, SliceValue):
        bounds = (key.lower, key.upper, key.step)
        return known(
            Slice(*(None if b is None else b.value if isinstance(b, Const) else Unseen() for b in bounds))
        )
    return Fact(None, (), key.describe())
