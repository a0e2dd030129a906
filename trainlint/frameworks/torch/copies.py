"""Deep copies of networks: `copy.deepcopy(layer)`, and the blocks of torch.nn.TransformerEncoder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Module, Op, Parameter
from trainlint.frameworks.torch.tree import instances, making
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def clone(run: Interpreter, instance: Instance) -> Instance:
    """A network of its own with the same layers, parameters and initialisations."""
    copied = _copy(run, instance, {})
    assert isinstance(copied, Instance)
    run.write(instance.data.state, "prototype", True)
    return copied


def _copy(run: Interpreter, value: Value, memo: dict[int, Value]) -> Value:
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, Instance) and isinstance(value.data, Module):
        return _copy_module(run, value, memo)
    if isinstance(value, Tensor) and value.parameter is not None:
        return _copy_parameter(run, value, memo)
    if isinstance(value, TupleValue):
        return TupleValue([_copy(run, v, memo) for v in value.elements], value.origin, value.open)
    if isinstance(value, ListValue):
        return ListValue([_copy(run, v, memo) for v in value.elements], value.origin, value.open, value.kind)
    if isinstance(value, DictValue):
        entries = {k: (key, _copy(run, v, memo)) for k, (key, v) in value.cells.items()}
        return DictValue(entries, value.origin, value.open)
    if isinstance(value, UnionValue):
        return UnionValue([_copy(run, v, memo) for v in value.alternatives])
    return value


def _copy_module(run: Interpreter, instance: Instance, memo: dict[int, Value]) -> Instance:
    old: Module = instance.data
    copied = Instance(instance.cls, instance.location)
    memo[id(instance)] = copied
    copied.data = replace(
        old,
        options=dict(old.options),
        parameters={},
        children={},
        path="",
        parent=None,
        state={**old.state, "made": making(run), "copied": True, "copy_of": old},
    )
    run.program.modules.append(copied.data)
    instances(run).append(copied)
    memo[id(old)] = copied
    for name, value in instance.attrs.items():
        copied.attrs[name] = _copy(run, value, memo)
    return copied


def _copy_parameter(run: Interpreter, tensor: Tensor, memo: dict[int, Value]) -> Tensor:
    old = tensor.parameter
    assert old is not None
    owner = memo.get(id(old.module))
    module = owner.data if isinstance(owner, Instance) else None
    parameter = Parameter(old.name, old.location, module, old.shape, dict(old.state))
    if module is not None and old.module is not None and old.module.parameters.get(old.name) is old:
        module.parameters[old.name] = (
            parameter  # a pass that comes before the tree is drawn asks whether it learns
        )
    node = run.node(
        Op.PARAMETER,
        old.name,
        (),
        {"parameter": known(parameter)},
        old.shape,
        module=module,
        location=old.location,
        attached=True,
    )
    copied = Tensor(node, tensor.flavor, parameter)
    copied.cells.update({k: v for k, v in tensor.cells.items() if k == "plain"})
    memo[id(tensor)] = copied
    return copied
