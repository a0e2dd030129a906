"""The TensorFlow side of transformers: networks as layers (`TFBertModel`), their optimizer and schedule; and those of the TensorFlow
models' `official` package, which are the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.facts.training import Schedule
from trainlint.frameworks.keras.hub import NETWORK
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.optimizers import BASE, OptimizerClass
from trainlint.frameworks.keras.rates import peak_of
from trainlint.frameworks.keras.schedules import BASE as SCHEDULE
from trainlint.frameworks.keras.schedules import PREFIX, ScheduleClass, decays
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_LOADED = re.compile(r"transformers\.(?:models\.[\w.]+\.)?(TF\w+)\.(from_pretrained|from_config)")


def _network(run: Interpreter, name: str) -> Value | None:
    """`TFBertModel.from_pretrained("bert-base-uncased")`"""
    found = _LOADED.fullmatch(name)
    if found is None:
        return None
    known = found.group(2) == "from_pretrained"

    def load(run: Interpreter, args: Args) -> Value:
        kept = {k: v for k, v in args.keywords.items() if k in ("name", "trainable")}
        made = run.call(NETWORK, Args([], kept))
        if isinstance(made, Instance):
            made.data.name, made.data.qualname = found.group(1), f"transformers.{found.group(1)}"
            run.write(made.data.state, "pretrained", known)
        return made

    return Native(name, load)


LIBRARY.fallbacks.append(_network)


def _warms(schedule: Schedule, options: dict[str, Fact[object]]) -> None:
    """From 0 to the initial rate, and on from there as another schedule says."""
    decays(schedule, options)
    schedule.warmup, schedule.peak = True, peak_of([options["initial_learning_rate"]])


WARMUP = ScheduleClass(
    "transformers.WarmUp",
    "initial_learning_rate, decay_schedule_fn=None, warmup_steps=None, power=1.0, name=None",
    _warms,
    SCHEDULE,
)
LIBRARY.add(WARMUP, "official.nlp.optimization.WarmUp", "transformers.optimization_tf.WarmUp")
_PLACES = ("transformers", "transformers.optimization_tf", "official.nlp.optimization")


ADAM = OptimizerClass(
    "transformers.AdamWeightDecay",
    "adamw",
    "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False, weight_decay=0.0, "
    "include_in_weight_decay=None, exclude_from_weight_decay=None, name=None, clipnorm=None, clipvalue=None, "
    "global_clipnorm=None",
    BASE,
)
for _place in _PLACES:
    LIBRARY.entries[f"{_place}.AdamWeightDecay"] = ADAM


@LIBRARY.function("transformers.create_optimizer", "transformers.optimization_tf.create_optimizer")
def create_optimizer(run: Interpreter, args: Args) -> Value:
    """An optimizer with a linear warmup and decay, and its schedule."""
    return TupleValue(list(_created(run, args, 0.0)))


@LIBRARY.function("official.nlp.optimization.create_optimizer")
def create_official(run: Interpreter, args: Args) -> Value:
    """The optimizer alone; its weight decay is 0.01."""
    return _created(run, args, 0.01)[0]


def _created(run: Interpreter, args: Args, default: float) -> tuple[Value, Value]:
    given = args.bind("init_lr", "num_train_steps", "num_warmup_steps", "min_lr_ratio")
    rate = given.get("init_lr", Unknown("init_lr"))
    steps = given.get("num_train_steps", Unknown("num_train_steps"))
    decay = run.call(run.library_name(f"{PREFIX}PolynomialDecay"), Args([rate, steps]))
    warm = given.get("num_warmup_steps", Const(0))
    schedule = decay
    if warm.truth(run) is not False:
        schedule = run.call(WARMUP, Args([rate, decay, warm]))
        if isinstance(decay, Instance):
            run.program.schedules.remove(decay.data)  # what follows the warmup, within it
    weight = args.keywords.get("weight_decay_rate", Const(default))
    if weight.truth(run) is False:
        return run.call(run.library_name("keras.optimizers.Adam"), Args([schedule])), schedule
    return run.call(ADAM, Args([schedule], {"weight_decay": weight})), schedule
