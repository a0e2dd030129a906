"""Methods of transformers' models: loading, starting values, and switches that change nothing that is trained."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import known
from trainlint.facts.graph import Init, ModuleCall, Op
from trainlint.frameworks.huggingface.configuration import CONFIG
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.parameters import set_trainable
from trainlint.frameworks.torch.pretrained import take_alone
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module, named_parameters, walk
from trainlint.frameworks.torch.unseen_values import HiddenLayer
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]

_LOADING = frozenset({
    "device_map", "torch_dtype", "dtype", "cache_dir", "revision", "token", "use_auth_token", "trust_remote_code",
    "quantization_config", "load_in_8bit", "load_in_4bit", "low_cpu_mem_usage", "attn_implementation", "from_tf",
    "ignore_mismatched_sizes", "local_files_only", "force_download", "max_memory", "use_safetensors", "config",
    "output_loading_info", "variant", "state_dict", "subfolder", "use_flash_attention_2", "offload_folder",
})  # fmt: skip
"""Arguments of from_pretrained that say how to load; the others belong to the config (or to a local __init__)."""


def load(run: Interpreter, cls: Value, args: Args, pretrained: bool) -> Value:
    """`Model.from_pretrained(name, **kwargs)` and `AutoModel.from_config(config)`."""
    given = args.keywords.get("config")
    if given is None and not pretrained and args.positional:
        given = args.positional[0]
    own = {k: v for k, v in args.keywords.items() if k not in _LOADING}
    config = _configured(run, given, own, pretrained)
    extra = {k: v for k, v in own.items() if _takes(run, cls, k)}
    further = args.positional[1:] if pretrained else []
    made = run.call(cls, Args([config, *further], extra))
    if is_module(made):
        start(run, made)
        if pretrained:
            for _, part in walk(made):
                if part.data.op is Op.BACKBONE:
                    take_alone(run, part, True, published=True)
                else:  # layers of the project's own, which a checkpoint need not have
                    run.write(part.data.state, "pretrained", True)
                run.write(
                    part.data.state, "training", False
                )  # as its documentation says: call train() to train
            note_dropout(run, made, args)
            run.event(EventKind.LOAD, made.data)
            if _truth(run, args.keywords.get("load_in_4bit")) or _truth(
                run, args.keywords.get("load_in_8bit")
            ):
                freeze(run, made)
    info = args.keywords.get("output_loading_info")
    return TupleValue([made, Unknown("loading info")]) if info is not None and info.truth(run) else made


_DROPPING = re.compile(
    r"^((distil|xlm-?)?(bert|roberta)|camembert|electra|deberta|gpt-?2|t5|mt5|m?bart|pegasus|wav2vec2|hubert|xlnet"
    r"|longformer|mpnet|big-?bird|layoutlm|opt|led)"
)
"""Families whose configurations drop 0.1 of the hidden units by default (transformers 5.23); of a class that is chosen
by the checkpoint, its name says which family it is of."""


_LAYERNORM = re.compile(
    r"^((distil|xlm-?)?(bert|roberta)|camembert|electra|deberta|gpt-?2|m?bart|mpnet|vit|deit|albert)"
)
"""Families that normalise by layer norm alone."""


def note_norms(instance: Instance, name: str) -> None:
    """How a network of this family normalises, where that is known."""
    if _LAYERNORM.match(name.lower()):
        instance.data.options["norms"] = known(("layernorm",))


def note_dropout(run: Interpreter, instance: Instance, args: Args) -> None:
    """The rate of dropout of a model that is loaded with its checkpoint's configuration, where that is known."""
    name = str(getattr(instance.cls, "name", "")).lower()
    if name.startswith("auto"):
        checkpoint = args.positional[0] if args.positional else None
        text = str(checkpoint.value) if isinstance(checkpoint, Const) else ""
        name = text.rsplit("/", 1)[-1].lower()
    note_norms(instance, name)
    own = any("drop" in k or k == "config" for k in args.keywords)
    if not own and not args.open and _DROPPING.match(name):
        instance.data.options["dropout"] = known(0.1)


def _configured(run: Interpreter, given: Value | None, own: dict[str, Value], pretrained: bool) -> Value:
    """The config that a model is made with: as given, or the checkpoint's, with what keyword arguments change."""
    if isinstance(given, Instance):
        for name, value in own.items():
            run.write(given.attrs, name, value)
        return given
    if given is not None and not (isinstance(given, Const) and given.value is None):
        return given
    made = CONFIG.call(run, Args([], own))
    if isinstance(made, Instance) and pretrained:
        run.write(made.attrs, "<file>", Const(True))
    return made


def _takes(run: Interpreter, cls: Value, name: str) -> bool:
    """Whether a local class's __init__ has a parameter of this name."""
    initialiser = run.class_attribute(cls, "__init__")
    arguments = getattr(getattr(initialiser, "node", None), "args", None)
    return arguments is not None and name in [a.arg for a in (*arguments.args, *arguments.kwonlyargs)]


