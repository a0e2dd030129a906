"""How a remedy is written in the library that a layer comes from."""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.facts.graph import Module


@dataclass(frozen=True)
class Idiom:
    """Words of one library. xavier takes the name of an activation by `format`."""

    without_bias: str
    he: str
    any_scaled: str
    xavier_with_gain: str
    default_gradient: float  # what one ReLU layer passes of the gradient under the default initialisation
    sigmoid_gradient: float  # the same for one sigmoid layer (measured, MLPs of width 64)
    glorot_by_default: bool


TORCH = Idiom(
    without_bias="bias=False",
    he='nn.init.kaiming_normal_(w, nonlinearity="{}")',
    any_scaled="nn.init.kaiming_normal_ or nn.init.xavier_uniform_",
    xavier_with_gain='nn.init.xavier_normal_(w, gain=nn.init.calculate_gain("{}"))',
    default_gradient=0.41,  # variance 1 / (3 fan-in): sqrt(1 / 6)
    sigmoid_gradient=0.14,
    glorot_by_default=False,
)
KERAS = Idiom(
    without_bias="use_bias=False",
    he='kernel_initializer="he_normal"',
    any_scaled='the initializer "he_normal" or "glorot_uniform"',
    xavier_with_gain='kernel_initializer="glorot_normal"',
    default_gradient=0.71,  # variance 2 / (fan-in + fan-out): sqrt(1 / 2) for equal widths
    sigmoid_gradient=0.24,
    glorot_by_default=True,
)


def idiom(module: Module | None) -> Idiom:
    """The words of the library that a layer, or the layers of a network, come from."""
    if module is None:
        return TORCH
    library = module.state.get("library")
    if library is None and module.qualname == "torch.nn.Parameter":  # a layer made by hand is its owner's
        owners = [module.root.state, *(parameter.state for parameter in module.parameters.values())]
        library = next((s["library"] for s in owners if "library" in s), None)
    return KERAS if library == "keras" else TORCH
