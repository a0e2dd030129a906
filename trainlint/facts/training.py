"""Optimizers, schedules, losses, loaders, clipping: the parts of a training run other than the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trainlint.facts.events import Branch
from trainlint.facts.fact import Fact, unknown
from trainlint.facts.graph import Module, Node, Parameter
from trainlint.model import Location, Place


@dataclass(frozen=True)
class ParameterSet:
    """Parameters handed to an optimizer, a clipping call or a gradient function.

    modules: modules all of whose parameters are in it. complete: nothing unknown may be in it as well.
    """

    parameters: tuple[Parameter, ...] = ()
    modules: tuple[Module, ...] = ()
    complete: bool = True

    def roots(self) -> set[int]:
        """Identities of the root modules that own any of the parameters."""
        owners = [m.root for m in self.modules] + [p.module.root for p in self.parameters if p.module]
        return {id(owner) for owner in owners}


@dataclass(frozen=True)
class ParamGroup:
    """One parameter group: its own rate, or the optimizer's default. own: the numbers that the group itself sets."""

    lr: Fact[float]
    parameters: ParameterSet
    own: dict[str, Fact[float]] = field(default_factory=dict)


@dataclass(eq=False)
class Optimizer:
    """An optimizer as constructed. lr is the rate of the constructor call (the library's default counts).

    name: qualified (`torch.optim.SGD`); family: key of the rate table (sgd, adam, adamw, rmsprop, ...), or
    "" for one that is not known; symbolic: a parameter such as `optimizer` that the code does not show.
    state: escaped, lr_changed (tuple of Place: assignments to param_groups), wrapped, every (Fact[int]: a library lets
    only every n-th step be an update, as long as it is set), frozen (its parameters that were, or may have been,
    frozen when it was made), lr_unseen (True where code that is not followed may set the rate: a callback of a package
    that is not known).
    """

    name: str
    family: str
    location: Location
    lr: Fact[float]
    momentum: Fact[float]
    weight_decay: Fact[float]
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    groups: tuple[ParamGroup, ...] = ()
    parameters: ParameterSet = field(default_factory=ParameterSet)
    symbolic: bool = False
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def escaped(self) -> bool:
        """Whether it was handed to code that could not be followed."""
        return bool(self.state.get("escaped", False))


@dataclass(eq=False)
class Schedule:
    """A learning-rate schedule. unit: what one step means by its documentation (batch, epoch), None if either.

    warmup: True if it starts below the peak rate; factor: True if it multiplies the constructor's rate by
    something unknown (LambdaLR with a function that was not evaluated).
    peak: the largest rate it reaches, where it sets its own (OneCycleLR's max_lr).
    """

    name: str
    location: Location
    optimizer: Optimizer | None
    unit: str | None = None
    warmup: bool | None = None
    rescales: bool = False
    peak: Fact[float] | None = None
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()  # the conditions under which it is made


@dataclass(eq=False)
class Loss:
    """One application of a loss function.

    name: qualified (`torch.nn.CrossEntropyLoss`, `torch.nn.functional.mse_loss`).
    takes: what its first argument must be: logits, log_probabilities, probabilities, values; None if unknown.
    task: multiclass, binary, regression, other. constructor: where the loss object was made. trained: a network is
    told to be trained on it, whether or not the training itself was seen. inner: a network of a library computes it itself
    where it is given labels. own: code of the project's own, of which only the name is known.
    """

    name: str
    location: Location
    takes: str | None
    task: str
    prediction: Node | None = None
    target: Node | None = None
    output: Node | None = None
    constructor: Location | None = None
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    origin: tuple[Place, ...] = ()
    trained: bool = False
    inner: bool = False
    own: bool = False


@dataclass(eq=False)
class Metric:
    """A metric that is reported for one output of a network while it trains.

    name: qualified (`keras.metrics.AUC`), or as it was asked for where the library decides by the data (`accuracy`).
    task: what it measures: classification, regression, other. location: the call that asks for it, which is also
    that of the losses given there. prediction, target: what it compares, where that was seen.
    """

    name: str
    task: str
    location: Location
    prediction: Node | None = None
    target: Node | None = None
    origin: tuple[Place, ...] = ()


@dataclass(eq=False)
class Clipping:
    """One gradient clipping call. kind: norm, value, or manual (code that changes `.grad` by hand)."""

    kind: str
    location: Location
    max: Fact[float]
    subject: ParameterSet = field(default_factory=ParameterSet)


@dataclass(eq=False)
class Scaler:
    """A gradient scaler. enabled: whether it scales at all; state: escaped."""

    location: Location
    enabled: Fact[bool]
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def escaped(self) -> bool:
        """Whether it was handed to code that could not be followed."""
        return bool(self.state.get("escaped", False))


@dataclass(eq=False)
class Loader:
    """A data loader. shuffle: True for random order by any sampler. data: what it draws from, as nodes."""

    location: Location
    batch_size: Fact[int]
    shuffle: Fact[bool]
    drop_last: Fact[bool]
    data: tuple[Node, ...] = ()
    length: Fact[int] | None = None  # samples in the data set
    options: dict[str, Fact[Any]] = field(default_factory=dict)


def one_of(loaders: Sequence[Loader]) -> Loader:
    """What is known of a loader that is one of several: in what they agree."""
    first, *others = loaders
    for other in others:
        if other is not first:
            first = Loader(
                first.location,
                _agreed(first.batch_size, other.batch_size),
                _agreed(first.shuffle, other.shuffle),
                _agreed(first.drop_last, other.drop_last),
                (*first.data, *other.data),
            )
    return first


def _agreed(first: Fact[Any], other: Fact[Any]) -> Fact[Any]:
    if first.known and other.known and first.value == other.value:
        return first
    return unknown(first.why or other.why or f"{first.value} or {other.value}")


@dataclass(frozen=True, slots=True)
class IdleSwitch:
    """A switch of training that switches nothing: code sets an attribute that the library never reads.

    attribute: as written. subject: what it was set on: parameter, module, or compiled (a Keras network that was compiled
    and trained before, and trains on as it was; location is then the call that trains). value: as it was set.
    place: where the switch stands, if the location is another. parameters: the weights that are meant. unseen: they belong
    to a network that is not known, and no code of the file switches any by the right name.
    """

    location: Location
    attribute: str
    subject: str
    value: bool
    parameters: tuple[Parameter, ...] = ()
    place: Place | None = None
    unseen: bool = False
