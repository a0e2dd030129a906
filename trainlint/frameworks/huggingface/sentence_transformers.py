"""sentence-transformers: models that embed texts, losses that hold the model, and both ways of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Module, Op
from trainlint.facts.modes import WRAPS
from trainlint.frameworks.huggingface import training
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimizing import is_none
from trainlint.frameworks.huggingface.trainer import BASE as TRAINER
from trainlint.frameworks.huggingface.trainer import TrainerClass
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.losses import apply
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGE = "sentence_transformers"
_LOOKS = frozenset({
    "similarity", "similarity_pairwise", "save", "save_pretrained", "push_to_hub", "save_to_hub", "evaluate",
    "get_sentence_embedding_dimension", "get_embedding_dimension", "get_max_seq_length", "start_multi_process_pool",
    "stop_multi_process_pool", "tokenize", "preprocess", "smart_batching_collate", "rank", "encode_multi_process",
})  # fmt: skip
_ENCODES = frozenset({"encode", "encode_query", "encode_document", "predict"})


class EmbedderClass(ModuleClass):
    """SentenceTransformer, CrossEncoder, SparseEncoder: a pre-trained network, made from a name or from modules."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(f"{PACKAGE}.{name}", (NN_MODULE,), Op.BACKBONE, name)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        module: Module = instance.data
        given = args.bind("model_name_or_path", "modules")
        name = given.get("model_name_or_path")
        run.write(module.state, "pretrained", None if is_none(name) else True)
        run.write(module.state, "published", not is_none(name))
        modules = args.keywords.get("modules")
        for number, part in enumerate(getattr(modules, "elements", ())):
            if is_module(part):
                run.set_instance_attribute(instance, str(number), part)
                if part.data.pretrained:
                    run.write(module.state, "pretrained", True)
        add_parameter(run, instance, "<body>", None)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        inputs = tuple(node for value in args.values() for node in leaves(value))
        node = run.node(Op.BACKBONE, self.name, inputs, module=instance.data, location=instance.location)
        return DictValue.of({"sentence_embedding": Tensor(node, TORCH)}, open=True)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _ENCODES:
            return Native(f"{self.qualname}.{name}", lambda r, args: _encoded(r, instance))
        if name in ("fit", "old_fit"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _fit(r, instance, args))
        if name in _LOOKS:
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return super().attribute(run, instance, name)


def _encoded(run: Interpreter, instance: Instance) -> Value:
    """Embeddings: no gradient flows through them."""
    return Tensor(run.node(Op.CALL, "encode", attached=False), TORCH)


