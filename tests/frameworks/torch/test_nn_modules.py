"""Networks: parts, containers, copies, wrappers, modes, calls."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.nn_programs import evaluate, module, node, parameters, signal
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op

NET = """
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.act = nn.ReLU()

    def forward(self, x):
        return x + self.act(self.fc(x))


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList([Block(8) for _ in range(depth)])
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)

"""


def test_paths_parents_and_parameters() -> None:
    program = evaluate(NET + "net = Net()\n")
    net = module(program, "Net")
    assert [m.path for m in net.walk()][:4] == ["", "blocks", "blocks.0", "blocks.0.fc"]
    assert program.roots == [net]
    assert "blocks.2.fc.weight" in parameters(program)
    assert all(m.complete for m in net.walk())


def test_a_forward_pass_is_recorded_with_what_happens_in_it() -> None:
    program = evaluate(NET + "net = Net()\ny = net(torch.zeros(4, 8))\n")
    assert signal(program) == ["linear", "relu", "+"] * 3 + ["linear"]
    root = program.calls_of(module(program, "Net"))[0]
    assert root.outputs[0].shape == (4, 1)
    inner = [n for n in program.graph.nodes if n.name == "linear"][1]
    assert inner.call is not None
    assert inner.call.outermost is root
    (event,) = program.events_of(EventKind.FORWARD)
    assert event.target is root.module


def test_containers_in_all_their_forms() -> None:
    program = evaluate(
        """
        named = nn.Sequential(OrderedDict([("fc", nn.Linear(4, 4)), ("act", nn.Tanh())]))
        grown = nn.Sequential()
        grown.append(nn.Linear(4, 4))
        grown.add_module("act", nn.Sigmoid())
        grown.insert(1, nn.Dropout(0.1))
        both = nn.Sequential(*list(named.children()), *grown)
        table = nn.ModuleDict({"a": nn.Linear(4, 2)})
        table["b"] = nn.ReLU()
        y = table["b"](table["a"](both[:-1](torch.zeros(1, 4))))
        first = both[0]
        z = first(y)
        """
    )
    assert signal(program)[:6] == ["linear", "tanh", "linear", "dropout", "linear", "relu"]
    assert list(module(program, "torch.nn.ModuleDict").children) == ["a", "b"]


def test_sequential_as_a_base_class() -> None:
    program = evaluate(
        """
        class ConvNorm(nn.Sequential):
            def __init__(self, a, b):
                super().__init__(nn.Conv2d(a, b, 3, bias=False), nn.BatchNorm2d(b), nn.SiLU())

        class Twice(nn.Sequential):
            def __init__(self):
                super().__init__()
                self.one = nn.Linear(4, 4)
                self.two = nn.ReLU()

            def forward(self, x):
                return super().forward(super().forward(x))

        a = ConvNorm(3, 8)(torch.zeros(1, 3, 8, 8))
        b = Twice()(torch.zeros(1, 4))
        """
    )
    assert signal(program) == ["conv", "batchnorm", "silu", "linear", "relu", "linear", "relu"]


def test_layers_from_a_loop_of_unknown_length() -> None:
    program = evaluate(
        """
        def build(widths):
            layers = []
            size = 10
            for width in widths:
                layers += [nn.Linear(size, width), nn.Sigmoid()]
                size = width
            layers.append(nn.Linear(size, 1))
            return nn.Sequential(*layers)
        net = build([int(a) for a in input().split()])
        y = net(torch.zeros(2, 10))
        """
    )
    names = signal(program)
    assert names[:2] == ["linear", "sigmoid"]
    assert names[-1] == "linear"
    assert not module(program, "torch.nn.Sequential").complete


def test_a_layer_that_a_condition_leaves_out() -> None:
    program = evaluate(
        """
        layers = [nn.Linear(4, 4)]
        if bool(input()):
            layers.append(nn.BatchNorm1d(4))
        layers.append(nn.ReLU())
        y = nn.Sequential(*layers)(torch.zeros(2, 4))
        """
    )
    join = node(program, "relu").inputs[0]
    assert join.op is Op.JOIN
    assert {n.name for n in join.inputs} == {"linear", "batchnorm"}


def test_deep_copies_have_parameters_of_their_own() -> None:
    program = evaluate(
        """
        layer = nn.Linear(4, 4)
        nn.init.orthogonal_(layer.weight)
        stack = nn.ModuleList([copy.deepcopy(layer) for _ in range(2)])
        nn.init.zeros_(stack[0].weight)
        """
    )
    first, second = module(program, "torch.nn.ModuleList").children.values()
    assert [i.scheme for i in first.parameters["weight"].inits] == ["orthogonal", "zeros"]
    assert [i.scheme for i in second.parameters["weight"].inits] == ["orthogonal"]


def test_wrappers_are_the_network_itself() -> None:
    program = evaluate(
        NET
        + """
