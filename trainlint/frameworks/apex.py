"""NVIDIA's apex, as programs used it before torch had mixed precision of its own: amp.initialize and amp.scale_loss, its
data parallelism, its norms, and what it puts around optimizers. Its own optimizers stand with those of other packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.torch.layer_tables import like
from trainlint.frameworks.torch.module import NN_MODULE
from trainlint.frameworks.torch.wrapped_optimizers import OptimizerWrapper, clip_masters, scaled_backward
from trainlint.frameworks.torch.wrappers import WrapperClass, synchronised
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("apex")
_INITIALIZE = ("models", "optimizers", "enabled", "opt_level")
_PURE = "O0"
"""The optimisation level that leaves everything in float32 (https://nvidia.github.io/apex/amp.html)."""


@LIBRARY.function("apex.amp.initialize")
def initialize(run: Interpreter, args: Args) -> Value:
    """Networks and optimizers as they are, made ready for mixed precision; one result where no optimizer is given."""
    given = args.bind(*_INITIALIZE)
    run.event(EventKind.AUTOCAST, enabled=_enabled(run, given))
    models = given.get("models", Unknown("what amp.initialize() is given"))
    optimizers = given.get("optimizers", Const(None))
    if isinstance(optimizers, Const) and optimizers.value is None:
        return models
    return TupleValue([models, optimizers])


def _enabled(run: Interpreter, given: dict[str, Value]) -> bool | None:
    enabled = given.get("enabled", Const(True)).truth(run)
    level = given.get("opt_level", Const("O1"))
    if enabled is False or (isinstance(level, Const) and level.value == _PURE):
        return False
    return enabled if isinstance(level, Const) else None


class ScaledLoss(LibraryClass):
    """`with amp.scale_loss(loss, optimizer) as scaled:` - gradients have their own scale again when the block ends, before
    anything clips them: for the facts the scaled loss is the loss."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("loss", "optimizers", "loss_id", "model", "delay_unscale")
        run.write(instance.attrs, "<loss>", given.get("loss", Unknown("the loss is not given")))

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return instance.attrs["<loss>"]


LIBRARY.add(ScaledLoss("apex.amp.scale_loss"), "apex.amp.handle.scale_loss")


@LIBRARY.function("apex.amp.master_params")
def master_params(run: Interpreter, args: Args) -> Value:
    """All parameters of an optimizer's groups."""
    optimizer = args.bind("optimizer").get("optimizer")
    if not isinstance(optimizer, Instance):
        return Unknown("parameters of an optimizer that is not known")
    groups = optimizer.get_attr(run, "param_groups").iterate(run)
    parameters = [run.get_item(group, Const("params")).iterate(run) for group in groups.values]
    found = [value for items in parameters for value in items.values]
    return ListValue(found, open=not all(items.exact for items in (groups, *parameters)))


@LIBRARY.function(
    "apex.amp.state_dict", "apex.amp.load_state_dict", "apex.amp.init", "apex.amp.register_float_function"
)
def aside(run: Interpreter, args: Args) -> Value:
    """What the scaling itself keeps: nothing of the training's facts."""
    return Const(None)


LIBRARY.add(WrapperClass("apex.parallel.DistributedDataParallel", (NN_MODULE,)))
LIBRARY.function("apex.parallel.convert_syncbn_model")(synchronised)

for _place in ("apex.normalization", "apex.normalization.fused_layer_norm"):
    for _name in ("FusedLayerNorm", "MixedFusedLayerNorm"):
        LIBRARY.add(like(f"{_place}.{_name}", "LayerNorm"))
    for _name in ("FusedRMSNorm", "MixedFusedRMSNorm"):
        LIBRARY.add(
            like(f"{_place}.{_name}", "RMSNorm", "normalized_shape, eps=1e-05, elementwise_affine=True")
        )
LIBRARY.add(
    like(
        "apex.parallel.SyncBatchNorm",
        "SyncBatchNorm",
        "num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, process_group=None, "
        "channel_last=False, fuse_relu=False",
    ),
    "apex.parallel.sync_batchnorm.SyncBatchNorm",
    "apex.parallel.optimized_sync_batchnorm.SyncBatchNorm",
)

# Rates for each layer, by the ratio of weights and gradients: the bounds of the inner optimizer do not hold.
LIBRARY.add(OptimizerWrapper("apex.parallel.LARC.LARC", "optim", "lars"))
LIBRARY.add(
    OptimizerWrapper(
        "apex.fp16_utils.FP16_Optimizer",
        "optimizer",
        more={"backward": scaled_backward, "clip_master_grads": clip_masters},
    ),
    "apex.fp16_utils.fp16_optimizer.FP16_Optimizer",
)
