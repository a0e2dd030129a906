"""Trainer and its kin: what they are given, and the methods that a project calls or overrides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface import evaluating, optimizing, overriding, training
from trainlint.frameworks.huggingface.accelerator import ACCELERATOR_CLASS
from trainlint.frameworks.huggingface.arguments import BASE as ARGUMENTS
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimizing import is_none
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]

TRAINER = "transformers.Trainer"
TRAINERS = "trainers"
USED = "trainers whose methods were asked for"
_SHARED = (
    "model, args, data_collator, train_dataset, eval_dataset, processing_class, model_init, compute_loss_func, "
    "compute_metrics, callbacks, optimizers, optimizer_cls_and_kwargs, preprocess_logits_for_metrics"
)


class TrainerClass(LibraryClass):
    """A trainer. places: its parameters in order; arguments: the class of `args` where none are given;
    auto: the class that a model given by name is loaded with."""

    __slots__ = ("arguments", "auto", "places")

    def __init__(
        self,
        qualname: str,
        places: str,
        *bases: LibraryClass,
        arguments: str = "",
        auto: str = "AutoModelForCausalLM",
    ) -> None:
        super().__init__(qualname, bases)
        self.places = tuple(places.split(", "))
        self.arguments = arguments or ARGUMENTS.qualname
        self.auto = auto

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return overriding.class_attribute(name) or super().get_attr(run, name)

    def shows(self, name: str) -> bool:
        return name in METHODS or overriding.class_attribute(name) is not None

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return overriding.class_attribute(name)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*self.places)
        given = {**args.keywords, **given}
        open_ = args.open or not given.keys() & {"model", "model_init"}  # made from symbols: nothing is shown
        for name in (
            "model",
            "train_dataset",
            "eval_dataset",
            "data_collator",
            "compute_metrics",
            "model_init",
        ):
            value = given.get(name, Unknown(name) if open_ else Const(None))
            run.write(instance.attrs, name, value)
        for name in given.keys() - {"args", "callbacks", "optimizers"}:
            run.write(instance.attrs, name, given[name])
        run.write(instance.attrs, "args", self._arguments(run, given, open_))
        pair = given.get("optimizers")
        both = list(pair.elements) if isinstance(pair, TupleValue | ListValue) else []
        unseen: Value = (
            Const(None) if is_none(pair) and not open_ else Unknown("an optimizer", method="optimizer")
        )
        for number, name in enumerate(("optimizer", "lr_scheduler")):
            run.write(instance.attrs, name, both[number] if number < len(both) else unseen)
        self._callbacks(run, instance, given.get("callbacks"))
        self._model(run, instance, given)
        run.memo.setdefault(TRAINERS, []).append(instance)
        run.program.framework = "transformers"

    def _arguments(self, run: Interpreter, given: dict[str, Value], open_: bool) -> Value:
        value = given.get("args", Unknown("args") if open_ else Const(None))
        return run.call(run.library_name(self.arguments), Args()) if is_none(value) else value

    def _callbacks(self, run: Interpreter, instance: Instance, given: Value | None) -> None:
        """Classes stand for an instance without arguments."""
        listed = (
            list(given.elements)
            if isinstance(given, ListValue | TupleValue)
            else []
            if is_none(given)
            else [given]
        )
        made = [_callback(run, value) for value in listed if value is not None]
        run.write(instance.attrs, "<callbacks>", TupleValue(made))

    def _model(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        """A model given by name is loaded; peft_config puts adapters on it."""
        model = instance.attrs["model"]
        if isinstance(model, Const) and isinstance(model.value, str):
            loader = run.get_attr(run.library_name(f"transformers.{self.auto}"), "from_pretrained")
            model = run.call(loader, Args([model]))
        adapters = given.get("peft_config")
        if adapters is not None and not is_none(adapters) and is_module(model):
            model = run.call(run.library_name("peft.get_peft_model"), Args([model, adapters]))
        run.write(instance.attrs, "model", model)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            run.memo.setdefault(USED, set()).add(id(instance))
            return Native(f"{TRAINER}.{name}", lambda r, args: method(r, instance, args))
        if name == "accelerator":
            return accelerator(run, instance)
        if name in ("model_wrapped", "deepspeed"):
            return instance.attrs.get("model", Unknown(name))
        if name == "_train_batch_size":
            return run.get_attr(instance.attrs.get("args", Unknown("args")), "train_batch_size")
        if name in ("tokenizer", "processing_class"):
            return instance.attrs.get("processing_class", instance.attrs.get("tokenizer", Unknown(name)))
        if name in _OBSERVES:
            return Native(f"{TRAINER}.{name}", lambda r, args: Observed(f"trainer.{name}()"))
        return Observed(f"trainer.{name}") if name in _VALUES else None


def _callback(run: Interpreter, value: Value) -> Value:
    is_class = isinstance(value, LibraryClass) or hasattr(value, "mro")
    return run.call(value, Args()) if is_class else value


def accelerator(run: Interpreter, instance: Instance) -> Value:
    """The trainer's Accelerator."""
    found = instance.attrs.get("accelerator")
    if found is None:
        steps = optimizing.field(run, instance, "gradient_accumulation_steps")
        found = ACCELERATOR_CLASS.call(run, Args([], {"gradient_accumulation_steps": steps}))
        run.write(instance.attrs, "accelerator", found)
    return found


