"""detectron2.modeling: networks that a config names, and what decorates their classes.

Source: detectron2's documentation ("Write Models", "Use Models", `configurable` in "detectron2.config").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.detectron2.library import LIBRARY, function
from trainlint.frameworks.detectron2.solver import setting
from trainlint.frameworks.torch.batches import Batch
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
REGISTRIES = {
    "META_ARCH_REGISTRY": "MODEL.META_ARCHITECTURE",
    "BACKBONE_REGISTRY": "MODEL.BACKBONE.NAME",
    "PROPOSAL_GENERATOR_REGISTRY": "MODEL.PROPOSAL_GENERATOR.NAME",
    "RPN_HEAD_REGISTRY": "MODEL.RPN.HEAD_NAME",
    "ROI_HEADS_REGISTRY": "MODEL.ROI_HEADS.NAME",
    "ROI_BOX_HEAD_REGISTRY": "MODEL.ROI_BOX_HEAD.NAME",
    "ROI_MASK_HEAD_REGISTRY": "MODEL.ROI_MASK_HEAD.NAME",
    "ROI_KEYPOINT_HEAD_REGISTRY": "MODEL.ROI_KEYPOINT_HEAD.NAME",
    "SEM_SEG_HEADS_REGISTRY": "MODEL.SEM_SEG_HEAD.NAME",
    "ANCHOR_GENERATOR_REGISTRY": "MODEL.ANCHOR_GENERATOR.NAME",
}
"""Registries of detectron2.modeling, and the setting that chooses from each."""
BUILDERS = {
    "build_model": "META_ARCH_REGISTRY", "build_backbone": "BACKBONE_REGISTRY",
    "build_proposal_generator": "PROPOSAL_GENERATOR_REGISTRY", "build_rpn_head": "RPN_HEAD_REGISTRY",
    "build_roi_heads": "ROI_HEADS_REGISTRY", "build_box_head": "ROI_BOX_HEAD_REGISTRY",
    "build_mask_head": "ROI_MASK_HEAD_REGISTRY", "build_keypoint_head": "ROI_KEYPOINT_HEAD_REGISTRY",
    "build_sem_seg_head": "SEM_SEG_HEADS_REGISTRY", "build_anchor_generator": "ANCHOR_GENERATOR_REGISTRY",
}  # fmt: skip


class UnseenClass(ModuleClass):
    """A network of detectron2's own, of which no more is known than its name. A whole one gives losses in training."""

    __slots__ = ("whole",)

    def __init__(self, name: str, whole: bool) -> None:
        super().__init__(f"detectron2.modeling.{name}", (NN_MODULE,))
        self.whole = whole

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data.complete = False
        instance.data.state.update(pretrained=None)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = tuple(value.node for value in args.values() if isinstance(value, Tensor))
        made = Batch(run.node(Op.UNKNOWN, self.qualname.rsplit(".", 1)[-1], given, attached=True), TORCH)
        if self.whole and run.get_attr(instance, "training").truth(run) is not False:
            return DictValue.of({"loss": Tensor(made.node, TORCH)}, open=True)
        return made


def registry(run: Interpreter, name: str) -> Value:
    """One of detectron2's own registries, to which the project adds."""
    known: dict[str, Value] = run.project.notes.setdefault("detectron2.registries", {})
    if name not in known:
        known[name] = run.call(run.library_name("fvcore.common.registry.Registry"), Args([Const(name)]))
    return known[name]


def _build(run: Interpreter, args: Args, name: str) -> Value:
    """`build_model(cfg)` and its like: what the config names, of the project or of detectron2."""
    config = args.positional[0] if args.positional else args.keywords.get("cfg", _NONE)
    chosen = setting(run, config, REGISTRIES[name])
    if not isinstance(chosen, Const) or not isinstance(chosen.value, str):
        made = run.call(UnseenClass("a network", name == "META_ARCH_REGISTRY"), Args())
        if isinstance(made, Instance):
            made.data.symbolic = True
        return made
    own = registry(run, name)
    found = run.operate("in", chosen, own)
    if isinstance(found, Const) and found.value is True:
        return run.call(run.call_method(own, "get", chosen), args)
    return run.call(UnseenClass(chosen.value, name == "META_ARCH_REGISTRY"), Args())


