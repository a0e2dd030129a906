"""One module per section of the catalogue; importing the package registers them all."""

from . import (
    activations,
    batchnorm,
    clipping,
    configs,
    data,
    forms,
    healthy,
    initialisation,
    loops,
    losses,
    modes,
    parameters,
    rates,
    targets,
    transfer,
    unseen,
)

__all__ = [
    "activations",
    "batchnorm",
    "clipping",
    "configs",
    "data",
    "forms",
    "healthy",
    "initialisation",
    "loops",
    "losses",
    "modes",
    "parameters",
    "rates",
    "targets",
    "transfer",
    "unseen",
]
