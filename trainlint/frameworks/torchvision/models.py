"""torchvision.models: whole networks. The families in `layers` are made of their true layers; of the others the body is
one node, and the head's layers are real, since code replaces them.

Widths are those of the library's source. `batchnorm` says whether the body normalises by batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Init, Module, Op
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.library import LIBRARY as TORCH_LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.pretrained import BODY, UNLISTED, take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.layers import LISTED, regnet, video
from trainlint.frameworks.torchvision.layers.build import first_of, mark
from trainlint.frameworks.torchvision.layers.inception import AUXILIARY
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.frameworks.torchvision.variants import exchange, options_of
from trainlint.model import Place
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

N = -1
"""Stands for the number of classes."""
Head = tuple[str, tuple[tuple[str, tuple[int | float, ...]], ...]]
"""Attribute of the head, and its layers: (class of torch.nn, positional arguments)."""


def _single(attribute: str, width: int) -> Head:
    return attribute, (("Linear", (width, N)),)


def _dropped(width: int, rate: float = 0.2) -> Head:
    return "classifier", (("Dropout", (rate,)), ("Linear", (width, N)))


def _mobile(first: int, second: int) -> Head:
    return "classifier", (
        ("Linear", (first, second)),
        ("Hardswish", ()),
        ("Dropout", (0.2,)),
        ("Linear", (second, N)),
    )


_VGG: Head = (
    "classifier",
    (
        ("Linear", (25088, 4096)), ("ReLU", ()), ("Dropout", (0.5,)),
        ("Linear", (4096, 4096)), ("ReLU", ()), ("Dropout", (0.5,)), ("Linear", (4096, N)),
    ),
)  # fmt: skip
_ALEXNET: Head = (
    "classifier",
    (
        ("Dropout", (0.5,)), ("Linear", (9216, 4096)), ("ReLU", ()),
        ("Dropout", (0.5,)), ("Linear", (4096, 4096)), ("ReLU", ()), ("Linear", (4096, N)),
    ),
)  # fmt: skip
_SQUEEZENET: Head = (
    "classifier",
    (("Dropout", (0.5,)), ("Conv2d", (512, N, 1)), ("ReLU", ()), ("AdaptiveAvgPool2d", (1,))),
)

NETWORKS: dict[str, tuple[Head, bool]] = {
    **{name: (_single("fc", 512), True) for name in ("resnet18", "resnet34")},
    **{
        name: (_single("fc", 2048), True)
        for name in (
            "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
            "wide_resnet50_2", "wide_resnet101_2", "inception_v3",
        )
    },
    **{f"vgg{n}": (_VGG, False) for n in (11, 13, 16, 19)},
    **{f"vgg{n}_bn": (_VGG, True) for n in (11, 13, 16, 19)},
    "alexnet": (_ALEXNET, False),
    **{f"squeezenet1_{n}": (_SQUEEZENET, False) for n in (0, 1)},
    **{f"densenet{n}": (_single("classifier", w), True) for n, w in ((121, 1024), (161, 2208), (169, 1664), (201, 1920))},
    "googlenet": (_single("fc", 1024), True),
    **{f"shufflenet_v2_x{n}": (_single("fc", w), True) for n, w in (("0_5", 1024), ("1_0", 1024), ("1_5", 1024), ("2_0", 2048))},
    "mobilenet_v2": (_dropped(1280), True),
    "mobilenet_v3_large": (_mobile(960, 1280), True),
    "mobilenet_v3_small": (_mobile(576, 1024), True),
    **{f"mnasnet{n}": (_dropped(1280), True) for n in ("0_5", "0_75", "1_0", "1_3")},
    **{
        f"efficientnet_b{n}": (_dropped(w), True)
        for n, w in enumerate((1280, 1280, 1408, 1536, 1792, 2048, 2304, 2560))
    },
    **{f"efficientnet_v2_{n}": (_dropped(1280), True) for n in "sml"},
    **{name: (_single("fc", regnet.last_width(name)), True) for name in regnet.NETWORKS},
    **{name: (_single("fc", 512), True) for name in video.NETWORKS},
    **{f"vit_{n}": (_single("heads", w), False) for n, w in (("b_16", 768), ("b_32", 768), ("l_16", 1024), ("l_32", 1024), ("h_14", 1280))},
    **{f"swin_{n}": (_single("head", w), False) for n, w in (("t", 768), ("s", 768), ("b", 1024))},
    **{
        f"convnext_{n}": (("classifier", (("Identity", ()), ("Flatten", (1,)), ("Linear", (w, N)))), False)
        for n, w in (("tiny", 768), ("small", 768), ("base", 1024), ("large", 1536))
    },
}  # fmt: skip
INSIDE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("resnet", "resnext", "wide", "inception", "vgg", "alexnet", "squeezenet", "densenet", "googlenet", "shufflenet",
      "mnasnet", "regnet_x", "video"), "relu"),
    (("mobilenet_v2",), "relu6"),
    (("vit_", "swin_", "convnext_"), "gelu"),
)  # fmt: skip
"""The activation of the hidden layers, for the networks that have but one."""
KAIMING = ("resnet", "resnext", "wide", "densenet")
"""Networks that initialise every convolution by kaiming_normal_ and leave their last layer alone."""
ARGUMENTS = frozenset({"weights", "progress", "pretrained", "num_classes"})
"""What all factories take."""
CONTAINERS = frozenset({"classifier", "heads"})
"""Heads that are nn.Sequential even with one layer."""


STANDARDISED, HALF = (-2.118, 2.64), (-1.0, 1.0)
"""What `Normalize` makes of 0 to 1: with the mean and deviation of ImageNet, or with 0.5 and 0.5."""
HALVED = frozenset({"efficientnet_v2_l"})
"""Networks whose weights were trained with 0.5 and 0.5 (documentation of the weights); all others take ImageNet's."""


