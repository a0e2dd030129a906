"""The optimizers of torch.optim, with their documented signatures and defaults (torch 2.13)."""

from __future__ import annotations

from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.optim import OPTIMIZER, OptimizerClass

BASE = OptimizerClass(OPTIMIZER, "", "params, defaults")
LIBRARY.add(BASE)

_ADAM = "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay={decay}, amsgrad=False"
_UNFUSED = "*, foreach=None, maximize=False, capturable=False, differentiable=False"
_TAIL = f"{_UNFUSED}, fused=None"

TABLE: tuple[tuple[str, str, str], ...] = (
    ("SGD", "sgd", ("params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, "
     "foreach=None, differentiable=False, fused=None")),
    ("Adam", "adam", _ADAM.format(decay=0) + f", {_TAIL}, decoupled_weight_decay=False"),
    ("AdamW", "adamw", _ADAM.format(decay=0.01) + f", {_TAIL}"),
    ("NAdam", "nadam", ("params, lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, momentum_decay=0.004, "
     f"decoupled_weight_decay=False, {_UNFUSED}")),
    ("RAdam", "radam", ("params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, "
     f"decoupled_weight_decay=False, {_UNFUSED}")),
    ("Adamax", "adamax", ("params, lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, foreach=None, "
     "*, maximize=False, differentiable=False, capturable=False")),
    ("SparseAdam", "adam", "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, maximize=False"),
    ("RMSprop", "rmsprop", ("params, lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0, centered=False, "
     "capturable=False, foreach=None, maximize=False, differentiable=False")),
    ("Adagrad", "adagrad", ("params, lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, "
     "foreach=None, *, maximize=False, differentiable=False, fused=None")),
    ("Adadelta", "adadelta", ("params, lr=1.0, rho=0.9, eps=1e-06, weight_decay=0, foreach=None, *, "
     "capturable=False, maximize=False, differentiable=False")),
    ("Adafactor", "adafactor", ("params, lr=0.01, beta2_decay=-0.8, eps=(None, 0.001), d=1.0, weight_decay=0.0, "
     "*, foreach=None, maximize=False")),
    ("ASGD", "asgd", ("params, lr=0.01, lambd=0.0001, alpha=0.75, t0=1000000.0, weight_decay=0, foreach=None, "
     "maximize=False, differentiable=False, capturable=False")),
    ("Rprop", "rprop", ("params, lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-06, 50), *, capturable=False, "
     "foreach=None, maximize=False, differentiable=False")),
    ("LBFGS", "lbfgs", ("params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-07, tolerance_change=1e-09, "
     "history_size=100, line_search_fn=None")),
    ("Muon", "muon", ("params, lr=0.001, weight_decay=0.1, momentum=0.95, nesterov=True, "
     "ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-07, ns_steps=5, adjust_lr_fn=None")),
)  # fmt: skip
"""Name, family in facts/rates.py, signature."""

for _name, _family, _signature in TABLE:
    LIBRARY.add(OptimizerClass(f"torch.optim.{_name}", _family, _signature, BASE))
LIBRARY.whole["torch.optim"] = frozenset({"lr_scheduler", "swa_utils"})
"""Its modules for single optimizers (`torch.optim.adam`) are deleted once their class is imported."""
