"""Which config documents are taken for training settings, and what settings may say of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.facts_format import parse_facts
from trainlint.configs.schemas import recognise, schemas
from trainlint.engine import check_paths
from trainlint.settings import Settings, load_settings
from trainlint.settings_reader import SCHEMAS, SettingsError
from trainlint.source.tree import load_config

FOREIGN = {
    "a workflow": "name: ci\non: push\njobs:\n  train:\n    steps:\n      - run: make batch_size=3\n",
    "a deployment": "kind: Deployment\nmetadata: {name: trainer}\nspec: {replicas: 3, template: {model: x}}\n",
    "translations": "learning_rate: Lernrate\noptimizer: Optimierer\nbatch_size: Losgrösse\nepochs: Epochen\n",
    "a sweep": "method: bayes\nparameters:\n  lr: {values: [0.1, 0.01]}\n  optimizer: {values: [adam, sgd]}\n"
    "  batch_size: {values: [8, 16]}\n",
    "a model's own config": '{"model_type": "bert", "hidden_size": 768, "layer_norm_eps": 1e-12, "dropout": 0.1}',
    "records": "- lr: 0.1\n  optimizer: adam\n  batch_size: 4\n",
    "results": '{"lr": 0.1, "loss": 0.4, "accuracy": 0.5, "epoch": 3}',
    "two experiments": "a: {lr: 0.1, optimizer: sgd, epochs: 3}\nb: {lr: 0.2, optimizer: sgd, epochs: 3}\n",
    "one argument of a trainer": "output_dir: x\nlearning_rate: 0.1\nnum_train_epochs: 3\n",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_no_training_config_is_left_alone(text: str) -> None:
    suffix = "json" if text.startswith("{") else "yaml"
    path = Path(f"x.{suffix}")
    assert recognise(load_config(path, path.name, text)) is None


def test_settings_know_the_schemas_that_there_are() -> None:
    assert {*schemas(), "none"} == set(SCHEMAS)


CONF = "lr: 5.0\nmomentum: 0.9\noptimizer: sgd\nepochs: 3\n"


def codes(directory: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (directory / name.replace("__", ".")).write_text(text)
    settings = load_settings([directory], directory, {})
    return [f.code for f in check_paths([directory], directory, settings).findings]


class TestSettings:
    def test_a_document_is_judged_by_itself_where_nothing_loads_it(self, tmp_path: Path) -> None:
        assert codes(tmp_path, conf__yaml=CONF) == ["TL401"]

    def test_a_file_can_be_said_to_be_no_config(self, tmp_path: Path) -> None:
        toml = '[configs]\n"*.yaml" = "none"\n'
        assert codes(tmp_path, conf__yaml=CONF, trainlint__toml=toml) == []

    def test_a_file_can_be_given_a_schema_that_its_keys_do_not_show(self, tmp_path: Path) -> None:
        text = "optimizer: {_component_: torch.optim.Adam, lr: 3.0}\n"
        toml = '[configs]\n"conf.yaml" = "torchtune"\n'
        assert codes(tmp_path, conf__yaml=text, trainlint__toml=toml) == ["TL401"]

    def test_a_file_can_be_given_to_the_script_that_reads_it(self, tmp_path: Path) -> None:
        script = (
            "import sys, yaml, torch\n"
            "conf = yaml.safe_load(open(sys.argv[1]))\n"
            "model = torch.nn.Linear(4, 2)\n"
            "optimizer = torch.optim.SGD(model.parameters(), lr=conf['lr'] / 100)\n"
        )
        toml = '[configs]\n"conf.yaml" = "train.py"\n'
        for name, text in (("train.py", script), ("conf.yaml", CONF), ("trainlint.toml", toml)):
            (tmp_path / name).write_text(text)
        settings = load_settings([tmp_path], tmp_path, {})
        result = check_paths(
            [tmp_path], tmp_path, settings, digest=lambda p: [o.lr.value for o in p.optimizers]
        )
        assert result.digests == [[0.05]]
        assert result.findings == []

    def test_a_schema_that_does_not_exist_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "trainlint.toml").write_text('[configs]\n"conf.yaml" = "torchtun"\n')
        with pytest.raises(SettingsError, match="did you mean 'torchtune'"):
            load_settings([tmp_path], tmp_path, {})


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    "auto",
    "",
    [],
    {},
    [1, "a", None],
    {"a": {"b": 1}},
    "1e-3",
    "${x}",
    10**20,
)
DOCUMENTS = {
    name: yaml.safe_load(text)
    for example in parse_facts(Path(__file__).parent.parent / "facts" / "documents.md")
    for name, text in example.texts.items()
    if name.endswith((".yaml", ".yml", ".json")) and name != "note.yaml"
}


def scrambled(value: Any, chance: random.Random) -> Any:
    """The same document with some of its values replaced by ones that nobody expects there."""
    if chance.random() < 0.12:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: scrambled(inner, chance) for key, inner in value.items()}
    return [scrambled(inner, chance) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_makes_it_fail(name: str, tmp_path: Path) -> None:
    for number in range(12):
        text = json.dumps(scrambled(DOCUMENTS[name], random.Random(number)))
        (tmp_path / f"{number}.yaml").write_text(text)
    result = check_paths([tmp_path], tmp_path, Settings(base=tmp_path))
    assert result.failures == []
    assert result.programs


def test_what_code_loads_is_not_judged_a_second_time(tmp_path: Path) -> None:
    script = "import yaml\nconf = yaml.safe_load(open('conf.yaml'))\n# torch\n"
    assert codes(tmp_path, conf__yaml=CONF, train__py=script) == []


def test_a_document_without_a_known_optimizer_is_silent(tmp_path: Path) -> None:
    (tmp_path / "conf.yaml").write_text("lr: 5.0\noptimizer: ours\nepochs: 3\n")
    assert check_paths([tmp_path], tmp_path, Settings(base=tmp_path)).findings == []
