"""Functions around training that change nothing of it: seeds, ranks, decorators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH
from trainlint.frameworks.observers import Observed
from trainlint.semantics.installed import is_installed
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_FOLLOWED = ("rank_zero_only", "rank_zero_experiment", "override", "deprecated", "auto_move_data")
_SILENT = (
    "rank_zero_info", "rank_zero_warn", "rank_zero_deprecation", "rank_zero_debug", "disable_possible_user_warnings",
    "suggested_max_num_workers", "measure_flops", "print_directory_tree",
)  # fmt: skip


@LIBRARY.function(f"{PYTORCH}.seed_everything")
def seed_everything(run: Interpreter, args: Args) -> Value:
    """`seed_everything(seed)` returns the seed."""
    return args.bind("seed").get("seed", Unknown("a seed"))


@LIBRARY.function(*(f"{PYTORCH}.utilities.{name}" for name in _FOLLOWED))
def same(run: Interpreter, args: Args) -> Value:
    """Decorators that leave a function as it is."""
    return args.positional[0] if args.positional else Native("a decorator", same)


@LIBRARY.function(*(f"{PYTORCH}.utilities.{name}" for name in _SILENT))
def silent(run: Interpreter, args: Args) -> Value:
    """Messages."""
    return Const(None)


@LIBRARY.function(
    *(f"lightning_utilities.core.imports.{n}" for n in ("module_available", "package_available")),
    *(f"{PYTORCH}.utilities.imports.{n}" for n in ("_module_available", "_package_available")),
)
def module_available(run: Interpreter, args: Args) -> Value:
    """`module_available("torch")`: whether a module of this dotted name can be imported."""
    path = next(iter((*args.positional, *args.keywords.values())), None)
    if isinstance(path, Const) and isinstance(path.value, str) and is_installed(run, path.value):
        return Const(True)
    return Unknown("whether a module is installed")


@LIBRARY.function(f"{PYTORCH}.utilities.grad_norm")
def grad_norm(run: Interpreter, args: Args) -> Value:
    """Norms of gradients, for logging."""
    return Observed("grad_norm()")
