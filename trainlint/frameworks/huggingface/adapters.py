"""peft and adapters: a frozen model with small trainable layers on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.launching import Settings
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.model_methods import METHODS, freeze
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ADAPTERS = "<adapters>"


MATRICES = frozenset({"peft.LoraConfig", "peft.AdaLoraConfig", "peft.LoHaConfig", "peft.LoKrConfig", "peft.OFTConfig",
                      "peft.BOFTConfig"})  # fmt: skip
"""Adapters that are trained at the usual rates. Others are a few vectors or virtual tokens, trained at rates that a
network does not bear (0.3 with Adafactor for prompts: Lester et al. 2021, section 3; 0.03 with AdamW in peft's docs)."""


def adapted(run: Interpreter, model: Instance, config: Value | None, trains: bool = True) -> Instance:
    """Freeze a model and put adapters on it (as one parameter), in place: peft's wrapper passes everything on."""
    freeze(run, model)
    if trains:
        add_parameter(run, model, ADAPTERS, None)
    kind = config.cls.describe() if isinstance(config, Instance) else ""
    run.write(model.data.state, "wrapped", "peft.PeftModel")
    run.write(model.data.state, "vectors", kind not in MATRICES)
    for name in ("merge_and_unload", "unload", "get_base_model"):
        run.write(model.attrs, name, Native(f"PeftModel.{name}", lambda r, args: model))
    for name in (
        "print_trainable_parameters",
        "set_adapter",
        "add_adapter",
        "load_adapter",
        "delete_adapter",
    ):
        run.write(model.attrs, name, Native(f"PeftModel.{name}", lambda r, args: Const(None)))
    return model


@LIBRARY.function("peft.get_peft_model", "peft.inject_adapter_in_model", "trl.prepare_peft_model")
def get_peft_model(run: Interpreter, args: Args) -> Value:
    """`get_peft_model(model, peft_config)`."""
    given = args.bind("model", "peft_config")
    model = given.get("model")
    return adapted(run, model, given.get("peft_config")) if is_module(model) else Unknown("get_peft_model()")


@LIBRARY.function("peft.prepare_model_for_kbit_training", "peft.prepare_model_for_int8_training")
def prepare_for_training(run: Interpreter, args: Args) -> Value:
    """All weights are frozen; adapters come later."""
    model = args.bind("model").get("model")
    if is_module(model):
        freeze(run, model)
    return model if model is not None else Unknown("a model")


class PeftClass(LibraryClass):
    """PeftModel and AutoPeftModelForX: adapters that are loaded; they train only if told so."""

    __slots__ = ("auto",)

    def __init__(self, name: str, auto: str = "") -> None:
        super().__init__(f"peft.{name}")
        self.auto = auto

    def call(self, run: Interpreter, args: Args) -> Value:
        model = args.positional[0] if args.positional else args.keywords.get("model")
        return (
            adapted(run, model, args.bind("model", "peft_config").get("peft_config"))
            if is_module(model)
            else Unknown(f"{self.qualname}()")
        )

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "from_pretrained":
            return Native(f"{self.qualname}.{name}", self._load)
        return super().get_attr(run, name)

    def _load(self, run: Interpreter, args: Args) -> Value:
        model = args.positional[0] if args.positional else args.keywords.get("model")
        if self.auto:
            loader = run.get_attr(run.library_name(f"transformers.{self.auto}"), "from_pretrained")
            model = run.call(loader, Args(args.positional[:1]))
        trains = args.keywords.get("is_trainable", Const(False)).truth(run)
        return (
            adapted(run, model, None, trains is not False)
            if is_module(model)
            else Unknown(f"{self.qualname}()")
        )


@LIBRARY.maker("peft")
def peft_class(name: str) -> Value | None:
    """`LoraConfig`, `PeftModelForCausalLM`, `AutoPeftModelForCausalLM`."""
    if name.startswith("AutoPeftModel"):
        return PeftClass(name, name.replace("AutoPeftModel", "AutoModel"))
    if name.startswith("PeftModel"):
        return PeftClass(name)
    return Settings(f"peft.{name}") if name.endswith("Config") else None


@LIBRARY.function(
    "peft.get_peft_model_state_dict", "peft.set_peft_model_state_dict", "peft.get_layer_status", "peft.get_model_status",
    "peft.cast_mixed_precision_params", "peft.load_peft_weights",
)  # fmt: skip
def looks(run: Interpreter, args: Args) -> Value:
    """Adapters as a mapping, or loaded from one."""
    return Unknown("the state of adapters")


# -- adapters: a model that `init` gave further methods, or that is made with them


@LIBRARY.function("adapters.init")
def with_adapters(run: Interpreter, args: Args) -> Value:
    """`adapters.init(model)`: nothing of it changes yet."""
    return Const(None)


@LIBRARY.maker("adapters")
def adapter_class(name: str) -> Value | None:
    """`AutoAdapterModel`, `BertAdapterModel`, `BnConfig`, `AdapterTrainer`."""
    from trainlint.frameworks.huggingface.heads import BODY
    from trainlint.frameworks.huggingface.models import PretrainedClass

    if name.endswith("AdapterModel"):
        return PretrainedClass(name, BODY)
    if name in ("AdapterTrainer", "Seq2SeqAdapterTrainer"):
        return LIBRARY.named(f"transformers.{name.replace('Adapter', '')}")
    return Settings(f"adapters.{name}") if name.endswith("Config") else None


def _add_adapter(run: Interpreter, instance: Instance, args: Args) -> Value:
    """transformers' add_adapter(config) freezes the model; that of adapters, add_adapter(name, config), does not."""
    given = args.bind("adapter_config", "adapter_name").get("adapter_config")
    if isinstance(given, Instance) and given.cls.describe().startswith("peft."):
        adapted(run, instance, given)
    else:
        add_parameter(run, instance, ADAPTERS, None)
    return Const(None)


def _train_adapter(run: Interpreter, instance: Instance, args: Args) -> Value:
    """train_adapter(names): everything else is frozen."""
    freeze(run, instance)
    add_parameter(run, instance, ADAPTERS, None)
    return Const(None)


METHODS["add_adapter"] = _add_adapter
METHODS["train_adapter"] = METHODS["train_adapter_fusion"] = _train_adapter
