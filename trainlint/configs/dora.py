"""Hydra's main under other names. Dora: experiments that are known by their options; one that is started by itself is
one process. NeMo: `hydra_runner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.hydra import hydra_main
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("dora")
NEMO = TableLibrary("nemo")
LIBRARIES = [LIBRARY, NEMO]
LIBRARY.function("dora.hydra_main", "dora.hydra.hydra_main")(hydra_main)
NEMO.function("nemo.core.config.hydra_runner", "nemo.core.config.hydra_runner.hydra_runner")(hydra_main)


@LIBRARY.function("dora.distrib.rank")
def _rank(run: Interpreter, args: Args) -> Value:
    return run.const(0)


@LIBRARY.function("dora.distrib.world_size")
def _world_size(run: Interpreter, args: Args) -> Value:
    return run.const(1)


class LogProgressClass(LibraryClass):
    """`LogProgress(logger, loader, ...)`: iterating it is iterating what it wraps."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        wrapped = args.bind("logger", "iterable").get("iterable")
        run.write(instance.attrs, "_iterable", wrapped or Unknown("what is iterated over"))

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        return instance.attrs["_iterable"].iterate(run)

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        return instance.attrs["_iterable"].length(run)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))


LIBRARY.add(LogProgressClass("dora.log.LogProgress"), "dora.LogProgress")
