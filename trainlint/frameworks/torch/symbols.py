"""Names that the code does not define: which of torch's objects a parameter or free name stands for.

A role is given only where the annotation says so, or where the use fits it and the name does not contradict.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, unknown
from trainlint.facts.graph import GIVEN, Op
from trainlint.facts.training import Loader, Scaler, Schedule
from trainlint.frameworks.torch import amp, loaders, optimizers, schedule_table
from trainlint.frameworks.torch.batches import Batch
from trainlint.frameworks.torch.losses import LossClass, apply
from trainlint.frameworks.torch.module import NN_MODULE
from trainlint.frameworks.torch.optim import symbolic_optimizer
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.library import Symbol
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Make = Callable[["Interpreter", Symbol], Value]

OTHERS = frozenset(
    {"tensorflow", "keras", "jax", "flax", "mxnet", "paddle", "chainer", "mindspore", "tinygrad"}
)
"""Packages whose training code uses the same words; where one is imported and torch is not, no role is given."""

_MODULE_USES = frozenset({
    "train", "eval", "parameters", "named_parameters", "zero_grad", "modules", "named_modules", "state_dict",
    "load_state_dict", "requires_grad_", "register_forward_hook",
})  # fmt: skip
_FOREIGN_MODEL_USES = frozenset({
    "fit", "predict", "compile", "evaluate", "fit_transform", "predict_proba", "summary", "backward",
})  # fmt: skip
_MODEL = re.compile(
    r"^(\w+_)?(model|net|network)(_?[a-zA-Z0-9]{1,2}|_(ema|teacher|student|ddp|module|engine|without_ddp))?$"
    r"|^(generator|discriminator)$"
)
_MAKES = re.compile(r"^(get|build|make|create|load|init|setup|define|prepare|construct|initialize|new)_")
"""What begins like this makes a network, and is none."""
_OPTIMIZER = re.compile(r"^\w*(opt|optim|optimizer|optimiser)(_?\w)?$|^(opt|optim|optimizer|optimiser)_\w+$")
_OPTIMIZER_USES = frozenset({
    "step", "zero_grad", "param_groups", "state_dict", "load_state_dict", "state", "add_param_group", "defaults", "train",
    "eval", "register_step_pre_hook", "register_step_post_hook", "register_state_dict_post_hook",
    "register_load_state_dict_post_hook", "consolidate_state_dict", "swap_swa_sgd", "synchronize", "skip_synchronize",
    "first_step", "second_step", "clip_master_grads", "update_master_grads",
})  # fmt: skip
"""What code asks of optimizers: torch's own, and of libraries that wrap them."""
_LOSS = re.compile(
    r"^(\w+_)?(criterion|crit|loss_fn|loss_func|loss_function|loss_fct|lossfn|loss_f|loss)(_?\w)?$|^criterion_\w+$"
)
_LOADER = re.compile(r"^\w*(loader|dataloader)\w*$|^(\w+_)?(dl|batches)$")
_SCHEDULER = re.compile(r"^\w*sched(uler|ule)?\w*$")
_SCALER = re.compile(r"^(\w+_)?scaler$")
_SETTINGS = frozenset({"args", "opt", "opts", "options", "cfg", "config", "conf", "hparams", "hps", "flags"})
_TENSOR_USES = frozenset({
    "unsqueeze", "permute", "detach", "backward", "contiguous", "masked_fill", "view", "requires_grad", "grad_fn",
    "numel", "expand", "is_cuda", "index_select", "long",
})  # fmt: skip
"""Methods that tensors of torch have and arrays, tables, lists and networks lack (`view` of arrays is rare)."""
_TENSOR_TYPES = frozenset({"Tensor", "FloatTensor", "LongTensor", "BoolTensor", "HalfTensor", "Float", "Int"})
_PLAIN_TYPES = re.compile(
    r"\b(int|float|bool|str|dict|Dict|list|List|tuple|Tuple|Callable|None|bytes|Path)\b"
)


def symbolic(run: Interpreter, symbol: Symbol) -> Value | None:
    """The value of an undefined name by annotation, else by use and name; None where neither is clear."""
    if is_foreign(run):
        return None
    if symbol.annotation is not None:
        make = _annotated(run, symbol.annotation)
        if make is not None:
            return make(run, symbol)
        if _PLAIN_TYPES.search(symbol.annotation) or symbol.annotation.startswith(
            ("numpy.", "pandas.", "np.", "pd.")
        ):
            return None
    for fits, make in _ROLES:
        if fits(symbol):
            found = make(run, symbol)
            if make is symbolic_module and isinstance(found, Instance) and not symbol.parameter:
                found.data.state[GIVEN] = True
            return found
    return None


def unseen_result(run: Interpreter, symbol: Symbol) -> Value | None:
    """A network, where its name and the way that it is used say so; nothing else is guessed of a result."""
    if is_foreign(run) or not _is_module(symbol) or not symbol.attributes & _MODULE_USES:
        return None
    return symbolic_module(run, symbol)


def is_foreign(run: Interpreter) -> bool:
    """Whether the module at hand works with another framework only."""
    packages = run.project.sources.survey(run.frame.module.source).packages
    return "torch" not in packages and bool(packages & OTHERS)


