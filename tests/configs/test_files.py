"""Config files: every scalar knows its place; what a loader makes of a text depends on the loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import UNKNOWN, evaluate

CONFIG = "optim:\n  lr: 1e-3\n  decay: 1.0e-4\n  betas: [0.9, 0.99]\nname: x\n"


@pytest.mark.parametrize(
    "load",
    [
        "yaml.safe_load(open('conf/a.yaml'))",
        "yaml.full_load(Path('conf/a.yaml').read_text())",
        "yaml.load(Path('conf', 'a.yaml').open(), Loader=yaml.FullLoader)",
        "yaml.load(open('conf/a.yaml').read(), yaml.SafeLoader)",
        "list(yaml.safe_load_all(open('conf/a.yaml')))[0]",
        "yaml.safe_load((Path(__file__).resolve().parent / 'conf' / 'a.yaml').read_text())",
        "yaml.safe_load(open(os.path.join(os.path.dirname(__file__), 'conf', 'a.yaml')))",
        "yaml.safe_load(Path('conf/b').with_name('a.yaml').read_text())",
    ],
)
def test_ways_to_read_yaml(load: str, tmp_path: Path) -> None:
    script = f"import os, yaml\nfrom pathlib import Path\nc = {load}\nlr, decay = c['optim']['lr'], c['optim']['decay']\n"
    found = evaluate(tmp_path, {"conf/a.yaml": CONFIG, "train.py": script})
    assert (found["lr"], found["decay"]) == ("1e-3", 1e-4)
    assert found.origin("decay")[0] == "conf/a.yaml:3 optim.decay"
    assert "conf/a.yaml" in found.program.files
    note = found.names["lr"].text  # type: ignore[attr-defined]
    assert (note.location.line, note.key, note.quoted, note.loader) == (2, "optim.lr", False, "pyyaml")


@pytest.mark.parametrize(
    ("loader", "lr"),
    [
        ("from omegaconf import OmegaConf\nc = OmegaConf.load('conf/a.yaml')", 0.001),
        ("from ruamel.yaml import YAML\nc = YAML(typ='safe').load(open('conf/a.yaml'))", 0.001),
        ("import yaml\nc = yaml.load(open('conf/a.yaml'), Loader=yaml.BaseLoader)", "1e-3"),
        ("import yaml\nyaml.SafeLoader.add_implicit_resolver('f', None, None)\nc = yaml.safe_load(open('conf/a.yaml'))",
         0.001),
    ],
)  # fmt: skip
def test_loaders_differ(loader: str, lr: object, tmp_path: Path) -> None:
    found = evaluate(tmp_path, {"conf/a.yaml": CONFIG, "train.py": f"{loader}\nlr = c['optim']['lr']\n"})
    assert found["lr"] == lr


def test_json_and_toml(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "a.json": '{"lr": 1e-3, "quoted": "0.5", "m": {"w": 3}}',
            "b.toml": '[optim]\nlr = 1e-3\nnames = ["x"]\n',
            "train.py": """
                import json, tomllib
                from types import SimpleNamespace
                with open("a.json") as f:
                    config = json.load(f)
                a = config["lr"]
                quoted = config["quoted"]
                b = json.loads(open("a.json").read(), object_hook=lambda d: SimpleNamespace(**d)).m.w
                with open("b.toml", "rb") as f:
                    toml = tomllib.load(f)
                c = toml["optim"]["lr"]
                d = json.loads('{"lr": 7}')["lr"]
                """,
        },
    )
    assert [found[n] for n in "abcd"] == [0.001, 3, 0.001, 7]
    assert found.origin("c")[0] == "b.toml:2 optim.lr"
    assert found.names["quoted"].text.quoted is True  # type: ignore[attr-defined]


def test_a_file_that_is_not_there_is_unknown_and_a_gap(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        "import sys, yaml\nc = yaml.safe_load(open('nope.yaml'))\nd = yaml.safe_load(open(sys.argv[1]))\n",
    )
    assert found["c"] == found["d"] == UNKNOWN
    assert [gap.what for gap in found.program.gaps] == ["config nope.yaml"]


def test_a_file_that_does_not_parse_is_unknown(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {"bad.yaml": "a: [1\nb: 2\n", "train.py": "import yaml\nc = yaml.safe_load(open('bad.yaml'))\n"},
    )
    assert found["c"] == UNKNOWN
    assert [gap.what for gap in found.program.gaps] == ["config bad.yaml"]


def test_omegaconf_merges_and_resolves(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "a.yaml": "base: 1e-3\noptim:\n  lr: ${base}\n  name: run_${base}\n",
            "train.py": """
                from dataclasses import dataclass
                from omegaconf import OmegaConf
                @dataclass
                class Defaults:
                    steps: int = 3
                    base: float = 9.0
                config = OmegaConf.load("a.yaml")
                merged = OmegaConf.merge(OmegaConf.structured(Defaults), config, OmegaConf.from_cli())
                a, b, c = config.optim.lr, config["optim"].name, merged.steps
                d = merged.base
                merged.optim.lr = 0.7
                e = OmegaConf.to_container(merged)["optim"]["lr"]
                """,
        },
    )
    assert [found[n] for n in "abcde"] == [0.001, "run_0.001", 3, 0.001, 0.7]


def test_dictionaries_with_attributes(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from easydict import EasyDict
        from ml_collections import ConfigDict
        from yacs.config import CfgNode as CN
        a = EasyDict({"m": {"lr": 0.1}}).m.lr
        config = ConfigDict()
        config.lr = 0.2
        config.optim = ConfigDict({"wd": 3})
        b = config.optim.wd
        cfg = CN()
        cfg.SOLVER = CN()
        cfg.SOLVER.LR = 0.3
        local = cfg.clone()
        local.SOLVER.LR = 0.4
        c, d = cfg.SOLVER.LR, local["SOLVER"]["LR"]
        """,
    )
    assert [found[n] for n in "abcd"] == [0.1, 3, 0.3, 0.4]