class PartClass(ModuleClass):
    """A module of sentence_transformers.models (Transformer, Pooling, Dense)."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if self.name in ("Transformer", "Dense", "CNN", "LSTM", "WordEmbeddings"):
            run.write(instance.data.state, "pretrained", self.name == "Transformer")
            add_parameter(run, instance, "<part>", None)


_HELD = "<model>"


def _held(instance: Instance) -> Value | None:
    held = instance.attrs.get(_HELD)
    return held.elements[0] if isinstance(held, TupleValue) else None


class LossClass(ModuleClass):
    """A loss of sentence_transformers.losses: it holds the model, embeds the batch and compares."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        model = args.bind("model").get("model")
        if model is not None:  # no submodule: it is the model that is a network of the program
            run.write(instance.attrs, _HELD, TupleValue([model]))

    def called(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return self.forward(run, instance, args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return _held(instance) if name == "model" else super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.bind("sentence_features", "labels")
        model = _held(instance)
        features = given.get("sentence_features", Unknown("a batch"))
        inside = getattr(features, "elements", (features,))[:1]
        embedded: Value = Unknown("embeddings")
        if is_module(model):
            outputs = run.call(model, Args(list(inside)))
            embedded = outputs.get_item(run, Const("sentence_embedding"))
        data = {"input": embedded, "target": given.get("labels", Unknown("labels"))}
        return apply(run, self.qualname, None, "other", data, {"reduction": known("mean")}, instance.location)


for _name in ("SentenceTransformer", "CrossEncoder", "SparseEncoder", "MultiVectorEncoder"):
    LIBRARY.add(EmbedderClass(_name))


@LIBRARY.maker(PACKAGE)
def named(name: str) -> Value | None:
    """`CosineSimilarityLoss`, `models.Pooling`."""
    if name.endswith("Loss"):
        return LossClass(f"{PACKAGE}.losses.{name}", (NN_MODULE,), Op.LOSS, name)
    if name in (
        "Transformer",
        "Pooling",
        "Dense",
        "Normalize",
        "CNN",
        "LSTM",
        "WordEmbeddings",
        "Dropout",
        "LayerNorm",
    ):
        return PartClass(f"{PACKAGE}.models.{name}", (NN_MODULE,), None, name)
    return None


# -- training


class LossTrainerClass(TrainerClass):
    """SentenceTransformerTrainer: the loss is an object beside the model."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "compute_loss":
            return Native(f"{self.qualname}.{name}", lambda r, args: loss_of_batch(r, instance, args))
        return super().attribute(run, instance, name)


def loss_of_batch(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """The trainer's loss of a batch; where none is given, the library's own choice."""
    given = args.bind("model", "inputs", "return_outputs")
    loss = trainer.attrs.get("loss")
    if isinstance(loss, DictValue) and loss.cells:
        loss = next(iter(loss.cells.values()))[1]
    model = given.get("model", Unknown("the model"))
    if is_none(loss) or loss is None:
        loss = run.call(LIBRARY.named(f"{PACKAGE}.CoSENTLoss") or Unknown("a loss"), Args([model]))
    elif not is_module(loss):
        loss = run.call(loss, Args([model]))
    if is_module(loss) and is_module(model):  # a loss of the project's own holds the network that is trained
        held = next((name for name, value in loss.attrs.items() if value is model), None)
        run.write(loss.data.state, WRAPS, held)
    batch = given.get("inputs", Unknown("a batch"))
    found = run.call(loss, Args([ListValue([batch], open=True), batch.get_item(run, Const("label"))]))
    wanted = given.get("return_outputs")
    return TupleValue([found, DictValue(open=True)]) if wanted is not None and wanted.truth(run) else found


_PLACES = (
    "model, args, train_dataset, eval_dataset, loss, evaluator, data_collator, processing_class, model_init, "
    "compute_metrics, callbacks, optimizers"
)
for _name in ("SentenceTransformer", "CrossEncoder", "SparseEncoder"):
    LIBRARY.add(
        LossTrainerClass(
            f"{PACKAGE}.{_name}Trainer", _PLACES, TRAINER, arguments=f"{PACKAGE}.{_name}TrainingArguments"
        )
    )
LIBRARY.alias(f"{PACKAGE}.trainer", PACKAGE)

_FIT = (
    "train_objectives", "evaluator", "epochs", "steps_per_epoch", "scheduler", "warmup_steps", "optimizer_class",
    "optimizer_params", "weight_decay", "evaluation_steps", "output_path", "save_best_model", "max_grad_norm", "use_amp",
)  # fmt: skip
_SCHEDULES = {
    "warmuplinear": "linear", "warmupconstant": "constant_with_warmup", "constantlr": "constant",
    "warmupcosine": "cosine", "warmupcosinewithhardrestarts": "cosine_with_restarts",
}  # fmt: skip


def _fit(run: Interpreter, model: Instance, args: Args) -> Value:
    """`model.fit(train_objectives=[(loader, loss)], epochs=1, ...)`: a Trainer over the loader, with defaults of its
    own (AdamW at 2e-5 with weight decay 0.01, 10000 steps of warmup, clipping at 1)."""
    given = args.bind(*_FIT)
    objectives = given.get("train_objectives", args.keywords.get("train_dataloader"))
    loader, loss = _objective(objectives)
    params = given.get("optimizer_params")
    lr = params.get_item(run, Const("lr")) if isinstance(params, DictValue) else Const(2e-5)
    schedule = given.get("scheduler", Const("WarmupLinear"))
    name = _SCHEDULES.get(str(schedule.value).lower()) if isinstance(schedule, Const) else None
    options: dict[str, Value] = {
        "learning_rate": lr,
        "num_train_epochs": given.get("epochs", Const(1)),
        "warmup_steps": given.get("warmup_steps", Const(10000)),
        "weight_decay": given.get("weight_decay", Const(0.01)),
        "max_grad_norm": given.get("max_grad_norm", Const(1.0)),
        "fp16": given.get("use_amp", Const(False)),
        "lr_scheduler_type": Const(name) if name else Unknown("scheduler"),
    }
    settings = run.call(
        run.library_name(f"{PACKAGE}.SentenceTransformerTrainingArguments"), Args([], options)
    )
    keywords = {"model": model, "args": settings, "loss": loss}
    trainer = run.call(run.library_name(f"{PACKAGE}.SentenceTransformerTrainer"), Args([], keywords))
    cls = given.get("optimizer_class")
    if cls is not None and isinstance(trainer, Instance):
        more = params if isinstance(params, DictValue) else DictValue.of({"lr": lr})
        run.write(trainer.attrs, "optimizer_cls_and_kwargs", TupleValue([cls, more]))
    if isinstance(trainer, Instance):
        run.write(trainer.attrs, "get_train_dataloader", Native("get_train_dataloader", lambda r, a: loader))
        training.train(run, trainer, Args())
    return Const(None)


def _objective(objectives: Value | None) -> tuple[Value, Value]:
    """The first pair of loader and loss."""
    pair = objectives.elements[0] if isinstance(objectives, ListValue) and objectives.elements else objectives
    if isinstance(pair, TupleValue) and len(pair.elements) == 2:
        return pair.elements[0], pair.elements[1]
    return (objectives or Unknown("a loader")), Const(None)
