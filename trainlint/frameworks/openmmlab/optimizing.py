"""mmengine.optim: the wrapper around an optimizer, and parameter schedulers by config.

Source: mmengine's documentation ("OptimWrapper", "Parameter scheduler") and its reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.openmmlab.library import LIBRARY, add
from trainlint.frameworks.openmmlab.registry import build, lookup, root
from trainlint.frameworks.torch.schedule_table import linear, steady
from trainlint.frameworks.torch.schedules import Rule, ScheduleClass
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_WRAPPER = ("optimizer", "accumulative_counts", "clip_grad")
_DEFAULT = "DefaultOptimWrapperConstructor"
_AMP = frozenset({"AmpOptimWrapper", "ApexOptimWrapper"})


class WrapperClass(LibraryClass):
    """OptimWrapper(optimizer, accumulative_counts, clip_grad). amp: it uses mixed precision. data: optimizer's fact."""

    __slots__ = ("amp",)

    def __init__(self, qualname: str, amp: bool = False) -> None:
        super().__init__(qualname)
        self.amp = amp

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*_WRAPPER)
        optimizer = given.get("optimizer", _NONE)
        run.write(instance.attrs, "optimizer", optimizer)
        run.write(instance.attrs, "<clip>", given.get("clip_grad", _NONE))
        every = given.get("accumulative_counts")
        run.write(instance.attrs, "<every>", every or Const(1))
        if every is not None and isinstance(optimizer, Instance) and hasattr(optimizer.data, "state"):
            run.write(optimizer.data.state, "every", run.fact(every))
        if self.amp:
            run.event(EventKind.AUTOCAST, enabled=True)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "update_params":
            return Native("OptimWrapper.update_params", lambda r, args: update(r, instance, args))
        if name == "backward":
            return Native(
                name,
                lambda r, args: r.call_method(args.positional[0], "backward") if args.positional else _NONE,
            )
        if name == "scale_loss":
            return Native(name, lambda r, args: args.positional[0] if args.positional else _NONE)
        if name == "should_update":
            return Native(name, lambda r, args: _updates(r, instance))
        if name == "optim_context":
            return Native(name, lambda r, args: Unknown("optim_context()"))
        if name in ("step", "zero_grad", "param_groups", "state_dict", "load_state_dict", "defaults"):
            return run.get_attr(instance.attrs.get("optimizer", _NONE), name)
        return Unknown(f"optim_wrapper.{name}")


def _updates(run: Interpreter, wrapper: Instance) -> Value:
    """Whether a batch makes an update: each, unless gradients of several are added up."""
    every = wrapper.attrs.get("<every>", Const(1))
    return Const(True) if _is(every, 1) else Unknown("should_update()")


WRAPPER = add(WrapperClass("mmengine.optim.OptimWrapper"))
AMP_WRAPPER = add(WrapperClass("mmengine.optim.AmpOptimWrapper", amp=True), "ApexOptimWrapper")


def update(run: Interpreter, wrapper: Instance, args: Args) -> Value:
    """Backward pass, clipping, step, gradients cleared."""
    loss = args.bind("loss").get("loss", Unknown("the loss"))
    optimizer = wrapper.attrs.get("optimizer", _NONE)
    run.call_method(loss, "backward")
    clip(run, wrapper.attrs.get("<clip>", _NONE), optimizer)
    run.call_method(optimizer, "step")
    run.call_method(optimizer, "zero_grad")
    return _NONE


def clip(run: Interpreter, config: Value, optimizer: Value) -> None:
    """`clip_grad=dict(max_norm=1.0)` or `dict(type='value', clip_value=...)`; the record is made once for each place."""
    entries = as_dict(config)
    if entries is None:
        return
    given = entries.strings()
    kind = given.get("type", Const("norm"))
    groups = run.get_attr(optimizer, "param_groups")
    listed = groups.elements if isinstance(groups, ListValue) else []
    params = ListValue([run.get_item(group, Const("params")) for group in listed], open=not listed)
    name, bound = (
        ("clip_grad_value_", "clip_value") if _is(kind, "value") else ("clip_grad_norm_", "max_norm")
    )
    run.call(run.library_name(f"torch.nn.utils.{name}"), Args([params, given.get(bound, Unknown("a bound"))]))


def _is(value: Value, text: object) -> bool:
    return isinstance(value, Const) and value.value == text


def wrapper_of(run: Interpreter, config: Value, model: Value) -> Value:
    """The wrapper that a config describes, or the one (or the optimizer) that the code made."""
    entries = as_dict(config)
    if entries is None:
        if (
            isinstance(config, Instance)
            and not config.is_a(WRAPPER.qualname)
            and hasattr(config.data, "groups")
        ):
            return run.call(WRAPPER, Args([config]))
        return config
    given = dict(entries.strings())
    made = _by_constructor(run, given, model)
    if made is not None:
        return made
    kind = given.pop("type", Const("OptimWrapper"))
    inner = as_dict(given.get("optimizer", _NONE))
    if inner is not None:
        params = run.call_method(model, "parameters")
        if "paramwise_cfg" in given or not _is(given.get("constructor", Const(_DEFAULT)), _DEFAULT):
            run.gap("parameter groups", "a constructor of groups is not followed")
        given["optimizer"] = build(run, root(run, "OPTIMIZERS"), inner, {"params": params})
    cls: Value = AMP_WRAPPER if isinstance(kind, Const) and kind.value in _AMP else WRAPPER
    if isinstance(kind, Const) and kind.value not in (*_AMP, "OptimWrapper"):
        cls = lookup(run, root(run, "OPTIM_WRAPPERS"), str(kind.value)) or WRAPPER
    elif not isinstance(kind, Const):
        cls = kind
    return run.call(cls, Args([], {name: given[name] for name in _WRAPPER if name in given}))