def test_the_environment_gives_defaults_only(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import os
        a = float(os.environ.get("LR", "2e-3"))
        b = os.getenv("LR", 5)
        c, d = os.environ["LR"], os.getenv("LR")
        os.environ["SEED"] = "1"
        e = os.environ["SEED"]
        """,
    )
    assert [found[n] for n in "abcde"] == [0.002, 5, UNKNOWN, UNKNOWN, "1"]


def test_yacs_merges_files(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "exp.yaml": "SOLVER:\n  LR: 0.7\n",
            "train.py": """
                from yacs.config import CfgNode as CN
                _C = CN()
                _C.SOLVER = CN()
                _C.SOLVER.LR = 0.1
                _C.SOLVER.STEPS = 5
                cfg = _C.clone()
                cfg.merge_from_file("exp.yaml")
                cfg.merge_from_list(None)
                cfg.freeze()
                a, b, c = cfg.SOLVER.LR, cfg.SOLVER.STEPS, _C.SOLVER.LR
                """,
        },
    )
    assert [found[n] for n in "abc"] == [0.7, 5, 0.1]
    assert found.origin("a")[0] == "exp.yaml:2 SOLVER.LR"


@pytest.mark.parametrize(
    ("configs", "expected"),
    [((), [0.1, UNKNOWN, 0.1]), (("conf/b.yaml",), [0.2, 0.2, 0.1]), (("conf/b.json",), [0.3, 0.3, 0.1])],
)
def test_a_config_named_by_the_user_takes_the_place_of_a_default(
    configs: tuple[str, ...], expected: list[object], tmp_path: Path
) -> None:
    found = evaluate(
        tmp_path,
        {
            "conf/a.yaml": "lr: 0.1\n",
            "conf/b.yaml": "lr: 0.2\n",
            "conf/b.json": '{"lr": 0.3}\n',
            "train.py": """
                import argparse, sys, yaml
                parser = argparse.ArgumentParser()
                parser.add_argument("--config", default="conf/a.yaml")
                args = parser.parse_args()
                def load(path):
                    with open(path) as f:
                        return yaml.safe_load(f)["lr"]
                a, b, c = load(args.config), load(sys.argv[1]), load("conf/a.yaml")
                """,
        },
        configs=configs,
    )
    assert [found[n] for n in "abc"] == expected
