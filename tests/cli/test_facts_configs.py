"""`trainlint facts ENTRY CONFIG...`: what a run is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Trainlint
from trainlint.cli import main

SCRIPT = """
import sys
import torch
lr = 0.1
for name in sys.argv[1:]:
    exec(open(name).read())
optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=lr)
"""


def run(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(main, ["facts", "--isolated", "--output-format", "json", *arguments])
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def rates(documents: list[dict[str, object]]) -> list[tuple[object, list[object]]]:
    return [(d["entry"], [o["lr"] for o in d["optimizers"]]) for d in documents]  # type: ignore[attr-defined]


def test_a_python_config_is_the_run_s_and_no_program_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(SCRIPT)
    Path("small.py").write_text("lr = 0.3\n")
    assert rates(run("train.py")) == [("train.py", [0.1])]
    assert rates(run("train.py", "small.py")) == [("train.py", [0.3])]


def test_a_document_that_the_script_does_not_read_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("import torch\nmodel = torch.nn.Linear(2, 2)\n")
    Path("conf.yaml").write_text("optimizer: adam\nlr: 0.001\nepochs: 3\n")
    assert rates(run("train.py", "conf.yaml")) == [("train.py", []), ("conf.yaml", [0.001])]


def test_a_document_alone_is_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf.yaml").write_text("optimizer: adam\nlr: 0.001\nepochs: 3\n")
    assert rates(run("conf.yaml")) == [("conf.yaml", [0.001])]


RECIPE = """
import sys
import torch
from torchtune import config

@config.parse
def main(cfg):
    model = config.instantiate(cfg.model)
    return config.instantiate(cfg.optimizer, model.parameters())

if __name__ == "__main__":
    sys.exit(main())
"""
RECIPE_CONFIG = """
model: {_component_: torch.nn.Linear, in_features: 4, out_features: 2}
optimizer: {_component_: torch.optim.AdamW, lr: 2e-5}
"""


def test_a_recipe_takes_the_config_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("recipe.py").write_text(RECIPE)
    Path("conf.yaml").write_text(RECIPE_CONFIG)
    documents = run("recipe.py", "conf.yaml")
    assert rates(documents) == [("recipe.py", [2e-5])]
    assert documents[0]["framework"] == "torchtune"


HYPER = """
import sys
import speechbrain as sb
import torch
from hyperpyyaml import load_hyperpyyaml

hparams_file, run_opts, overrides = sb.parse_arguments(sys.argv[1:])
with open(hparams_file) as stream:
    hparams = load_hyperpyyaml(stream, overrides)
optimizer = hparams["opt_class"](torch.nn.Linear(2, 2).parameters())
"""


def test_hyperparameters_by_tags_take_the_config_that_a_run_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(HYPER)
    Path("hparams.yaml").write_text("lr: 0.5\nopt_class: !name:torch.optim.Adadelta\n  lr: !ref <lr>\n")
    assert rates(run("train.py", "hparams.yaml")) == [("train.py", [0.5])]


def test_hydra_takes_an_option_of_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf/optim").mkdir(parents=True)
    Path("conf/config.yaml").write_text("defaults:\n  - optim: sgd\n")
    Path("conf/optim/sgd.yaml").write_text("_target_: torch.optim.SGD\nlr: 0.1\n")
    Path("conf/optim/adam.yaml").write_text("_target_: torch.optim.Adam\nlr: 0.001\n")
    Path("train.py").write_text(
        "import hydra\nimport torch\n"
        "@hydra.main(config_path='conf', config_name='config', version_base=None)\n"
        "def main(cfg):\n"
        "    hydra.utils.instantiate(cfg.optim, params=torch.nn.Linear(2, 2).parameters())\n"
        "main()\n"
    )
    assert rates(run("train.py")) == [("train.py", [0.1])]
    assert rates(run("train.py", "conf/optim/adam.yaml"))[0] == ("train.py", [0.001])


def test_a_script_of_no_known_framework_says_so(trainlint: Trainlint, project: Path) -> None:
    (project / "broken.py").write_text("import torch\ndef f(:\n", encoding="utf-8")
    assert "None" not in trainlint("facts", "broken.py").stdout
    shown = trainlint("check", "broken.py").stdout
    assert "  This file does not parse: invalid syntax." in shown
