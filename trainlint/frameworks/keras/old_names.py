"""Arguments of Keras 1 under the names that they have today."""

from __future__ import annotations

from collections.abc import Collection

from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Value

RENAMED: dict[str, tuple[str, ...]] = {
    "output_dim": ("units",),
    "nb_filter": ("filters",),
    "init": ("kernel_initializer", "embeddings_initializer", "depthwise_initializer", "alpha_initializer"),
    "inner_init": ("recurrent_initializer",),
    "inner_activation": ("recurrent_activation",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": ("bias_constraint",),
    "bias": ("use_bias",),
    "border_mode": ("padding",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "stride": ("strides",),
    "filter_length": ("kernel_size",),
    "pool_length": ("pool_size",),
    "dim_ordering": ("data_format",),
    "atrous_rate": ("dilation_rate",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "dropout_W": ("dropout",),
    "dropout_U": ("recurrent_dropout",),
    "alpha": ("negative_slope",),
    "length": ("size",),
    "concat_axis": ("axis",),
    "gamma_init": ("gamma_initializer",),
    "beta_init": ("beta_initializer",),
}
"""Old name -> what it may be called now: the first that the layer has."""

ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
ROWS = ("nb_row", "nb_col", "kernel_dim1", "kernel_dim2", "kernel_dim3")
OLD_CONVOLUTIONS = frozenset(
    {"Convolution2D", "Convolution3D", "AtrousConvolution2D", "SeparableConvolution2D"}
)
"""Names under which `Convolution2D(32, 3, 3)` means a kernel of 3 by 3, and not a stride of 3."""


def modern(args: Args, names: Collection[str], called: str = "") -> Args:
    """The arguments of a call as its signature names them today. called: the name that code used for the class."""
    if not args.keywords and called not in OLD_CONVOLUTIONS:
        return args
    keywords: dict[str, Value] = {}
    for name, value in args.keywords.items():
        new = next((n for n in RENAMED.get(name, ()) if n in names), None)
        if name in names or new is None or new in args.keywords:
            keywords[name] = value
        else:
            keywords[new] = _ordering(value) if new == "data_format" else value
    positional = list(args.positional)
    sizes = [keywords.pop(name) for name in ROWS if name in keywords]
    if not sizes and called in OLD_CONVOLUTIONS and len(positional) > 2:
        dims = 3 if "3D" in called else 2
        sizes = positional[1 : dims + 1]
        if all(isinstance(s, Const) and isinstance(s.value, int) for s in sizes) and len(sizes) == dims:
            del positional[1 : dims + 1]
            positional[1:] = []  # `init`, `activation` by position: rare, and not worth a guess
        else:
            sizes = []
    if sizes and "kernel_size" in names:
        keywords["kernel_size"] = TupleValue(sizes)
    return Args(positional, keywords, args.open)


def _ordering(value: Value) -> Value:
    if isinstance(value, Const) and value.value in ORDERINGS:
        return Const(ORDERINGS[value.value], value.origin)
    return value
