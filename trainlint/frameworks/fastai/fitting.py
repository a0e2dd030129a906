"""One fit of a Learner: the optimizer that it trains with, the schedule of its rate, and the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.fastai import callbacks
from trainlint.frameworks.fastai.bunches import of_bunch
from trainlint.frameworks.fastai.data import none
from trainlint.frameworks.fastai.optimizing import DEFAULT
from trainlint.frameworks.fastai.training import Fit
from trainlint.frameworks.torch.tree import named_parameters
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_STEPS = (
    "_do_one_batch",
    "one_batch",
    "_do_grad_opt",
    "_backward",
    "_step",
    "all_batches",
    "_do_epoch",
    "_do_fit",
    "_do_epoch_train",
)
BODY, HEAD, RECURRENT = "<body>", "<head>", "<recurrent>"
"""Where a learner of fastai's own keeps the two parts of its network, of which the first may be frozen."""


def ends(rate: Value) -> tuple[Value | None, Value]:
    """The rates of the first and the last parameter group: `slice(1e-5, 1e-3)`; None where it is one for all."""
    if isinstance(rate, SliceValue):
        lower = rate.lower
        return (Unknown("a tenth of the last") if none(lower) else lower), rate.upper or Unknown("the rate")
    return None, rate


def _params(run: Interpreter, learner: Instance, lower: Value | None, upper: Value) -> Value:
    """The parameters, in two groups for a learner with a body and a head."""
    body, head = learner.attrs.get(BODY), learner.attrs.get(HEAD)
    if body is None or head is None:
        return _trainable(run, learner)
    groups: list[Value] = []
    for network, rate in ((body, lower), (head, upper)):
        own: dict[str, Value] = {"params": run.call_method(network, "parameters")}
        groups.append(DictValue.of(own | ({"lr": rate} if rate is not None else {})))
    return ListValue(groups)


def _trainable(run: Interpreter, learner: Instance) -> Value:
    """fastai.torch_core.trainable_params: without what is frozen when the optimizer is made."""
    model = learner.attrs["model"]
    if isinstance(model, Instance) and model.is_a("torch.nn.Module") and none(learner.attrs.get("splitter")):
        found, more = named_parameters(run, model)
        tensors = list(found.values())
        learned = [t for t in tensors if t.parameter is None or t.parameter.requires_grad is not False]
        if len(learned) < len(tensors):
            return ListValue(list(learned), open=more)
    return run.call_method(model, "parameters")


def optimizer_for(
    run: Interpreter, learner: Instance, rate: Value, wd: Value | None, scheduled: bool
) -> Value:
    """The learner's optimizer; made at the first fit, and known anew where a later one sets another constant rate."""
    before = learner.attrs.get("opt")
    lower, upper = ends(rate)
    number = upper.value if isinstance(upper, Const) else None
    if isinstance(before, Instance) and _serves(before.data, number, scheduled):
        return before
    params = _params(run, learner, lower, upper)
    options: dict[str, Value] = {"lr": upper}
    decay = wd if wd is not None and not none(wd) else learner.attrs.get("wd")
    if decay is not None and not none(decay):
        options["wd"] = decay
    made = _made(run, learner, params, options)
    if isinstance(made, Instance) and isinstance(made.data, Optimizer):
        state = made.data.state
        state["made_in"], state["branches"] = learner.data
        state["fastai_scheduled"] = scheduled
        split = not none(learner.attrs.get("splitter")) and lower is not None
        if split or (made.data.lr.value != number and not scheduled):
            state["lr_unseen"] = True
        if RECURRENT in learner.attrs:
            state["recurrent"] = True
    run.write(learner.attrs, "opt", made)
    return made


def _made(run: Interpreter, learner: Instance, params: Value, options: dict[str, Value]) -> Value:
    """By the learner's `opt_func`. fastai 1 wraps optimizers of torch, and decays weights itself, by default by 0.01."""
    given = learner.attrs.get("opt_func")
    default = given is None or none(given)
    if not of_bunch(learner):
        return run.call(DEFAULT if default or given is None else given, Args([params], options))
    options["weight_decay"] = options.pop("wd", Const(0.01))
    chosen = run.library_name("torch.optim.Adam") if default or given is None else given
    made = run.call(chosen, Args([params], options))
    if isinstance(made, Instance) and isinstance(made.data, Optimizer) and made.data.family == "adam":
        made.data.family = "adamw"
    return made


def _serves(optimizer: object, rate: object, scheduled: bool) -> bool:
    """Whether what is known of an optimizer holds for another fit: schedules set their own rates."""
    if not isinstance(optimizer, Optimizer):
        return False
    both = scheduled and optimizer.state.get("fastai_scheduled") is True
    return both or (rate is not None and optimizer.lr.value == rate)


def own_steps(run: Interpreter, learner: Instance) -> bool:
    """Whether a class of the program rewrites parts of the loop."""
    local = not isinstance(learner.cls, LibraryClass)
    return local and any(isinstance(run.class_attribute(learner.cls, n), FunctionValue) for n in _STEPS)


def train(
    run: Interpreter,
    learner: Instance,
    epochs: Value,
    rate: Value | None,
    given: dict[str, Value],
    kind: str = "",
) -> Value:
    """One fit. kind: the schedule's name, or none for a constant rate."""
    if own_steps(run, learner):
        run.escape(learner.attrs.get("model", _NONE), "a fit whose steps are the program's own")
        return _NONE
    value = learner.attrs["lr"] if rate is None or none(rate) else rate
    optimizer = optimizer_for(run, learner, value, given.get("wd"), bool(kind))
    schedule = _schedule(run, learner, optimizer, value, given, kind) if kind else None
    more = callbacks.listed(run, given.get("cbs"))
    Fit(run, learner, optimizer, schedule, more).fit(epochs)
    return _NONE


def _schedule(
    run: Interpreter, learner: Instance, optimizer: Value, rate: Value, given: dict[str, Value], kind: str
) -> Schedule:
    held = (
        optimizer.data if isinstance(optimizer, Instance) and isinstance(optimizer.data, Optimizer) else None
    )
    module = "fastai.train" if of_bunch(learner) else "fastai.callback.schedule"
    made = Schedule(f"{module}.{kind}", run.here, held, "batch", kind == "fit_one_cycle")
    made.peak = run.number(ends(rate)[1], "lr_max")
    made.rescales = not made.peak.known
    for name, default in _SHAPE[kind].items():
        made.options[name] = run.number(given[name], name) if name in given else known(default)
    known_ones = (s for s in run.program.schedules if s.location == made.location and s.optimizer is held)
    return next((s for s in known_ones if s.peak and s.peak.value == made.peak.value), made)


_SHAPE: dict[str, dict[str, float]] = {
    "fit_one_cycle": {"div": 25.0, "div_final": 1e5, "pct_start": 0.25},
    "fit_flat_cos": {"div_final": 1e5, "pct_start": 0.75},
    "fit_sgdr": {"cycle_mult": 2},
}
"""Options of the schedules, with their defaults (fastai.callback.schedule)."""
