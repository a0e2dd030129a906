"""What a training step costs, counted and not measured: the number of steps must not depend on how busy a machine is."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from trainlint.probe.operations import WEIGHTED
from trainlint.probe.worker.train import Run, data_inputs

PER_OPERATION = 60e-6
"""Seconds of one core for calling an operation forwards and backwards (torch 2.13, measured on MLPs of 3 to 12 layers)."""

PER_STEP = 400e-6
"""Seconds for what every step does once: data, loss, update."""

MULTIPLICATIONS = 8e9
"""Multiplications a second of one core, in matrices as small as these."""

RECURRENT_OPERATIONS = {"rnn": 0.7, "lstm": 1.0, "gru": 1.0}
"""Operations a step of the sequence, forwards and backwards, in units of `PER_OPERATION`."""

BLOCK_OPERATIONS = 50
"""The same for a transformer block."""


def step_seconds(run: Run) -> float:
    """The estimated time of one step on one core."""
    watched: dict[str, Tensor] = {}
    training = run.network.training
    run.network.eval()
    with torch.no_grad():
        run.network(data_inputs(run.data, 2), watched)
    run.network.train(training)
    work, calls = 0.0, 0.0
    for layer in run.variant.network.layers:
        output = watched[layer.id]
        places = output[0].numel()
        calls += 1
        work += places
        if layer.op not in WEIGHTED:
            continue
        module = run.network.layer(layer.id)
        weights = sum(p.numel() for p in module.parameters() if p.dim() > 1) if module is not None else 0
        source = watched.get(layer.inputs[0]) if layer.inputs else None
        length = _length(source if source is not None else output, run)
        if layer.op in RECURRENT_OPERATIONS:
            calls += RECURRENT_OPERATIONS[layer.op] * length * int(layer.options.get("num_layers", 1))
            work += weights * length
        elif layer.op.startswith("conv"):
            work += weights * math.prod(output.shape[2:])
        elif layer.op == "embedding":
            work += output[0].numel()
        else:
            calls += (
                BLOCK_OPERATIONS
                * int(layer.options.get("num_layers", 1))
                * layer.op.startswith("transformer")
            )
            work += weights * math.prod(output.shape[1:-1])
    return PER_STEP + PER_OPERATION * calls + 3 * work * run.size / MULTIPLICATIONS


def _length(source: Tensor, run: Run) -> int:
    """Steps of a sequence."""
    if source.dim() > 2:
        return int(source.shape[1])
    return max((i.shape[0] for i in run.variant.network.inputs if len(i.shape) > 0), default=1)
