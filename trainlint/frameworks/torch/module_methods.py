"""The methods and attributes that every torch.nn.Module has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.facts.modes import READS_MODE
from trainlint.frameworks.torch import module_parts
from trainlint.frameworks.torch.checkpoints import CheckpointPart, CheckpointValue, StateDict, source_of
from trainlint.frameworks.torch.parameters import in_training, initialise, overwrite, set_trainable
from trainlint.frameworks.torch.pretrained import specimens, take, unlisted_layer
from trainlint.frameworks.torch.tree import (
    children,
    is_module,
    named_parameters,
    walk,
)
from trainlint.semantics.builtin_attributes import leave_open
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = module_parts.Method


def _itself(run: Interpreter, instance: Instance, args: Args) -> Value:
    return instance


def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return Const(None)


def _apply(run: Interpreter, instance: Instance, args: Args) -> Value:
    """fn on every submodule, children first, as torch does."""
    fn = args.bind("fn").get("fn")
    if fn is not None:
        for child in children(instance).values():
            _apply(run, child, args)
        stand_in = unlisted_layer(run, instance)
        for layer in (*specimens(run, instance), *([stand_in] if stand_in is not None else [])):
            run.call(fn, Args([layer]))
        run.call(fn, Args([instance]))
    return instance


def _train(run: Interpreter, instance: Instance, args: Args) -> Value:
    mode = args.bind("mode").get("mode", Const(True))
    truth = mode.truth(run)
    if truth is None:
        run.alternatives(
            [
                lambda: _switch(run, instance, True),
                lambda: _switch(run, instance, False),
            ],
            kind="alternative",
        )
        return instance
    return _switch(run, instance, truth)


def _eval(run: Interpreter, instance: Instance, args: Args) -> Value:
    if run.class_attribute(instance.cls, "train") is not None:
        run.call_method(instance, "train", Const(False))
        return instance
    return _switch(run, instance, False)


def _switch(run: Interpreter, instance: Instance, mode: bool) -> Instance:
    run.event(EventKind.TRAIN_MODE if mode else EventKind.EVAL_MODE, instance.data)
    set_mode(run, instance, mode, set())
    return instance


def set_mode(run: Interpreter, instance: Instance, mode: bool, seen: set[int]) -> None:
    """Switch a module and those below to training or evaluation; a child's own train() is respected."""
    seen.add(id(instance))
    run.write(instance.data.state, "training", mode)
    for child in children(instance).values():
        if id(child) in seen:
            continue
        if run.class_attribute(child.cls, "train") is not None:
            seen.add(id(child))
            run.call_method(child, "train", Const(mode))
        else:
            set_mode(run, child, mode, seen)


def _zero_grad(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.ZERO_GRAD, instance.data)
    return Const(None)


def _requires_grad(run: Interpreter, instance: Instance, args: Args) -> Value:
    truth = args.bind("requires_grad").get("requires_grad", Const(True)).truth(run)
    for tensor in named_parameters(run, instance)[0].values():
        if tensor.parameter is not None:
            set_trainable(run, tensor.parameter, truth)
    return instance


def _state_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    found, _ = named_parameters(run, instance)
    return StateDict(instance.data, dict(found))


def _load_state_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Weights from elsewhere count as pre-trained; those of another network keep what that network's were."""
    bound = args.bind("state_dict", "strict", "assign")
    state = _one_source(bound.get("state_dict"))
    if isinstance(state, CheckpointValue):
        state.given_to(run, instance.data, bound.get("strict", Const(True)).truth(run))
    if isinstance(state, DictValue) and _written_down(run, instance, state):
        return TupleValue([ListValue(open=True), ListValue(open=True)])
    source = source_of(state)
    if source is not None and any(part.data is source for _, part in walk(instance)):
        return Unknown("load_state_dict()")
    may_fail = run.trying()
    loaded = None if may_fail else True  # `try: restore() except FileNotFoundError: start anew`
    take(run, instance, loaded if source is None else source.state.get("pretrained", False))
    if source is None and not may_fail and not run.branches and not run.program.events_of(EventKind.BACKWARD):
        instance.data.state["released"] = (
            True  # on every path, and before any training: the file fixes the layers
        )
    if source is not None and in_training(run):
        _follow(run, instance)
    file: dict[str, Any] = {"checkpoint": state.whole} if isinstance(state, CheckpointPart) else {}
    run.event(
        EventKind.LOAD, instance.data, may_fail=may_fail, live=source is not None, source=source, **file
    )
    return TupleValue([ListValue(open=True), ListValue(open=True)])


def _follow(run: Interpreter, instance: Instance) -> None:
    """Note that weights follow those of a network that trains."""
    for tensor in named_parameters(run, instance)[0].values():
        if tensor.parameter is not None:
            run.write(tensor.parameter.state, "follows", True)


_BY_HAND = frozenset({
    Op.RANDOM, Op.CONSTANT, Op.RESHAPE, Op.CAST, Op.DETACH, Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MATH, Op.CONCAT,
})  # fmt: skip
"""What numbers in code go through on their way to weights."""


