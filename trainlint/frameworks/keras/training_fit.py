"""model.fit() and its kin as loops with events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.keras import freezing, release
from trainlint.frameworks.keras.callbacks import Callbacks
from trainlint.frameworks.keras.methods import model_method
from trainlint.frameworks.keras.own_batches import SIZES
from trainlint.frameworks.keras.training_compile import compiled, used
from trainlint.frameworks.keras.training_data import Batches, batches
from trainlint.frameworks.keras.training_steps import evaluate, train
from trainlint.frameworks.signature import number
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

FIT = (
    "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
    "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch", "validation_steps",
    "validation_batch_size", "validation_freq",
)  # fmt: skip
FIT_GENERATOR = (
    "generator", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps",
    "validation_freq", "class_weight", "max_queue_size", "workers", "use_multiprocessing", "shuffle", "initial_epoch",
)  # fmt: skip
OLD_NAMES = {
    "nb_epoch": "epochs", "X": "x", "samples_per_epoch": "samples_per_epoch", "nb_val_samples": "validation_steps",
    "data": "x",
}  # fmt: skip
"""Arguments of Keras 1 by their later names."""
OLD_EPOCHS = 10
"""Epochs of fit() in Keras 1 where nb_epoch was not given (documentation of Keras 1)."""


def renamed(args: Args) -> Args:
    """The arguments under the names of today."""
    keywords = {OLD_NAMES.get(name, name): value for name, value in args.keywords.items()}
    return Args(args.positional, keywords, args.open)


@model_method("fit")
def fit(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.fit(x, y, batch_size=32, epochs=1, validation_data=..., shuffle=True)`"""
    if "nb_epoch" in args.keywords:
        release.note(run, release.FIRST)
    return run_fit(run, instance, renamed(args).bind(*FIT))


