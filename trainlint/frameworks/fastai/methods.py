"""The methods of a Learner."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.fastai import callbacks
from trainlint.frameworks.fastai.data import none
from trainlint.frameworks.fastai.fitting import BODY, own_steps, train
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.fastai.training import Fit, part
from trainlint.frameworks.torch.parameters import set_trainable
from trainlint.frameworks.torch.tree import named_parameters
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


def _fit(run: Interpreter, learner: Instance, args: Args) -> Value:
    given = args.bind("n_epoch", "lr", "wd", "cbs", "reset_opt", "start_epoch")
    return train(run, learner, given.get("n_epoch", Unknown("epochs")), given.get("lr"), given)


def _one_cycle(run: Interpreter, learner: Instance, args: Args) -> Value:
    given = args.bind(
        "n_epoch", "lr_max", "div", "div_final", "pct_start", "wd", "moms", "cbs", "reset_opt", "start_epoch"
    )
    rate = given.get("lr_max", args.keywords.get("max_lr"))  # as version 1 calls it
    return train(run, learner, given.get("n_epoch", Unknown("epochs")), rate, given, "fit_one_cycle")


def _flat(run: Interpreter, learner: Instance, args: Args) -> Value:
    given = args.bind("n_epoch", "lr", "div_final", "pct_start", "wd", "cbs", "reset_opt", "start_epoch")
    return train(
        run, learner, given.get("n_epoch", Unknown("epochs")), given.get("lr"), given, "fit_flat_cos"
    )


def _restarts(run: Interpreter, learner: Instance, args: Args) -> Value:
    given = args.bind(
        "n_cycles", "cycle_len", "lr_max", "cycle_mult", "cbs", "reset_opt", "wd", "start_epoch"
    )
    return train(run, learner, Unknown("epochs of all cycles"), given.get("lr_max"), given, "fit_sgdr")


def _fine_tune(run: Interpreter, learner: Instance, args: Args) -> Value:
    """An epoch of the head alone, then all of it at half the rate, the body at a hundredth of that."""
    given = args.bind("epochs", "base_lr", "freeze_epochs", "lr_mult", "pct_start", "div")
    kept = ("wd", "cbs", "div_final")
    rest: dict[str, Value] = {name: args.keywords[name] for name in kept if name in args.keywords}
    base = given.get("base_lr", Const(2e-3))
    _freeze(run, learner, Args())
    first: dict[str, Value] = {**rest, "pct_start": Const(0.99)}
    train(
        run,
        learner,
        given.get("freeze_epochs", Const(1)),
        SliceValue(None, base, None),
        first,
        "fit_one_cycle",
    )
    half = run.operate("/", base, Const(2))
    low = run.operate("/", half, given.get("lr_mult", Const(100)))
    _unfreeze(run, learner, Args())
    second: dict[str, Value] = {"pct_start": Const(0.3), "div": Const(5.0)}
    second.update(rest)
    second |= {name: given[name] for name in ("pct_start", "div") if name in given}
    epochs = given.get("epochs", Unknown("epochs"))
    return train(run, learner, epochs, SliceValue(low, half, None), second, "fit_one_cycle")


def _frozen(run: Interpreter, network: Value, value: bool | None) -> None:
    if not isinstance(network, Instance) or not network.is_a("torch.nn.Module"):
        return
    for tensor in named_parameters(run, network)[0].values():
        if tensor.parameter is not None:
            set_trainable(run, tensor.parameter, value)


def _freeze(run: Interpreter, learner: Instance, args: Args) -> Value:
    """All groups but the last. Normalisation layers go on learning; what a splitter of the program's own makes of the
    network is not known."""
    body = learner.attrs.get(BODY)
    if body is not None:
        _frozen(run, body, None)
    elif not none(learner.attrs.get("splitter")):
        _frozen(run, learner.attrs.get("model", _NONE), None)
    return _NONE


def _unfreeze(run: Interpreter, learner: Instance, args: Args) -> Value:
    _frozen(run, learner.attrs.get("model", _NONE), True)
    return _NONE


def _freeze_to(run: Interpreter, learner: Instance, args: Args) -> Value:
    _frozen(run, learner.attrs.get("model", _NONE), None)
    return _NONE


def _add(run: Interpreter, learner: Instance, args: Args) -> Value:
    """add_cb(callback), add_cbs(callbacks)"""
    before = learner.attrs.get("cbs")
    more = [c for value in args.values() for c in callbacks.listed(run, value)]
    elements = before.elements if isinstance(before, ListValue) else []
    run.write(learner.attrs, "cbs", ListValue([*elements, *more]))
    return learner


def _remove(run: Interpreter, learner: Instance, args: Args) -> Value:
    before = learner.attrs.get("cbs")
    kept = before.elements if isinstance(before, ListValue) else []
    run.write(learner.attrs, "cbs", ListValue([c for c in kept if c not in args.values()]))
    return learner


def _half(run: Interpreter, learner: Instance, args: Args) -> Value:
    """to_fp16(), to_bf16()"""
    return _add(run, learner, Args([run.call(LIBRARY.entries["fastai.MixedPrecision"], Args())]))


def _validate(run: Interpreter, learner: Instance, args: Args) -> Value:
    if own_steps(run, learner):
        return Unknown("validate()")
    given = args.bind("ds_idx", "dl", "cbs")
    loader = given.get("dl")
    if loader is None or none(loader):
        loader = part(run, learner.attrs.get("dls", _NONE), "valid")
    more = callbacks.listed(run, given.get("cbs"))
    Fit(run, learner, _NONE, None, more).run_evaluation(loader)
    return Unknown("the loss and metrics")


def _itself(run: Interpreter, learner: Instance, args: Args) -> Value:
    return learner


def _nothing(run: Interpreter, learner: Instance, args: Args) -> Value:
    return Unknown("what a learner tells")


def _load(run: Interpreter, learner: Instance, args: Args) -> Value:
    """Weights of a file."""
    model = learner.attrs.get("model", _NONE)
    if isinstance(model, Instance):
        run.call_method(model, "load_state_dict", Unknown("the weights of a file"))
    return learner


METHODS: dict[str, Callable[[Interpreter, Instance, Args], Value]] = {
    "fit": _fit,
    "fit_one_cycle": _one_cycle,
    "fit_flat_cos": _flat,
    "fit_sgdr": _restarts,
    "fine_tune": _fine_tune,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "freeze_to": _freeze_to,
    "add_cb": _add,
    "add_cbs": _add,
    "remove_cb": _remove,
    "remove_cbs": _remove,
    "to_fp16": _half,
    "to_bf16": _half,
    "to_native_fp16": _half,
    "to_fp32": _itself,
    "validate": _validate,
    "load": _load,
    "load_encoder": _load,
    "to_parallel": _itself,
    "to_distributed": _itself,
    "to": _itself,
    **dict.fromkeys(
        ("lr_find", "get_preds", "predict", "show_results", "tta", "save", "export", "save_encoder", "summary",
         "show_training_loop", "no_bar", "no_logging", "no_mbar", "blurr_predict"),
        _nothing,
    ),
}  # fmt: skip