def _written_down(run: Interpreter, instance: Instance, state: DictValue) -> bool:
    """Whether code itself made the weights that are loaded, from numbers and drawn ones: an initialisation by hand."""
    parameters = named_parameters(run, instance)[0]
    given = state.strings()
    if state.open or not given or not all(isinstance(value, Tensor) for value in given.values()):
        return False
    stack = [run.as_node(value) for value in given.values()]
    while stack:
        node = stack.pop()
        if node.op not in _BY_HAND:
            return False
        stack.extend(node.inputs)
    for name, value in given.items():
        tensor = parameters.get(name)
        if tensor is not None and tensor.parameter is not None:
            before = tensor.parameter.inits
            overwrite(run, tensor, value)
            if tensor.parameter.inits == before:
                initialise(run, tensor, "custom")
    return True


def _one_source(state: Value | None) -> Value | None:
    """Weights that were kept in one of several places (the best so far) are those of one network all the same."""
    if not isinstance(state, UnionValue):
        return state
    kept = [v for v in state.alternatives if not (isinstance(v, Const) and v.value is None)]
    dicts = [v for v in kept if isinstance(v, StateDict) and not v.changed]
    same = len(dicts) == len(kept) and len({id(v.source) for v in dicts}) == 1
    return dicts[0] if same else state


def _register(run: Interpreter, instance: Instance, args: Args) -> Value:
    """add_module, register_module, register_parameter, register_buffer: (name, value)."""
    bound = args.bind("name", "value", "persistent")
    value = next((bound[k] for k in ("value", "module", "param", "tensor") if k in bound), None)
    value = value or next(
        (args.keywords[k] for k in ("module", "param", "tensor") if k in args.keywords),
        None,
    )
    name = bound.get("name")
    if name is None or value is None:
        leave_open(run, instance)
    else:
        module_parts.register(run, instance, name, value)
    named = isinstance(name, Const) and isinstance(name.value, str)
    if not named and value is not None and (is_module(value) or isinstance(value, Unknown)):
        instance.data.complete = False
    return Const(None)


def _register_buffer(run: Interpreter, instance: Instance, args: Args) -> Value:
    """A buffer is no layer, whatever it is called and whatever is in it."""
    complete, done = instance.data.complete, _register(run, instance, args)
    instance.data.complete = complete
    return done


def _gradient_hook(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.GRAD_CHANGE, instance.data, how="hook")
    return Unknown("hook handle")


def _forward_hook(run: Interpreter, instance: Instance, args: Args) -> Value:
    hook = args.bind("hook").get("hook")
    if hook is not None:
        run.write(instance.data.state, "hooks", (*instance.data.state.get("hooks", ()), hook))
    return Unknown("hook handle")


def _submodule(run: Interpreter, instance: Instance, args: Args) -> Value:
    target = args.bind("target").get("target")
    if not (isinstance(target, Const) and isinstance(target.value, str)):
        return Unknown("get_submodule()")
    value: Value = instance
    for part in filter(None, target.value.split(".")):
        value = run.get_attr(value, part)
    return value


def _training(run: Interpreter, instance: Instance) -> Value:
    if READS_MODE not in instance.data.state:
        run.write(instance.data.state, READS_MODE, True)
    training = instance.data.state.get("training")
    return Const(training) if isinstance(training, bool) else Unknown("training mode")


def _wrapped(run: Interpreter, instance: Instance) -> Value | None:
    """`.module` of a network that DataParallel or a like wrapper was put around: itself."""
    return instance if instance.data.state.get("wrapped") else None


METHODS: dict[str, Method] = {
    **module_parts.METHODS,
    "apply": _apply,
    "train": _train,
    "eval": _eval,
    "zero_grad": _zero_grad,
    "requires_grad_": _requires_grad,
    "state_dict": _state_dict,
    "load_state_dict": _load_state_dict,
    "add_module": _register,
    "register_module": _register,
    "register_parameter": _register,
    "register_buffer": _register_buffer,
    "register_full_backward_hook": _gradient_hook,
    "register_backward_hook": _gradient_hook,
    "register_full_backward_pre_hook": _gradient_hook,
    "register_forward_hook": _forward_hook,
    "get_submodule": _submodule,
    "get_parameter": _submodule,
    **dict.fromkeys(
        (
            "to",
            "cuda",
            "cpu",
            "xpu",
            "half",
            "float",
            "double",
            "bfloat16",
            "type",
            "to_empty",
            "share_memory",
        ),
        _itself,
    ),
    **dict.fromkeys(
        (
            "compile",
            "extra_repr",
            "register_forward_pre_hook",
            "register_state_dict_pre_hook",
            "register_state_dict_post_hook",
            "_register_state_dict_hook",
            "register_load_state_dict_pre_hook",
            "_register_load_state_dict_pre_hook",
            "register_load_state_dict_post_hook",
            "__init__",
        ),
        _nothing,
    ),
}

PROPERTIES: dict[str, Callable[[Interpreter, Instance], Value | None]] = {
    **module_parts.PROPERTIES,
    "training": _training,
    "module": _wrapped,
    "_orig_mod": lambda run, instance: instance,  # what `torch.compile()` was given: the same network
}
