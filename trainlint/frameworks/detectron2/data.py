"""detectron2.data and detectron2.evaluation: loaders of a config, and a pass over a data set.

Source: detectron2's documentation ("Dataloader", "Evaluation").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.detectron2.library import function
from trainlint.frameworks.detectron2.solver import setting
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_RANDOM = frozenset({"TrainingSampler", "RepeatFactorTrainingSampler", "RandomSubsetTrainingSampler"})
"""Samplers of training that draw a random order: all that detectron2 has."""


@function("build_detection_train_loader")
def train_loader(run: Interpreter, args: Args) -> Value:
    """`build_detection_train_loader(cfg, mapper=...)`, or with a data set, `sampler=` and `total_batch_size=`."""
    given = args.bind("cfg", "mapper=", "sampler=", "total_batch_size=", "dataset=")
    config, sampler = given.get("cfg", _NONE), given.get("sampler", _NONE)
    size = given.get("total_batch_size")
    if as_dict(config) is not None:
        size = size or setting(run, config, "SOLVER.IMS_PER_BATCH")
        named = setting(run, config, "DATALOADER.SAMPLER_TRAIN")
        order = isinstance(named, Const) and named.value in _RANDOM
    else:
        order = True
    plain = isinstance(sampler, Const) and sampler.value is None
    options: dict[str, Value] = {"batch_size": size or Unknown("a batch size")}
    options["shuffle"] = Const(True) if order and plain else Unknown("a sampler decides the order")
    return _loader(run, options)


@function("build_detection_test_loader", "build_batch_data_loader")
def test_loader(run: Interpreter, args: Args) -> Value:
    """One image after the other, or `batch_size=` images."""
    given = args.bind("dataset", "mapper=", "sampler=", "batch_size=")
    return _loader(run, {"batch_size": given.get("batch_size", Const(1)), "shuffle": Const(False)})


def _loader(run: Interpreter, options: dict[str, Value]) -> Value:
    return run.call(
        run.library_name("torch.utils.data.DataLoader"), Args([Unknown("a data set of detectron2")], options)
    )


@function("inference_on_dataset")
def inference(run: Interpreter, args: Args) -> Value:
    """Every batch through the model, in evaluation mode and without a graph; the model's mode is as before afterwards."""
    given = args.bind("model", "data_loader", "evaluator")
    model, items = given.get("model", _NONE), given.get("data_loader", _NONE).iterate(run)
    before, training = run.grad_enabled, run.get_attr(model, "training")
    run.call_method(model, "eval")
    run.set_grad(False)

    def batch(number: int) -> None:
        drawn = items.fresh() if items.fresh is not None else next(iter(items.values), Unknown("a batch"))
        run.call(model, Args([drawn]))

    repeat(run, batch, over="loader", target=items.target)
    run.set_grad(before)
    if training.truth(run) is not False:
        run.call_method(model, "train")
    return DictValue(open=True)
