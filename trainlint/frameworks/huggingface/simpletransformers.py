"""simpletransformers: a model with `train_model(data)`, whose options are a mapping or an object of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.frameworks.huggingface import evaluating, training
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimizing import is_none, made_at
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGE = "simpletransformers"
_DEFAULTS: dict[str, Any] = {
    "learning_rate": 4e-5, "train_batch_size": 8, "num_train_epochs": 1, "max_grad_norm": 1.0, "weight_decay": 0.0,
    "warmup_steps": 0, "warmup_ratio": 0.06, "fp16": True, "optimizer": "AdamW", "gradient_accumulation_steps": 1,
    "scheduler": "linear_schedule_with_warmup", "adam_epsilon": 1e-8, "eval_batch_size": 100,
    "evaluate_during_training": False,
}  # fmt: skip
"""ModelArgs of simpletransformers 0.70."""
_T5 = {"learning_rate": 1e-3, "optimizer": "Adafactor", "scheduler": "constant_schedule_with_warmup"}
_FIELDS = {
    "learning_rate": "learning_rate", "train_batch_size": "per_device_train_batch_size", "fp16": "fp16",
    "eval_batch_size": "per_device_eval_batch_size", "num_train_epochs": "num_train_epochs",
    "max_grad_norm": "max_grad_norm", "weight_decay": "weight_decay", "warmup_steps": "warmup_steps",
    "warmup_ratio": "warmup_ratio", "gradient_accumulation_steps": "gradient_accumulation_steps",
    "adam_epsilon": "adam_epsilon",
}  # fmt: skip
"""Option to field of TrainingArguments."""
_OPTIMIZERS = {"AdamW": "adamw_torch", "Adafactor": "adafactor"}
_SCHEDULES = {
    "linear_schedule_with_warmup": "linear", "constant_schedule": "constant",
    "constant_schedule_with_warmup": "constant_with_warmup", "cosine_schedule_with_warmup": "cosine",
    "cosine_with_hard_restarts_schedule_with_warmup": "cosine_with_restarts",
    "polynomial_decay_schedule_with_warmup": "polynomial",
}  # fmt: skip
_TYPES = {
    "bert": "Bert", "roberta": "Roberta", "distilbert": "DistilBert", "xlnet": "XLNet", "albert": "Albert",
    "electra": "Electra", "xlmroberta": "XLMRoberta", "camembert": "Camembert", "longformer": "Longformer",
    "gpt2": "GPT2", "deberta": "Deberta", "bigbird": "BigBird", "mpnet": "MPNet", "t5": "T5", "mt5": "MT5", "bart": "Bart",
}  # fmt: skip
"""Model type to the first part of the class's name; others are chosen by the library's own table."""
_KEPT = "<args>"


class OptionsClass(LibraryClass):
    """ModelArgs, ClassificationArgs, ...: what is given, by keyword or by assignment; the rest are defaults."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Const(_DEFAULTS[name]) if name in _DEFAULTS else Unknown(f"{name} of {self.qualname}")


