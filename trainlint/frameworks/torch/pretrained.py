"""Weights that come from elsewhere: what is noted of a network that takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Init
from trainlint.frameworks.torch.parameters import conditional
from trainlint.frameworks.torch.tree import own_parameters, walk
from trainlint.semantics.objects import Instance

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def has_trained(run: Interpreter) -> bool:
    """Whether the program has trained something already, so that loading brings back what it found itself."""
    return any(e.kind in (EventKind.STEP, EventKind.BACKWARD) for e in run.program.events)


def take(run: Interpreter, instance: Instance, pretrained: bool | None, published: bool = False) -> None:
    """All weights below are replaced. pretrained: by learned ones (None: not known). published: by those that a
    library offers for the architecture."""
    for _, part in walk(instance):
        take_alone(run, part, pretrained, published)


def take_alone(run: Interpreter, part: Instance, pretrained: bool | None, published: bool = False) -> None:
    """As `take`, for the parameters of this very module."""
    run.write(part.data.state, "pretrained", pretrained)
    if published and pretrained is True:
        run.write(part.data.state, "published", True)
    if pretrained is not True or has_trained(run):
        return
    for tensor in own_parameters(part).values():
        parameter = tensor.parameter
        if parameter is not None:
            init = Init("pretrained", run.here, {}, conditional(run, parameter))
            run.write(parameter.state, "inits", (*parameter.inits, init))