class NetworkClass(ModuleClass):
    """One architecture; calling the class's factory makes an instance."""

    __slots__ = ("batchnorm", "classes", "head")

    def __init__(self, name: str, head: Head, batchnorm: bool) -> None:
        super().__init__(f"torchvision.models.{name}", (NN_MODULE,), Op.BACKBONE, name)
        self.head, self.batchnorm = head, batchnorm
        self.classes = video.CLASSES if name in video.NETWORKS else 1000

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("weights", "progress", "pretrained=", "num_classes=")
        module: Module = instance.data
        classes = given.get("num_classes", Const(self.classes, (Place(run.here, "num_classes"),)))
        module.options = {"num_classes": run.fact(classes)}
        if self._lists(args):
            self._fill(run, instance, given, classes, args)
        else:
            self._body(run, instance, classes)
        take(run, instance, _pretrained(run, given), published=True)
        low, high = HALF if self.name in HALVED else STANDARDISED
        module.options |= {"expects_low": known(low), "expects_high": known(high)}

    def _lists(self, args: Args) -> bool:
        """Whether the layers are listed, and nothing was passed that makes other ones."""
        listed = LISTED.get(self.name)
        if listed is None or args.open or len(args.positional) > 2:
            return False
        return args.keywords.keys() <= ARGUMENTS | listed.options | options_of(self.name)

    def _fill(
        self, run: Interpreter, instance: Instance, given: dict[str, Value], classes: Value, args: Args
    ) -> None:
        """The layers, as the constructor makes and initialises them."""
        listed = LISTED[self.name]
        listed.fill(run, instance, classes, args.keywords.get("dropout", Const(listed.dropout)))
        exchange(run, instance, args)
        listed.init(run, instance)
        mark(run, instance)
        wanted = args.keywords.get("aux_logits")
        kept = (
            wanted.truth(run)
            if wanted is not None
            else self.name != "googlenet" or _pretrained(run, given) is False
        )
        for name in AUXILIARY if kept is False else ():
            if name in instance.attrs:
                run.set_instance_attribute(instance, name, Const(None))

    def _body(self, run: Interpreter, instance: Instance, classes: Value) -> None:
        """One tensor for the weights of the body, and the head's layers."""
        module: Module = instance.data
        module.options["batchnorm"] = known(self.batchnorm)
        kind = next((k for prefixes, k in INSIDE if self.name.startswith(prefixes)), None)
        if kind is not None:
            module.options["activations"] = known((kind,))
        if kind is not None or self.batchnorm:
            norm = "batchnorm" if self.batchnorm else "layernorm" if kind == "gelu" else None
            module.options["norms"] = known((norm,) if norm is not None else ())
        add_parameter(run, instance, BODY, None)
        if self.name.startswith(KAIMING):
            run.write(module.parameters[BODY].state, "inits", (Init("he", instance.location),))
        kind = "Linear" if self.name.startswith(("vit", "swin")) else "Conv2d"
        run.write(module.state, UNLISTED, f"torch.nn.{kind}")
        attribute, layers = self.head
        built = [_layer(run, name, numbers, classes) for name, numbers in layers]
        whole = built[0]
        if len(built) > 1 or (attribute in CONTAINERS and not self.name.startswith("densenet")):
            whole = run.call(run.library_name("torch.nn.Sequential"), Args(built))
        run.set_instance_attribute(instance, attribute, whole)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        if instance.data.built_in:
            return LISTED[self.name].forward(run, instance, first_of(args))
        first = args.positional[0] if args.positional else None
        module: Module = instance.data
        node = run.node(
            Op.BACKBONE, self.name, (tensor_input(run, first),), module=module, location=module.location
        )
        head = instance.attrs.get(self.head[0])
        features = Tensor(node, TORCH)
        return run.call(head, Args([features])) if head is not None else features

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        if found is not None or name.startswith("_") or instance.data.built_in:
            return found
        part = Instance(PART, run.here)
        PART.allocate(run, part)
        part.data.symbolic = True
        for key in ("pretrained", "published"):
            part.data.state[key] = instance.data.state.get(key, False)
        add_parameter(run, part, "<part>", None)
        run.set_instance_attribute(instance, name, part)
        return part