class TaskModelClass(LibraryClass):
    """ClassificationModel and its kin. head: the last part of the class of the network within."""

    __slots__ = ("defaults", "head")

    def __init__(self, name: str, head: str, **defaults: Any) -> None:
        super().__init__(f"{PACKAGE}.{name}")
        self.head, self.defaults = head, {**_DEFAULTS, **defaults}

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("model_type", "model_name", "args=", "num_labels=", "labels=")
        kind = given.get("model_type")
        first = _TYPES.get(str(kind.value)) if isinstance(kind, Const) else None
        name = f"{first}{self.head}" if first else f"AutoModel{self.head}"
        cls = LIBRARY.named(f"transformers.{name}") or Unknown(name)
        count = given.get("num_labels")
        extra = {"num_labels": count} if count is not None and not is_none(count) else {}
        if self.qualname.endswith("MultiLabelClassificationModel"):
            extra["problem_type"] = Const("multi_label_classification")
        loader = run.get_attr(cls, "from_pretrained")
        run.write(
            instance.attrs,
            "model",
            run.call(loader, Args([given.get("model_name", Unknown("a name"))], extra)),
        )
        run.write(instance.attrs, _KEPT, given.get("args", Const(None)))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "train_model":
            return Native(f"{self.qualname}.{name}", lambda r, args: self._train(r, instance, args))
        if name == "eval_model":
            return Native(f"{self.qualname}.{name}", lambda r, args: self._evaluate(r, instance, args))
        if name == "args":
            return instance.attrs.get(_KEPT, Unknown(name))
        if name in ("predict", "save_model", "convert_to_onnx", "encode_sentences"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return None

    def _trainer(
        self, run: Interpreter, instance: Instance, data: dict[str, Value], extra: Value | None
    ) -> Instance:
        """A Trainer with the options as they stand, at the place of the model's constructor."""
        settings = {name: Const(value) for name, value in self.defaults.items()} | _given(
            instance.attrs[_KEPT]
        )
        settings |= _given(extra) if extra is not None else {}
        fields = {field: settings[option] for option, field in _FIELDS.items()}
        fields["optim"] = _renamed(settings["optimizer"], _OPTIMIZERS)
        fields["lr_scheduler_type"] = _renamed(settings["scheduler"], _SCHEDULES)
        evaluates = settings["evaluate_during_training"].truth(run)
        fields["eval_strategy"] = (
            Unknown("evaluation") if evaluates is None else Const("epoch" if evaluates else "no")
        )
        cls = run.library_name("transformers.TrainingArguments")
        assert isinstance(cls, LibraryClass)
        before, sets = run.program.framework, len(run.program.option_sets)
        arguments = made_at(run, cls, instance.location, Args([], fields))
        del run.program.option_sets[sets:]  # they are no arguments of the program's own
        keywords = {"model": instance.attrs["model"], "args": arguments, **data}
        trainer = run.call(run.library_name("transformers.Trainer"), Args([], keywords))
        run.program.framework = "torch" if before == "other" else before
        assert isinstance(trainer, Instance)
        return trainer

    def _train(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        rows = args.positional[0] if args.positional else next(iter(args.keywords.values()), Unknown("data"))
        data: dict[str, Value] = {"train_dataset": Unknown(f"features of {rows.describe()}")}
        if (held_out := args.keywords.get("eval_df", args.keywords.get("eval_data"))) is not None:
            data["eval_dataset"] = Unknown(f"features of {held_out.describe()}")
        training.train(run, self._trainer(run, instance, data, args.keywords.get("args")), Args())
        return evaluating.output("global_step training_details")

    def _evaluate(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        trainer = self._trainer(run, instance, {"eval_dataset": Unknown("features")}, None)
        evaluating.evaluate(run, trainer, Args())
        return evaluating.output("result model_outputs wrong_predictions")


def _given(value: Value) -> dict[str, Value]:
    mapping = as_dict(value)
    if mapping is not None:
        return mapping.strings()
    return dict(value.attrs) if isinstance(value, Instance) else {}


def _renamed(value: Value, names: dict[str, str]) -> Value:
    name = names.get(str(value.value)) if isinstance(value, Const) else None
    return Const(name, value.origin) if name is not None else Unknown("an option that is not known")


for _name, _head in (
    ("ClassificationModel", "ForSequenceClassification"),
    ("MultiLabelClassificationModel", "ForSequenceClassification"),
    ("NERModel", "ForTokenClassification"),
    ("QuestionAnsweringModel", "ForQuestionAnswering"),
    ("LanguageModelingModel", "ForMaskedLM"),
    ("Seq2SeqModel", "ForConditionalGeneration"),
):
    LIBRARY.add(TaskModelClass(_name, _head))
LIBRARY.add(TaskModelClass("T5Model", "ForConditionalGeneration", **_T5))


@LIBRARY.maker(PACKAGE)
def options_class(name: str) -> Value | None:
    """`ClassificationArgs`, `T5Args`."""
    return OptionsClass(f"{PACKAGE}.{name}") if name.endswith("Args") else None
