"""How networks hold submodules and parameters, and which of them a value stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from trainlint.facts.graph import Making, Module, Node, Op, Parameter
from trainlint.facts.training import ParameterSet
from trainlint.frameworks.torch.unseen_values import may_be_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MODULE = "torch.nn.Module"
REST = "*"
"""Name of the parameter that stands for those of a module that are not known."""


def is_module(value: object) -> TypeGuard[Instance]:
    """Whether a value is a network or layer."""
    return isinstance(value, Instance) and isinstance(value.data, Module)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The alternatives of a union, or the value alone."""
    return value.alternatives if isinstance(value, UnionValue) else (value,)


def tracks_containers(instance: Instance) -> bool:
    """Whether layers in its lists and dictionaries are parts of it, as those of Keras are."""
    return bool(instance.data.state.get("tracks_containers"))


def is_of_unknown_length(value: Value) -> bool:
    """Whether it is a list of layers of which there may be more than were seen."""
    return isinstance(value, ListValue) and value.open and any(is_module(v) for v in value.elements)


def children(instance: Instance) -> dict[str, Instance]:
    """Registered submodules by attribute name; further alternatives of one attribute as `name#1`."""
    found: dict[str, Instance] = {}
    plain = instance.plain_names()
    deep = tracks_containers(instance)
    for name, value in instance.attrs.items():
        if name in plain:
            continue
        if deep and isinstance(value, TupleValue | ListValue | DictValue):
            for key, module in _contained(value, "" if name.startswith("<") else f"{name}.", 0):
                free = key if found.get(key, module) is module else f"{key}#{len(found)}"
                found[free] = module  # two layers may have been given one name
            continue
        modules = [v for v in alternatives(value) if is_module(v)]
        for number, module in enumerate(modules):
            found[f"{name}#{number}" if number else name] = module
    return found


def _contained(value: Value, prefix: str, depth: int) -> Iterator[tuple[str, Instance]]:
    """The layers in a list or dictionary, which Keras tracks like attributes; by their own names where given."""
    entries: list[tuple[Any, Value]] = (
        [(key, v) for key, (_, v) in value.cells.items()]
        if isinstance(value, DictValue)
        else list(enumerate(getattr(value, "elements", ())))
    )
    for key, inner in entries:
        for v in alternatives(inner):
            if is_module(v):
                given = v.attrs.get("name")
                own = given.value if isinstance(given, Const) and isinstance(given.value, str) else key
                yield f"{prefix}{own}", v
            elif depth < 2 and isinstance(v, TupleValue | ListValue | DictValue):
                yield from _contained(v, f"{prefix}{key}.", depth + 1)


def own_parameters(instance: Instance) -> dict[str, Tensor]:
    """Parameters registered in this very module."""
    found: dict[str, Tensor] = {}
    deep = bool(instance.data.state.get("tracks_containers"))
    for name, value in instance.attrs.items():
        for v in alternatives(value):
            if isinstance(v, Tensor) and v.parameter is not None and "plain" not in v.cells:
                found[name] = v
            elif deep and isinstance(v, TupleValue | ListValue):
                weights = [e for e in v.elements if isinstance(e, Tensor) and e.parameter is not None]
                found.update({f"{name}.{i}": weight for i, weight in enumerate(weights)})
    return found


def walk(
    instance: Instance, prefix: str = "", seen: set[int] | None = None
) -> Iterator[tuple[str, Instance]]:
    """(dotted name, module) for the module itself and all below it, each once, in registration order."""
    seen = set() if seen is None else seen
    if id(instance) in seen:
        return
    seen.add(id(instance))
    yield prefix, instance
    for name, child in children(instance).items():
        yield from walk(child, f"{prefix}.{name}" if prefix else name, seen)


def incomplete(instance: Instance) -> bool:
    """Whether it may hold submodules that are not known."""
    module: Module = instance.data
    if module.symbolic or not module.complete:
        return True
    suspects = [(name, v) for name, value in instance.attrs.items() for v in alternatives(value)]
    return any(
        isinstance(v, Unknown) and may_be_module(v) and not came_late(module, name) for name, v in suspects
    )


def note_unknown(run: Interpreter, module: Module, name: str) -> None:
    """Note whether something unknown becomes an attribute in a loop when there are optimizers already, and never before: a
    result that is kept, as no part of a network is made in the loop that trains it."""
    late = bool(run.passes and run.program.optimizers)
    if module.state.get(f"unknown {name}") is not False:
        run.write(module.state, f"unknown {name}", late)


def came_late(module: Module, name: str) -> bool:
    """Whether an attribute has got unknown values in the loop that trains only."""
    return module.state.get(f"unknown {name}") is True


def named_parameters(
    run: Interpreter, instance: Instance, prefix: str = ""
) -> tuple[dict[str, Tensor], bool]:
    """Parameters of the whole tree by dotted name, each once, and whether there may be more.

    A module with unknown parts contributes one tensor named `*` for them.
    """
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    open_ = False
    for path, module in walk(instance, prefix):
        for name, tensor in own_parameters(module).items():
            if id(tensor.parameter) not in seen:
                seen.add(id(tensor.parameter))
                found[f"{path}.{name}" if path else name] = tensor
        if incomplete(module):
            open_ = True
            found[f"{path}.{REST}" if path else REST] = rest_of(run, module)
    return found, open_


