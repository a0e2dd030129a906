"""mmengine.model: modules with an `init_cfg`, and BaseModel, whose forward() gives losses in the mode `loss`.

Source: mmengine's documentation ("Model", "Initialization") and its reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.openmmlab.initialising import initialise
from trainlint.frameworks.openmmlab.library import add
from trainlint.frameworks.openmmlab.registry import build, root
from trainlint.frameworks.torch.containers import ListClass, SequentialClass
from trainlint.frameworks.torch.library import LIBRARY as TORCH_LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.named_containers import DictClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


class BaseModuleClass(ModuleClass):
    """BaseModule(init_cfg): a module that can say how it is initialised."""

    __slots__ = ()
    whole = True

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        config = args.bind("init_cfg").get("init_cfg", _NONE)
        run.write(instance.attrs, "init_cfg", config)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "init_weights":
            return Native("BaseModule.init_weights", lambda r, args: initialise(r, instance))
        if name in ("init_cfg", "_params_init_info"):
            return _NONE
        if name in ("is_init", "_is_init"):
            return Const(False)
        return super().attribute(run, instance, name)


BASE_MODULE = add(BaseModuleClass("mmengine.model.BaseModule", (NN_MODULE,)))


class BaseModelClass(BaseModuleClass):
    """BaseModel(data_preprocessor, init_cfg): batches go through the preprocessor, losses come as a dictionary."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("data_preprocessor", "init_cfg")
        run.write(instance.attrs, "init_cfg", given.get("init_cfg", _NONE))
        config = given.get("data_preprocessor", _NONE)
        entries = as_dict(config)
        if entries is not None and "type" in entries.strings():
            config = build(run, root(run, "MODELS"), config)
        if not isinstance(config, Instance):
            config = run.call(PREPROCESSOR, Args())
        run.set_instance_attribute(instance, "data_preprocessor", config)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "parse_losses":
            return Native("BaseModel.parse_losses", lambda r, args: _parse(r, args))
        if name == "_run_forward":
            return Native("BaseModel._run_forward", lambda r, args: _run_forward(r, instance, args))
        if name in ("train_step", "val_step", "test_step"):
            return Native(f"BaseModel.{name}", lambda r, args: _step(r, instance, name, args))
        if name == "device":
            return Unknown("the device")
        return super().attribute(run, instance, name)


def _run_forward(run: Interpreter, model: Instance, args: Args) -> Value:
    given = args.bind("data", "mode")
    data, mode = given.get("data", _NONE), given.get("mode", Const("tensor"))
    entries = as_dict(data)
    if entries is not None:
        return run.call(model, Args([], {**entries.strings(), "mode": mode}))
    if isinstance(data, TupleValue | ListValue):
        return run.call(model, Args(list(data.elements), {"mode": mode}))
    return run.call(model, Args([data], {"mode": mode}))


def total(run: Interpreter, losses: Value) -> Value:
    """The sum of what a dictionary holds under keys with `loss` in them."""
    entries = as_dict(losses)
    found: list[Value] = []
    for key, value in entries.strings().items() if entries is not None else ():
        if "loss" in key:
            found += value.elements if isinstance(value, ListValue | TupleValue) else [value]
    if not found:
        if isinstance(losses, Tensor):
            return losses
        return Tensor(run.node(Op.UNKNOWN, "losses", (), attached=True), TORCH)
    sum_ = found[0]
    for value in found[1:]:
        sum_ = run.operate("+", sum_, value)
    return sum_


def _parse(run: Interpreter, args: Args) -> Value:
    return TupleValue([total(run, args.positional[0] if args.positional else _NONE), DictValue(open=True)])


def _step(run: Interpreter, model: Instance, name: str, args: Args) -> Value:
    """`train_step(data, optim_wrapper)`: forward, sum, update; `val_step(data)`: forward in the mode `predict`."""
    given = args.bind("data", "optim_wrapper")
    if name != "train_step":
        return run.call_method(model, "_run_forward", given.get("data", _NONE), Const("predict"))
    losses = run.call_method(model, "_run_forward", given.get("data", _NONE), Const("loss"))
    wrapper = given.get("optim_wrapper", _NONE)
    parsed = run.call_method(model, "parse_losses", losses)
    loss = parsed.elements[0] if isinstance(parsed, TupleValue) and parsed.elements else Unknown("the loss")
    run.call_method(wrapper, "update_params", loss)
    return DictValue(open=True)


BASE_MODEL = add(BaseModelClass("mmengine.model.BaseModel", (BASE_MODULE,)))


class PreprocessorClass(BaseModuleClass):
    """Data preprocessors: batches come out as they went in, on the device and normalised."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        return None

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "cast_data":
            return Native("BaseDataPreprocessor.cast_data", lambda r, args: args.positional[0])
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return args.bind("data", "training").get("data", _NONE)


PREPROCESSOR = add(
    PreprocessorClass("mmengine.model.BaseDataPreprocessor", (BASE_MODULE,)), "ImgDataPreprocessor"
)


def _plain(args: Args) -> Args:
    return Args(args.positional, {k: v for k, v in args.keywords.items() if k != "init_cfg"}, args.open)


def _own(run: Interpreter, instance: Instance, name: str) -> Value | None:
    """`init_weights` of a container; None for other names."""
    return (
        Native(f"BaseModule.{name}", lambda r, args: initialise(r, instance))
        if name == "init_weights"
        else None
    )


class _WithInit(LibraryClass):
    """What an `init_cfg` adds to a container."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, _plain(args))
        run.write(instance.attrs, "init_cfg", args.keywords.get("init_cfg", _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return _own(run, instance, name) or super().attribute(run, instance, name)


class InitSequentialClass(_WithInit, SequentialClass):
    """Sequential with an `init_cfg`."""

    __slots__ = ()


class InitListClass(_WithInit, ListClass):
    """ModuleList with an `init_cfg`."""

    __slots__ = ()


class InitDictClass(_WithInit, DictClass):
    """ModuleDict with an `init_cfg`."""

    __slots__ = ()


for _kind, _name in (
    (InitSequentialClass, "Sequential"),
    (InitListClass, "ModuleList"),
    (InitDictClass, "ModuleDict"),
):
    _torch = TORCH_LIBRARY.entries[f"torch.nn.{_name}"]
    assert isinstance(_torch, LibraryClass)
    add(_kind(f"mmengine.model.{_name}", (_torch,)))
