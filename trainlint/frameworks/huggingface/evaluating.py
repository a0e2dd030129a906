"""Trainer.evaluate() and predict(): batches in evaluation mode, without gradients, and the metrics of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Op
from trainlint.frameworks.huggingface.optimizing import is_none
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def output(names: str) -> NamedValues:
    """Results of which nothing is known; one that is named metrics is a mapping."""
    parts = tuple(names.split())
    values = [DictValue(open=True) if name == "metrics" else Unknown(name) for name in parts]
    return NamedValues(parts, list(values))


def evaluate(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.evaluate(eval_dataset=None)`: metrics by name."""
    given = args.bind("eval_dataset", "ignore_keys", "metric_key_prefix").get("eval_dataset")
    dataset = trainer.attrs.get("eval_dataset") if is_none(given) else given
    _evaluation(run, trainer, dataset, "get_eval_dataloader")
    return DictValue(open=True)


def predict(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.predict(test_dataset)`: predictions, labels and metrics."""
    dataset = args.bind("test_dataset").get("test_dataset")
    return _evaluation(run, trainer, dataset, "get_test_dataloader")


def _evaluation(run: Interpreter, trainer: Instance, dataset: Value | None, name: str) -> NamedValues:
    names = ("predictions", "label_ids", "metrics")
    if isinstance(dataset, DictValue) and dataset.cells:  # several data sets by name: each is evaluated alike
        dataset = next(iter(dataset.cells.values()))[1]
    if dataset is None or is_none(dataset):
        return NamedValues(names, [Unknown(n) for n in names])
    loader = run.call(run.get_attr(trainer, name), Args([dataset]))
    items = loader.iterate(run)
    model = trainer.attrs.get("model", Unknown("the model"))
    if is_module(model):
        run.call_method(model, "eval")
    results: list[Value] = []

    def batch(number: int) -> None:
        drawn = items.fresh() if items.fresh is not None else Unknown("a batch")
        step = run.get_attr(trainer, "prediction_step")
        results.append(run.call(step, Args([model, drawn, Const(False)])))

    repeat(run, batch, over=items.over, length=items.length, target=items.target)
    found = _arrays(run, results[-1] if results else None)
    metrics = trainer.attrs.get("compute_metrics")
    computed: Value = DictValue(open=True)
    if metrics is not None and not is_none(metrics):
        run.call(metrics, Args([NamedValues(("predictions", "label_ids"), found)]))
    return NamedValues(names, [*found, computed])


def _arrays(run: Interpreter, result: Value | None) -> list[Value]:
    """Predictions and labels as arrays, from what prediction_step returned."""
    parts = list(result.elements[1:3]) if isinstance(result, TupleValue) else []
    parts += [Unknown("a result")] * (2 - len(parts))
    arrays: list[Value] = []
    for part in parts:
        inputs = (part.node,) if isinstance(part, Tensor) else ()
        arrays.append(Tensor(run.node(Op.DETACH, "numpy", inputs, attached=False), NUMPY))
    return arrays


def prediction_step(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.prediction_step(model, inputs, prediction_loss_only)`: (loss, logits, labels), without a graph."""
    from trainlint.frameworks.huggingface import training

    given = args.bind("model", "inputs", "prediction_loss_only", "ignore_keys")
    model, inputs = given.get("model", Unknown("the model")), given.get("inputs", Unknown("the batch"))
    before = run.grad_enabled
    run.set_grad(False)
    loss: Value
    outputs: Value
    overridden = run.class_attribute(trainer.cls, "compute_loss")
    if overridden is not None:
        wanted: dict[str, Value] = {"return_outputs": Const(True)}
        found = run.call(run.get_attr(trainer, "compute_loss"), Args([model, inputs], wanted))
        parts = list(found.elements) if isinstance(found, TupleValue) else [found]
        loss = parts[0]
        outputs = parts[1] if len(parts) > 1 else Unknown("outputs")
    else:
        outputs = training.call_model(run, model, inputs, measured=True)
        loss = Unknown("the loss of an evaluation")
    run.set_grad(before)
    logits = _logits(run, outputs)
    labels = inputs.get_item(run, Const("labels"))
    return TupleValue([loss, logits, labels])


def _logits(run: Interpreter, outputs: Value) -> Value:
    if isinstance(outputs, DictValue):
        rest = [v for k, (_, v) in outputs.cells.items() if k != "loss"]
        return rest[0] if rest else Unknown("logits")
    if isinstance(outputs, TupleValue):
        return outputs.get_item(run, Const(1))
    if isinstance(outputs, Instance):
        return run.get_attr(outputs, "logits")
    return outputs


def eval_loader(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.get_eval_dataloader(eval_dataset)`: batches in order."""
    from trainlint.frameworks.huggingface import training

    given = args.positional[0] if args.positional else next(iter(args.keywords.values()), None)
    dataset = trainer.attrs.get("eval_dataset") if is_none(given) else given
    data = dataset if dataset is not None else Unknown("the evaluation data")
    return training.loader(run, trainer, data, "per_device_eval_batch_size", known(False))
