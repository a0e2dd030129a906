"""`--run`: the user's program is watched, stopped after K steps whatever it does, and leaves no trace."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from trainlint.probe.script.command import parse_command
from trainlint.probe.script.launch import Ran, Run, run_program
from trainlint.probe.script.record import Record

pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

STOPPED_WITHIN = 3.0

LOOP = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def step():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(torch.randn(16, 4)), torch.randn(16, 1))
    loss.backward()
    optimizer.step()
"""


def fingerprint(directory: Path) -> dict[str, tuple[str, int, float]]:
    """Contents, mode and time of all below a directory."""
    return {
        path.relative_to(directory).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "directory",
            path.stat().st_mode,
            path.stat().st_mtime,
        )
        for path in sorted(directory.rglob("*"))
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "best.pt").write_bytes(b"weeks of work")
    (tmp_path / "log.txt").write_text("epoch 1\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.txt").write_text("keep me\n")
    return tmp_path


def run(project: Path, code: str, steps: int = 5, command: str = "python train.py", **more: object) -> Ran:
    (project / "train.py").write_text(code)
    before = fingerprint(project)
    ran = run_program(
        Run(parse_command(command, project, sys.executable), project, steps=steps, seconds=60, **more)  # type: ignore[arg-type]
    )
    assert fingerprint(project) == before, "the user's files were left as they were"
    return ran


def stopped(ran: Ran, steps: int = 5) -> Record:
    assert (ran.record.outcome, ran.record.steps) == ("stopped", steps), ran.output
    assert ran.record.stopping is not None
    assert ran.record.stopping < STOPPED_WITHIN
    assert not ran.record.trouble
    return ran.record


def test_a_program_is_stopped_after_k_steps_and_its_numbers_are_seen(project: Path) -> None:
    record = stopped(run(project, LOOP + "while True:\n    step()\n"))
    optimizer = record.optimizers[0]
    assert optimizer.rates == (0.1,) * 5
    assert (optimizer.cleared, optimizer.kept, optimizer.empty) == (4, 0, 0)
    assert optimizer.spot.line == 6
    assert all(norm > 0 for norm in optimizer.norms)
    assert len(record.backwards[0].losses) == 5
    assert [layer.name for layer in record.layers] == ["0", "2"]
    assert record.layers[0].dead is not None
    assert record.layers[1].dead is None
    loss = record.losses[0]
    assert loss.name == "mse_loss"
    assert loss.target is not None
    assert loss.target.shape == (16, 1)


SWALLOWING = {
    "except Exception": "while True:\n    try:\n        step()\n    except Exception:\n        pass\n",
    "bare except": "while True:\n    try:\n        step()\n    except:\n        pass\n",
    "except in a nest": "while True:\n    try:\n        try:\n            step()\n        except BaseException:\n            raise ValueError\n"
    "    except ValueError:\n        pass\n",
    "a slow handler": "import time\ntry:\n    while True:\n        step()\nfinally:\n    time.sleep(60)\n",
    "a handler that saves": "try:\n    while True:\n        step()\nexcept BaseException:\n    torch.save(model.state_dict(), 'checkpoints/best.pt')\n    raise\n",
    "atexit": "import atexit\natexit.register(lambda: torch.save(1, 'checkpoints/best.pt'))\nwhile True:\n    step()\n",
}


@pytest.mark.parametrize("way", SWALLOWING)
def test_a_program_that_swallows_the_stop_is_stopped_all_the_same(project: Path, way: str) -> None:
    stopped(run(project, LOOP + SWALLOWING[way]))


WORKERS = """
from torch.utils.data import DataLoader, Dataset

class Data(Dataset):
    def __len__(self):
        return 10_000
    def __getitem__(self, index):
        open(f"seen{index}.txt", "w").write("x")
        return torch.randn(4), torch.randn(1)

if __name__ == "__main__":
    for x, y in DataLoader(Data(), batch_size=8, num_workers=2, shuffle=True):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
"""


def test_loader_workers_end_with_the_program(project: Path) -> None:
    record = stopped(run(project, LOOP + WORKERS))
    loader = record.loaders[0]
    assert (loader.sampler, loader.batch_size, loader.samples, loader.recorded) == (
        "RandomSampler",
        8,
        10_000,
        True,
    )
    assert loader.batch["[0]"].shape == (8, 4)


WRITING = """
import os, pathlib, shutil, subprocess, sys
with open("log.txt", "a") as log:
    log.write("epoch 2\\n")
assert open("log.txt").read() == "epoch 1\\nepoch 2\\n"
os.makedirs("new/deep")
pathlib.Path("new/deep/file.txt").write_text("x")
assert sorted(os.listdir("new")) == ["deep"]
os.remove("checkpoints/best.pt")
assert not os.path.exists("checkpoints/best.pt")
torch.save(model.state_dict(), "checkpoints/best.pt.tmp")
os.replace("checkpoints/best.pt.tmp", "checkpoints/best.pt")
assert torch.load("checkpoints/best.pt")["0.weight"].shape == (8, 4)
shutil.rmtree("old")
assert not os.path.exists("old/run.txt")
os.rename("log.txt", "log.old")
assert os.path.exists("log.old") and not os.path.exists("log.txt")
while True:
    step()
"""


