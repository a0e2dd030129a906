"""detectron2.engine: the command line, processes and set-up of a training script.

Source: detectron2's documentation ("detectron2.engine", default_argument_parser, launch).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.detectron2.library import function
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_OPTIONS: tuple[tuple[str, object], ...] = (
    ("--config-file", ""),
    ("--num-gpus", 1),
    ("--num-machines", 1),
    ("--machine-rank", 0),
    ("--dist-url", "tcp://127.0.0.1:49152"),
)
_FLAGS = ("--resume", "--eval-only")


@function("default_argument_parser")
def _parser(run: Interpreter, args: Args) -> Value:
    """`--config-file`, `--resume`, `--eval-only`, numbers of devices, and options of the config at the end."""
    parser = run.call(run.library_name("argparse.ArgumentParser"), Args())
    add = run.get_attr(parser, "add_argument")
    for name, default in _OPTIONS:
        kind: dict[str, Value] = {"type": TYPES["int"]} if isinstance(default, int) else {}
        run.call(add, Args([Const(name)], {"default": Const(default), **kind}))
    for name in _FLAGS:
        run.call(add, Args([Const(name)], {"action": Const("store_true")}))
    run.call(add, Args([Const("opts")], {"nargs": run.library_name("argparse.REMAINDER"), "default": _NONE}))
    return parser


@function("launch")
def _launch(run: Interpreter, args: Args) -> Value:
    """`launch(main, num_gpus, ..., args=(...))` calls `main(*args)` in every process."""
    given = args.bind("main_func", "num_gpus_per_machine", "num_machines", "machine_rank", "dist_url", "args")
    listed = given.get("args")
    items = listed.iterate(run) if listed is not None else None
    values = list(items.values) if items is not None else []
    function = given.get("main_func", Unknown("the function that launch() runs"))
    return run.call(function, Args(values, {}, items is not None and not items.exact))


@function("get_world_size")
def _world(run: Interpreter, args: Args) -> Value:
    return Const(1)


@function("get_rank", "get_local_rank")
def _rank(run: Interpreter, args: Args) -> Value:
    return Const(0)


@function("is_main_process")
def _is_main(run: Interpreter, args: Args) -> Value:
    return Const(True)


@function("create_ddp_model")
def _same(run: Interpreter, args: Args) -> Value:
    """One process has the model as it is."""
    return args.positional[0] if args.positional else args.keywords.get("model", _NONE)
