"""SetFit: the body of a sentence transformer is trained with its own rate, size of batches and number of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.arguments import BASE as ARGUMENTS
from trainlint.frameworks.huggingface.arguments import ArgumentsClass
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.sentence_transformers import EmbedderClass, LossTrainerClass
from trainlint.frameworks.huggingface.trainer import BASE as TRAINER
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PHASES = {
    "body_learning_rate": ("learning_rate", 2e-5),
    "batch_size": ("per_device_train_batch_size", 16),
    "num_epochs": ("num_train_epochs", 1),
    "use_amp": ("fp16", False),
    "warmup_proportion": ("warmup_ratio", 0.1),
}
"""An option of SetFit (one value, or one for the body and one for the classifier) and the field that it becomes."""
_FIELDS = {
    "body_learning_rate": 2e-5, "head_learning_rate": 1e-2, "batch_size": 16, "num_epochs": 1, "use_amp": False,
    "warmup_proportion": 0.1, "sampling_strategy": "oversampling", "num_iterations": None, "margin": 0.25,
    "end_to_end": False, "l2_weight": 0.01, "max_length": None, "samples_per_label": 2, "loss": None,
}  # fmt: skip


class SetFitArguments(ArgumentsClass):
    """setfit.TrainingArguments."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        for option, (name, _) in _PHASES.items():
            value = instance.attrs[option]
            if isinstance(value, TupleValue | ListValue) and value.elements:
                value = value.elements[0]
            run.write(instance.attrs, name, value)


class SetFitModelClass(EmbedderClass):
    """SetFitModel: `from_pretrained(name)`; `model_body` is the sentence transformer."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("SetFitModel")
        self.qualname = "setfit.SetFitModel"

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "from_pretrained":
            return Native(
                f"{self.qualname}.{name}", lambda r, args: self.call(r, Args(args.positional[:1], {}))
            )
        return super().get_attr(run, name)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "model_body":
            return instance
        if name in ("predict", "predict_proba", "__call__", "create_model_card", "unfreeze", "freeze"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return super().attribute(run, instance, name)


LIBRARY.add(SetFitArguments("setfit.TrainingArguments", _FIELDS, ARGUMENTS))
LIBRARY.add(SetFitModelClass())
LIBRARY.add(
    LossTrainerClass(
        "setfit.Trainer",
        "model, args, train_dataset, eval_dataset, metric, metric_kwargs, callbacks, column_mapping",
        TRAINER,
        arguments="setfit.TrainingArguments",
    )
)


class FormerTrainer(LossTrainerClass):
    """SetFitTrainer of the versions before 1.0: its options are arguments of its own."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        names = {"learning_rate": "body_learning_rate", **{n: n for n in _FIELDS}}
        own = {names[k]: v for k, v in args.keywords.items() if k in names and k != "loss_class"}
        settings = run.call(run.library_name("setfit.TrainingArguments"), Args([], own))
        rest = {k: v for k, v in args.keywords.items() if k not in names}
        super().construct(run, instance, Args(args.positional[:1], {**rest, "args": settings}, args.open))


LIBRARY.add(FormerTrainer("setfit.SetFitTrainer", "model, train_dataset, eval_dataset", TRAINER))
