"""Optimizers, schedules and loaders of packages around torch, in the words of the torch model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks import torchmetrics
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.optimizer_zoos import pytorch_optimizers
from trainlint.frameworks.torch.loaders import LoaderClass
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.frameworks.torch.schedule_table import scale_peak
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class ExtrasLibrary(TableLibrary):
    """The tables below; classes of torchmetrics are too many to list and all work alike."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        found = super().resolve(run, qualname)
        parts = qualname.split(".")
        if found is None and parts[0] == "torchmetrics" and len(parts) > 1:
            return torchmetrics.named(qualname)
        return found


LIBRARY = ExtrasLibrary(
    "bitsandbytes", "apex", "lion_pytorch", "torch_optimizer", "prodigyopt", "dadaptation", "schedulefree",
    "adabelief_pytorch", "warmup_scheduler", "torch_geometric", "torchmetrics",
    "torch_ema", "torchdata", "higher", "madgrad", "adamp", "ranger", "pytorch_ranger", "cosine_annealing_warmup",
    "mup", "pytorch_optimizer",
)  # fmt: skip

_ADAM = "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay={}"
_SGD = "params, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False"
_RANGER = (
    "params, lr=0.001, alpha=0.5, k=6, N_sma_threshhold=5, betas=(0.95, 0.999), eps=1e-05, weight_decay=0"
)
_LION = "params, lr=0.0001, betas=(0.9, 0.99), weight_decay=0.0"
_APEX = "params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps={}, {}weight_decay={}, amsgrad=False"

_OPTIMIZERS: tuple[tuple[str, str, str], ...] = (
    *((f"bitsandbytes.optim.{n}", "adam", _ADAM.format(0))
      for n in ("Adam", "Adam8bit", "Adam32bit", "PagedAdam", "PagedAdam8bit", "PagedAdam32bit")),
    *((f"bitsandbytes.optim.{n}", "adamw", _ADAM.format(0.01))
      for n in ("AdamW", "AdamW8bit", "AdamW32bit", "PagedAdamW", "PagedAdamW8bit", "PagedAdamW32bit")),
    *((f"bitsandbytes.optim.{n}", "sgd", _SGD) for n in ("SGD", "SGD8bit", "SGD32bit")),
    *((f"bitsandbytes.optim.{n}", "lion", _LION) for n in ("Lion", "Lion8bit", "Lion32bit", "PagedLion8bit")),
    *((f"bitsandbytes.optim.{n}", "rmsprop", "params, lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0")
      for n in ("RMSprop", "RMSprop8bit", "RMSprop32bit")),
    ("bitsandbytes.optim.LAMB", "lamb", _ADAM.format(0)),
    ("apex.optimizers.FusedAdam", "adamw", _APEX.format("1e-08", "adam_w_mode=True, ", 0.0)),
    ("apex.optimizers.FusedLAMB", "lamb", _APEX.format("1e-06", "", 0.01)),
    ("apex.optimizers.FusedSGD", "sgd", _SGD),
    ("lion_pytorch.Lion", "lion", _LION),
    ("torch_optimizer.RAdam", "radam", _ADAM.format(0)),
    ("torch_optimizer.AdaBelief", "adam", _ADAM.format(0)),
    ("torch_optimizer.AdamP", "adam", _ADAM.format(0)),
    ("torch_optimizer.DiffGrad", "adam", _ADAM.format(0)),
    ("torch_optimizer.AdaBound", "",
     ("params, lr=0.001, betas=(0.9, 0.999), final_lr=0.1, gamma=0.001, eps=1e-08, weight_decay=0")),
    ("torch_optimizer.Lamb", "lamb", "params, lr=0.001, betas=(0.9, 0.999), eps=1e-06, weight_decay=0"),
    ("torch_optimizer.NovoGrad", "", "params, lr=0.001, betas=(0.95, 0), eps=1e-08, weight_decay=0"),
    ("torch_optimizer.Yogi", "", "params, lr=0.01, betas=(0.9, 0.999), eps=0.001, weight_decay=0"),
    ("torch_optimizer.SGDW", "sgd", "params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False"),
    ("torch_optimizer.Ranger", "",
     ("params, lr=0.001, alpha=0.5, k=6, N_sma_threshhold=5, betas=(0.95, 0.999), eps=1e-05, weight_decay=0")),
    ("adabelief_pytorch.AdaBelief", "adam",
     ("params, lr=0.001, betas=(0.9, 0.999), eps=1e-16, weight_decay=0, amsgrad=False")),
    ("madgrad.MADGRAD", "", "params, lr=0.01, momentum=0.9, weight_decay=0, eps=1e-06, decouple_decay=False"),
    ("adamp.AdamP", "adam", f"{_ADAM.format(0)}, delta=0.1, wd_ratio=0.1, nesterov=False"),
    ("adamp.SGDP", "sgd", f"{_SGD}, eps=1e-08, delta=0.1, wd_ratio=0.1"),
    ("ranger.Ranger", "", f"{_RANGER}, use_gc=True, gc_conv_only=False"),
    ("pytorch_ranger.Ranger", "", _RANGER),
    ("prodigyopt.Prodigy", "prodigy",
     ("params, lr=1.0, betas=(0.9, 0.999), beta3=None, eps=1e-08, weight_decay=0, decouple=True")),
    ("dadaptation.DAdaptAdam", "dadapt", "params, lr=1.0, betas=(0.9, 0.999), eps=1e-08, weight_decay=0"),
    ("dadaptation.DAdaptSGD", "dadapt", "params, lr=1.0, momentum=0.0, weight_decay=0"),
    ("schedulefree.AdamWScheduleFree", "schedulefree",
     ("params, lr=0.0025, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, warmup_steps=0")),
    ("schedulefree.SGDScheduleFree", "schedulefree",
     ("params, lr=1.0, momentum=0.9, weight_decay=0, warmup_steps=0")),
    # These scale the rate by the width of each weight, and give AdamW too no weight decay that is not asked for.
    ("mup.optim.MuAdam", "", "params, impl=None, *, lr, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0"),
    ("mup.optim.MuAdamW", "", "params, *, lr, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0"),
    ("mup.optim.MuSGD", "", "params, impl=None, *, lr, momentum=0, dampening=0, weight_decay=0.0, nesterov=False"),
)  # fmt: skip
"""Qualified name, family in facts/rates.py ("" and families without a band stay silent), signature."""

