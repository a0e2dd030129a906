"""The parts of torch that only look: TensorBoard writers and profilers."""

from __future__ import annotations

from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.values import Value

NAMES = (
    "torch.utils.tensorboard.SummaryWriter",
    "torch.utils.tensorboard.writer.SummaryWriter",
    "torch.profiler.profile",
    "torch.profiler.record_function",
    "torch.profiler.schedule",
    "torch.profiler.tensorboard_trace_handler",
    "torch.autograd.profiler.profile",
    "torch.autograd.profiler.record_function",
    "torch.utils.flop_counter.FlopCounterMode",
)


def _observer(qualname: str) -> None:
    @LIBRARY.function(qualname)
    def call(run: object, args: object) -> Value:
        return Observed(f"{qualname}()")


for _name in NAMES:
    _observer(_name)
