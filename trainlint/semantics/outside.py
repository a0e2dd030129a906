"""What a program uses and does not define: names of libraries, and functions that trainlint models itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class Native(Value):
    """A function written by us: a method of a library's object or a function of a library."""

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[Interpreter, Args], Value]) -> None:
        super().__init__()
        self.name = name
        self.function = function

    def describe(self) -> str:
        return self.name

    def with_origin(self, origin: Origin) -> Value:
        """The same function, picked by something with this chain of origins."""
        same = Native(self.name, self.function)
        same.origin = origin
        return same

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """`itertools.chain.from_iterable`: a name below the function's own; `mse_loss.__name__`, as registries take it."""
        last = self.name.rpartition(".")[2]
        if name in ("__name__", "__qualname__") and last.isidentifier():
            return Const(last)
        found = run.library_name(f"{self.name}.{name}") if "." in self.name else None
        return super().get_attr(run, name) if found is None or isinstance(found, External) else found

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def call(self, run: Interpreter, args: Args) -> Value:
        if not self.origin:
            return self.function(run, args)
        before, run.arm = run.arm, (run.frame, self.origin)
        try:
            return self.function(run, args)
        finally:
            run.arm = before

    def types(self) -> tuple[str, ...] | None:
        return ("builtin_function_or_method", "object")


ASSIGNED = "outside names that the program assigned to"
"""Key of `run.memo`: a mapping from dotted names to values."""


BY_NAME = frozenset({"__getattribute__"})
"""What every module has too, to be asked for an attribute by its name."""


def by_name(value: Value) -> Value:
    """`module.__getattribute__`: `getattr(module, name)`."""
    from trainlint.semantics.builtin_attributes import make_getattr

    return Native("__getattribute__", lambda run, args: make_getattr(run, Args([value, *args.positional])))


class External(Value):
    """A dotted name of a library (`torch.nn`, `wandb.log`): resolved by the library that owns the name."""

    __slots__ = ("qualname",)

    def __init__(self, qualname: str) -> None:
        super().__init__()
        self.qualname = qualname

    def describe(self) -> str:
        return self.qualname

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "__dict__":
            from trainlint.semantics.live_dicts import names_of

            return names_of(run, self.qualname)
        if name in BY_NAME:
            return by_name(self)
        return run.library_name(f"{self.qualname}.{name}")

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        """What a program puts in the place of an outside name: libraries that care look there (`sys.argv = [...]`)."""
        run.write(run.memo.setdefault(ASSIGNED, {}), f"{self.qualname}.{name}", value)

    def call(self, run: Interpreter, args: Args) -> Value:
        return run.call_external(self.qualname, args)

    def enter(self, run: Interpreter) -> Value:
        return Unknown(f"with {self.qualname}")


class Marker(External):
    """A library's name for one of several things that differ (`tf.float16`): it equals itself only."""

    __slots__ = ()