for _name, _family, _parameters in (*_OPTIMIZERS, *pytorch_optimizers()):
    LIBRARY.add(OptimizerClass(_name, _family, _parameters, BASE))
LIBRARY.alias("torch_geometric.data", "torch_geometric.loader")
LIBRARY.alias("ranger.ranger", "ranger")
for _name in ("MuAdam", "MuAdamW", "MuSGD"):
    LIBRARY.entries[f"mup.{_name}"] = LIBRARY.entries[f"mup.optim.{_name}"]


# -- schedules


def gradual_warmup(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """GradualWarmupScheduler: from the rate (or 0 for multiplier 1) to multiplier times the rate."""
    schedule.warmup = True
    factor = schedule.options["multiplier"].value
    schedule.rescales = not isinstance(factor, int | float)
    if isinstance(factor, int | float):
        scale_peak(schedule, float(factor))


LIBRARY.add(
    ScheduleClass(
        "warmup_scheduler.GradualWarmupScheduler",
        "epoch",
        "optimizer, multiplier, total_epoch, after_scheduler=None",
        gradual_warmup,
    )
)


def own_rates(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """CosineAnnealingWarmupRestarts: between rates of its own (`max_lr`, `min_lr`), whatever the optimizer was given."""
    schedule.warmup = schedule.options["warmup_steps"].value != 0
    schedule.rescales = True


LIBRARY.add(
    ScheduleClass(
        "cosine_annealing_warmup.CosineAnnealingWarmupRestarts",
        None,
        "optimizer, first_cycle_steps, cycle_mult=1.0, max_lr=0.1, min_lr=0.001, warmup_steps=0, gamma=1.0, last_epoch=-1",
        own_rates,
    )
)


# -- loaders, averages

LIBRARY.add(
    LoaderClass(
        "torch_geometric.loader.DataLoader",
        "dataset, batch_size=1, shuffle=False, follow_batch=None, exclude_keys=None, *, sampler=None, "
        "batch_sampler=None, num_workers=0, collate_fn=None, pin_memory=False, drop_last=False, "
        "worker_init_fn=None, generator=None, prefetch_factor=None, persistent_workers=False",
    )
)
LIBRARY.add(LoaderClass("torchdata.stateful_dataloader.StatefulDataLoader"))


@LIBRARY.function("torch_ema.ExponentialMovingAverage")
def moving_average(run: Interpreter, args: Args) -> Value:
    """A copy of the weights beside the training: it takes nothing away from it."""
    return Observed("torch_ema.ExponentialMovingAverage()")


@LIBRARY.function("higher.optim.get_diff_optim")
def differentiable(run: Interpreter, args: Args) -> Value:
    """An optimizer's rule applied to copies of the weights: it steps where no step is seen, and its own weights stay."""
    given = args.bind("opt").get("opt")
    if isinstance(given, Instance) and isinstance(given.data, Optimizer):
        run.write(given.data.state, "escaped", True)
    return Observed("higher.optim.get_diff_optim()")
