"""Initialisation in every usual form, and gradients and parameters changed by hand."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.nn_programs import evaluate, module, parameters, schemes
from trainlint.facts.events import EventKind
from trainlint.frameworks.torch.activations import gain

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
        self.head = nn.Linear(8, 2)

"""

FORMS = {
    "nn.init on a layer": ("nn.init.kaiming_normal_(net.head.weight, nonlinearity='relu')", "he"),
    "the old name": ("nn.init.xavier_uniform(net.head.weight)", "xavier"),
    "of .data": ("nn.init.orthogonal_(net.head.weight.data)", "orthogonal"),
    "in place of .data": ("net.head.weight.data.normal_(0, 0.02)", "normal"),
    "without gradients": ("with torch.no_grad():\n    net.head.weight.uniform_(-0.1, 0.1)", "uniform"),
    "new data": ("net.head.weight.data = torch.randn(2, 8) * 0.01", "normal"),
    "a new parameter": ("net.head.weight = nn.Parameter(torch.zeros(2, 8))", "zeros"),
    "copied": ("net.head.weight.data.copy_(nn.Linear(8, 2).weight.data)", "copy"),
    "by isinstance": (
        "for m in net.modules():\n    if isinstance(m, nn.Linear):\n        nn.init.eye_(m.weight)",
        "eye",
    ),
    "by name": (
        "for name, p in net.named_parameters():\n    if name.startswith('head') and 'weight' in name:\n"
        "        nn.init.trunc_normal_(p, std=0.02)",
        "trunc_normal",
    ),
    "by dimensions": (
        "for p in net.head.parameters():\n    if p.dim() > 1:\n        nn.init.xavier_normal_(p)",
        "xavier",
    ),
    "by class name": (
        "def init(m):\n    if m.__class__.__name__.find('Linear') != -1:\n        m.weight.data.fill_(0.5)\nnet.apply(init)",
        "constant",
    ),
    "apply with a lambda": (
        "net.apply(lambda m: nn.init.sparse_(m.weight, 0.1) if isinstance(m, nn.Linear) else None)",
        "sparse",
    ),
    "scaled": ("net.head.weight.data *= 0.1", "custom"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_initialisation(form: str) -> None:
    code, scheme = FORMS[form]
    found = schemes(evaluate(NET + "net = Net()\n" + code + "\n"))
    assert found["head.weight"] == [scheme]
    assert found["body.0.weight"] == []


def test_options_of_initialisers() -> None:
    program = evaluate(
        NET
        + """
net = Net()
nn.init.kaiming_uniform_(net.head.weight, mode="fan_out", nonlinearity="relu")
nn.init.xavier_normal_(net.body[0].weight, gain=nn.init.calculate_gain("tanh"))
net.head.bias.data.uniform_(-0.2, 0.3)
nn.init.constant_(net.body[0].bias, 0)
"""
    )
    found = parameters(program)
    he = found["head.weight"].inits[0]
    assert (he.options["mode"].value, he.options["distribution"].value) == ("fan_out", "uniform")
    assert found["body.0.weight"].inits[0].options["gain"].value == pytest.approx(5 / 3)
    bias = found["head.bias"].inits[0]
    assert (bias.options["low"].value, bias.options["high"].value) == (-0.2, 0.3)
    assert found["body.0.bias"].inits[0].scheme == "zeros"


def test_numbers_behind_random_values() -> None:
    program = evaluate(
        """
        a = nn.Parameter(torch.randn(4, 8) * 0.5 + 1)
        b = nn.Parameter((torch.rand(4, 8) - 0.5) / 10)
        c = nn.Parameter(torch.full((4,), 0.1))
        d = nn.Parameter(torch.empty(4))
        e = nn.Parameter(math.sqrt(2 / 8) * torch.randn(4, 8))
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c, self.d, self.e = a, b, c, d, e
        net = Net()
        """
    )
    found = module(program, "Net").parameters
    assert {k: f.value for k, f in found["a"].inits[0].options.items()} == {"mean": 1.0, "std": 0.5}
    uniform = found["b"].inits[0].options
    assert (uniform["low"].value, uniform["high"].value) == pytest.approx((-0.05, 0.05))
    assert found["c"].inits[0].options["value"].value == 0.1
    assert found["d"].inits == ()
    assert found["e"].inits[0].options["std"].value == pytest.approx(0.5)


def test_every_layer_of_a_deep_network_is_visited() -> None:
    program = evaluate(
        """
        net = nn.Sequential(*[nn.Linear(8, 8) for _ in range(60)])
        for m in net.modules():
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight)
        for p in list(net.parameters()):
            p.requires_grad_(False)
        """
    )
    weights = [p for n, p in parameters(program).items() if n.endswith("weight")]
    assert len(weights) == 60
    assert all(p.inits and p.requires_grad is False for p in weights)


def test_a_condition_makes_an_initialisation_uncertain() -> None:
    program = evaluate(
        """
        layer = nn.Linear(4, 4)
        if bool(input()):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        """
    )
    layer = module(program, "torch.nn.Linear")
    assert [i.maybe for i in layer.parameters["weight"].inits] == [True]
    assert [i.maybe for i in layer.parameters["bias"].inits] == [False]


def test_a_part_of_a_parameter_counts_as_custom() -> None:
    program = evaluate(
        """
        cell = nn.LSTM(4, 8)
        for name, p in cell.named_parameters():
            if "bias" in name:
                nn.init.zeros_(p)
                p.data[8:16].fill_(1.0)
        """
    )
    assert [i.scheme for i in module(program, "torch.nn.LSTM").parameters["bias_ih_l0"].inits] == [
        "zeros",
        "custom",
    ]


def test_updates_by_hand_are_no_initialisation() -> None:
    program = evaluate(
        """
        w = torch.zeros(4, 1, requires_grad=True)
        net = nn.Linear(4, 1)
        for step in range(100):
            loss = (torch.randn(8, 4) @ w).mean() + net(torch.randn(8, 4)).mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                for p in net.parameters():
                    p.add_(p.grad, alpha=-0.1)
                    p.grad = None
            w.grad.zero_()
        """
    )
    kinds = [e.kind for e in program.events if e.loops and e.loops[0].number == 0]
    assert kinds.count(EventKind.MANUAL_STEP) == 3
    assert kinds.count(EventKind.ZERO_GRAD) == 3
    assert module(program, "torch.nn.Linear").parameters["weight"].inits == ()


def test_gradients_clipped_by_hand() -> None:
    program = evaluate(
        """
        net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
        net(torch.randn(2, 4)).mean().backward()
        for p in net.parameters():
            p.grad.data.clamp_(-0.5, 0.5)
        """
    )
    (clipping,) = program.clippings
    assert (clipping.kind, clipping.max.value) == ("manual", 0.5)
    assert len(clipping.subject.parameters) == 4


@pytest.mark.parametrize(
    ("name", "parameter", "expected"),
    [
        ("relu", None, 2**0.5),
        ("leaky_relu", 0.2, (2 / 1.04) ** 0.5),
        ("tanh", None, 5 / 3),
        ("selu", None, 0.75),
    ],
)
def test_gains_are_those_of_torch(name: str, parameter: float | None, expected: float) -> None:
    assert gain(name, parameter) == pytest.approx(expected)
    assert gain("no_such_name") is None