net = nn.DataParallel(torch.compile(Net()).to("cuda"))
opt = torch.optim.SGD(net.module.parameters(), lr=0.1)
y = net(torch.zeros(2, 8))
"""
    )
    assert program.roots == [module(program, "Net")]
    (optimizer,) = program.optimizers
    assert module(program, "Net") in optimizer.parameters.modules
    assert optimizer.parameters.complete


def test_modes_reach_every_part_and_respect_overrides() -> None:
    program = evaluate(
        """
        class Frozen(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.BatchNorm1d(4)
                self.fc = nn.Linear(4, 4)

            def train(self, mode=True):
                super().train(mode)
                self.norm.eval()
                return self

        net = Frozen()
        net.eval()
        net.train()
        """
    )
    training = {m.path: m.state["training"] for m in module(program, "Frozen").walk()}
    assert training == {"": True, "norm": False, "fc": True}
    kinds = [e.kind for e in program.events_of(EventKind.TRAIN_MODE, EventKind.EVAL_MODE)]
    assert kinds[0] is EventKind.EVAL_MODE
    assert EventKind.TRAIN_MODE in kinds


def test_an_unknown_mode_may_be_either() -> None:
    program = evaluate("net = nn.Linear(1, 1)\nnet.train(bool(input()))\n")
    kinds = {e.kind for e in program.events}
    assert {EventKind.TRAIN_MODE, EventKind.EVAL_MODE} <= kinds
    assert module(program, "torch.nn.Linear").state["training"] is None


def test_frozen_parameters_and_loaded_weights() -> None:
    program = evaluate(
        """
        net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
        for p in net.parameters():
            p.requires_grad = False
        net[1].requires_grad_(True)
        net.load_state_dict(torch.load("x.pt"))
        other = nn.Linear(4, 4)
        other.load_state_dict(nn.Linear(4, 4).state_dict())
        """
    )
    assert {n: p.requires_grad for n, p in parameters(program).items() if "." in n} == {
        "0.weight": False,
        "0.bias": False,
        "1.weight": True,
        "1.bias": True,
    }
    assert module(program, "torch.nn.Sequential").pretrained is True
    assert [m.pretrained for m in program.roots if m.qualname == "torch.nn.Linear"] == [False, False]


def test_shared_layers_and_tied_weights() -> None:
    program = evaluate(
        """
        class Tied(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(10, 4)
                self.out = nn.Linear(4, 10, bias=False)
                self.out.weight = self.embed.weight

            def forward(self, x):
                return self.out(self.embed(x))

        net = Tied()
        y = net(torch.zeros(2, 3))
        opt = torch.optim.SGD(net.parameters(), lr=1.0)
        """
    )
    embed, out = module(program, "torch.nn.Embedding"), module(program, "torch.nn.Linear")
    assert embed.parameters["weight"] is out.parameters["weight"]
    assert len(program.optimizers[0].parameters.parameters) == 1


def test_hooks_see_outputs() -> None:
    program = evaluate(
        """
        features = []
        net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        net[0].register_forward_hook(lambda module, inputs, output: features.append(output))
        net(torch.zeros(1, 4))
        y = torch.tanh(features[0])
        """
    )
    assert node(program, "tanh").inputs[0].name == "linear"


def test_distributions_are_followed() -> None:
    program = evaluate(
        """
        from torch.distributions import Normal, kl_divergence

        mean = nn.Linear(4, 2)(torch.zeros(3, 4))
        posterior = Normal(mean, torch.ones(3, 2))
        z = torch.tanh(posterior.rsample())
        loss = kl_divergence(posterior, Normal(0.0, 1.0)).sum() - posterior.log_prob(posterior.sample()).mean()
        """
    )
    names = ["linear", "rsample", "tanh", "kl_divergence", "sum", "sample", "log_prob", "mean", "-"]
    assert signal(program) == names
    assert node(program, "rsample").attached
    assert not node(program, "sample").attached
    assert program.events_of(EventKind.ESCAPE) == []


@pytest.mark.parametrize(
    ("step", "passes"),
    [
        ("net.forward(x)", 1),
        ("class Own(Net):\n    def step(self, x):\n        return self.forward(x)\nOwn().step(x)", 1),
        ("Twice().forward(x)", 1),  # which goes on in the class above it
        ("net.forward(net(x))", 2),
    ],
)
def test_a_pass_that_is_asked_for_by_name_is_one(step: str, passes: int) -> None:
    code = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x)

class Twice(Net):
    def forward(self, x):
        return super().forward(super().forward(x))

net, x = Net(), torch.zeros(5, 4)
"""
    program = evaluate(f"{code}{step}")
    whole = [call for call in program.calls if call.parent is None]
    called = [call for call in whole if all(node.op is not Op.INPUT for node in call.inputs)]  # by the script
    assert len(called) == passes
    assert all(call.module.qualname in ("Net", "Own", "Twice") for call in called)
