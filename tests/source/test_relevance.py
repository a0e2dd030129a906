from __future__ import annotations

import pytest

from trainlint.source.relevance import is_config_like, is_relevant


@pytest.mark.parametrize(
    "text",
    [
        "import torch",
        "from tensorflow import keras",
        "loss.backward()",
        "optimizer.step()",
        "x = nn.Linear(3, 4)",
        "model.fit(x, y)",
        "def forward(self, x):\n    return F.relu(x)",
        "for p in net.parameters():\n    p.requires_grad = False",
        "opt = optim.SGD(net.parameters(), lr=3)",
    ],
)
def test_fragments_of_training_code_are_kept(text: str) -> None:
    assert is_relevant(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "print('hello')",
        "import os\nfor x in os.listdir():\n    print(x)",
        "class A:\n    def fits(self): ...",
    ],
)
def test_other_code_is_dropped(text: str) -> None:
    assert not is_relevant(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr: 1", True),
        ("optim:\n  name: sgd", True),
        ('{"per_device_train_batch_size": 8}', True),
        ("colour: red", False),
        ('[{"lr": 1}]', False),
        ("slr: 1", False),
    ],
)
def test_configs_are_told_by_their_words(text: str, expected: bool) -> None:
    assert is_config_like(text.encode()) is expected
