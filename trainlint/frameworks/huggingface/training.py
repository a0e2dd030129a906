"""Trainer.train(): the loop over epochs and batches, with what the project overrides in place of the library's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Loader
from trainlint.frameworks.huggingface import evaluating, optimizing
from trainlint.frameworks.huggingface.datasets import STREAM
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimizing import field, is_none
from trainlint.frameworks.torch import optim
from trainlint.frameworks.torch.batches import Batch
from trainlint.frameworks.torch.data import SHUFFLED
from trainlint.frameworks.torch.loaders import LOADER_CLASS
from trainlint.frameworks.torch.samplers import order_drawn
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module
from trainlint.model import Location
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.undecided import opposite
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def train(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """The whole run: optimizer and schedule are made, then epochs of updates, with evaluations between them."""
    _model_of(run, trainer)
    loader = run.call_method(trainer, "get_train_dataloader")
    items = loader.iterate(run)
    run.call_method(trainer, "create_optimizer_and_scheduler", Unknown("the number of training steps"))
    optimizer = optimizing.optimizer_of(trainer)
    if optimizer is not None:
        run.write(optimizer.state, "every", optimizing.updates_every(run, trainer))
    _precision(run, trainer)
    clip = optimizing.clipping(run, trainer)
    epochs, batches = _lengths(run, trainer, items)
    callbacks(run, trainer, "on_train_begin")

    def update(number: int) -> None:
        batch = items.values[number] if number < len(items.values) and items.fresh is None else _drawn(items)
        callbacks(run, trainer, "on_step_begin")
        model = trainer.attrs.get("model", Unknown("the model"))
        run.call(run.get_attr(trainer, "training_step"), Args([model, batch]))
        if clip is not None:
            run.event(EventKind.CLIP, clip)
        _step(run, trainer)
        callbacks(run, trainer, "on_step_end")

    def epoch(number: int) -> None:
        callbacks(run, trainer, "on_epoch_begin")
        repeat(run, update, over=items.over, length=batches, target=items.target)
        callbacks(run, trainer, "on_epoch_end")
        strategy = run.fact(field(run, trainer, "eval_strategy"))
        if strategy.value in ("epoch", "steps") and not is_none(trainer.attrs.get("eval_dataset")):
            run.call_method(trainer, "evaluate")

    repeat(run, epoch, length=epochs)
    callbacks(run, trainer, "on_train_end")
    return evaluating.output("global_step training_loss metrics")


def _drawn(items: Items) -> Value:
    return items.fresh() if items.fresh is not None else Unknown("a batch")


def _lengths(run: Interpreter, trainer: Instance, items: Items) -> tuple[int | None, int | None]:
    """Passes of the loops over epochs and over batches, where they are known."""
    steps, epochs = (run.fact(field(run, trainer, n)) for n in ("max_steps", "num_train_epochs"))
    if isinstance(steps.value, int) and steps.value > 0:
        every = optimizing.updates_every(run, trainer).value
        return 1, steps.value * every if every is not None else None
    count = epochs.value if isinstance(epochs.value, int | float) and steps.known else None
    return (int(count) if count is not None and float(count).is_integer() else None), items.length


def _step(run: Interpreter, trainer: Instance) -> None:
    """The update: the optimizer's step, the schedule's, and clearing of the gradients."""
    optimizer = trainer.attrs.get("optimizer")
    if isinstance(optimizer, Instance):
        optim.scaled_step(run, optimizer, Args(), "accelerator")
    else:
        run.event(EventKind.STEP, None, by="unknown", every=optimizing.updates_every(run, trainer))
    schedule = trainer.attrs.get("lr_scheduler")
    if isinstance(schedule, Instance):
        run.call_method(schedule, "step")
    model = trainer.attrs.get("model")
    if is_module(model):
        run.event(EventKind.ZERO_GRAD, model.data)
    else:
        run.event(EventKind.ZERO_GRAD, None, by="unknown")


def _precision(run: Interpreter, trainer: Instance) -> None:
    fp16, bf16 = field(run, trainer, "fp16"), field(run, trainer, "bf16")
    flags = [fp16.truth(run), bf16.truth(run)]
    if opposite(fp16, bf16):  # whichever the device has
        flags = [True, True]
    if isinstance(bf16, Const) and bf16.value is None:  # trl: as the device allows
        flags[1] = None
    if True in flags or None in flags:
        run.event(EventKind.AUTOCAST, enabled=True if True in flags else None)


def _model_of(run: Interpreter, trainer: Instance) -> None:
    """`model_init` makes the model for each run."""
    make = trainer.attrs.get("model_init")
    if is_none(trainer.attrs.get("model")) and make is not None and not is_none(make):
        run.set_instance_attribute(trainer, "model", run.call(make, Args()))


def callbacks(run: Interpreter, trainer: Instance, hook: str) -> None:
    """Call a hook of the project's own callbacks; one that is not known may do anything."""
    held = trainer.attrs.get("<callbacks>")
    for callback in held.elements if isinstance(held, TupleValue) else ():
        if isinstance(callback, Instance):
            method = run.class_attribute(callback.cls, hook)
            if method is None:
                continue
            names = {"model": "model", "optimizer": "optimizer", "lr_scheduler": "lr_scheduler"}
            keywords = {k: trainer.attrs.get(v, Unknown(k)) for k, v in names.items()}
            control = trainer.attrs.get("control", Unknown("control"))
            state = trainer.attrs.get("state", Unknown("state"))
            settings = trainer.attrs.get("args", Unknown("args"))
            run.call(run.bind(method, callback), Args([settings, state, control], keywords, True))
        elif hook == "on_train_begin":
            for name in ("model", "optimizer"):
                run.escape(trainer.attrs.get(name, Unknown(name)), "a callback that is not known")


