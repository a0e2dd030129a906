"""Names by which configs call optimizers and schedules."""

from __future__ import annotations

from collections.abc import Mapping

_TORCH = (
    "SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "SparseAdam", "RMSprop", "Adagrad", "Adadelta", "ASGD", "Rprop",
    "LBFGS", "Muon", "Adafactor",
)  # fmt: skip

OPTIMIZERS: Mapping[str, str] = {
    **{name.lower(): f"torch.optim.{name}" for name in _TORCH},
    **dict.fromkeys(
        ("adamwtorch", "adamwtorchfused", "adamwhf", "adamwtorchxla", "adamwapexfused", "fusedadamw"),
        "torch.optim.AdamW",
    ),
    "rmsproptorch": "torch.optim.RMSprop",
    "adamw8bit": "bitsandbytes.optim.AdamW8bit",
    "adamwbnb8bit": "bitsandbytes.optim.AdamW8bit",
    "pagedadamw8bit": "bitsandbytes.optim.PagedAdamW8bit",
    "pagedadamw": "bitsandbytes.optim.PagedAdamW",
    "pagedadamw32bit": "bitsandbytes.optim.PagedAdamW32bit",
    "lion": "lion_pytorch.Lion",
    "fusedadam": "apex.optimizers.FusedAdam",
}
"""Plain name (`plain_name`) -> qualified name. Values that transformers lists for `optim` are in
transformers/training_args.py, OptimizerNames."""

PASSED = frozenset(
    {"lr", "momentum", "weight_decay", "betas", "eps", "nesterov", "amsgrad", "alpha", "dampening"}
)
"""Options of a document's optimizer that its constructor takes under the same name."""

_HF = "transformers.get_{}_schedule{}"
SCHEDULES: Mapping[str, tuple[str, str | None]] = {
    "linear": (_HF.format("linear", "_with_warmup"), "batch"),
    "cosine": (_HF.format("cosine", "_with_warmup"), "batch"),
    "cosinewithrestarts": (_HF.format("cosine_with_hard_restarts", "_with_warmup"), "batch"),
    "polynomial": (_HF.format("polynomial_decay", "_with_warmup"), "batch"),
    "constant": (_HF.format("constant", ""), "batch"),
    "constantwithwarmup": (_HF.format("constant", "_with_warmup"), "batch"),
    "inversesqrt": (_HF.format("inverse_sqrt", ""), "batch"),
    "cosinewithminlr": (_HF.format("cosine_with_min_lr", "_with_warmup"), "batch"),
    "warmupstabledecay": (_HF.format("wsd", ""), "batch"),
    "reducelronplateau": ("torch.optim.lr_scheduler.ReduceLROnPlateau", "epoch"),
    "plateau": ("torch.optim.lr_scheduler.ReduceLROnPlateau", "epoch"),
    "step": ("torch.optim.lr_scheduler.StepLR", None),
    "steplr": ("torch.optim.lr_scheduler.StepLR", None),
    "multistep": ("torch.optim.lr_scheduler.MultiStepLR", None),
    "multisteplr": ("torch.optim.lr_scheduler.MultiStepLR", None),
    "exponential": ("torch.optim.lr_scheduler.ExponentialLR", None),
    "exponentiallr": ("torch.optim.lr_scheduler.ExponentialLR", None),
    "cosineannealing": ("torch.optim.lr_scheduler.CosineAnnealingLR", None),
    "cosineannealinglr": ("torch.optim.lr_scheduler.CosineAnnealingLR", None),
    "cosineannealingwarmrestarts": ("torch.optim.lr_scheduler.CosineAnnealingWarmRestarts", None),
    "warmuplr": ("deepspeed.runtime.lr_schedules.WarmupLR", "batch"),
    "warmupdecaylr": ("deepspeed.runtime.lr_schedules.WarmupDecayLR", "batch"),
    "warmupcosinelr": ("deepspeed.runtime.lr_schedules.WarmupCosineLR", "batch"),
}
"""Plain name -> qualified name and what one step means. None of these raises the rate above the optimizer's own."""


def plain_name(name: str) -> str:
    """A name without the path before it, in lower case, letters and digits only."""
    return "".join(c for c in name.rsplit(".", 1)[-1].lower() if c.isalnum())


def words(text: str) -> frozenset[str]:
    """The words of a table that is written as text."""
    return frozenset(text.split())
