"""torch.distributed: whether the program has joined a group of processes.

A program that is started by itself has none until it makes one; whether code that runs alone has one is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.amounts import Usual
from trainlint.semantics.library import Handler
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_GROUP = "torch.distributed.group"
_PLACES = ("torch.distributed", "torch.distributed.distributed_c10d")


def _state(run: Interpreter) -> dict[str, Value]:
    state: dict[str, Value] = run.memo.setdefault(_GROUP, {"joined": Const(False)})
    return state


@LIBRARY.function(*(f"{p}.init_process_group" for p in _PLACES), "torch.distributed.init_device_mesh",
                  "torch.distributed.device_mesh.init_device_mesh")  # fmt: skip
def join(run: Interpreter, args: Args) -> Value:
    """From here on there is a group, of as many processes as the program says."""
    run.write(_state(run), "joined", Const(True))
    given = args.bind("backend", "init_method", "timeout", "world_size", "rank")
    for name in ("world_size", "rank"):
        run.write(_state(run), name, given.get(name, Unknown(name)))
    return Unknown("torch.distributed.init_device_mesh()")


@LIBRARY.function(*(f"{p}.destroy_process_group" for p in _PLACES))
def leave(run: Interpreter, args: Args) -> Value:
    """From here on there is none."""
    run.write(_state(run), "joined", Const(False))
    return Const(None)


@LIBRARY.function(*(f"{p}.is_initialized" for p in _PLACES))
def is_initialized(run: Interpreter, args: Args) -> Value:
    """Known where the program was followed from its start."""
    return Unknown("whether there is a process group") if run.root > 1 else _state(run)["joined"]


def _told(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        value = _state(run).get(name)
        plain = isinstance(value, Const) and isinstance(value.value, int) and value.value >= 0
        if plain and value is not None and run.root <= 1:
            return value
        what = f"torch.distributed.{name}"
        return Usual(what, Const(1)) if name == "world_size" else Unknown(what)

    return handler


for _place in _PLACES:
    LIBRARY.function(f"{_place}.get_world_size")(_told("world_size"))
    LIBRARY.function(f"{_place}.get_rank")(_told("rank"))


@LIBRARY.function("torch.distributed.is_available")
def is_available(run: Interpreter, args: Args) -> Value:
    """It is in every usual build."""
    return Const(True)