# -- the steps that a project overrides


def training_step(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.training_step(model, inputs)`: train(), loss, backward; the loss comes back detached."""
    given = args.bind("model", "inputs", "num_items_in_batch")
    model, inputs = given.get("model", Unknown("the model")), given.get("inputs", Unknown("the batch"))
    if is_module(model):
        run.call_method(model, "train")
    loss = run.call(run.get_attr(trainer, "compute_loss"), Args([model, inputs]))
    if isinstance(loss, TupleValue) and loss.elements:
        loss = loss.elements[0]
    run.call_method(run.get_attr(trainer, "accelerator"), "backward", loss)
    return run.call_method(loss, "detach") if isinstance(loss, Tensor) else Unknown("the loss of a batch")


def compute_loss(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.compute_loss(model, inputs, return_outputs=False)`: the loss that the model returns."""
    given = args.bind("model", "inputs", "return_outputs", "num_items_in_batch")
    model, inputs = given.get("model", Unknown("the model")), given.get("inputs", Unknown("the batch"))
    outputs = call_model(run, model, inputs)
    own = trainer.attrs.get("compute_loss_func")
    if own is not None and not is_none(own):
        labels = inputs.get_item(run, Const("labels"))
        loss = run.call(own, Args([outputs, labels], {"num_items_in_batch": Unknown("a number")}))
    else:
        loss = loss_of(run, outputs)
    wanted = given.get("return_outputs")
    return TupleValue([loss, outputs]) if wanted is not None and wanted.truth(run) else loss


def loss_of(run: Interpreter, outputs: Value) -> Value:
    """The loss among a model's outputs."""
    if isinstance(outputs, DictValue):
        found = outputs.get_item(run, Const("loss"))
    elif isinstance(outputs, Instance):
        found = run.get_attr(outputs, "loss")
    elif isinstance(outputs, Tensor):
        found = outputs.get_attr(run, "loss") if isinstance(outputs, Batch) else outputs
    else:
        found = outputs.get_item(run, Const(0))
    if isinstance(found, Tensor):
        return found
    return Tensor(run.node(Op.UNKNOWN, "loss", attached=run.grad_enabled is not False), TORCH)


def call_model(run: Interpreter, model: Value, inputs: Value, measured: bool = False) -> Value:
    """`model(**inputs)`. Of a batch that is not known, a network of the project's own gets what its forward() asks
    for: the arguments without a default, and what is named like labels or inputs. measured: only to predict; a model
    of the library is not asked for its loss then, which is the same one."""
    library = is_module(model) and isinstance(model.cls, LibraryClass)
    if isinstance(inputs, DictValue):
        given = {k: v for k, v in inputs.strings().items() if not (measured and library and k in LABELS)}
        return run.call(model, Args([], given, inputs.open))
    batch = inputs if isinstance(inputs, Tensor) else _unknown_batch(run)
    forward = run.class_attribute(model.cls, "forward") if is_module(model) else None
    if not isinstance(forward, FunctionValue):
        return run.call(model, Args([batch], {}, True))
    arguments = forward.node.args
    names = [a.arg for a in (*arguments.args[1:], *arguments.kwonlyargs)]
    wanted = [n for n in names if n not in forward.defaults or n in USUAL]
    more = arguments.kwarg is not None
    if more and not any(n in LABELS for n in names):
        wanted += ["labels"]
    return run.call(model, Args([], {n: batch.get_item(run, Const(n)) for n in wanted}))


def _unknown_batch(run: Interpreter) -> Batch:
    return Batch(run.node(Op.INPUT, "batch", attached=False), TORCH)


LABELS = frozenset(
    {"labels", "label", "label_ids", "start_positions", "end_positions", "targets", "target", "y"}
)
USUAL = LABELS | {
    "input_ids",
    "attention_mask",
    "pixel_values",
    "input_values",
    "input_features",
    "x",
    "inputs",
}
"""Arguments of forward() that batches have even where they have a default."""


def create_optimizer_and_scheduler(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """Both, through methods that the project may override."""
    made = run.call_method(trainer, "create_optimizer")
    if is_none(trainer.attrs.get("optimizer")):
        run.set_instance_attribute(trainer, "optimizer", made)
    steps = args.bind("num_training_steps").get("num_training_steps", Unknown("steps"))
    arguments: list[Value] = [steps]
    schedule = run.call(run.get_attr(trainer, "create_scheduler"), Args(arguments))
    if is_none(trainer.attrs.get("lr_scheduler")) and isinstance(schedule, Instance):
        run.set_instance_attribute(trainer, "lr_scheduler", schedule)
    return Const(None)


# -- loaders


def train_sampler(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer._get_train_sampler()`: any order, each element once."""
    dataset = trainer.attrs.get("train_dataset", Unknown("the training data"))
    return run.call(run.library_name("torch.utils.data.RandomSampler"), Args([dataset]))


@LIBRARY.function("transformers.trainer_utils.has_length", "transformers.has_length")
def has_length(run: Interpreter, args: Args) -> Value:
    """`has_length(dataset)`: whether it has a `__len__` that answers."""
    dataset = args.positional[0] if args.positional else Unknown("a data set")
    own = run.class_attribute(dataset.cls, "__len__") if isinstance(dataset, Instance) else None
    return Const(True) if own is not None or dataset.length(run) is not None else Unknown("has_length()")


def train_loader(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.get_train_dataloader()`: shuffled batches of per_device_train_batch_size."""
    dataset = trainer.attrs.get("train_dataset", Unknown("the training data"))
    order: Fact[bool] = known(True)
    sequential = run.fact(field(run, trainer, "train_sampling_strategy"))
    if not sequential.known or sequential.value == "sequential":
        order = known(False) if sequential.known else unknown("train_sampling_strategy")
    if isinstance(dataset, Instance) and dataset.is_a(STREAM.qualname):  # a stream is taken as it comes
        order = run.fact(dataset.attrs[SHUFFLED]) if SHUFFLED in dataset.attrs else known(False)
    if run.class_attribute(trainer.cls, "_get_train_sampler") is not None:
        sampler = run.call_method(trainer, "_get_train_sampler")
        order = (
            order
            if is_none(sampler)
            else order_drawn(run, sampler, unknown("a sampler of the project's own"))
        )
    return loader(run, trainer, dataset, "per_device_train_batch_size", order)


def loader(run: Interpreter, trainer: Instance, dataset: Value, size: str, order: Fact[bool]) -> Instance:
    """A loader as the Trainer makes it: what iterating a torch DataLoader over the data set yields."""
    place: Location = optimizing.place_of(trainer)
    own = isinstance(dataset, Instance) and not dataset.is_a(STREAM.qualname)
    if isinstance(dataset, Instance) and own and dataset.is_a("torch.utils.data.IterableDataset"):
        order = unknown("an iterable data set decides its own order")
    made = Instance(LOADER_CLASS, place, {"dataset": dataset})
    collator = trainer.attrs.get("data_collator")
    if collator is not None and not is_none(collator):
        made.attrs["collate_fn"] = collator
    samples = dataset.length(run)
    drop: Fact[Any] = run.fact(field(run, trainer, "dataloader_drop_last"))
    batch: Fact[int] = optimizing.fact(run, trainer, size)
    length: Fact[int] = known(samples) if samples is not None else unknown("the size of the data set")
    made.data = Loader(place, batch, order, drop, length=length, options={"batch_size": batch})
    run.program.loaders.append(made.data)
    return made
