"""vision_learner and its kin: a network that fastai makes for the data, and the Learner around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.fastai import losses
from trainlint.frameworks.fastai.data import newer, none
from trainlint.frameworks.fastai.fitting import BODY, HEAD, RECURRENT
from trainlint.frameworks.fastai.learner import LEARNER, PLACES
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.fastai.methods import METHODS
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.pretrained import BODY as WEIGHTS
from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.layers.build import mark
from trainlint.frameworks.torchvision.models import NetworkClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_OWN = tuple(name for name in PLACES if name not in ("dls", "model"))


class BodyClass(ModuleClass):
    """A network of fastai's whose layers are not listed."""

    __slots__ = ()

    def __init__(self, qualname: str) -> None:
        super().__init__(qualname, (NN_MODULE,), Op.BACKBONE, qualname.rsplit(".", 1)[-1])

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        add_parameter(run, instance, WEIGHTS, None)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        first = args.positional[0] if args.positional else None
        module = instance.data
        inputs = (tensor_input(run, first),)
        return Tensor(
            run.node(Op.BACKBONE, self.name, inputs, module=module, location=module.location), TORCH
        )

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        return found if found is not None or name.startswith("_") else Unknown(f"{name} of {self.qualname}")


def _body(run: Interpreter, qualname: str) -> Value:
    return run.call(BodyClass(qualname), Args())


def _layer(run: Interpreter, name: str, *places: Value, **options: Value) -> Value:
    return run.call(run.library_name(f"torch.nn.{name}"), Args(list(places), options))


def _truth(run: Interpreter, value: Value | None) -> bool | None:
    return True if value is None else value.truth(run)


def _learner(run: Interpreter, dls: Value, model: Value, args: Args, **more: Value) -> Instance:
    options = {name: args.keywords[name] for name in _OWN if name in args.keywords} | more
    made = run.call(LEARNER, Args([dls, model], options, args.open))
    assert isinstance(made, Instance)
    return made


def _head(run: Interpreter, given: dict[str, Value]) -> Value:
    """fastai.vision.learner.create_head: pooled features, a hidden layer of 512, the outputs."""
    custom = given.get("custom_head")
    if custom is not None and not none(custom):
        return custom
    outputs = given.get("n_out", Unknown("the number of classes"))
    outputs = Unknown("the number of classes") if none(outputs) else outputs
    width = Unknown("twice the body's channels")
    false = Const(False)
    layers = [
        _layer(run, "BatchNorm1d", width),
        _layer(run, "Dropout", Const(0.25)),
        _layer(run, "Linear", width, Const(512), bias=false),
        _layer(run, "ReLU"),
        _layer(run, "BatchNorm1d", Const(512)),
        _layer(run, "Dropout", given.get("ps", Const(0.5))),
        _layer(run, "Linear", Const(512), outputs, bias=false),
    ]
    made = _layer(run, "Sequential", *layers)
    if isinstance(made, Instance):
        mark(run, made)
    return made


def _vision_body(run: Interpreter, arch: Value, pretrained: Value) -> Value:
    """A network of torchvision without its last layers, or one of timm by its name."""
    if isinstance(arch, Const):
        timm = run.library_name("timm.create_model")
        return run.call(timm, Args([arch], {"pretrained": pretrained, "num_classes": Const(0)}))
    if not isinstance(arch, NetworkClass):
        return _body(run, "fastai.vision.learner.body")
    body = run.call(arch, Args([], {"pretrained": pretrained}))
    if isinstance(body, Instance):
        run.set_instance_attribute(body, arch.head[0], _layer(run, "Identity"))
    return body


