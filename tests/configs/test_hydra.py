"""Hydra: composition of config groups, and objects made from `_target_`."""

from __future__ import annotations

from pathlib import Path

from tests.evaluation import evaluate

FILES = {
    "conf/config.yaml": """
        defaults:
          - base
          - optim: sgd
          - _self_
        seed: 1
        name: run
        rate: 1e-2
        model:
          _target_: net.Net
        """,
    "conf/base.yaml": "seed: 0\nbase: 2\n",
    "conf/optim/sgd.yaml": "_target_: torch.optim.SGD\nlr: ${rate}\nmomentum: 0.9\n",
}


def test_groups_are_composed_and_targets_made(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            **FILES,
            "net.py": "from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n"
            "        super().__init__()\n        self.layer = nn.Linear(3, 1)\n",
            "train.py": """
                import hydra
                from hydra.utils import instantiate
                seen = {}
                @hydra.main(version_base=None, config_path="conf", config_name="config")
                def main(cfg):
                    seen.update(seed=cfg.seed, base=cfg.base, lr=cfg.optim.lr, name=cfg["name"])
                    model = instantiate(cfg.model)
                    seen["optimizer"] = instantiate(cfg.optim, params=model.parameters())
                if __name__ == "__main__":
                    main()
                """,
        },
    )
    seen = found["seen"]
    assert {k: v for k, v in seen.items() if k != "optimizer"} == {
        "seed": 1,
        "base": 2,
        "lr": 0.01,
        "name": "run",
    }
    (optimizer,) = found.program.optimizers
    assert optimizer.name == "torch.optim.SGD"
    assert optimizer.lr.value == 0.01
    assert str(optimizer.lr.literal) == "conf/config.yaml:7"
    assert len(optimizer.parameters.parameters) == 2


def test_a_group_that_is_not_there_leaves_the_config_open(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "conf/config.yaml": "defaults:\n  - data: far_away\nseed: 1\n",
            "train.py": """
                import hydra
                seen = []
                @hydra.main(config_path="conf", config_name="config")
                def main(cfg):
                    seen.append(cfg.seed)
                    seen.append(cfg.data)
                main()
                """,
        },
    )
    assert found["seen"] == [1, "<unknown>"]
