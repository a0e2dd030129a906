"""Weights that come from elsewhere: what is noted of a network that takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Init, Module
from trainlint.facts.specimens import SPECIMENS
from trainlint.frameworks.torch.parameters import conditional
from trainlint.frameworks.torch.tree import own_parameters, walk
from trainlint.model import Location
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def has_trained(run: Interpreter, modules: Iterable[Module]) -> bool:
    """Whether the program has trained already and used one of these, so that loading brings back what it found."""
    if not any(e.kind in (EventKind.STEP, EventKind.BACKWARD) for e in run.program.events):
        return False
    wanted = {id(module) for module in modules}
    return any(id(call.module) in wanted for call in run.program.calls)


UNLISTED = "unlisted"
"""Key of `Module.state`: class of the layers that a body consists of whose layers are not listed."""
BODY = "<body>"


def unlisted_layer(run: Interpreter, instance: Instance) -> Instance | None:
    """One layer in place of those of a body that are not listed: its weight is the body's."""
    kind, weight = instance.data.state.get(UNLISTED), instance.attrs.get(BODY)
    if kind is None or weight is None:
        return None
    sizes: list[Value] = [Unknown("a size of a layer that is not listed") for _ in range(3)]
    made = run.call(run.library_name(kind), Args(sizes))
    if not isinstance(made, Instance):
        return None
    made.data.state["prototype"] = True
    made.attrs["weight"] = weight
    return made


_KINDS = ("torch.nn.Linear", "torch.nn.Conv2d", "torch.nn.BatchNorm2d", "torch.nn.LayerNorm")
"""Layers that most networks are made of, to see what a function does with each."""


def specimens(run: Interpreter, instance: Instance) -> list[Instance]:
    """One layer of each usual kind in place of those of a network that is not shown, noted in its state.

    A function that is applied to the network shows by what it does with them which layers its author has there."""
    module: Module = instance.data
    if not module.symbolic or module.parent is not None:
        return []
    loads = [e for e in run.program.events if e.kind is EventKind.LOAD and e.target is module]
    found: list[Instance] = []
    for kind in _KINDS:
        made = run.call(run.library_name(kind), Args([Unknown("a size of a layer that is not shown")] * 3))
        if not isinstance(made, Instance):
            return []
        made.data.state["prototype"] = True
        if module.pretrained is True and loads:
            _loaded_at(run, made, loads[-1].location)
        found.append(made)
    run.write(module.state, SPECIMENS, (*module.state.get(SPECIMENS, ()), tuple(i.data for i in found)))
    return found


def _loaded_at(run: Interpreter, made: Instance, place: Location) -> None:
    for tensor in own_parameters(made).values():
        if tensor.parameter is not None:
            init = Init("pretrained", place, {})
            run.write(tensor.parameter.state, "inits", (*tensor.parameter.inits, init))


def take(run: Interpreter, instance: Instance, pretrained: bool | None, published: bool = False) -> None:
    """All weights below are replaced. pretrained: by learned ones (None: not known). published: by those that a
    library offers for the architecture."""
    parts = [part for _, part in walk(instance)]
    if pretrained is not False and not published and has_trained(run, [part.data for part in parts]):
        return
    for part in parts:
        take_alone(run, part, pretrained, published)


def _born_here(run: Interpreter, module: Module) -> bool:
    """Whether a module was made under the conditions that hold here, and under no fewer."""
    made = module.state.get("made")
    return made is not None and {b.serial for b in run.branches} <= {b.serial for b in made.branches}


def take_alone(run: Interpreter, part: Instance, pretrained: bool | None, published: bool = False) -> None:
    """As `take`, for the parameters of this very module."""
    if _born_here(run, part.data):  # no other arm of a condition knows it
        part.data.state["pretrained"] = pretrained
    run.write(part.data.state, "pretrained", pretrained)
    if published and pretrained is True:
        run.write(part.data.state, "published", True)
    if pretrained is not True:
        return
    for tensor in own_parameters(part).values():
        parameter = tensor.parameter
        if parameter is not None:
            init = Init("pretrained", run.here, {}, conditional(run, parameter))
            run.write(parameter.state, "inits", (*parameter.inits, init))