def _by_constructor(run: Interpreter, given: dict[str, Value], model: Value) -> Value | None:
    """What a constructor of the project makes (`constructor="LayerDecay"`); None for mmengine's own, or one that is not seen."""
    kind = given.get("constructor", _NONE)
    found = (
        lookup(run, root(run, "OPTIM_WRAPPER_CONSTRUCTORS"), kind.value)
        if isinstance(kind, Const) and isinstance(kind.value, str)
        else None
    )
    if not isinstance(found, ClassValue):
        return None
    rest = DictValue.of({k: v for k, v in given.items() if k not in ("constructor", "paramwise_cfg")})
    before = len(run.program.optimizers)
    constructor = run.call(found, Args([rest, given.get("paramwise_cfg", _NONE)]))
    made = run.call(constructor, Args([model]))
    return made if isinstance(made, Instance) or len(run.program.optimizers) > before else None


def _optimizers(wrapper: Value) -> list[Value]:
    """The optimizer of a wrapper, or those of several (`OptimWrapperDict`)."""
    if not isinstance(wrapper, Instance):
        return [_NONE]
    several = as_dict(wrapper.attrs.get("optim_wrappers", _NONE))
    if several is None:
        return [wrapper.attrs.get("optimizer", _NONE)]
    return [each for part in several.strings().values() for each in _optimizers(part)]


# -- schedules


@dataclass(frozen=True)
class Planned:
    """A schedule and how often the runner steps it: batch or epoch, None where that is not known."""

    value: Value
    unit: str | None


_COMMON = "begin=0, end=1000000000, last_step=-1, by_epoch=True, verbose=False"
_TABLE: dict[str, tuple[str, Rule | None]] = {
    "MultiStepLR": ("milestones, gamma=0.1", steady),
    "StepLR": ("step_size, gamma=0.1", steady),
    "ExponentialLR": ("gamma", steady),
    "CosineAnnealingLR": ("T_max=None, eta_min=None", steady),
    "PolyLR": ("eta_min=0, power=1.0", steady),
    "ConstantLR": ("factor=0.3333333333333333", None),
    "LinearLR": ("start_factor=0.3333333333333333, end_factor=1.0", linear),
    "OneCycleLR": ("eta_max, total_steps=None, pct_start=0.3", None),
    "CosineRestartLR": ("periods, restart_weights=None, eta_min=None", steady),
    "ReduceOnPlateauLR": ("monitor='loss', rule='less', factor=0.1, patience=10", steady),
    "QuadraticWarmupLR": ("", None),
}
for _name, (_own, _rule) in _TABLE.items():
    _text = ", ".join(part for part in ("optimizer", _own, _COMMON) if part)
    add(ScheduleClass(f"mmengine.optim.{_name}", None, _text, _rule))


def schedules_of(run: Interpreter, config: Value, wrapper: Value) -> list[Planned]:
    """Every learning-rate schedule of `param_scheduler`, made for each of the wrapper's optimizers."""
    parts = config.elements if isinstance(config, ListValue | TupleValue) else [config]
    found: list[Planned] = []
    for optimizer in _optimizers(wrapper):
        for part in parts:
            entries = as_dict(part)
            made = _planned(run, dict(entries.strings()) if entries is not None else {}, optimizer)
            found += [made] if made is not None else []
    return found


def _planned(run: Interpreter, given: dict[str, Value], optimizer: Value) -> Planned | None:
    """The schedule that a config describes; None for one of a momentum, or where none is named."""
    kind = given.pop("type", _NONE)
    word = str(kind.value).rsplit(".", 1)[-1] if isinstance(kind, Const) and kind.value else ""
    if word.endswith("Momentum") or (not word and isinstance(kind, Const)):
        return None
    by_epoch = given.get("by_epoch", Const(True))
    converted = given.pop("convert_to_iter_based", Const(False))
    cls = kind
    if word:
        table = LIBRARY.entries.get(f"mm.{word}", Unknown(word))
        cls = lookup(run, root(run, "PARAM_SCHEDULERS"), word) or table
    made = run.call(cls, Args([], {"optimizer": optimizer, **given}))
    batch = not by_epoch.truth(run) or converted.truth(run)
    return Planned(made, None if by_epoch.truth(run) is None else "batch" if batch else "epoch")


def step(run: Interpreter, schedules: Sequence[Planned], unit: str) -> None:
    """The steps of the schedules of this unit."""
    for each in schedules:
        if each.unit == unit and isinstance(each.value, Instance):
            run.call_method(each.value, "step")
