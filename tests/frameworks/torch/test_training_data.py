"""torch.utils.data: order, batch size, length, and where the values of a batch come from."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.training_programs import evaluate
from trainlint.facts.graph import Node, Op
from trainlint.facts.program import Program

TENSORS = (
    "X, Y = torch.randn(100, 4), torch.zeros(100, 3)\ndata = TensorDataset(X, Y)\nnet = nn.Linear(4, 3)\n"
)
LOCAL = """
class Rows(Dataset):
    def __init__(self):
        self.x = torch.randn(50, 4)
        self.y = torch.zeros(50, 3)
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        return {}
data = Rows()
net = nn.Linear(4, 3)
"""


def history(node: Node) -> list[str]:
    """Operations from a node back along first inputs."""
    found = [str(node.op)]
    while node.inputs:
        node = node.inputs[0]
        found.append(str(node.op))
    return found


def target_history(program: Program) -> list[str]:
    """Where the target of the first loss comes from; a selection of samples counts with the item that is taken."""
    target = program.losses[0].target
    assert target is not None
    found = history(target)
    return [name for i, name in enumerate(found) if i == 0 or found[i - 1] != name]


@pytest.mark.parametrize(
    ("arguments", "shuffle"),
    [
        ("data", False),
        ("data, 8, True", True),
        ("data, shuffle=False", False),
        ("data, sampler=torch.utils.data.RandomSampler(data)", True),
        ("data, sampler=torch.utils.data.SequentialSampler(data)", False),
        ("data, sampler=torch.utils.data.WeightedRandomSampler([1.0] * 100, 100)", True),
        ("data, sampler=torch.utils.data.distributed.DistributedSampler(data)", True),
        ("data, sampler=torch.utils.data.DistributedSampler(data, shuffle=False)", False),
        (
            "data, batch_sampler=torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(data), 4, True)",
            True,
        ),
        ("data, sampler=None, shuffle=True", True),
        ("data, sampler=somewhere.make()", None),
        ("data, shuffle=somewhere.flag", None),
    ],
)
def test_order_by_any_sampler(arguments: str, shuffle: bool | None) -> None:
    (loader,) = evaluate(f"import somewhere\n{TENSORS}DataLoader({arguments})").loaders
    assert loader.shuffle.value is shuffle
    assert loader.shuffle.known is (shuffle is not None)


def test_batch_size_default_and_length() -> None:
    program = evaluate(
        TENSORS
        + "a = DataLoader(data)\nb = DataLoader(data, batch_size=32)\nc = DataLoader(data, 32, drop_last=True)\n"
        + "n = [len(a), len(b), len(c), b.batch_size]\n"
        + "for i in n:\n    optim.SGD(net.parameters(), lr=i)\n"
    )
    assert [loader.batch_size.value for loader in program.loaders] == [1, 32, 32]
    assert [loader.length.value for loader in program.loaders if loader.length] == [100, 100, 100]
    assert [o.lr.value for o in program.optimizers] == [100, 4, 3, 32]


def test_unseen_keywords_cannot_replace_what_is_given() -> None:
    """A loader refuses a batch sampler beside a batch size, and any sampler beside shuffle=True."""
    calls = ("data, batch_size=20, shuffle=True, **extra", "data, batch_size=20, **extra", "data, **extra")
    program = evaluate(
        f"import somewhere\n{TENSORS}extra = somewhere.make()\n"
        + "".join(f"DataLoader({c})\n" for c in calls)
    )
    assert [loader.batch_size.value for loader in program.loaders] == [20, 20, None]
    assert [loader.shuffle.value for loader in program.loaders] == [True, None, None]


def test_loop_over_a_loader_knows_it() -> None:
    program = evaluate(
        TENSORS + "loader = DataLoader(data, 10)\nfor x, y in loader:\n    F.mse_loss(net(x), y)\n"
    )
    (loop,) = program.loops()
    assert (loop.over, loop.length, loop.target) == ("loader", 10, program.loaders[0])


@pytest.mark.parametrize(
    "loop",
    [
        "for x, y in DataLoader(data, 8):",
        "for i, (x, y) in enumerate(DataLoader(data, 8)):",
        "for x, y in tqdm(DataLoader(data, 8), desc='train'):",
        "for i, (x, y) in enumerate(tqdm(DataLoader(data, 8))):",
        "for (x, y), _ in zip(DataLoader(data, 8), range(100)):",
        "for x, y in iter(DataLoader(data, 8)):",
        "for batch in DataLoader(data, 8):\n    x, y = batch",
        "it = iter(DataLoader(data, 8))\nfor _ in range(1):\n    x, y = next(it)",
        "a, b = torch.utils.data.random_split(data, [80, 20])\nfor x, y in DataLoader(a, 8):",
        "for x, y in DataLoader(torch.utils.data.Subset(data, range(10)), 8):",
        "for x, y in DataLoader(list(zip(X, Y)), 8):",
    ],
)
def test_target_is_followed_to_its_source(loop: str) -> None:
    program = evaluate(f"from tqdm import tqdm\n{TENSORS}{loop}\n    F.mse_loss(net(x), y)\n")
    assert target_history(program) == ["batch", "index", "constant"]


@pytest.mark.parametrize(
    ("element", "loop"),
    [
        ("self.x[i], self.y[i]", "for x, y in loader:"),
        ('{"x": self.x[i], "y": self.y[i], "name": "a"}', 'for b in loader:\n    x, y = b["x"], b["y"]'),
        ("(self.x[i], (self.y[i], 3))", "for x, (y, n) in loader:"),
    ],
)
def test_structure_of_an_element_is_kept(element: str, loop: str) -> None:
    code = LOCAL.replace("return {}", f"return {element}")
    program = evaluate(
        f"{code}loader = DataLoader(data, 8, shuffle=True)\n{loop}\n    F.mse_loss(net(x), y)\n"
    )
    assert target_history(program) == ["batch", "index", "constant"]
    assert program.loaders[0].length is not None
    assert program.loaders[0].length.value == 50


def test_numbers_become_tensors() -> None:
    code = LOCAL.replace("return {}", "return self.x[i], 3")
    program = evaluate(f"{code}for x, y in DataLoader(data):\n    F.cross_entropy(net(x), y)\n")
    assert target_history(program) == ["batch", "constant"]


def test_iterable_data_set() -> None:
    code = (
        "class Lines(torch.utils.data.IterableDataset):\n"
        "    def __iter__(self):\n"
        "        for line in open('a.txt'):\n"
        "            yield torch.zeros(4), torch.ones(3)\n"
        "net = nn.Linear(4, 3)\n"
        "for x, y in DataLoader(Lines(), 8):\n"
        "    F.mse_loss(net(x), y)\n"
    )
    program = evaluate(code)
    assert not program.loaders[0].shuffle.known
    assert target_history(program)[0] == "batch"


def test_local_collate_function_makes_the_batch() -> None:
    code = LOCAL.replace("return {}", "return self.x[i], self.y[i]") + (
        "def collate(batch):\n"
        "    xs, ys = zip(*batch)\n"
        "    return torch.stack(xs), torch.stack(ys)\n"
        "for x, y in DataLoader(data, 8, collate_fn=collate):\n"
        "    F.mse_loss(net(x), y)\n"
    )
    assert target_history(evaluate(code)) == ["concat", "index", "constant"]


def test_batch_of_unknown_data_can_be_taken_apart() -> None:
    code = (
        "import somewhere\n"
        "net = nn.Linear(4, 3)\n"
        "loader = DataLoader(somewhere.data(), 8)\n"
        "for x, y in loader:\n    F.mse_loss(net(x), y)\n"
        "for batch in loader:\n    F.mse_loss(net(batch['x'].float()), batch.y)\n"
        "for batch in loader:\n"
        "    batch = {k: v.to('cuda') for k, v in batch.items()}\n"
    )
    program = evaluate(code)
    assert len(program.losses) == 4  # two passes of each loop
    for loss in program.losses:
        assert loss.target is not None
        assert history(loss.target) == ["index", "batch", "unknown"]


def test_concatenated_data_sets() -> None:
    code = "from torch.utils.data import ConcatDataset\nboth = ConcatDataset([data, data]) + data\n"
    program = evaluate(TENSORS + code + "for x, y in DataLoader(both, 10):\n    F.mse_loss(net(x), y)\n")
    assert program.loaders[0].length is not None
    assert program.loaders[0].length.value == 300
    target = program.losses[0].target
    assert target is not None
    assert {n.op for n in program.graph.ancestors(target)} == {Op.JOIN, Op.INDEX, Op.CONSTANT}


def test_lengths_of_random_splits() -> None:
    code = "a, b = torch.utils.data.random_split(data, [0.8, 0.2])\nDataLoader(a, 10)\nDataLoader(b, 10)\n"
    assert [x.length.value for x in evaluate(TENSORS + code).loaders if x.length] == [80, 20]


def test_local_subclass_of_the_loader() -> None:
    code = (
        "class Mine(DataLoader):\n"
        "    def __init__(self, data, **kwargs):\n"
        "        super().__init__(data, batch_size=7, **kwargs)\n"
        "for x, y in Mine(data, shuffle=True):\n    F.mse_loss(net(x), y)\n"
    )
    (loader,) = evaluate(TENSORS + code).loaders
    assert (loader.batch_size.value, loader.shuffle.value) == (7, True)