def rest_of(run: Interpreter, instance: Instance) -> Tensor:
    """The parameters of a module that are not known, as one tensor."""
    from trainlint.frameworks.torch.tensor import TORCH

    known: dict[int, Tensor] = run.memo.setdefault("torch.rest", {})
    if id(instance) not in known:
        parameter = Parameter(REST, instance.location, instance.data)
        node = run.node(
            Op.PARAMETER,
            REST,
            module=instance.data,
            location=instance.location,
            attached=True,
        )
        known[id(instance)] = Tensor(node, TORCH, parameter)
    return known[id(instance)]


def instances(run: Interpreter) -> list[Instance]:
    """Every network and layer that was made, in order."""
    found: list[Instance] = run.memo.setdefault("torch.instances", [])
    return found


def making(run: Interpreter) -> Making:
    """When and by which calls something is being made."""
    calls = tuple(id(frame.at) for frame, _ in run.frames if frame is not None)
    return Making(run.passes, run.branches, calls, len(run.program.events))


def adopt(tensor: Tensor, module: Any, name: str) -> None:
    """Name a parameter after the attribute it was first assigned to."""
    parameter = tensor.parameter
    if parameter is not None and parameter.module is None and isinstance(module, Module):
        parameter.module, parameter.name = module, name
        module.parameters[name] = parameter
        if tensor.node.op is Op.PARAMETER and tensor.node.module is None:
            tensor.node.module, tensor.node.name = module, name


def nodes_of(values: list[Value], depth: int = 0) -> Iterator[Node]:
    """The nodes of all tensors in some values."""
    for value in values[:64]:
        if isinstance(value, Tensor):
            yield value.node
        elif depth < 3:
            yield from nodes_of(inner_values(value), depth + 1)


def results_of(value: Value) -> tuple[Node, ...]:
    """The nodes of what a forward pass returns, those that an object of the program carries too (a data class of outputs, a
    sparse tensor)."""
    carried = list(value.attrs.values()) if isinstance(value, Instance) and value.data is None else []
    return tuple({id(node): node for node in nodes_of([value, *carried])}.values())


def inner_values(value: Value) -> list[Value]:
    """The elements of a container or the alternatives of a union."""
    if isinstance(value, TupleValue | ListValue):
        return list(value.elements)
    if isinstance(value, DictValue):
        return [v for _, v in value.cells.values()]
    return list(value.alternatives) if isinstance(value, UnionValue) else []


def is_state(parameter: Parameter) -> bool:
    """Whether it was made not to be trained (a running statistic), and no optimizer is to hold it."""
    return bool(parameter.state.get("made_untrained"))


def parameters_of(run: Interpreter, value: Value) -> ParameterSet:
    """The parameters in a tensor, a network or any nesting of lists, dictionaries and alternatives of them."""
    found: dict[int, Parameter] = {}
    complete = _gather(run, value, found, 0)
    known: dict[int, tuple[bool, bool]] = {}
    modules = [i.data for i in instances(run) if _covered(run, i, found, known) == (True, True)]
    return ParameterSet(tuple(found.values()), tuple(modules), complete)


def _covered(
    run: Interpreter, instance: Instance, found: dict[int, Parameter], known: dict[int, tuple[bool, bool]]
) -> tuple[bool, bool]:
    """Whether a module and all below it have parameters, and whether all of these were found."""
    answer = known.get(id(instance))
    if answer is not None:
        return answer
    known[id(instance)] = False, True  # a module that holds itself adds nothing
    own = [t for t in own_parameters(instance).values() if t.parameter is None or not is_state(t.parameter)]
    if incomplete(instance):
        own.append(rest_of(run, instance))
    below = [_covered(run, child, found, known) for child in children(instance).values()]
    some = bool(own) or any(s for s, _ in below)
    every = all(id(t.parameter) in found for t in own) and all(e for _, e in below)
    known[id(instance)] = some, every
    return some, every


def _gather(run: Interpreter, value: Value, found: dict[int, Parameter], depth: int) -> bool:
    """Collect parameters; False if there may be more than are known."""
    if isinstance(value, Tensor):
        if value.parameter is not None:
            found.setdefault(id(value.parameter), value.parameter)
        return value.parameter is not None and value.parameter.name != REST
    if is_module(value):
        tensors, open_ = named_parameters(run, value)
        for tensor in tensors.values():
            _gather(run, tensor, found, depth + 1)
        return not open_
    if isinstance(value, Unknown):
        return False
    if isinstance(value, TupleValue | ListValue | DictValue | UnionValue):
        results = [_gather(run, v, found, depth + 1) for v in inner_values(value)] if depth < 6 else [False]
        open_ = not isinstance(value, UnionValue) and value.open
        return all(results) and not open_ and not isinstance(value, UnionValue)
    items = value.iterate(run) if depth < 6 and not isinstance(value, Instance) else None
    if items is None:
        return True
    results = [_gather(run, v, found, depth + 1) for v in items.values]
    return items.exact and all(results)
