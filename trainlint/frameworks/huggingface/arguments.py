"""TrainingArguments and the configs that inherit from it: keyword arguments, defaults, and what is asked of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.options import OptionSet
from trainlint.frameworks.huggingface.arguments_table import CONFIGS, FIELDS, FORMER, RENAMED
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.model import Place
from trainlint.semantics.fields import Field
from trainlint.semantics.live_dicts import InstanceDict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ARGUMENTS = "transformers.TrainingArguments"
SHOWN = "arguments of trainers"
"""Key of `run.memo`: the objects that the program's own calls made, with the options that were named."""


class ArgumentsClass(LibraryClass):
    """A data class of training options. fields: names in order with their defaults; known: all defaults are."""

    __slots__ = ("fields", "state")

    def __init__(self, qualname: str, own: dict[str, Any], *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.fields = {**FIELDS, **own}
        fields = tuple(Field(n, _constant(v), keyword_only=n in FORMER) for n, v in self.fields.items())
        # What dataclasses.fields(), subclasses and parsers ask for.
        self.state: dict[str, Any] = {"fields": fields, "former": tuple(RENAMED)}

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        places = [n for n in self.fields if n not in FORMER]
        given = dict(zip(places, args.positional, strict=False)) | args.keywords
        given = {RENAMED.get(name, name): value for name, value in given.items()}
        for name, default in self.fields.items():
            if name in given:
                run.write(instance.attrs, name, _passed(run, given[name], name))
            elif args.open:
                run.write(instance.attrs, name, Unknown(f"{name} may come from an unknown **"))
            else:
                run.write(instance.attrs, name, _constant(default).with_origin((Place(run.here, name),)))
        for name in given.keys() - self.fields.keys():
            run.write(instance.attrs, name, given[name])
        if instance.cls is self:
            run.memo.setdefault(SHOWN, []).append((instance, frozenset(args.keywords)))
            record(run, instance, self.qualname, dict(zip(places, args.positional, strict=False)), args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in RENAMED:
            return run.get_attr(instance, RENAMED[name])
        if name in ("train_batch_size", "eval_batch_size"):
            return run.get_attr(instance, f"per_device_{name}")
        if name in _SETTERS:
            return Native(f"{self.qualname}.{name}", lambda r, args: _set(r, instance, name, args))
        if name == "get_warmup_steps":
            return Native(f"{self.qualname}.{name}", lambda r, args: warmup(r, instance))
        if name in ("to_dict", "to_sanitized_dict"):
            return Native(name, lambda r, args: InstanceDict(instance))
        if name in ("__post_init__", "to_json_string", "main_process_first", "set_push_to_hub"):
            return Native(name, lambda r, args: Const(None))
        return Unknown(f"{name} of {self.qualname}")


def _constant(value: Any) -> Value:
    return ListValue() if value == () else Const(value)


def _passed(run: Interpreter, value: Value, name: str) -> Value:
    if isinstance(value, Const) and value.origin and value.value is not None:
        return value.with_origin(extend(value.origin, run.here, name))
    return value


def warmup(run: Interpreter, arguments: Value) -> Value:
    """Warmup as a number of steps; a share of the run is at least one step."""
    steps = run.get_attr(arguments, "warmup_steps")
    if isinstance(steps, Const) and not steps.value:
        ratio = run.get_attr(arguments, "warmup_ratio")
        if not isinstance(ratio, Const):
            return Unknown("warmup_ratio")
        return Const(0) if not ratio.value else Unknown("a share of the steps")
    return steps


def record(
    run: Interpreter, instance: Instance, schema: str, by_position: dict[str, Value], args: Args
) -> None:
    """Note the options that a call gives, for the rules on options that exclude each other."""
    given = by_position | args.keywords
    options: dict[str, Fact[Any]] = {name: run.fact(value) for name, value in given.items()}
    run.program.option_sets.append(OptionSet(schema, instance.location, options, not args.open))


_SETTERS: dict[str, dict[str, str]] = {
    "set_training": {
        "learning_rate": "learning_rate", "batch_size": "per_device_train_batch_size", "weight_decay": "weight_decay",
        "num_epochs": "num_train_epochs", "max_steps": "max_steps", "seed": "seed",
        "gradient_accumulation_steps": "gradient_accumulation_steps", "gradient_checkpointing": "gradient_checkpointing",
    },
    "set_evaluate": {"strategy": "eval_strategy", "steps": "eval_steps", "batch_size": "per_device_eval_batch_size"},
    "set_optimizer": {
        "name": "optim", "learning_rate": "learning_rate", "weight_decay": "weight_decay", "beta1": "adam_beta1",
        "beta2": "adam_beta2", "epsilon": "adam_epsilon", "args": "optim_args",
    },
    "set_lr_scheduler": {
        "name": "lr_scheduler_type", "num_epochs": "num_train_epochs", "max_steps": "max_steps",
        "warmup_ratio": "warmup_ratio", "warmup_steps": "warmup_steps",
    },
    "set_dataloader": {
        "train_batch_size": "per_device_train_batch_size", "eval_batch_size": "per_device_eval_batch_size",
        "drop_last": "dataloader_drop_last", "num_workers": "dataloader_num_workers",
    },
    "set_save": {}, "set_logging": {}, "set_testing": {},
}  # fmt: skip
"""Methods that set several fields at once: parameter to field."""


def _set(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    names = _SETTERS[name]
    for parameter, value in args.bind(*names).items():
        run.write(instance.attrs, names[parameter], _passed(run, value, names[parameter]))
    return instance


BASE = LIBRARY.add(ArgumentsClass(ARGUMENTS, {}))
for _qualname, _own in CONFIGS.items():
    if _qualname != ARGUMENTS:
        LIBRARY.add(ArgumentsClass(_qualname, _own, BASE))


class OpenArguments(LibraryClass):
    """A config of trl whose defaults differ between versions: only what is given is known."""

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, RENAMED.get(name, name), _passed(run, value, name))


_CONFIG = re.compile(r"^[A-Z]\w*Config$")


@LIBRARY.maker("trl")
def trl_config(name: str) -> Value | None:
    """`PPOConfig`, `ModelConfig`, `DDPOConfig`."""
    return OpenArguments(f"trl.{name}") if _CONFIG.match(name) else None


class EnumClass(LibraryClass):
    """An enumeration of texts: `SchedulerType("cosine")` is the member, which stands for its text here."""

    def call(self, run: Interpreter, args: Args) -> Value:
        return args.positional[0] if args.positional else Unknown(f"{self.qualname}()")


for _enum, _names in (
    ("SchedulerType", ("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup",
                       "inverse_sqrt", "reduce_lr_on_plateau", "cosine_with_min_lr", "warmup_stable_decay")),
    ("IntervalStrategy", ("no", "steps", "epoch")),
    ("EvaluationStrategy", ("no", "steps", "epoch")),
    ("SaveStrategy", ("no", "steps", "epoch", "best")),
    ("OptimizerNames", ("adamw_torch", "adamw_torch_fused", "adafactor", "sgd", "adagrad", "rmsprop")),
):  # fmt: skip
    for _package in ("transformers", "diffusers") if _enum == "SchedulerType" else ("transformers",):
        LIBRARY.add(EnumClass(f"{_package}.{_enum}"))
        for _name in _names:
            LIBRARY.constant(f"{_package}.{_enum}.{_name.upper()}", _name)
