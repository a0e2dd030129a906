"""timm's parameter groups and optimizers by name, after its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NONE = Const(None)

_GROUPS = "timm.optim.optim_factory"


def _split(run: Interpreter, model: Value, weight_decay: Value) -> ListValue | None:
    """Two groups: vectors and biases without weight decay, all else with it; None if the parameters are not known."""
    items = run.call_method(model, "named_parameters").iterate(run)
    if not items.exact:
        return None
    plain: list[Value] = []
    decayed: list[Value] = []
    for pair in items.values:
        parts = pair.elements if isinstance(pair, TupleValue) else ()
        if len(parts) != 2 or not isinstance(parts[1], Tensor):
            return None
        name, tensor = parts[0], parts[1]
        assert isinstance(tensor, Tensor)
        if tensor.parameter is not None and tensor.parameter.requires_grad is False:
            continue
        text = str(name.value) if isinstance(name, Const) else ""
        short = tensor.shape is not None and len(tensor.shape) <= 1
        (plain if short or text.endswith(".bias") else decayed).append(tensor)
    first = DictValue.of({"params": ListValue(plain), "weight_decay": Const(0.0)})
    return ListValue([first, DictValue.of({"params": ListValue(decayed), "weight_decay": weight_decay})])


@LIBRARY.function(f"{_GROUPS}.add_weight_decay", f"{_GROUPS}.param_groups_weight_decay",
                  "timm.optim.param_groups_weight_decay", "timm.optim.add_weight_decay")  # fmt: skip
def groups_by_decay(run: Interpreter, args: Args) -> Value:
    """`add_weight_decay(model, 0.05)`"""
    given = args.bind("model", "weight_decay")
    model = given.get("model", Unknown("model"))
    made = _split(run, model, given.get("weight_decay", Const(1e-5)))
    return made if made is not None else run.call_method(model, "parameters")


NAMES: dict[str, tuple[str, dict[str, object]]] = {
    "sgd": ("torch.optim.SGD", {"nesterov": True}), "nesterov": ("torch.optim.SGD", {"nesterov": True}),
    "momentum": ("torch.optim.SGD", {}), "adam": ("torch.optim.Adam", {}), "adamw": ("torch.optim.AdamW", {}),
    "adamax": ("torch.optim.Adamax", {}), "adadelta": ("torch.optim.Adadelta", {}),
    "adagrad": ("torch.optim.Adagrad", {}), "rmsprop": ("torch.optim.RMSprop", {}),
    "radam": ("torch.optim.RAdam", {}), "nadamw": ("torch.optim.NAdam", {"decoupled_weight_decay": True}),
    "lamb": ("timm.optim.Lamb", {}), "lars": ("timm.optim.Lars", {}), "adamp": ("timm.optim.AdamP", {}),
    "sgdp": ("timm.optim.SGDP", {}), "adabelief": ("timm.optim.AdaBelief", {}), "lion": ("timm.optim.Lion", {}),
}  # fmt: skip
"""Class and options by the name that `create_optimizer` takes."""
WITH_MOMENTUM = frozenset({"sgd", "nesterov", "momentum", "rmsprop", "lars", "sgdp"})


def _created(run: Interpreter, model: Value, given: dict[str, Value]) -> Value:
    """The optimizer that `create_optimizer_v2` makes of these arguments."""
    name = given.get("opt", Const("sgd"))
    text = str(name.value).lower().removeprefix("lookahead_") if isinstance(name, Const) else ""
    if text not in NAMES:
        run.escape_args(Args([model]), "timm.optim.create_optimizer()")
        return Unknown("timm.optim.create_optimizer() with this name")
    qualname, options = NAMES[text]
    decay = given.get("weight_decay", Const(0.0))
    keywords: dict[str, Value] = {key: Const(value) for key, value in options.items()}
    params: Value | None = None
    if given.get("filter_bias_and_bn", Const(True)).truth(run) is not False and decay.truth(run) is not False:
        params = _split(run, model, decay)
    if params is None:
        takes = isinstance(model, Instance) and run.call_method(model, "parameters")
        params = takes or model
        keywords["weight_decay"] = decay
    else:
        keywords["weight_decay"] = Const(0.0)
    for key in ("lr", "eps", "betas"):
        value = given.get(key)
        if value is not None and not (isinstance(value, Const) and value.value is None):
            keywords[key] = value
    if text in WITH_MOMENTUM:
        keywords["momentum"] = given.get("momentum", Const(0.9))
        keywords.pop("betas", None)
        if text != "rmsprop":
            keywords.pop("eps", None)
    return run.call(run.library_name(qualname), Args([params], keywords))


@LIBRARY.function("timm.optim.create_optimizer", f"{_GROUPS}.create_optimizer")
def create_optimizer(run: Interpreter, args: Args) -> Value:
    """`create_optimizer(args, model)`: args.opt, args.lr, args.weight_decay, args.momentum, args.opt_eps, args.opt_betas."""
    bound = args.bind("args", "model", "filter_bias_and_bn")
    config, model = bound.get("args", Unknown("args")), bound.get("model", Unknown("model"))
    names = {"opt": "opt", "lr": "lr", "weight_decay": "weight_decay", "momentum": "momentum",
             "eps": "opt_eps", "betas": "opt_betas"}  # fmt: skip
    given = {key: run.get_attr(config, name) for key, name in names.items()}
    if "filter_bias_and_bn" in bound:
        given["filter_bias_and_bn"] = bound["filter_bias_and_bn"]
    for key in ("eps", "betas", "momentum"):  # options that a parser may lack
        if isinstance(given[key], Unknown):
            given.pop(key)
    return _created(run, model, given)


@LIBRARY.function("timm.optim.create_optimizer_v2", f"{_GROUPS}.create_optimizer_v2")
def create_optimizer_v2(run: Interpreter, args: Args) -> Value:
    """`create_optimizer_v2(model, opt="adamw", lr=1e-3, weight_decay=0.05)`"""
    given = args.bind(
        "model_or_params", "opt", "lr", "weight_decay", "momentum", "foreach", "filter_bias_and_bn"
    )
    return _created(run, given.pop("model_or_params", Unknown("model")), given)


_ADAM = "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0"
for _name, _family, _parameters in (
    ("Lamb", "", "params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps=1e-06, weight_decay=0.01"),
    ("Lars", "", "params, lr=1.0, momentum=0, dampening=0, weight_decay=0, nesterov=False"),
    ("AdamP", "", _ADAM), ("AdaBelief", "", _ADAM), ("AdamW", "adamw", f"{_ADAM.rsplit('=', 1)[0]}=0.01"),
    ("SGDP", "", "params, lr=0.1, momentum=0, dampening=0, weight_decay=0, nesterov=False, eps=1e-08"),
    ("Lion", "lion", "params, lr=0.0001, betas=(0.9, 0.99), weight_decay=0.0"),
):  # fmt: skip
    LIBRARY.add(
        OptimizerClass(f"timm.optim.{_name}", _family, _parameters), f"timm.optim.{_name.lower()}.{_name}"
    )
