"""Networks of which a config names the type only: what holds their place in the runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.model import BASE_MODEL, BaseModelClass
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class UnseenModelClass(BaseModelClass):
    """A network of which a config names the type, and no source is there: what it holds and computes is not known."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, Args())
        instance.data.complete = False
        run.escape(instance, f"{self.qualname}()")

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        run.escape_args(args, f"{self.qualname}.forward()")
        return Unknown(f"what {self.qualname} gives")


def unseen(run: Interpreter, kind: Value | None) -> Instance | None:
    """A stand-in for the network that a config's `type` names."""
    if not isinstance(kind, Const) or not isinstance(kind.value, str):
        return None
    known: dict[str, LibraryClass] = run.memo.setdefault("openmmlab.unseen", {})
    name = kind.value.rsplit(".", 1)[-1]
    cls = known.setdefault(name, UnseenModelClass(f"mm.{name}", (BASE_MODEL,)))
    made = run.call(cls, Args())
    return made if isinstance(made, Instance) else None
