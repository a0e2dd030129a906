"""mmengine.dist and mmengine.device: how many processes train, and on what. A program that is started by itself is one of one,
and facts speak of a graphics card or a processor, not of other accelerators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.library import LIBRARY, function
from trainlint.semantics.amounts import Usual
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SIZE = "the number of processes"


@function("get_world_size", "get_local_size")
def world_size(run: Interpreter, args: Args) -> Value:
    """One, unless a launcher started more."""
    return Usual(_SIZE, Const(1))


@function("get_rank", "get_local_rank")
def rank(run: Interpreter, args: Args) -> Value:
    """Not known: code of the first process differs."""
    return Unknown("the rank of the process")


@function("get_dist_info")
def rank_and_size(run: Interpreter, args: Args) -> Value:
    """`rank, world_size = get_dist_info()`"""
    return TupleValue([rank(run, args), world_size(run, args)])


@function("get_device")
def device(run: Interpreter, args: Args) -> Value:
    """`"cuda"` or `"cpu"`, by the machine."""
    return UnionValue([Const("cuda"), Const("cpu")])


_OTHERS = ("ipu", "mlu", "npu", "musa", "dipu")


@function(*(f"is_{name}_available" for name in _OTHERS))
def _another(run: Interpreter, args: Args) -> Value:
    return Const(False)


for _name in _OTHERS:
    LIBRARY.constant(f"mm.IS_{_name.upper()}_AVAILABLE", False)


@function("revert_sync_batchnorm")
def _reverted(run: Interpreter, args: Args) -> Value:
    """The network itself, its statistics those of each process: `SyncBatchNorm` becomes a usual batch norm."""
    return args.positional[0] if args.positional else args.keywords.get("module", Unknown("a network"))


@function("convert_sync_batchnorm")
def _synchronised(run: Interpreter, args: Args) -> Value:
    whole = args.positional[0] if args.positional else args.keywords.get("module", Unknown("a network"))
    return run.call(run.library_name("torch.nn.SyncBatchNorm.convert_sync_batchnorm"), Args([whole]))
