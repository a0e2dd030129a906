"""Parameters and layers of networks that are not known: `for p in self.backbone.parameters()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import IdleSwitch
from trainlint.frameworks.torch import freezing
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.symbols import is_foreign
from trainlint.semantics.library import Handler
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.uses import uses_in
from trainlint.semantics.values import Args, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class UnseenPart(Unknown):
    """A parameter or a layer of it (`kind`): what is meant to freeze it is worth a look."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__(f"a {kind} of a network that is not known")
        self.kind = kind

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        wanted = value.truth(run)
        idle = freezing.misspelt(name, freezing.SWITCH) or (self.kind == "module" and name == freezing.SWITCH)
        if wanted is not None and idle and not _is_switched(run, name == freezing.SWITCH):
            freezing.record(run, IdleSwitch(run.here, name, self.kind, wanted, unseen=True))
        super().set_attr(run, name, value)


class UnseenParts(Unknown):
    """All of them. named: with their names."""

    __slots__ = ("kind", "named")

    def __init__(self, kind: str, named: bool) -> None:
        super().__init__(f"the {kind}s of a network that is not known")
        self.kind, self.named = kind, named

    def iterate(self, run: Interpreter) -> Items:
        return Items([self._one()], exact=False, fresh=self._one, over="modules")

    def _one(self) -> Value:
        made = UnseenPart(self.kind)
        return TupleValue([Unknown(f"name of a {self.kind}"), made]) if self.named else made


def _is_switched(run: Interpreter, itself: bool) -> bool:
    """Whether code of the file switches anything by the right name, which may do what was meant. itself: the switch at
    hand has that name."""
    tree = run.frame.module.source.tree
    found = uses_in(tree).values() if tree is not None else ()
    setting = sum(freezing.SWITCH in uses.attributes - uses.read for uses in found)
    return setting > itself or any("requires_grad_" in uses.attributes for uses in found)


def _parts(kind: str, named: bool) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        return Unknown(f"the {kind}s of something") if is_foreign(run) else UnseenParts(kind, named)

    return handler


LIBRARY.unknown_methods.update(
    {
        "parameters": _parts("parameter", named=False),
        "named_parameters": _parts("parameter", named=True),
        "children": _parts("module", named=False),
        "named_children": _parts("module", named=True),
        "modules": _parts("module", named=False),
        "named_modules": _parts("module", named=True),
    }
)
