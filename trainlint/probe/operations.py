"""The operations that a network may be rebuilt from: the whitelist that both sides of the pipe go by.

Nothing else is ever built, and options are numbers, words and tuples of them; so a request cannot name code to run.
Options are torch's, by torch's names, with sizes as whole numbers or tuples of them. Unless `required`, an option has the
default of torch's constructor of the same operation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One entry: how many inputs it takes (None: any number), its options, those that must be given, and whether it has
    learned weights. parameters: torch's names of its learned tensors (those of norms included)."""

    inputs: int | None
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    weighted: bool = False
    parameters: tuple[str, ...] = ()


def _layer(required: str, options: str = "", inputs: int | None = 1) -> Operation:
    names = tuple(required.split())
    return Operation(inputs, names + tuple(options.split()), names, True, ("weight", "bias"))


def _plain(options: str = "", required: str = "", inputs: int | None = 1) -> Operation:
    names = tuple(required.split())
    return Operation(inputs, names + tuple(options.split()), names)


def _norm(required: str, options: str = "") -> Operation:
    names = tuple(required.split())
    return Operation(1, names + tuple(options.split()), names, False, ("weight", "bias"))


_CONV = "stride padding dilation groups bias padding_mode"
_CONV_REQUIRED = "in_channels out_channels kernel_size"
_POOL = "stride padding ceil_mode"
_RECURRENT = "num_layers bias dropout bidirectional returns"
_BLOCK = "dim_feedforward dropout activation norm_first bias layer_norm_eps causal"