for _builder, _registry in BUILDERS.items():

    @function(_builder)
    def _builds(run: Interpreter, args: Args, name: str = _registry) -> Value:
        return _build(run, args, name)


def registered(run: Interpreter, name: str) -> Value | None:
    """The registry of this name; None for other names."""
    return registry(run, name) if name in REGISTRIES else None


LIBRARY.registered = registered


# -- configurable


@function("configurable")
def _configurable(run: Interpreter, args: Args) -> Value:
    """`@configurable` of an `__init__`, whose class has `from_config`; `@configurable(from_config=...)` of a function."""
    given = args.bind("init_func", "from_config=")
    explain = given.get("from_config")
    if explain is not None:
        return Native("configurable", lambda r, more: _explained(more.positional[0], explain))
    init = given.get("init_func", _NONE)

    def construct(r: Interpreter, call: Args) -> Value:
        receiver = call.positional[0] if call.positional else _NONE
        rest = Args(call.positional[1:], call.keywords, call.open)
        if not isinstance(receiver, Instance) or not _by_config(rest):
            return r.call(init, call)
        told = _told(r, r.get_attr(receiver.cls, "from_config"), rest)
        return r.call(init, Args([receiver, *told.positional], told.keywords, told.open))

    return Native("__init__", construct)


def _explained(function_: Value, explain: Value) -> Value:
    def call(run: Interpreter, args: Args) -> Value:
        return run.call(function_, _told(run, explain, args) if _by_config(args) else args)

    return Native("configurable", call)


def _by_config(args: Args) -> bool:
    """Whether the first argument, or `cfg=`, is a config."""
    first = args.keywords.get("cfg", args.positional[0] if args.positional else _NONE)
    return as_dict(first) is not None or (isinstance(first, Unknown) and "cfg" in args.keywords)


def _told(run: Interpreter, explain: Value, args: Args) -> Args:
    """The explicit arguments that `from_config` makes of a config; what it does not take goes past it."""
    inner = getattr(explain, "function", explain)
    names = None
    if isinstance(inner, FunctionValue):
        spec = inner.node.args
        if spec.kwarg is None:
            names = {a.arg for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)}
    past = {k: v for k, v in args.keywords.items() if names is not None and k not in names}
    kept = {k: v for k, v in args.keywords.items() if k not in past}
    made = as_dict(run.call(explain, Args(args.positional, kept, args.open)))
    if made is None:
        return Args([], past, True)
    return Args([], {**made.strings(), **past}, made.open)


# -- checkpoints


class CheckpointerClass(LibraryClass):
    """`DetectionCheckpointer(model, save_dir, ...)`: loads weights by their path, or those of a run that is resumed."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("model", "save_dir")
        for name, value in given.items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("resume_or_load", "load"):
            return Native(f"checkpointer.{name}", lambda r, args: _load(r, instance, args))
        if name == "has_checkpoint":
            return Native(name, lambda r, args: Unknown("whether there is a checkpoint"))
        return Native(f"checkpointer.{name}", lambda r, args: DictValue(open=True))


CHECKPOINTER = CheckpointerClass("detectron2.checkpoint.DetectionCheckpointer")
for _name in ("DetectionCheckpointer", "Checkpointer"):
    LIBRARY.add(CHECKPOINTER, f"d2.{_name}")


def _load(run: Interpreter, checkpointer: Instance, args: Args) -> Value:
    """Nothing is loaded from an empty path."""
    path, model = args.bind("path").get("path", _NONE), checkpointer.attrs.get("model", _NONE)
    if isinstance(model, Instance) and model.is_a(NN_MODULE.qualname):
        if isinstance(path, Const) and path.value:
            run.event(EventKind.LOAD, model.data)
            take(run, model, True if isinstance(model.cls, UnseenClass) else None)
        elif not isinstance(path, Const):
            take(run, model, None)
    return DictValue({}, open=True)
