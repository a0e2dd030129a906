"""Facts of real programs: how a document is scored, and the whole way from a pin to the table."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_package import BENCHMARKS, TRAIN
from realcode import pins
from realcode.fact_scores import Score, score, tallies
from realcode.truths import Truth, TruthError, read, read_all

SGD = {"name": "torch.optim.SGD", "lr": 0.1, "momentum": None, "lr_origin": [{"path": "a.py", "line": 3}]}
ADAM = {"name": "torch.optim.Adam", "lr": 0.001, "momentum": None, "lr_origin": []}


def truth_of(partial: tuple[str, ...] = (), **facts: Any) -> Truth:
    return Truth("net", "fakenet", "1.0", "train.py", "", (), frozenset(partial), facts)


def verdicts(truth: Truth, document: dict[str, Any] | None) -> list[tuple[str, str]]:
    return [(each.field, each.verdict) for each in score(truth, document)]


def test_scalars_are_right_unknown_or_wrong() -> None:
    truth = truth_of(framework="torch", amp=False, batch_size=32, batch_size_origin="a.py:1", zero_grad=True)
    document = {
        "framework": "torch",
        "amp": 0,
        "batch_size": {"value": 32.0, "origin": [{"path": "a.py", "line": 2}, {"path": "a.py", "line": 1}]},
        "zero_grad": None,
    }
    assert verdicts(truth, document) == [
        ("framework", "right"),
        ("batch_size", "right"),
        ("batch_size_origin", "wrong"),
        ("zero_grad", "unknown"),
        ("amp", "wrong"),
    ]
    assert {verdict for _, verdict in verdicts(truth, None)} == {"unknown"}


def test_items_match_by_name_and_equal_names_in_order() -> None:
    slow = {**SGD, "lr": 0.01}
    truth = truth_of(
        optimizers=[
            {"name": "torch.optim.Adam", "lr": 0.001},
            {"name": "torch.optim.SGD", "lr": 0.1, "lr_origin": "a.py:3", "momentum": 0.9},
            {"name": "torch.optim.SGD", "lr": 0.01},
        ]
    )
    found = score(truth, {"optimizers": [SGD, ADAM, slow]})
    assert [each.verdict for each in found if each.field != "optimizers.momentum"] == ["right"] * 7
    assert [each.verdict for each in found if each.field == "optimizers.momentum"] == ["unknown"]


def test_a_missing_item_is_unknown_in_each_field_and_an_extra_one_is_one_wrong() -> None:
    facts = {"optimizers": [{"name": "torch.optim.SGD", "lr": 0.1}]}
    document = {"optimizers": [ADAM]}
    expected = [("optimizers.name", "unknown"), ("optimizers.lr", "unknown")]
    assert verdicts(truth_of(**facts), document) == [*expected, ("optimizers.extra", "wrong")]
    assert verdicts(truth_of(("optimizers",), **facts), document) == expected
    total = tallies(score(truth_of(**facts), document))["all"]
    assert (total.decided, total.right, total.unknown, total.wrong) == (2, 0, 2, 1)
    assert (total.recall, total.wrong_share) == (0.0, 0.5)


def test_an_item_without_a_name_stands_for_what_is_left() -> None:
    truth = truth_of(clipping=[{"kind": "norm", "max": 5.0}, {"kind": "value", "max": 1.0}])
    document = {"clipping": [{"kind": None, "max": 5.0}, {"kind": "value", "max": 2.0}]}
    assert verdicts(truth, document) == [
        ("clipping.kind", "unknown"),
        ("clipping.max", "right"),
        ("clipping.kind", "right"),
        ("clipping.max", "wrong"),
    ]


def test_an_item_may_have_other_names_that_are_as_right() -> None:
    truth = truth_of(schedules=[{"name": "lib.Poly", "unit": "epoch", "aliases": ["manual"]}])
    document = {"schedules": [{"name": "manual", "unit": "batch"}]}
    assert verdicts(truth, document) == [("schedules.name", "right"), ("schedules.unit", "wrong")]


def test_an_empty_list_counts_for_clipping_only() -> None:
    truth = truth_of(clipping=[], schedules=[])
    assert verdicts(truth, {"clipping": [], "schedules": []}) == [("clipping", "right")]
    assert verdicts(truth, {"clipping": None, "schedules": []}) == [("clipping", "unknown")]
    assert verdicts(truth, {"clipping": [{"kind": "norm", "max": 1}], "schedules": [{"name": "manual"}]}) == [
        ("schedules.extra", "wrong"),
        ("clipping.extra", "wrong"),
    ]


def test_networks_layers_in_order_and_activations_as_sets() -> None:
    model = {
        "name": "Net",
        "layers": ["conv", "linear"],
        "hidden_activations": ["relu", "tanh"],
        "init": "he",
    }
    document = {
        "name": "Net",
        "layers": [{"kind": "linear"}, {"kind": "conv"}],
        "hidden_activations": ["tanh", "relu"],
        "init": None,
    }
    truth = truth_of(models=[model])
    assert [verdict for _, verdict in verdicts(truth, {"models": [document]})] == [
        "right",
        "wrong",
        "right",
        "unknown",
    ]
    document["layers"] = [{"kind": "conv"}, {"kind": None}]
    assert Score("models.layers", "Net", "unknown", ["conv", "linear"], ["conv", None]) in score(
        truth, {"models": [document]}
    )


def test_a_file_that_is_not_as_the_format_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text('package = "a==1"\nentry = "t.py"\nsha256 = ""\nnote = ""\n[facts]\nbatchsize = 3\n')
    with pytest.raises(TruthError, match="unknown batchsize"):
        read(path)


def test_the_whole_way(index: Path, tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home"), "--cache", str(tmp_path / "cache")]
    (tmp_path / "home").mkdir()

    def run(script: str, *arguments: str) -> str:
        command = [sys.executable, str(BENCHMARKS / script), *home, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("ecosystem.py", "pin", "--kind", "wheel", "fakenet")
    digest = hashlib.sha256(TRAIN.encode()).hexdigest()
    (tmp_path / "home" / "fake.toml").write_text(
        f'package = "fakenet==1.0"\nentry = "fakenet/train.py"\nsha256 = "{digest}"\nnote = ""\n'
        "[facts]\nzero_grad = false\nbatch_size = 8\n[[facts.optimizers]]\n"
        'name = "torch.optim.SGD"\nlr = 0.01\nlr_origin = "fakenet/train.py:8"\n'
    )
    text = run("real_facts.py", "run", "--details", "--write-summary", "first")
    assert "unknown batch_size" in text.replace("  ", " ") and "right   zero_grad" in text
    kept = json.loads((tmp_path / "home" / "results.json").read_text())["open"]["first"]["fake"]
    assert kept["all"] == [4, 1, 0, 0] and kept["optimizers.lr"] == [1, 0, 0, 0]
    run("real_facts.py", "run", "--only", "fake", "--write-summary", "second")
    page = (tmp_path / "home" / "RESULTS.md").read_text()
    assert "| entry point | first | second |" in page and "| fake | 4/5 (80%) | 4/5 (80%) |" in page
    assert "| batch_size | 0/1 (0%) | 0/1 (0%) |" in page
    (tmp_path / "home" / "frozen12").mkdir()
    (tmp_path / "home" / "fake.toml").rename(tmp_path / "home" / "frozen12" / "kept.toml")
    assert "kept: fakenet/train.py" in run("real_facts.py", "run", "--frozen", "--write-summary", "second")
    page = (tmp_path / "home" / "RESULTS.md").read_text()
    assert (
        page.index("## Open entry points")
        < page.index("## The twelfth frozen entry points")
        < page.index("| kept |")
    )


def test_every_program_is_pinned_and_the_frozen_ones_are_those_of_their_list() -> None:
    real = BENCHMARKS.parent / "tests" / "facts" / "real"
    pinned = {(p.name, p.version) for home in (BENCHMARKS, real) for p in pins.read(home / "packages.toml")}
    opened, frozen = read_all(real), read_all(real / "frozen12")
    assert all((truth.package, truth.version) in pinned for truth in (*opened, *frozen))
    listed = (real / "frozen12.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert sorted(listed) == sorted(
        " ".join((f"{truth.package}=={truth.version}", truth.entry, *truth.configs)) for truth in frozen
    )
    assert not {truth.package for truth in opened} & {truth.package for truth in frozen}