def _truth(run: Interpreter, value: Value | None) -> bool:
    return value is not None and value.truth(run) is True


def freeze(run: Interpreter, instance: Instance) -> None:
    """Take every parameter out of training."""
    for tensor in named_parameters(run, instance)[0].values():
        if tensor.parameter is not None:
            set_trainable(run, tensor.parameter, False)


def start(run: Interpreter, instance: Instance) -> None:
    """post_init(): `_init_weights` on every module; a class that has none of its own takes the library's, which draws
    from a normal distribution as wide as the config says."""
    own = run.class_attribute(instance.cls, "_init_weights")
    for _, part in reversed(list(walk(instance))):
        if own is not None:
            run.call(run.bind(own, instance), Args([part]))
    for tensor in named_parameters(run, instance)[0].values():
        parameter = tensor.parameter
        if parameter is not None and not parameter.inits and part_of_layer(parameter.module):
            inits = (*parameter.inits, Init("custom", run.here))
            run.write(parameter.state, "inits", inits)


def part_of_layer(module: object) -> bool:
    """Whether a parameter belongs to a layer that starting values are given to."""
    return getattr(module, "op", None) in (Op.AFFINE, Op.EMBEDDING, Op.RECURRENT, Op.ATTENTION)


def _post_init(run: Interpreter, instance: Instance, args: Args) -> Value:
    start(run, instance)
    return Const(None)


def _generate(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Tokens, by forward passes in whatever mode the model is in; generate() itself switches gradients off."""
    inputs = tuple(node for value in args.values() for node in leaves(value))
    module = instance.data
    before = run.grad_enabled
    run.set_grad(False)
    call = ModuleCall(module, run.here, run.module_call, inputs, (), module.state.get("training"), False)
    run.program.calls.append(call)
    if call.parent is None:
        run.event(EventKind.FORWARD, module, call=call)
    node = run.node(Op.CALL, "generate", inputs, attached=False)
    call.outputs = (node,)
    run.set_grad(before)
    return Tensor(node, TORCH)


def _itself(run: Interpreter, instance: Instance, args: Args) -> Value:
    return instance


def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return Const(None)


def _unknown(run: Interpreter, instance: Instance, args: Args) -> Value:
    return Unknown("a method of a model")


def _layers(run: Interpreter, instance: Instance, args: Args) -> Value:
    return HiddenLayer("a part of a model")


def _frozen(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`freeze_feature_encoder()`: a part of the model stops training; which parameters is not known."""
    for tensor in named_parameters(run, instance)[0].values():
        if tensor.parameter is not None:
            set_trainable(run, tensor.parameter, None)
    return Const(None)


METHODS: dict[str, Method] = {
    "post_init": _post_init,
    "init_weights": _post_init,
    "generate": _generate,
    "freeze_feature_encoder": _frozen,
    "freeze_feature_extractor": _frozen,
    "freeze_base_model": _frozen,
    "freeze_encoder": _frozen,
    "_init_weights": _nothing,
    "init_bert_weights": _nothing,
    "_initialize_weights": _nothing,
    **dict.fromkeys(
        (
            "gradient_checkpointing_enable", "gradient_checkpointing_disable", "enable_input_require_grads", "tie_weights",
            "save_pretrained", "push_to_hub", "set_input_embeddings", "set_output_embeddings", "prune_heads",
            "config_class", "load_adapter", "set_adapter", "set_attn_implementation", "warnings_issued",
            "disable_input_require_grads", "add_model_tags", "print_trainable_parameters",
        ),
        _nothing,
    ),
    **dict.fromkeys(("to_bettertransformer", "reverse_bettertransformer", "dequantize"), _itself),
    **dict.fromkeys(
        (
            "num_parameters",
            "get_extended_attention_mask", "get_head_mask", "invert_attention_mask", "get_memory_footprint",
            "can_generate", "prepare_inputs_for_generation", "create_extended_attention_mask_for_decoder",
            "prepare_decoder_input_ids_from_labels", "floating_point_ops",
        ),
        _unknown,
    ),
    **dict.fromkeys(
        (
            "resize_token_embeddings", "get_input_embeddings", "get_output_embeddings", "get_decoder", "get_encoder",
            "get_position_embeddings",
        ),
        _layers,
    ),
}  # fmt: skip
UNKNOWN = frozenset({
    "device", "dtype", "name_or_path", "is_gradient_checkpointing", "main_input_name", "base_model_prefix", "framework",
    "generation_config", "hf_device_map", "is_parallelizable", "model_parallel", "is_loaded_in_8bit", "is_loaded_in_4bit",
})  # fmt: skip
"""Attributes of models that are no modules."""