def _annotated(run: Interpreter, annotation: str) -> Make | None:
    """The maker that an annotation asks for."""
    last = re.split(r"[\[ |]", annotation)[0].rsplit(".", 1)[-1]
    if last in _TENSOR_TYPES:
        return _tensor
    if last == "Module" or last == "ScriptModule":
        return symbolic_module
    if last == "Optimizer":
        return _optimizer
    if last in ("LRScheduler", "_LRScheduler"):
        return _schedule
    if last == "DataLoader":
        return _loader
    if last == "GradScaler":
        return _scaler
    if not annotation.startswith("torch."):
        return None
    cls = run.library_name(annotation)
    for kind, make in (
        (LossClass, lambda r, s: r.call(cls, Args())),
        (type(NN_MODULE), symbolic_module),
        (type(optimizers.BASE), _optimizer),
        (type(schedule_table.BASE), _schedule),
    ):
        if isinstance(cls, kind):
            return make
    return None


# -- fitting a role: by use, with the name where the use alone is not enough


def _is_optimizer(symbol: Symbol) -> bool:
    uses = symbol.attributes
    if symbol.called or uses - _OPTIMIZER_USES:  # a wrapper of the project has methods of its own
        return False
    return {"step", "zero_grad"} <= uses or bool(
        _OPTIMIZER.match(symbol.name) and uses & {"step", "zero_grad", "param_groups"}
    )


def _is_module(symbol: Symbol) -> bool:
    uses = symbol.attributes
    if uses & _FOREIGN_MODEL_USES or symbol.subscripted:
        return False
    named = bool(_MODEL.match(symbol.name)) and not _MAKES.match(symbol.name)
    if symbol.called:
        return named or bool(uses & (_MODULE_USES | {"requires_grad"}))  # a tensor is not called
    return len(uses & _MODULE_USES) >= 2 or (named and bool(uses & _MODULE_USES))


def _is_loss(symbol: Symbol) -> bool:
    return symbol.called and bool(_LOSS.match(symbol.name)) and "backward" not in symbol.attributes


def _is_loader(symbol: Symbol) -> bool:
    return symbol.iterated and bool(_LOADER.match(symbol.name))


def _is_scheduler(symbol: Symbol) -> bool:
    return "step" in symbol.attributes and bool(_SCHEDULER.match(symbol.name))


def _is_scaler(symbol: Symbol) -> bool:
    return "scale" in symbol.attributes and bool(_SCALER.match(symbol.name))


def _is_tensor(symbol: Symbol) -> bool:
    if symbol.called or symbol.name in _SETTINGS:
        return False
    if symbol.in_module:
        return not symbol.attributes & {"items", "keys", "append"}
    return bool(symbol.attributes & _TENSOR_USES)


# -- making the object


def symbolic_module(run: Interpreter, symbol: Symbol) -> Value:
    """A network that the code does not show."""
    instance = run.call(NN_MODULE, Args())
    if isinstance(instance, Instance):
        instance.data.symbolic = True
        instance.data.complete = False
        instance.data.name = symbol.name
        instance.data.state.update(training=None, pretrained=None)
    return instance


def _optimizer(run: Interpreter, symbol: Symbol) -> Value:
    return symbolic_optimizer(run, optimizers.BASE, f"{symbol.name} is not shown")


def _schedule(run: Interpreter, symbol: Symbol) -> Value:
    instance = Instance(schedule_table.BASE, run.here)
    instance.data = Schedule(symbol.name, run.here, None, rescales=True)
    run.program.schedules.append(instance.data)
    return instance


def _scaler(run: Interpreter, symbol: Symbol) -> Value:
    why = "whether the scaler is enabled"
    instance = Instance(amp.SCALER_CLASS, run.here, {"<enabled>": Unknown(why)})
    instance.data = Scaler(run.here, unknown(why))
    return instance


def _loader(run: Interpreter, symbol: Symbol) -> Value:
    why = f"{symbol.name} is not shown"
    size: Fact[int] = unknown(why)
    flag: Fact[bool] = unknown(why)
    instance = Instance(loaders.LOADER_CLASS, run.here, {"dataset": Unknown(why)})
    instance.data = Loader(run.here, size, flag, flag, length=size)
    run.program.loaders.append(instance.data)
    return instance


def _tensor(run: Interpreter, symbol: Symbol) -> Value:
    attached = "backward" in symbol.attributes
    node = run.node(Op.INPUT, symbol.name, attached=attached)
    return Batch(node, TORCH) if symbol.iterated or symbol.subscripted else Tensor(node, TORCH)


class UnknownLoss(LibraryClass):
    """A loss function that the code does not show: its result is a loss of which nothing else is known."""

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        names = ("input", "target", *(f"input{i}" for i in range(2, 16)))
        data = dict(zip(names, args.positional, strict=False)) | args.keywords
        return apply(run, instance.data, None, "other", data, {})

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("to", "cuda", "cpu", "train", "eval", "float", "half"):
            return Native(name, lambda r, args: instance)
        return None


UNKNOWN_LOSS = UnknownLoss("loss")


def _loss(run: Interpreter, symbol: Symbol) -> Value:
    instance = Instance(UNKNOWN_LOSS, run.here)
    instance.data = symbol.name
    return instance


_ROLES: tuple[tuple[Callable[[Symbol], bool], Make], ...] = (
    (_is_optimizer, _optimizer),
    (_is_loader, _loader),
    (_is_scheduler, _schedule),
    (_is_scaler, _scaler),
    (_is_loss, _loss),
    (_is_module, symbolic_module),
    (_is_tensor, _tensor),
)