WEIGHTED: dict[str, Operation] = {
    "linear": _layer("in_features out_features", "bias"),
    "bilinear": _layer("in1_features in2_features out_features", "bias", 2),
    **{f"conv{n}d": _layer(_CONV_REQUIRED, _CONV) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _layer(_CONV_REQUIRED, _CONV + " output_padding") for n in (1, 2, 3)},
    "embedding": Operation(1, ("num_embeddings", "embedding_dim", "padding_idx"),
                           ("num_embeddings", "embedding_dim"), True, ("weight",)),
    # (N, T, D) in; returns: sequence (N, T, directions*H: all steps of the last layer), last (the last step of that),
    # hidden (N, layers*directions, H: the last hidden state of every layer and direction)
    **{name: Operation(1, ("input_size", "hidden_size", *_RECURRENT.split(), *extra), ("input_size", "hidden_size"), True,
                       ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
       for name, extra in (("rnn", ("nonlinearity",)), ("lstm", ()), ("gru", ()))},
    # query, key, value (N, T, D); one input stands for all three
    "attention": Operation(None, ("embed_dim", "num_heads", "dropout", "bias", "causal", "kdim", "vdim"),
                           ("embed_dim", "num_heads"), True, ("in_proj_weight", "in_proj_bias", "weight", "bias")),
    "transformer_encoder_layer": _layer("d_model nhead", _BLOCK),
    "transformer_encoder": _layer("d_model nhead num_layers", _BLOCK),
    "transformer_decoder_layer": _layer("d_model nhead", _BLOCK, 2),
    "transformer_decoder": _layer("d_model nhead num_layers", _BLOCK, 2),
    # a learned tensor of its own (position embeddings, class tokens, scales): shape as it is, no batch added
    "parameter": Operation(0, ("shape",), ("shape",), False, ("weight",)),
}  # fmt: skip
"""Parameters of recurrent layers are named without layer and direction (`weight_ih` for `weight_ih_l0_reverse`, ...);
an init of `weight` of attention and transformer blocks holds for all their matrices."""

ACTIVATIONS: dict[str, Operation] = {
    **{name: _plain() for name in (
        "relu", "relu6", "sigmoid", "tanh", "silu", "mish", "selu", "softsign", "tanhshrink", "logsigmoid", "hardsigmoid",
        "hardswish", "exponential", "identity",
    )},
    "leaky_relu": _plain("negative_slope"),
    "prelu": Operation(1, ("num_parameters", "init"), (), False, ("weight",)),
    "rrelu": _plain("lower upper"),
    "elu": _plain("alpha"),
    "celu": _plain("alpha"),
    "gelu": _plain("approximate"),
    "hardtanh": _plain("min_val max_val"),
    "softplus": _plain("beta threshold"),
    "softshrink": _plain("lambd"),
    "hardshrink": _plain("lambd"),
    "threshold": _plain("", "threshold value"),
    "glu": _plain("dim"),
    "softmax": _plain("", "dim"),
    "log_softmax": _plain("", "dim"),
    "softmin": _plain("", "dim"),
}  # fmt: skip

NORMS: dict[str, Operation] = {
    # momentum is torch's: the share of the new batch; dims 1, 2, 3 are the same operation here
    "batchnorm": _norm("num_features", "eps momentum affine track_running_stats"),
    "instancenorm": _norm("num_features", "eps affine"),
    "layernorm": _norm("normalized_shape", "eps affine"),
    "rmsnorm": _norm("normalized_shape", "eps affine"),
    "groupnorm": _norm("num_groups num_channels", "eps affine"),
    "l2_normalize": _plain("dim p eps"),
    "local_response_norm": _plain("alpha beta k", "size"),
}

REGULARISERS: dict[str, Operation] = {
    "dropout": _plain("", "p"),
    "dropout_channels": _plain("", "p"),  # whole channels (Dropout1d to 3d, SpatialDropout)
    "alpha_dropout": _plain("", "p"),
    "gaussian_noise": _plain("", "std"),
}

SHAPES: dict[str, Operation] = {
    **{f"max_pool{n}d": _plain(_POOL + " dilation", "kernel_size") for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _plain(_POOL + " count_include_pad", "kernel_size") for n in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{n}d": _plain("", "output_size") for n in (1, 2, 3) for kind in ("avg", "max")},
    "upsample": _plain("scale_factor size mode align_corners"),
    "pixel_shuffle": _plain("", "factor"),
    "pad": _plain("mode value", "pad"),  # torch.nn.functional.pad's order: last dimension first
    "flatten": _plain("start_dim end_dim"),  # from dim 1 unless told otherwise
    "reshape": _plain("", "shape"),  # without the batch, which stays first; -1 once
    "permute": _plain("", "dims"),  # all dimensions, 0 stays first
    "transpose": _plain("", "dim0 dim1"),
    "squeeze": _plain("dim"),
    "unsqueeze": _plain("", "dim"),
    "expand": _plain("", "shape"),  # without the batch; -1 keeps a size
    "repeat": _plain("", "repeats"),  # without the batch
    "select": _plain("", "dim index"),  # x[:, -1]: dim 1, index -1
    "slice": _plain("stop step", "dim start"),
    "concat": _plain("", "dim", None),
    "stack": _plain("", "dim", None),
}

ARITHMETIC: dict[str, Operation] = {
    **{name: _plain(inputs=None) for name in ("add", "sub", "mul", "div", "maximum", "minimum")},
    "matmul": _plain(inputs=2),
    "scale": _plain("", "factor"),  # by a number
    "shift": _plain("", "offset"),  # by a number
    "power": _plain("", "exponent"),
    **{name: _plain() for name in ("exp", "log", "log1p", "sqrt", "abs", "sin", "cos", "neg", "square", "detach")},
    "clamp": _plain("min max"),
    **{f"reduce_{name}": _plain("keepdim", "dim") for name in ("mean", "sum", "max", "min", "std", "norm", "logsumexp")},
    "constant": Operation(0, ("shape", "value"), ("shape",)),  # buffers; without the batch
}  # fmt: skip
"""dim of reductions: one dimension or a tuple of them."""

OPERATIONS: dict[str, Operation] = {
    **WEIGHTED, **ACTIVATIONS, **NORMS, **REGULARISERS, **SHAPES, **ARITHMETIC,
}  # fmt: skip
