"""pickle and its kin: they write what they are given and read what nobody knows, but for what they wrote to memory before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PICKLE = TableLibrary("pickle", "dill", "joblib", "shelve", "cloudpickle")


class Pickled(Unknown):
    """The bytes that an object was written to. of: the object."""

    __slots__ = ("of",)

    of: Value


@PICKLE.function("pickle.dump", "joblib.dump", "dill.dump", "cloudpickle.dump")
def _dump(run: Interpreter, args: Args) -> Value:
    return Const(None)


@PICKLE.function("pickle.dumps", "dill.dumps", "cloudpickle.dumps")
def _dumps(run: Interpreter, args: Args) -> Value:
    written = Pickled("a pickled object")
    written.of = args.positional[0] if args.positional else Unknown("what is pickled")
    return written


@PICKLE.function("pickle.load", "joblib.load", "dill.load", "cloudpickle.load")
def _load(run: Interpreter, args: Args) -> Value:
    return Unknown("a pickled object")


@PICKLE.function("pickle.loads", "dill.loads", "cloudpickle.loads")
def _loads(run: Interpreter, args: Args) -> Value:
    """`pickle.loads(pickle.dumps(x))` is a deep copy."""
    written = args.positional[0] if args.positional else None
    if isinstance(written, Pickled):
        return run.call(run.library_name("copy.deepcopy"), Args([written.of]))
    return Unknown("a pickled object")
