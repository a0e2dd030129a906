"""No call of the torch model fails, whatever the arguments: wrong, missing, unknown or of another kind."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.nn_programs import evaluate
from trainlint.frameworks.torch import LIBRARY
from trainlint.frameworks.torch.layers import LayerClass
from trainlint.frameworks.torch.module_methods import METHODS as MODULE_METHODS
from trainlint.frameworks.torch.parameters import IN_PLACE_DRAWS
from trainlint.frameworks.torch.tensor_methods import METHODS, PROPERTIES
from trainlint.semantics.outside import Native

ARGUMENTS = ["", "1", "-1", "0, 1", "(0, 1)", "[2, 3], 0", "y", "y, y", "[y, y]", "None", "'text'", "z", "*z", "**z",
             "dim=1", "dim=(0, 5)", "dim=z, keepdim=True", "lambda m: m", "{'a': y}", "1.5, 2", "0, 2 ** 900", "2 ** 900", "2 ** 2000"]  # fmt: skip
CHUNK = 40


def chunks(names: list[str]) -> list[list[str]]:
    return [names[i : i + CHUNK] for i in range(0, len(names), CHUNK)]


SETUP = """
z = unknown_function()
y = torch.randn(2, 3)
w = nn.Parameter(torch.randn(2, 3))
"""


def lines(calls: list[str]) -> str:
    return SETUP + "\n".join(calls) + "\n"


@pytest.mark.parametrize("names", chunks(sorted({*METHODS, *IN_PLACE_DRAWS, *(f"{n}_" for n in METHODS)})))
def test_methods_of_tensors(names: list[str]) -> None:
    calls = [
        f"{x}.{n}({a})"
        for n in names
        for x in ("torch.zeros(2, 3)", "w.data", "w.grad", "z.x")
        for a in ARGUMENTS
    ]
    assert evaluate(lines(calls)).complete


def test_attributes_of_tensors() -> None:
    assert evaluate(
        lines([f"y.{n}; w.{n}; y.{n} = z; w.{n} = None" for n in [*PROPERTIES, "data", "no_such_name"]])
    ).complete


FUNCTIONS = sorted(
    name
    for name, value in LIBRARY.entries.items()
    if isinstance(value, Native) and name.startswith(("torch.nn.", "torch.")) and ".optim" not in name
)


@pytest.mark.parametrize("names", chunks(FUNCTIONS))
def test_functions(names: list[str]) -> None:
    assert evaluate(
        lines([f"{n}({a})" for n in names for a in [*ARGUMENTS, "y, w, w", "y, w, z, w", "w", "y, z"]])
    ).complete


LAYERS = sorted(name for name, value in LIBRARY.entries.items() if isinstance(value, LayerClass))
CONTAINERS = [
    f"torch.nn.{n}" for n in ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
]


@pytest.mark.parametrize("names", chunks([*LAYERS, *CONTAINERS, "torch.nn.Module", "torch.nn.DataParallel"]))
def test_layers(names: list[str]) -> None:
    inputs = ("", "y", "z", "y, y", "[y]", "1", "y, z, key=y")
    assert evaluate(lines([f"{n}({a})({x})" for n in names for a in ARGUMENTS for x in inputs])).complete


def test_methods_of_modules() -> None:
    calls = [
        f"{m}.{n}({a})"
        for m in ("nn.Linear(2, 3)", "nn.Sequential(nn.LSTM(2, 3), z)", "nn.ModuleDict({'a': nn.ReLU()})")
        for n in [*MODULE_METHODS, "append", "insert", "pop", "extend", "items", "update", "no_such_method"]
        for a in ARGUMENTS
    ]
    assert evaluate(lines(calls)).complete


def test_items_of_containers() -> None:
    keys = ("0", "-1", "9", "'a'", "z", "1:", "z:", "::z", "None", "y", "(1, 2)")
    code = [
        f"c = nn.{kind}({given})\nc[{key}]\nc[{key}] = nn.ReLU()\nfor part in c: part\nlen(c)\n{key!r} in c\nc + c\ndel c"
        for kind in ("Sequential", "ModuleList", "ModuleDict", "ParameterList")
        for given in ("", "[nn.ReLU(), z]", "z", "{'a': nn.Tanh()}", "None", "OrderedDict(a=nn.ReLU())")
        for key in keys
        if ":" not in key
    ]
    code += [f"nn.Sequential(nn.ReLU(), nn.Tanh())[{key}](y)" for key in keys]
    assert evaluate(lines(code)).complete
