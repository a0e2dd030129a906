"""transformers under its earlier names: pytorch_pretrained_bert (until 0.6) and pytorch_transformers (1.x).

Their modules are those of transformers; here stands what was different. Signatures and defaults are those of the sources
of pytorch_pretrained_bert 0.6.2 and pytorch_transformers 1.2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Schedule
from trainlint.frameworks.huggingface.heads import BODY, head_of
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.models import PretrainedClass
from trainlint.frameworks.huggingface.outputs import ModelOutputValue
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PRETRAINED_BERT = "pytorch_pretrained_bert"

_ADAMW = "params, lr=0.001, betas=(0.9, 0.999), eps=1e-06, weight_decay=0.0, correct_bias=True"
LIBRARY.add(OptimizerClass("pytorch_transformers.AdamW", "adamw", _ADAMW, BASE))
for _name, _rest in (
    ("BertAdam", "b1=0.9, b2=0.999, e=1e-06, weight_decay=0.01, max_grad_norm=1.0"),
    ("OpenAIAdam", "b1=0.9, b2=0.999, e=1e-08, weight_decay=0, vector_l2=False, max_grad_norm=-1"),
):
    # No bias correction; the schedule and the bound of each parameter's gradient are parts of the optimizer itself.
    _parameters = f"params, lr, schedule='warmup_linear', warmup=-1, t_total=-1, {_rest}"
    if _name == "BertAdam":
        _parameters = f"params, lr, warmup=-1, t_total=-1, schedule='warmup_linear', {_rest}"
    LIBRARY.add(OptimizerClass(f"{PRETRAINED_BERT}.{_name}", "adamw", _parameters, BASE))


def _by_warmup(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    steps = schedule.options.get("warmup_steps")
    if steps is not None and steps.known:
        schedule.warmup = bool(steps.value)


for _name, _parameters in (
    ("ConstantLRSchedule", "optimizer, last_epoch=-1"),
    ("WarmupConstantSchedule", "optimizer, warmup_steps, last_epoch=-1"),
    ("WarmupLinearSchedule", "optimizer, warmup_steps, t_total, last_epoch=-1"),
    ("WarmupCosineSchedule", "optimizer, warmup_steps, t_total, cycles=0.5, last_epoch=-1"),
    ("WarmupCosineWithHardRestartsSchedule", "optimizer, warmup_steps, t_total, cycles=1.0, last_epoch=-1"),
):
    for _package in ("pytorch_transformers", "transformers"):  # until transformers 2.1
        LIBRARY.add(ScheduleClass(f"{_package}.{_name}", "batch", _parameters, _by_warmup))


class PlainOutputClass(PretrainedClass):
    """A model that returns its loss where labels are given (also in the fourth place), and else its result."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        if len(args.positional) > 3 and self.head.loss is not None:
            named = {"labels": args.positional[3], **args.keywords}
            args = Args(args.positional[:3], named, args.open)
        outputs = super().forward(run, instance, args)
        if not isinstance(outputs, ModelOutputValue):
            return outputs
        if self.head is BODY:
            return TupleValue([outputs.part(run, self.head.first), outputs.part(run, "pooler_output")])
        return outputs.part(run, "loss" if "loss" in outputs.cells else self.head.first)


@LIBRARY.maker(PRETRAINED_BERT)
def model_class(name: str) -> Value | None:
    """`BertForSequenceClassification`, `BertModel`."""
    head = head_of(name) if not name.endswith("PreTrainedModel") else None
    return PlainOutputClass(name, head) if head is not None else None
