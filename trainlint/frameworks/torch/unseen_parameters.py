"""Parameters of networks that are not known: `for p in self.backbone.parameters()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import IdleSwitch
from trainlint.frameworks.torch import freezing
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.symbols import is_foreign
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.uses import uses_in
from trainlint.semantics.values import Args, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class UnseenParameter(Unknown):
    """One of them: what is meant to freeze it is worth a look."""

    __slots__ = ()

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        wanted = value.truth(run)
        if wanted is not None and freezing.misspelt(name, freezing.SWITCH) and not _is_switched(run):
            freezing.record(run, IdleSwitch(run.here, name, "parameter", wanted, unseen=True))
        super().set_attr(run, name, value)


class UnseenParameters(Unknown):
    """All of them. named: with their names."""

    __slots__ = ("named",)

    def __init__(self, named: bool) -> None:
        super().__init__("parameters of a network that is not known")
        self.named = named

    def iterate(self, run: Interpreter) -> Items:
        return Items([self._one()], exact=False, fresh=self._one, over="modules")

    def _one(self) -> Value:
        made = UnseenParameter(self.why)
        return TupleValue([Unknown("name of a parameter"), made]) if self.named else made


def _is_switched(run: Interpreter) -> bool:
    """Whether code of the file switches anything by the right name, which may do what was meant."""
    tree = run.frame.module.source.tree
    found = uses_in(tree).values() if tree is not None else ()
    return any(
        "requires_grad_" in uses.attributes or freezing.SWITCH in uses.attributes - uses.read
        for uses in found
    )


def _parameters(run: Interpreter, args: Args) -> Value:
    return Unknown("parameters()") if is_foreign(run) else UnseenParameters(named=False)


def _named_parameters(run: Interpreter, args: Args) -> Value:
    return Unknown("named_parameters()") if is_foreign(run) else UnseenParameters(named=True)


LIBRARY.unknown_methods.update({"parameters": _parameters, "named_parameters": _named_parameters})