@pytest.mark.parametrize("guard", [False, True], ids=["overlay", "guard"])
def test_the_program_sees_what_it_wrote_and_nobody_else_does(project: Path, guard: bool) -> None:
    record = stopped(run(project, LOOP + WRITING, guard=guard))
    assert ("overlay" in record.isolation[0]) == (not guard)


def test_commands_that_the_program_starts_write_into_the_same_view(project: Path) -> None:
    code = "import subprocess\nsubprocess.run('rm -rf checkpoints; touch done', shell=True, check=True)\n"
    stopped(run(project, LOOP + code + "while True:\n    step()\n"))


def test_the_guard_refuses_what_would_write_past_it(project: Path) -> None:
    code = "import sqlite3\nsqlite3.connect('results.db')\n"
    ran = run(project, LOOP + code, guard=True)
    assert ran.record.outcome == "raised"
    assert "sqlite3.connect is refused" in ran.record.error


def test_a_module_of_a_package_runs_as_python_runs_it(project: Path) -> None:
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").write_text("")
    (project / "pkg" / "parts.py").write_text(LOOP)
    (project / "pkg" / "main.py").write_text(
        "import sys\nfrom .parts import step\nassert sys.argv[1:] == ['--epochs', '3'], sys.argv\n"
        "assert __name__ == '__main__'\nwhile True:\n    step()\n"
    )
    stopped(run(project, "", command="python -m pkg.main --epochs 3"))


def test_a_script_finds_its_neighbours_its_arguments_and_its_file(project: Path) -> None:
    (project / "scripts").mkdir()
    (project / "scripts" / "parts.py").write_text(LOOP)
    (project / "scripts" / "go.py").write_text(
        "import os, sys\nfrom parts import step\nassert sys.argv == ['scripts/go.py', 'x'], sys.argv\n"
        "assert os.path.exists('log.txt') and __file__.endswith('go.py')\nwhile True:\n    step()\n"
    )
    stopped(run(project, "", command="python scripts/go.py x"))


def test_a_program_without_torch_is_told_apart(project: Path) -> None:
    ran = run(project, "print('no networks here')\n")
    assert (ran.record.outcome, ran.record.steps) == ("no torch", 0)
    assert "no networks here" in ran.output


def test_a_program_that_ends_by_itself(project: Path) -> None:
    record = run(project, LOOP + "step()\nstep()\n").record
    assert (record.outcome, record.steps) == ("ended", 2)


def test_a_program_that_fails_says_where(project: Path) -> None:
    record = run(project, LOOP + "step()\nraise ValueError('no such data')\n").record
    assert (record.outcome, record.steps, record.error) == ("raised", 1, "ValueError: no such data")
    assert record.error_spot.line == LOOP.count("\n") + 2


def test_a_program_that_never_steps_runs_out_of_time(project: Path) -> None:
    (project / "train.py").write_text("import time, torch\ntime.sleep(600)\n")
    ran = run_program(Run(parse_command("python train.py", project, sys.executable), project, seconds=6))
    assert ran.record.outcome == "timed out"
    assert ran.record.seconds < 15


def test_a_program_that_is_killed_is_no_failure_of_ours(project: Path) -> None:
    ran = run(project, "import os\nos.kill(os.getpid(), 9)\n")
    assert (ran.record.outcome, ran.record.error) == ("died", "ended by SIGKILL")


def test_there_is_no_network_and_no_secret(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "hush")
    monkeypatch.setenv("PLAIN", "seen")
    code = (
        "import os, socket\nassert 'MY_API_KEY' not in os.environ and os.environ['PLAIN'] == 'seen'\n"
        "try:\n    socket.create_connection(('127.0.0.1', 80), 1)\nexcept PermissionError:\n    pass\nelse:\n    raise SystemExit('a network')\n"
    )
    stopped(run(project, LOOP + code + "while True:\n    step()\n"))


def test_a_step_with_a_closure_is_measured_after_the_closure(project: Path) -> None:
    code = LOOP.replace("SGD(model.parameters(), lr=0.1)", "LBFGS(model.parameters(), lr=0.5)") + (
        "x, y = torch.randn(16, 4), torch.randn(16, 1)\n"
        "def closure():\n    optimizer.zero_grad()\n    loss = ((model(x) - y) ** 2).mean()\n    loss.backward()\n    return loss\n"
        "while True:\n    optimizer.step(closure)\n"
    )
    record = stopped(run(project, code, steps=3), 3)
    assert record.optimizers[0].empty == 0
    assert len(record.optimizers[0].norms) == 3


def test_what_the_user_s_environment_sets_before_torch_still_counts(project: Path) -> None:
    code = "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport sys\nassert 'torch' not in sys.modules\n"
    stopped(run(project, code + LOOP + "while True:\n    step()\n"))


@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_processes_that_the_program_left_behind_are_gone(project: Path) -> None:
    code = "import subprocess\nprint('pid', subprocess.Popen(['sleep', '300']).pid, flush=True)\n"
    ran = run(project, LOOP + code + "while True:\n    step()\n")
    pid = int(ran.output.split("pid ")[1].split()[0])
    assert not Path(f"/proc/{pid}").exists() or "sleep" not in Path(f"/proc/{pid}/cmdline").read_text()
