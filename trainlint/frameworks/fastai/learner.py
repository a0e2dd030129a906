"""Learner(dls, model, loss_func, opt_func=Adam, lr=1e-3): what it is made of (fastai 2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.fastai import callbacks
from trainlint.frameworks.fastai.data import newer, none
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.fastai.methods import METHODS
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
RATE = 1e-3
"""`defaults.lr`"""
PLACES = (
    "dls", "model", "loss_func", "opt_func", "lr", "splitter", "cbs", "metrics", "path", "model_dir", "wd", "wd_bn_bias",
    "train_bn", "moms", "default_cbs",
)  # fmt: skip


class LearnerClass(LibraryClass):
    """A network, its data, and everything that trains it."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        """Before its constructor runs, nothing of it is known."""
        instance.data = run.passes, run.branches
        for name in ("dls", "model", "loss_func", "opt_func", "lr", "wd"):
            run.write(instance.attrs, name, Unknown(f"{name} of a learner that is not shown"))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = newer(args).bind(*PLACES)
        for name in ("dls", "model", "loss_func", "opt_func", "splitter", "wd"):
            run.write(instance.attrs, name, given.get(name, _NONE))
        if none(given.get("loss_func")):
            chosen = getattr(given.get("dls"), "attrs", {}).get("loss_func")
            run.write(instance.attrs, "loss_func", chosen or Unknown("the loss that goes with the data"))
        run.write(instance.attrs, "lr", given.get("lr", Const(RATE)))
        run.write(instance.attrs, "cbs", ListValue(callbacks.listed(run, given.get("cbs"))))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            return Native(f"fastai.learner.Learner.{name}", lambda r, args: method(r, instance, args))
        if name in (
            "opt",
            "recorder",
            "path",
            "epoch",
            "n_epoch",
            "iter",
            "n_iter",
            "train_iter",
            "metrics",
            "scaler",
        ):
            return Unknown(f"learner.{name}")
        model = instance.attrs.get("model")
        return run.get_attr(model, name) if model is not None and not name.startswith("_") else None


LEARNER = LIBRARY.add(LearnerClass("fastai.learner.Learner"), "fastai.Learner")
for _name in ("TextLearner", "LMLearner", "TabularLearner"):
    LIBRARY.add(LearnerClass(f"fastai.{_name}", (LEARNER,)))
