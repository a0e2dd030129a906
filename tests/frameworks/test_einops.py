"""einops: what it does to the signal."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.training_programs import evaluate
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op

IMPORTS = "import einops\nfrom einops import rearrange, repeat, reduce, pack, unpack, einsum\n"


@pytest.mark.parametrize(
    ("expression", "op", "name"),
    [
        ("rearrange(net(x), 'b c -> c b')", Op.RESHAPE, "rearrange"),
        ("rearrange([net(x), net(x)], 'n b c -> b n c')", Op.RESHAPE, "rearrange"),
        ("repeat(net(x), 'b c -> b c n', n=2)", Op.RESHAPE, "repeat"),
        ("reduce(net(x), 'b c -> b', 'max')", Op.REDUCE, "max"),
        ("einsum(net(x), x, 'b c, b d -> c d')", Op.MATMUL, "einsum"),
        ("pack([net(x)], 'b *')[0]", Op.CONCAT, "pack"),
    ],
)
def test_functions(expression: str, op: Op, name: str) -> None:
    program = evaluate(f"{IMPORTS}net, x = nn.Linear(4, 3), torch.zeros(2, 4)\nresult = {expression}\n")
    last = program.graph.nodes[-1]
    assert (last.op, last.name) == (op, name)
    assert last.attached
    assert not program.events_of(EventKind.ESCAPE)


def test_layers_are_modules_without_weights() -> None:
    code = (
        "from einops.layers.torch import Rearrange, Reduce\n"
        "net = nn.Sequential(Rearrange('b c h w -> b (c h w)'), nn.Linear(48, 3), Reduce('b c -> b', 'mean'))\n"
        "net(torch.zeros(2, 3, 4, 4)).sum().backward()\n"
    )
    program = evaluate(code)
    signal = [n.name for n in program.graph.nodes if n.module is not None and n.op is not Op.PARAMETER]
    assert signal == ["rearrange", "linear", "mean"]
    assert not program.events_of(EventKind.ESCAPE)
    (network,) = [m for m in program.modules if m.qualname == "torch.nn.Sequential"]
    assert network.complete
    assert [len(child.parameters) for child in network.children.values()] == [0, 2, 0]
