"""Configs of detectron2: Python files (LazyCall), and the yacs config with its defaults.

Source: detectron2's documentation ("Lazy Configs", "Yacs Configs" and its reference of defaults).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.attribute_dict_kinds import ConfigNode
from trainlint.configs.attribute_dicts import AttributeDictClass, deep_merge, nested
from trainlint.configs.executed import module_at_path
from trainlint.configs.hydra import made_from
from trainlint.configs.interpolation import OmegaDict
from trainlint.configs.omegaconf import from_dotlist
from trainlint.configs.python_configs import settings_of
from trainlint.semantics import imports
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.scope import Lazy
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DETECTRON = TableLibrary("detectron2")
LIBRARIES = [DETECTRON]
_NONE = Const(None)


class LazyCallValue(Value):
    """`LazyCall(Class)`: calling it gives a config that describes the object."""

    __slots__ = ("target",)

    def __init__(self, target: Value) -> None:
        super().__init__()
        self.target = target

    def call(self, run: Interpreter, args: Args) -> Value:
        entries = {"_target_": self.target, **args.keywords}
        if args.positional:
            entries["_args_"] = ListValue(args.positional)
        made = OmegaDict({k: (Const(k), nested(v, OmegaDict)) for k, v in entries.items()}, open=args.open)
        return made


@DETECTRON.function("detectron2.config.LazyCall", "detectron2.config.lazy.LazyCall")
def _lazy_call(run: Interpreter, args: Args) -> Value:
    return LazyCallValue(args.positional[0]) if args.positional else Unknown("LazyCall()")


@DETECTRON.function("detectron2.config.LazyConfig.load", "detectron2.config.lazy.LazyConfig.load")
def _load_lazy(run: Interpreter, args: Args) -> Value:
    """`LazyConfig.load(path, keys=None)`: the module's settings, or those of the names that are asked for."""
    bound = args.bind("filename", "keys")
    module = module_at_path(run, bound.get("filename"))
    if not isinstance(module, ModuleValue):
        return Unknown("a lazy config whose file is not known")
    imports.ensure(run, module)
    names = bound.get("keys", _NONE)
    if isinstance(names, Const) and isinstance(names.value, str):
        return nested(run.get_attr(module, names.value), OmegaDict)
    wanted = names.elements if isinstance(names, TupleValue | ListValue) else None
    if wanted is not None:
        return TupleValue(
            [nested(run.get_attr(module, str(getattr(n, "value", ""))), OmegaDict) for n in wanted]
        )
    namespace = dict(module.namespace)
    for name, value in module.namespace.items():  # what it imports from other configs is its own
        found = run.get_attr(module, name) if isinstance(value, Lazy) and not name.startswith("_") else None
        if isinstance(found, DictValue | ListValue):
            namespace[name] = found
    return nested(settings_of(run, namespace), OmegaDict)


@DETECTRON.function(
    "detectron2.config.LazyConfig.apply_overrides", "detectron2.config.lazy.LazyConfig.apply_overrides"
)
def _apply_overrides(run: Interpreter, args: Args) -> Value:
    bound = args.bind("cfg", "overrides")
    config, overrides = bound.get("cfg", _NONE), bound.get("overrides", _NONE)
    changes = from_dotlist(run, overrides)
    # The command line's overrides are none, as with the defaults of argparse.
    if isinstance(config, DictValue) and isinstance(changes, DictValue) and not changes.open:
        deep_merge(run, config, changes)
    return config


@DETECTRON.function("detectron2.config.instantiate")
def _instantiate(run: Interpreter, args: Args) -> Value:
    mapping = as_dict(args.positional[0]) if args.positional else None
    return made_from(run, mapping, Args(), 0) if mapping is not None else Unknown("an instantiated config")


DETECTRON.add(AttributeDictClass("detectron2.config.CfgNode", ConfigNode))

_DEFAULTS = {
    "VERSION": 2, "OUTPUT_DIR": "./output", "SEED": -1, "VIS_PERIOD": 0, "CUDNN_BENCHMARK": False,
    "MODEL.META_ARCHITECTURE": "GeneralizedRCNN", "MODEL.DEVICE": "cuda", "MODEL.WEIGHTS": "", "MODEL.MASK_ON": False,
    "MODEL.KEYPOINT_ON": False, "MODEL.LOAD_PROPOSALS": False, "MODEL.BACKBONE.NAME": "build_resnet_backbone",
    "MODEL.BACKBONE.FREEZE_AT": 2, "MODEL.RESNETS.DEPTH": 50, "MODEL.ROI_HEADS.NUM_CLASSES": 80,
    "MODEL.ROI_HEADS.NAME": "Res5ROIHeads", "MODEL.PROPOSAL_GENERATOR.NAME": "RPN",
    "MODEL.SEM_SEG_HEAD.NAME": "SemSegFPNHead", "MODEL.SEM_SEG_HEAD.NUM_CLASSES": 54,
    "DATALOADER.SAMPLER_TRAIN": "TrainingSampler", "DATALOADER.NUM_WORKERS": 4, "DATALOADER.ASPECT_RATIO_GROUPING": True,
    "DATALOADER.REPEAT_THRESHOLD": 0.0, "DATALOADER.FILTER_EMPTY_ANNOTATIONS": True,
    "SOLVER.BASE_LR": 0.001, "SOLVER.MOMENTUM": 0.9, "SOLVER.NESTEROV": False, "SOLVER.WEIGHT_DECAY": 0.0001,
    "SOLVER.WEIGHT_DECAY_NORM": 0.0, "SOLVER.BIAS_LR_FACTOR": 1.0, "SOLVER.WEIGHT_DECAY_BIAS": None,
    "SOLVER.IMS_PER_BATCH": 16, "SOLVER.REFERENCE_WORLD_SIZE": 0, "SOLVER.MAX_ITER": 40000, "SOLVER.STEPS": (30000,),
    "SOLVER.GAMMA": 0.1, "SOLVER.WARMUP_ITERS": 1000, "SOLVER.WARMUP_METHOD": "linear", "SOLVER.WARMUP_FACTOR": 0.001,
    "SOLVER.LR_SCHEDULER_NAME": "WarmupMultiStepLR", "SOLVER.CHECKPOINT_PERIOD": 5000, "SOLVER.AMP.ENABLED": False,
    "SOLVER.CLIP_GRADIENTS.ENABLED": False, "SOLVER.CLIP_GRADIENTS.CLIP_TYPE": "value",
    "SOLVER.CLIP_GRADIENTS.CLIP_VALUE": 1.0, "SOLVER.CLIP_GRADIENTS.NORM_TYPE": 2.0,
    "TEST.EVAL_PERIOD": 0, "TEST.AUG.ENABLED": False, "TEST.PRECISE_BN.ENABLED": False,
}  # fmt: skip
"""Defaults of detectron2/config/defaults.py that training depends on; every section has more."""


@DETECTRON.function("detectron2.config.get_cfg", "detectron2.config.config.get_cfg")
def _get_cfg(run: Interpreter, args: Args) -> Value:
    made = ConfigNode({}, open=True)
    for path, default in _DEFAULTS.items():
        *above, last = path.split(".")
        place = made
        for name in above:
            inner = place.cells.setdefault(name, (Const(name), ConfigNode({}, open=True)))[1]
            assert isinstance(inner, ConfigNode)
            place = inner
        value = TupleValue([Const(v) for v in default]) if isinstance(default, tuple) else Const(default)
        place.cells[last] = (Const(last), value)
    return made
