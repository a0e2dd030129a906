"""Switches of training that switch nothing in Keras: slips in `trainable`, and changes after compile()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Parameter
from trainlint.facts.training import IdleSwitch
from trainlint.frameworks.torch.freezing import SWITCH, has_own, misspelt, record
from trainlint.frameworks.torch.tree import named_parameters, walk
from trainlint.model import Place
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

TRAINABLE = "trainable"
CHANGED = "trainable_changed"
"""Key of `Module.state`: (Place, value) of a change of `trainable` since the last compile()."""
FITTED = "fitted"
"""Key of `Module.state`: whether fit() ran since the last compile()."""


def set_on_layer(run: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """`layer.trainble = False` and `layer.requires_grad = False`: attributes that Keras does not read."""
    wanted = value.truth(run)
    if (
        not (name == SWITCH or misspelt(name, TRAINABLE))
        or wanted is None
        or has_own(run, instance, name, value)
    ):
        return
    found = tuple(t.parameter for t in named_parameters(run, instance)[0].values() if t.parameter)
    if any(parameter.requires_grad is not wanted for parameter in found):
        record(run, IdleSwitch(run.here, name, "layer", wanted, found))


def trainable(run: Interpreter, instance: Instance, parameter: Parameter, wanted: bool | None) -> None:
    """A change of `trainable`, which only the next compile() takes over. Under a condition the compile() may stand
    under the same one, so that nothing is noted."""
    if wanted is not None and parameter.requires_grad is not wanted and not run.branches:
        run.write(instance.data.state, CHANGED, (Place(run.here, TRAINABLE), wanted))


def compiled(run: Interpreter, instance: Instance) -> None:
    """compile() takes over all that was changed."""
    run.write(instance.data.state, FITTED, False)
    for _, below in walk(instance):
        if below.data.state.get(CHANGED) is not None:
            run.write(below.data.state, CHANGED, None)


def fitted(run: Interpreter, instance: Instance) -> None:
    """fit() goes on as it was compiled, where it was compiled and trained before."""
    if instance.data.state.get(FITTED) is True and not run.branches:
        changes = [
            (b, change) for _, b in walk(instance) if (change := b.data.state.get(CHANGED)) is not None
        ]
        if changes:
            (place, wanted), *_ = [change for _, change in changes]
            held = tuple(p for below, _ in changes for p in below.data.parameters.values())
            record(run, IdleSwitch(run.here, TRAINABLE, "compiled", wanted, held, place))
    run.write(instance.data.state, FITTED, True)
