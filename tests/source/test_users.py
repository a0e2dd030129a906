"""Who uses a changed file, told by bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainlint.source.users import entries, users

ROOT = Path("/repo")
SCRIPT = "\nif __name__ == '__main__':\n    main()\n"


def found(changed: str, **files: str) -> dict[str, int]:
    """Users of one file by name; `a__b_py` is a/b.py."""
    contents = {ROOT / _name(name): text.encode() for name, text in files.items()}
    return {path.relative_to(ROOT).as_posix(): n for path, n in users([ROOT / changed], contents).items()}


def _name(word: str) -> str:
    head, _, suffix = word.rpartition("_")
    return f"{head.replace('__', '/')}.{suffix}"


@pytest.mark.parametrize(
    "line",
    [
        "import lab.nets.net",
        "import os, lab.nets.net as n",
        "from lab.nets.net import Net",
        "from lab.nets import data, net",
        "from lab.nets import (\n    data,\n    net,\n)",
        "    from lab.nets.net import Net  # late",
    ],
)
def test_every_way_to_import_a_module(line: str) -> None:
    assert found("lab/nets/net.py", lab__nets__net_py="", train_py=line) == {"train.py": 1}


@pytest.mark.parametrize(
    "line",
    [
        "import other.net",
        "from lab.data.net import x",
        "from network import Net",
        "x = 'net'",
        "from lab.nets import network",
        "# import lab.nets.nothing net",
    ],
)
def test_what_only_looks_like_it(line: str) -> None:
    assert found("lab/nets/net.py", lab__nets__net_py="", train_py=line) == {}


def test_neighbours_and_relative_imports() -> None:
    files = {"lab__net_py": "", "lab__train_py": "from net import Net", "lab__a_py": "from .net import Net",
             "lab__b_py": "from . import net", "far__c_py": "from net import Net"}  # fmt: skip
    assert found("lab/net.py", **files) == {"lab/train.py": 1, "lab/a.py": 1, "lab/b.py": 1}


def test_a_package_is_its_folder() -> None:
    files = {"lab__nets____init___py": "", "train_py": "from lab.nets import Net"}
    contents = {ROOT / "lab/nets/__init__.py": b"", ROOT / "train.py": files["train_py"].encode()}
    assert users([ROOT / "lab/nets/__init__.py"], contents) == {ROOT / "train.py": 1}


def test_users_of_users_are_farther_and_circles_end() -> None:
    files = {"net_py": "import engine", "engine_py": "import net", "train_py": "import engine" + SCRIPT}
    assert found("net.py", **files) == {"engine.py": 1, "train.py": 2}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train_py", 'open("conf/price.yaml")'),
        ("train_py", '@hydra.main(config_path="conf", config_name="price")'),
        ("conf__main_yaml", "defaults:\n  - model: price\n"),
        ("conf__main_yaml", "base: price.yaml\n"),
        ("explore_ipynb", '{"source": ["open(\\"conf/price.yaml\\")"]}'),
    ],
)
def test_who_names_a_config(name: str, text: str) -> None:
    assert list(found("conf/price.yaml", conf__price_yaml="lr: 1", **{name: text})) == [_name(name)]


def test_a_config_names_a_class_of_a_module() -> None:
    assert found("lab/net.py", lab__net_py="", conf__a_yaml="_target_: lab.net.Net\n") == {"conf/a.yaml": 1}


def test_a_notebook_imports_in_its_cells() -> None:
    text = '{"cells": [{"source": [\n    "import torch\\n",\n    "from lab.net import Net\\n"\n]}]}'
    assert found("lab/net.py", lab__net_py="", explore_ipynb=text) == {"explore.ipynb": 1}


def test_programs_come_nearest_first() -> None:
    contents = {
        ROOT / "net.py": b"",
        ROOT / "engine.py": b"import net\n",
        ROOT / "b.py": b"import engine" + SCRIPT.encode(),
        ROOT / "z.py": b"import net" + SCRIPT.encode(),
        ROOT / "loop.py": b"import net\nloss.backward()\n",
        ROOT / "n.ipynb": b'"import net\\n"',
    }
    near = entries(users([ROOT / "net.py"], contents), contents)
    assert [path.name for path in near] == ["loop.py", "n.ipynb", "z.py", "b.py"]