@LIBRARY.function("fastai.vision_learner", "fastai.cnn_learner", "fastai.create_cnn")
def vision_learner(run: Interpreter, args: Args) -> Value:
    """`vision_learner(dls, arch, pretrained=True)`: a body with published weights, frozen, and a new head."""
    given = newer(args).bind(
        "dls", "arch", "normalize", "n_out", "pretrained", "weights", "custom_head=", "ps="
    )
    pretrained = given.get("pretrained", Const(True))
    body = _vision_body(run, given.get("arch", Unknown("the architecture")), pretrained)
    head = _head(run, given)
    model = _layer(run, "Sequential", body, head)
    made = _learner(run, given.get("dls", Unknown("the data")), model, args)
    run.write(made.attrs, BODY, body)
    run.write(made.attrs, HEAD, head)
    if _truth(run, pretrained) is not False:
        METHODS["freeze"](run, made, Args())
    return made


@LIBRARY.function("fastai.unet_learner")
def unet_learner(run: Interpreter, args: Args) -> Value:
    """`unet_learner(dls, arch, pretrained=True)`: a frozen encoder under a new decoder."""
    given = newer(args).bind("dls", "arch", "normalize", "n_out", "pretrained")
    encoder = _vision_body(
        run, given.get("arch", Unknown("the architecture")), given.get("pretrained", Const(True))
    )
    decoder = _body(run, "fastai.vision.models.unet.DynamicUnet")
    made = _learner(
        run, given.get("dls", Unknown("the data")), _layer(run, "Sequential", encoder, decoder), args
    )
    run.write(made.attrs, BODY, encoder)
    run.write(made.attrs, HEAD, decoder)
    if _truth(run, given.get("pretrained")) is not False:
        METHODS["freeze"](run, made, Args())
    return made


def _text(run: Interpreter, args: Args, classifies: bool) -> Instance:
    places = (
        "dls arch seq_len config backwards pretrained"
        if classifies
        else "dls arch config drop_mult backwards pretrained"
    )
    given = newer(args).bind(*places.split())
    encoder = _body(run, "fastai.text.models.AWD_LSTM")
    take(run, encoder, _truth(run, given.get("pretrained"))) if isinstance(encoder, Instance) else None
    head = _body(
        run,
        "fastai.text.models.PoolingLinearClassifier" if classifies else "fastai.text.models.LinearDecoder",
    )
    model = _layer(run, "Sequential", encoder, head)
    loss = {} if classifies else {"loss_func": losses.made(run, "CrossEntropyLossFlat")}
    made = _learner(run, given.get("dls", Unknown("the data")), model, args, **loss)
    for name, value in ((BODY, encoder), (HEAD, head), (RECURRENT, Const(True))):
        run.write(made.attrs, name, value)
    if classifies and _truth(run, given.get("pretrained")) is not False:
        METHODS["freeze"](run, made, Args())
    return made


@LIBRARY.function("fastai.text_classifier_learner")
def text_classifier_learner(run: Interpreter, args: Args) -> Value:
    """A classifier on an encoder with learned weights, frozen."""
    return _text(run, args, True)


@LIBRARY.function("fastai.language_model_learner")
def language_model_learner(run: Interpreter, args: Args) -> Value:
    """A language model with learned weights, all of it trained."""
    return _text(run, args, False)


@LIBRARY.function("fastai.tabular_learner")
def tabular_learner(run: Interpreter, args: Args) -> Value:
    """Embeddings and a multi-layer perceptron."""
    given = newer(args).bind("dls", "layers", "emb_szs", "config", "n_out", "y_range")
    model = _body(run, "fastai.tabular.model.TabularModel")
    return _learner(run, given.get("dls", Unknown("the data")), model, args)


@LIBRARY.function("fastai.collab_learner")
def collab_learner(run: Interpreter, args: Args) -> Value:
    """Factors of users and items, by default with the mean squared error."""
    given = newer(args).bind(
        "dls", "n_factors", "use_nn", "emb_szs", "layers", "config", "y_range", "loss_func"
    )
    loss = given.get("loss_func")
    if loss is None or none(loss):
        loss = losses.made(run, "MSELossFlat")
    model = _body(run, "fastai.collab.EmbeddingDotBias")
    return _learner(run, given.get("dls", Unknown("the data")), model, args, loss_func=loss)