def _prepare_inputs(run: Interpreter, instance: Instance, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("inputs")


def _context(run: Interpreter, instance: Instance, args: Args) -> Value:
    return run.call_method(accelerator(run, instance), "autocast")


def _wrap_model(run: Interpreter, instance: Instance, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a model")


def _add_callback(run: Interpreter, instance: Instance, args: Args) -> Value:
    held = instance.attrs.get("<callbacks>")
    before = held.elements if isinstance(held, TupleValue) else ()
    added = [_callback(run, value) for value in args.values()[:1]]
    run.write(instance.attrs, "<callbacks>", TupleValue((*before, *added)))
    return Const(None)


def _search(run: Interpreter, instance: Instance, args: Args) -> Value:
    """hyperparameter_search: runs with rates that are not known."""
    run.escape(instance, "hyperparameter_search")
    return Unknown("the best run")


METHODS: dict[str, Method] = {
    "train": training.train,
    "training_step": training.training_step,
    "compute_loss": training.compute_loss,
    "create_optimizer": optimizing.create_optimizer,
    "create_scheduler": optimizing.create_scheduler,
    "get_decay_parameter_names": overriding.decay_names,
    "create_optimizer_and_scheduler": training.create_optimizer_and_scheduler,
    "get_train_dataloader": training.train_loader,
    "_get_train_sampler": training.train_sampler,
    "get_eval_dataloader": evaluating.eval_loader,
    "get_test_dataloader": evaluating.eval_loader,
    "evaluate": evaluating.evaluate,
    "predict": evaluating.predict,
    "prediction_step": evaluating.prediction_step,
    "_prepare_inputs": _prepare_inputs,
    "_prepare_input": _prepare_inputs,
    "compute_loss_context_manager": _context,
    "autocast_smart_context_manager": _context,
    "_wrap_model": _wrap_model,
    "add_callback": _add_callback,
    "hyperparameter_search": _search,
}
_OBSERVES = frozenset({
    "log", "log_metrics", "save_metrics", "save_state", "save_model", "push_to_hub", "create_model_card", "pop_callback",
    "remove_callback", "is_world_process_zero", "is_local_process_zero", "_save_checkpoint", "_save", "store_flos",
    "num_examples", "floating_point_ops", "_remove_unused_columns", "init_hf_repo", "_maybe_log_save_evaluate",
    "_move_model_to_device", "_set_signature_columns_if_needed", "_load_best_model", "num_tokens", "metrics_format",
    "_memory_tracker", "set_initial_training_values", "get_num_trainable_parameters", "get_learning_rates",
})  # fmt: skip
_VALUES = frozenset({
    "state", "control", "is_in_train", "callback_handler", "label_names", "is_deepspeed_enabled", "is_fsdp_enabled",
    "current_flos", "hp_search_backend", "use_apex", "use_cuda_amp", "do_grad_scaling", "label_smoother", "can_return_loss",
    "is_model_parallel", "place_model_on_device", "_signature_columns", "model_accepts_loss_kwargs",
})  # fmt: skip

BASE = TrainerClass(TRAINER, _SHARED)
LIBRARY.add(BASE)
LIBRARY.add(
    TrainerClass(
        "transformers.Seq2SeqTrainer", _SHARED, BASE, arguments="transformers.Seq2SeqTrainingArguments"
    )
)

_PREFERENCE = (
    "model, ref_model, args, data_collator, train_dataset, eval_dataset, processing_class, compute_metrics, callbacks, "
    "optimizers, optimizer_cls_and_kwargs, preprocess_logits_for_metrics, peft_config"
)
_REWARDED = (
    "model, reward_funcs, args, train_dataset, eval_dataset, processing_class, reward_processing_classes, callbacks, "
    "optimizers, peft_config"
)
_SINGLE = "model, args, data_collator, train_dataset, eval_dataset, processing_class, compute_loss_func, compute_metrics, callbacks, optimizers"
for _name, _places, _arguments, _auto in (
    ("SFTTrainer", _SINGLE, "SFTConfig", ""),
    ("RewardTrainer", _SINGLE, "RewardConfig", "AutoModelForSequenceClassification"),
    ("PRMTrainer", _SINGLE, "PRMConfig", "AutoModelForTokenClassification"),
    ("DPOTrainer", _PREFERENCE, "DPOConfig", ""),
    ("KTOTrainer", _PREFERENCE, "KTOConfig", ""),
    ("BCOTrainer", _PREFERENCE, "BCOConfig", ""),
    ("CPOTrainer", _SINGLE, "CPOConfig", ""),
    ("ORPOTrainer", _SINGLE, "ORPOConfig", ""),
    ("GKDTrainer", "model, teacher_model, args, data_collator, train_dataset, eval_dataset", "GKDConfig", ""),
    ("GRPOTrainer", _REWARDED, "GRPOConfig", ""),
    ("RLOOTrainer", _REWARDED, "RLOOConfig", ""),
    ("OnlineDPOTrainer", "model, ref_model, reward_funcs, judge, args, data_collator, train_dataset", "OnlineDPOConfig", ""),
):  # fmt: skip
    LIBRARY.add(
        TrainerClass(
            f"trl.{_name}", _places, BASE, arguments=f"trl.{_arguments}", auto=_auto or "AutoModelForCausalLM"
        )
    )

_TRAINER = re.compile(r"^[A-Z]\w*Trainer$")


class OpenTrainer(LibraryClass):
    """A trainer of trl whose loop is its own (PPOTrainer): what it is given is trained there, unseen."""

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.escape_args(args, self.qualname)
        run.program.framework = "transformers"

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Observed(f"{self.qualname}.{name}")


@LIBRARY.maker("trl")
def trl_trainer(name: str) -> Value | None:
    """`PPOTrainer`, `DDPOTrainer`."""
    return OpenTrainer(f"trl.{name}") if _TRAINER.match(name) else None
