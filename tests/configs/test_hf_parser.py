"""HfArgumentParser and TrlParser: data classes from the command line, mappings and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import UNKNOWN, evaluate

CLASSES = """
from dataclasses import dataclass, field
from typing import Optional
from transformers import HfArgumentParser, TrainingArguments

@dataclass
class Data:
    name: Optional[str] = None
    size: int = 128
    ratio: float = field(default=0.1)
    columns: list = field(default_factory=lambda: ["a", "b"])

@dataclass
class Model:
    path: str
    frozen: bool = False
"""


def test_what_the_command_line_does_not_give_is_the_default(tmp_path: Path) -> None:
    code = CLASSES + (
        "data, model, args = HfArgumentParser((Data, Model, TrainingArguments)).parse_args_into_dataclasses()\n"
        "size, ratio, columns, frozen, rate = data.size, data.ratio, data.columns, model.frozen, args.learning_rate\n"
        "path, name = model.path, data.name\n"
    )
    found = evaluate(tmp_path, code)
    assert (found["size"], found["ratio"], found["columns"]) == (128, 0.1, ["a", "b"])
    assert (found["frozen"], found["rate"]) == (False, 5e-5)
    assert (found["path"], found["name"]) == (UNKNOWN, UNKNOWN)
    assert found.origin("ratio") == ["train.py:9 default"] or found.origin("ratio")[0].startswith(
        "train.py:9"
    )


@pytest.mark.parametrize("classes", ["Data", "(Data,)", "[Data]"])
def test_one_class_or_several(tmp_path: Path, classes: str) -> None:
    code = f"{CLASSES}(data,) = HfArgumentParser({classes}).parse_args_into_dataclasses()\nsize = data.size"
    assert evaluate(tmp_path, code)["size"] == 128


def test_remaining_strings_come_last(tmp_path: Path) -> None:
    code = CLASSES + (
        "data, rest = HfArgumentParser(Data).parse_args_into_dataclasses(return_remaining_strings=True)\nsize = data.size"
    )
    assert evaluate(tmp_path, code)["size"] == 128


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("json", '{"size": 64, "path": "p", "learning_rate": 0.001, "other": 1}'),
        ("yaml", "size: 64\npath: p\nlearning_rate: 0.001\nother: 1\n"),
    ],
)
def test_a_file_fills_each_class_with_its_own_keys(tmp_path: Path, name: str, text: str) -> None:
    code = CLASSES + (
        "parser = HfArgumentParser((Data, Model, TrainingArguments))\n"
        f"data, model, args = parser.parse_{name}_file('run.{name}', allow_extra_keys=True)\n"
        "size, path, rate, batch = data.size, model.path, args.learning_rate, args.per_device_train_batch_size\n"
    )
    found = evaluate(tmp_path, {"train.py": code, f"run.{name}": text})
    assert (found["size"], found["path"], found["rate"], found["batch"]) == (64, "p", 0.001, 8)
    assert found.origin("rate")[0].startswith(f"run.{name}:")


def test_a_mapping_that_is_not_known_leaves_nothing_known(tmp_path: Path) -> None:
    code = f"{CLASSES}(data,) = HfArgumentParser(Data).parse_dict(somewhere())\nsize = data.size"
    assert evaluate(tmp_path, code)["size"] == UNKNOWN


def test_the_usual_choice_between_file_and_command_line(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        + CLASSES
        + (
            "parser = HfArgumentParser((Data, TrainingArguments))\n"
            "if len(sys.argv) == 2 and sys.argv[1].endswith('.json'):\n"
            "    data, args = parser.parse_json_file(json_file=os.path.abspath(sys.argv[1]))\n"
            "else:\n"
            "    data, args = parser.parse_args_into_dataclasses()\n"
            "size, rate = data.size, args.learning_rate\n"
        )
    )
    found = evaluate(tmp_path, code)
    assert (found["size"], found["rate"]) == (128, 5e-5)


@pytest.mark.parametrize("parser", ["TrlParser", "HfArgumentParser"])
def test_a_config_that_the_user_names_counts(tmp_path: Path, parser: str) -> None:
    method = "parse_args_and_config" if parser == "TrlParser" else "parse_args_into_dataclasses"
    code = CLASSES.replace("HfArgumentParser, T", "T") + (
        f"from {'trl' if parser == 'TrlParser' else 'transformers'} import {parser}\n"
        f"data, args = {parser}((Data, TrainingArguments)).{method}()\n"
        "size, rate = data.size, args.learning_rate\n"
    )
    files = {"train.py": code, "conf/run.yaml": "size: 32\nlearning_rate: 1e-4\n"}
    found = evaluate(tmp_path, files, configs=("conf/run.yaml",))
    assert (found["size"], found["rate"]) == (32, 1e-4)
    assert not found.program.text_numbers


def test_arguments_of_argparse_beside_the_classes(tmp_path: Path) -> None:
    code = CLASSES + (
        "parser = HfArgumentParser(Data)\nparser.add_argument('--depth', type=int, default=3)\n"
        "plain = parser.parse_args()\ndepth = plain.depth"
    )
    assert evaluate(tmp_path, code)["depth"] == 3