@model_method("fit_generator")
def fit_generator(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.fit_generator(generator, steps_per_epoch, epochs=1)`; Keras 1 counts samples instead of steps."""
    release.note(run, release.BEFORE_3)
    given = renamed(args).bind(*FIT_GENERATOR, "samples_per_epoch=")
    if "generator" in given:
        given["x"] = given.pop("generator")
    if "samples_per_epoch" in given:
        given["steps_per_epoch"] = Unknown("samples_per_epoch")
    return run_fit(run, instance, given)


def run_fit(run: Interpreter, instance: Instance, given: dict[str, Value]) -> Value:
    """fit() with these arguments, under the names of `FIT`: epochs around batches, with what happens in each."""
    own_step = run.class_attribute(instance.cls, "train_step") is not None
    settings = compiled(instance) if own_step else used(run, instance)
    freezing.fitted(run, instance)
    source = batches(run, given)
    if source.loader not in run.program.loaders:
        run.program.loaders.append(source.loader)
    validation = _validation(run, given, source)
    optimizer = settings.fact if settings is not None else None
    callbacks = Callbacks(run, given.get("callbacks"), instance, optimizer)

    def batch(number: int) -> None:
        callbacks.call("batch begins")
        x, y = source.draw()
        train(run, instance, x, y)
        callbacks.call("batch ends")

    def epoch(number: int) -> None:
        callbacks.rates("epoch begins")
        callbacks.call("epoch begins")
        repeat(run, batch, over="loader", length=source.length, target=source.loader)
        if validation is not None:
            _evaluate(run, instance, validation)
        callbacks.call("epoch ends")
        callbacks.rates("epoch ends")

    callbacks.call("begin")
    repeat(run, epoch, over="range", length=_epochs(given))
    callbacks.call("end")
    return run.call(HISTORY, Args())


def _epochs(given: dict[str, Value]) -> int | None:
    epochs, first = given.get("epochs", Const(1)), given.get("initial_epoch", Const(0))
    if not (isinstance(epochs, Const) and isinstance(epochs.value, int | float)):
        return None
    begin = first.value if isinstance(first, Const) and isinstance(first.value, int) else None
    return None if begin is None else max(int(epochs.value) - begin, 0)


def _validation(run: Interpreter, given: dict[str, Value], source: Batches) -> Batches | None:
    """What is evaluated after every epoch, if anything."""
    data = given.get("validation_data")
    size = given.get("validation_batch_size") or given.get("batch_size")
    if data is not None and not (isinstance(data, Const) and data.value is None):
        own: dict[str, Value] = {"x": data} if size is None else {"x": data, "batch_size": size}
        if isinstance(data, TupleValue | ListValue) and 2 <= len(data.elements) <= 3 and _is_pair(data):
            own["x"], own["y"] = data.elements[0], data.elements[1]
        return batches(run, own)
    share = given.get("validation_split")
    if share is None or share.truth(run) is False:
        return None
    return source if isinstance(share, Const) else None


def _is_pair(data: Value) -> bool:
    return not (isinstance(data, ListValue) and data.kind == "generator")


def _evaluate(run: Interpreter, instance: Instance, source: Batches) -> None:
    def batch(number: int) -> None:
        x, y = source.draw()
        own = run.class_attribute(instance.cls, "test_step")
        if own is None:
            evaluate(run, instance, x)
            return
        before = run.grad_enabled
        run.set_grad(False)
        run.call(run.bind(own, instance), Args([x if y is None else TupleValue([x, y])]))
        run.set_grad(before)

    repeat(run, batch, over="loader", length=source.length, target=_apart(source.loader))


def _apart(loader: Loader) -> Loader:
    """A loader for evaluation, which is not the one that is trained on even where both draw from one set."""
    return Loader(
        loader.location, loader.batch_size, loader.shuffle, loader.drop_last, loader.data, loader.length
    )


class HistoryClass(LibraryClass):
    """What fit() returns: `history.history["loss"]`."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "history":
            return DictValue({}, open=True)
        return Unknown(f"{name} of a history") if name in ("epoch", "params", "model") else None


HISTORY = HistoryClass("keras.callbacks.History")


@model_method("evaluate", "evaluate_generator")
def evaluate_model(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.evaluate(x, y)`: the loss, or a list of loss and metrics."""
    given = renamed(args).bind("x", "y", "batch_size", "verbose", "sample_weight", "steps", "callbacks")
    if "generator" in args.keywords:
        given["x"] = args.keywords["generator"]
    _evaluate(run, instance, batches(run, {k: v for k, v in given.items() if k in ("x", "y", "batch_size")}))
    settings = compiled(instance)
    if settings is not None and settings.metrics:
        return ListValue(
            [Unknown("a result of evaluate()") for _ in range(1 + len(settings.metrics))], open=True
        )
    return Unknown("the result of evaluate()")


@model_method("predict", "predict_generator", "predict_proba", "predict_classes", "predict_on_batch")
def predict(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.predict(x)`: outputs as arrays, of which gradients know nothing."""
    from trainlint.facts.graph import Op
    from trainlint.frameworks.numpy.array import NUMPY
    from trainlint.semantics.tensors import Tensor

    given = renamed(args).bind("x", "batch_size", "verbose", "steps")
    x = given.get("x", args.keywords.get("generator", Unknown("the data is not given")))
    source = batches(run, {"x": x, **({"batch_size": given["batch_size"]} if "batch_size" in given else {})})
    results: list[Value] = []

    def batch(number: int) -> None:
        results.append(evaluate(run, instance, source.draw()[0]))

    repeat(run, batch, over="loader", length=source.length, target=_apart(source.loader))

    def array(value: Value) -> Value:
        if isinstance(value, Tensor):
            shape = (None, *value.shape[1:]) if value.shape else None
            return Tensor(run.node(Op.DETACH, "predict", (value.node,), shape=shape, attached=False), NUMPY)
        if isinstance(value, ListValue | TupleValue):
            return ListValue([array(v) for v in value.elements], open=value.open)
        if isinstance(value, DictValue):
            return DictValue({k: (key, array(v)) for k, (key, v) in value.cells.items()})
        return Unknown("predictions")

    return array(results[-1]) if results else Unknown("predictions")


@model_method("train_on_batch")
def train_on_batch(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.train_on_batch(x, y)`: one update, in whatever loop the program has."""
    given = renamed(args).bind("x", "y", "sample_weight", "class_weight")
    source = batches(run, {k: v for k, v in given.items() if k in ("x", "y")})
    x, y = source.draw()
    _handed(run, [v for v in given.values() if isinstance(v, Tensor)])
    train(run, instance, x, y)
    return Unknown("the loss of a batch")


def _handed(run: Interpreter, parts: list[Tensor]) -> None:
    """Note the batch that train_on_batch() is given: the window of the data that this pass took, else what its arrays
    show. Its order is the program's own business."""
    shown = {v.shape[0] for v in parts if v.shape and v.shape[0] is not None}
    for event in run.program.events_of(EventKind.DRAW):
        by_hand = event.options.get("by") == "hand" and event.root == run.root
        if by_hand and (event.loops == run.passes or shown == {event.target.batch_size.value}):
            return  # the batch itself, or one of its size that another network of the program is trained on
    for event in reversed(run.program.events_of(EventKind.DRAW)):
        loader = event.target
        if event.options.get("by") == "window" and event.root == run.root and event.loops == run.passes:
            if isinstance(loader, Loader) and shown <= {loader.batch_size.value}:
                run.event(EventKind.DRAW, loader)
            return
    if len(shown) == 1 and run.passes:
        nothing: Fact[Any] = unknown("the program's own code decides the order")
        size = _named_size(run, next(iter(shown)))
        run.event(EventKind.DRAW, Loader(run.here, size, nothing, known(False)))


def _named_size(run: Interpreter, size: int) -> Fact[int]:
    """The size that arrays show, as the code has it at hand: a variable tells where it comes from."""
    names = run.frame.scope.vars
    told = next((names[name] for name in SIZES if name in names), None)
    found: Fact[int] = number(run, told, "batch_size") if told is not None else known(size)
    return found if found.value == size else known(size)


@model_method("test_on_batch")
def test_on_batch(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.test_on_batch(x, y)`"""
    x = renamed(args).bind("x", "y").get("x", Unknown("a batch"))
    evaluate(run, instance, x)
    return Unknown("the loss of a batch")
