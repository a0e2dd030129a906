"""ignite.distributed: the same program on several devices; here it is one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.ignite.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class ParallelClass(LibraryClass):
    """`with Parallel(backend) as parallel: parallel.run(training, config)` calls training(local_rank, config)."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "run":
            return Native("ignite.distributed.Parallel.run", _spawned)
        return None

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return instance


def _spawned(run: Interpreter, args: Args) -> Value:
    if not args.positional:
        return Const(None)
    return run.call(args.positional[0], Args([Const(0), *args.positional[1:]], args.keywords, args.open))


LIBRARY.add(ParallelClass("ignite.Parallel"))


@LIBRARY.function("ignite.spawn")
def spawn(run: Interpreter, args: Args) -> Value:
    """`idist.spawn(backend, fn, args, kwargs_dict)`"""
    given = args.bind("backend", "fn", "args", "kwargs_dict")
    more = given.get("args")
    listed = more.iterate(run).values if more is not None else []
    return run.call(given.get("fn", Unknown("fn")), Args([Const(0), *listed]))


@LIBRARY.function("ignite.auto_model", "ignite.auto_optim", "ignite.convert_tensor")
def same(run: Interpreter, args: Args) -> Value:
    """The same object, fit for the devices."""
    return args.positional[0] if args.positional else Unknown("nothing is given")


@LIBRARY.function("ignite.auto_dataloader")
def auto_dataloader(run: Interpreter, args: Args) -> Value:
    """A DataLoader of the same arguments; the batch size is that of all processes together."""
    return run.call(run.library_name("torch.utils.data.DataLoader"), args)


@LIBRARY.function("ignite.get_rank", "ignite.get_local_rank", "ignite.get_node_rank")
def rank(run: Interpreter, args: Args) -> Value:
    """The first process."""
    return Const(0)


@LIBRARY.function("ignite.get_world_size", "ignite.get_nproc_per_node", "ignite.get_nnodes")
def world(run: Interpreter, args: Args) -> Value:
    """One process, unless it is told otherwise."""
    return Const(1)


@LIBRARY.function("ignite.one_rank_only")
def one_rank_only(run: Interpreter, args: Args) -> Value:
    """A decorator: the first process runs the function."""
    return Native("ignite.distributed.one_rank_only", same)


@LIBRARY.function(
    "ignite.device", "ignite.barrier", "ignite.backend", "ignite.model_name", "ignite.manual_seed"
)
def outside(run: Interpreter, args: Args) -> Value:
    """Where and how the processes run."""
    return Unknown("how the processes run")
