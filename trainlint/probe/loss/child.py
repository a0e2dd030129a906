"""The process that executes a loss of the user's own."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from trainlint.probe.codec import from_json, to_json
from trainlint.probe.loss.caller import CannotCall, load
from trainlint.probe.loss.descend import try_kind
from trainlint.probe.loss.kinds import KINDS
from trainlint.probe.loss.target import LossTarget
from trainlint.probe.loss.verdict import LossVerdict, decide
from trainlint.probe.script.confinement import isolate


def main(settings: Mapping[str, Any]) -> None:
    """Confine the process, try the loss, write the verdict, and end without ceremony."""
    os.set_inheritable(settings["record"], False)
    isolation, _ = isolate(settings)
    threading.Thread(target=_deadline, args=(settings["deadline"],), daemon=True).start()
    verdict = examine(from_json(LossTarget, settings["target"]))
    data = {**to_json(verdict), "isolation": list(isolation)}
    with open(settings["record"], "wb") as pipe:
        pipe.write(json.dumps(data).encode())
    sys.stdout.flush()
    os._exit(0)


def examine(target: LossTarget) -> LossVerdict:
    """Load a loss and try it on every kind of target."""
    try:
        import torch
    except ImportError:
        return LossVerdict(target.name, False, None, (), (), "torch is not installed for this Python")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    try:
        callee = load(target)
    except CannotCall as error:
        return LossVerdict(target.name, False, None, (), (), str(error))
    except BaseException as error:  # the user's file: it may do anything, exit included
        place = os.path.basename(target.file) or target.module
        return LossVerdict(
            target.name, False, None, (), (), f"{place} raises {type(error).__name__}: {error}"
        )
    trials = []
    for kind in KINDS:
        trial = try_kind(torch, kind, callee, callee.parameters, single=callee.single)
        if trial.verdict == "descends":  # on another sample as well, so that it is no accident
            again = try_kind(torch, kind, callee, callee.parameters, single=callee.single, seed=1)
            trial = trial if again.verdict == "descends" else again
        trials.append(trial)
        if trial.verdict == "descends":  # the kind that it was made for: the others say nothing against it
            break
    return decide(target.name, trials, callee.notes)


def _deadline(seconds: float) -> None:
    time.sleep(seconds)
    os._exit(1)
