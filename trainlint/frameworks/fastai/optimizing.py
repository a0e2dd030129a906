"""fastai.optimizer: optimizers whose weight decay is decoupled, and torch's own behind OptimWrapper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Optimizer
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class FastaiOptimizer(OptimizerClass):
    """An optimizer of fastai; its arguments are called mom and wd. coupled: its family with `decouple_wd=False`."""

    __slots__ = ("coupled", "renamed")

    def __init__(self, name: str, family: str, coupled: str, parameters: str) -> None:
        super().__init__(f"fastai.optimizer.{name}", family, parameters, BASE)
        self.coupled = coupled
        self.renamed = {"wd": "weight_decay"} | ({"mom": "momentum"} if "momentum" in parameters else {})

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        keywords = {self.renamed.get(name, name): value for name, value in args.keywords.items()}
        super().construct(run, instance, Args(args.positional, keywords, args.open))
        decoupled = instance.data.options.get("decouple_wd")
        if decoupled is not None and decoupled.value is not True:
            instance.data.family = self.coupled if decoupled.value is False else ""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("set_hyper", "set_hypers"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _set(r, instance))
        found = super().attribute(run, instance, name)
        if found is None and name in ("hypers", "param_lists", "frozen_idx", "n_params", "cbs"):
            return Unknown(f"{name} of {self.qualname}")
        return found


def _set(run: Interpreter, instance: Instance) -> Value:
    """Code sets rates, momentum or weight decay itself."""
    run.write(instance.data.state, "lr_unseen", True)
    return Const(None)


_TAIL = "weight_decay={}, decouple_wd=True"
_ADAM = "params, lr, mom=0.9, sqr_mom=0.99, eps={}, " + _TAIL
for _name, _family, _coupled, _parameters in (
    ("SGD", "sgd", "sgd", f"params, lr, momentum=0.0, {_TAIL.format(0.0)}"),
    ("RMSProp", "rmsprop", "rmsprop", f"params, lr, momentum=0.0, sqr_mom=0.99, eps=1e-08, {_TAIL.format(0.0)}"),
    ("Adam", "adamw", "adam", _ADAM.format(1e-5, 0.01)),
    ("RAdam", "radam", "radam", "params, lr, mom=0.9, sqr_mom=0.99, eps=1e-05, weight_decay=0.0, beta=0.0, decouple_wd=True"),
    ("QHAdam", "", "", ("params, lr, mom=0.999, sqr_mom=0.999, nu_1=0.7, nu_2=1.0, eps=1e-08, weight_decay=0.0, decouple_wd=True")),
    ("Larc", "lars", "lars", "params, lr, momentum=0.9, clip=True, trust_coeff=0.02, eps=1e-08, weight_decay=0.0, decouple_wd=True"),
    ("Lamb", "lamb", "lamb", _ADAM.format(1e-5, 0.0)),
    ("ranger", "radam", "radam", "params, lr, mom=0.95, weight_decay=0.01, eps=1e-06, k=6, alpha=0.5, decouple_wd=True"),
):  # fmt: skip
    LIBRARY.add(FastaiOptimizer(_name, _family, _coupled, _parameters), f"fastai.{_name}")
DEFAULT = LIBRARY.entries["fastai.Adam"]


@LIBRARY.function("fastai.Lookahead")
def lookahead(run: Interpreter, args: Args) -> Value:
    """Averages what another optimizer does."""
    return args.bind("opt").get("opt", Unknown("the optimizer"))


@LIBRARY.function("fastai.OptimWrapper")
def wrapper(run: Interpreter, args: Args) -> Value:
    """`OptimWrapper(params, opt)` constructs `opt` over the parameters; older versions took a ready optimizer."""
    given = args.bind("params", "opt", "hp_map")
    for value in given.values():
        if isinstance(value, Instance) and isinstance(value.data, Optimizer):
            return value
    options = {
        k: v for k, v in args.keywords.items() if k not in ("params", "opt", "hp_map", "convert_groups")
    }
    options = {{"wd": "weight_decay", "mom": "momentum"}.get(k, k): v for k, v in options.items()}
    positional = [given["params"]] if "params" in given else []
    return run.call(given.get("opt", Const(None)), Args(positional, options, args.open))
