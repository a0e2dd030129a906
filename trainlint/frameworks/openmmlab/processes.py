"""mmengine.dist: how many processes train. A program that is started by itself is one of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.library import function
from trainlint.semantics.amounts import Usual
from trainlint.semantics.sequences import TupleValue
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
