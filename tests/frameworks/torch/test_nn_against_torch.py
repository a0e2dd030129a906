"""The tables of layers, held against the torch that is installed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.frameworks.torch.nn_programs import evaluate, parameters
from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch import LIBRARY
from trainlint.frameworks.torch.activations import ACTIVATIONS, gain
from trainlint.frameworks.torch.functional import FUNCTIONS
from trainlint.frameworks.torch.init import INITIALISERS
from trainlint.frameworks.torch.layers import LayerClass

torch = pytest.importorskip("torch")

LAYERS = {
    name.rpartition(".")[2]: cls
    for name, cls in LIBRARY.entries.items()
    if isinstance(cls, LayerClass) and hasattr(torch.nn, name.rpartition(".")[2])
}


def disagreements(ours: str, function: Any) -> list[str]:
    """Parameters in another order, or with another default, than in a function's own signature."""
    theirs = inspect.signature(function).parameters
    mine = signature(ours)
    shared = [name for name in mine.names if name in theirs]
    found = []
    if shared != [name for name in theirs if name in shared]:
        found.append(f"order {shared}")
    for name, value in mine.defaults.items():
        default = theirs[name].default if name in theirs else inspect.Parameter.empty
        if default is not inspect.Parameter.empty and not callable(default) and default != value:
            found.append(f"{name}={value!r}, theirs {default!r}")
    return found


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_constructors(name: str) -> None:
    real = getattr(torch.nn, name).__init__
    kinds = {p.kind for p in inspect.signature(real).parameters.values()}
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        pytest.skip("torch documents this constructor only in words")
    assert disagreements(LAYERS[name].parameters, real) == []


def test_functions_and_initialisers() -> None:
    functional, init = torch.nn.functional, torch.nn.init
    rows = {
        f"F.{name}": (f"input, {operation.parameters}", getattr(functional, name))
        for name, operation in {**FUNCTIONS, **ACTIVATIONS}.items()
        if hasattr(functional, name) and operation.parameters
    }
    rows.update(
        {n: (f"tensor, {text}", getattr(init, f"{n}_")) for n, (_, text, _) in INITIALISERS.items() if text}
    )
    found = {}
    for name, (ours, function) in rows.items():
        try:
            inspect.signature(function)
        except ValueError:
            continue  # built in C++, without a signature
        if disagreements(ours, function):
            found[name] = disagreements(ours, function)
    assert found == {}


EXAMPLES = [
    ("Linear(4, 3)", (2, 4)),
    ("Bilinear(4, 4, 3)", None),
    ("Conv1d(4, 6, 3, groups=2)", (2, 4, 9)),
    ("Conv2d(3, 6, (3, 1), stride=(2, 1), padding='valid', bias=False)", (2, 3, 9, 8)),
    ("ConvTranspose2d(3, 6, 3, stride=2, output_padding=1)", (2, 3, 5, 5)),
    ("ConvTranspose3d(2, 4, 2)", (1, 2, 3, 3, 3)),
    ("Embedding(10, 4, padding_idx=0)", None),
    ("BatchNorm1d(5)", (2, 5)),
    ("LayerNorm((4, 5))", (2, 4, 5)),
    ("LayerNorm(5, elementwise_affine=False)", (2, 4, 5)),
    ("GroupNorm(2, 6)", (2, 6, 4)),
    ("InstanceNorm2d(3, affine=True)", (2, 3, 4, 4)),
    ("PReLU(3)", (2, 3, 4)),
    ("RNN(4, 5, num_layers=2)", (3, 2, 4)),
    ("GRU(4, 5, bidirectional=True)", (3, 2, 4)),
    ("LSTMCell(4, 5)", (2, 4)),
    ("MultiheadAttention(8, 2)", None),
    ("MultiheadAttention(8, 2, kdim=6, vdim=5)", None),
    ("TransformerEncoderLayer(8, 2, 16)", (3, 2, 8)),
    ("TransformerDecoderLayer(8, 2, 16)", None),
    ("Transformer(8, 2, 1, 2, 16)", None),
    ("AvgPool2d(3, padding=1, ceil_mode=True)", (2, 3, 8, 9)),
    ("MaxPool1d(3, 2, dilation=2)", (2, 3, 11)),
    ("AdaptiveMaxPool2d((None, 2))", (2, 3, 5, 6)),
    ("Upsample(size=(5, 7))", (2, 3, 4, 4)),
]


@pytest.mark.parametrize(("layer", "given"), EXAMPLES)
def test_parameters_and_output(layer: str, given: tuple[int, ...] | None) -> None:
    made = eval(f"torch.nn.{layer}", {"torch": torch})
    call = f"x = layer(torch.zeros{given})" if given else ""
    program = evaluate(f"layer = nn.{layer}\n{call}\n")
    theirs = {name: tuple(p.shape) for name, p in made.named_parameters()}
    assert {name: p.shape for name, p in parameters(program).items()} == theirs
    if given:
        result = made(torch.zeros(given))
        result = result[0] if isinstance(result, tuple) else result
        nodes = [n for n in program.graph.nodes if n.op not in (Op.PARAMETER, Op.INDEX)]
        shape = nodes[-1].shape
        assert shape is not None
        assert all(a in (None, b) for a, b in zip(shape, result.shape, strict=True))
        assert sum(n is None for n in shape) <= 1


@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains(name: str) -> None:
    assert gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