PART = ModuleClass("torch.nn.Sequential", (NN_MODULE,), None, "part")
"""A stage of a body (`layer4`, `features`), whose layers are not listed."""


def _layer(run: Interpreter, name: str, numbers: tuple[int | float, ...], classes: Value) -> Value:
    given: list[Value] = [classes if n == N else Const(n) for n in numbers]
    return run.call(run.library_name(f"torch.nn.{name}"), Args(given))


def _pretrained(run: Interpreter, given: dict[str, Value]) -> bool | None:
    """Whether weights are loaded: `weights=...`, or `pretrained=True` of older versions."""
    found: list[bool | None] = []
    for name in ("weights", "pretrained"):
        value = given.get(name)
        if value is None:
            continue
        fact: Fact[object] = run.fact(value)
        if fact.known:
            found.append(bool(fact.value))
        elif isinstance(value, Unknown) and "weights" not in value.why.lower() and "Weights" not in value.why:
            found.append(None)
        else:
            found.append(True)
    # `pretrained` that arguments may hold which are not seen takes nothing back from weights that are named
    return True if True in found else found[-1] if found else False


for _name, (_head, _norm) in NETWORKS.items():
    LIBRARY.add(NetworkClass(_name, _head, _norm))


HUB = "pytorch/vision"


@TORCH_LIBRARY.function("torch.hub.load")
def _hub(run: Interpreter, args: Args) -> Value:
    """`torch.hub.load("pytorch/vision", "resnet18", pretrained=True)`; other repositories are not known."""
    bound = args.bind("repo_or_dir", "model")
    repository, name = bound.get("repo_or_dir"), bound.get("model")
    ours = isinstance(repository, Const) and str(repository.value).split(":")[0] == HUB
    if ours and isinstance(name, Const) and name.value in NETWORKS:
        own = ("repo_or_dir", "model", "source", "trust_repo", "force_reload", "verbose", "skip_validation")
        keywords = {k: v for k, v in args.keywords.items() if k not in own}
        return run.call(run.library_name(f"torchvision.models.{name.value}"), Args([], keywords, args.open))
    return Unknown("torch.hub.load()")


@LIBRARY.function("torchvision.models.get_model")
def _get_model(run: Interpreter, args: Args) -> Value:
    """`get_model("resnet18", weights=...)`"""
    name = args.positional[0] if args.positional else args.keywords.get("name")
    if isinstance(name, Const) and name.value in NETWORKS:
        keywords = {k: v for k, v in args.keywords.items() if k != "name"}
        return run.call(run.library_name(f"torchvision.models.{name.value}"), Args([], keywords, args.open))
    return Unknown("torchvision.models.get_model()")
