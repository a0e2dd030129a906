"""Configs that are Python files: mmengine and mmcv (`_base_`), detectron2 (LazyCall).

Sources: mmengine's documentation ("Config"), detectron2's ("Lazy Configs", "Yacs Configs" and its reference of defaults).
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import AttributeDict, AttributeDictClass, deep_merge, nested, plain
from trainlint.configs.documents import Reading
from trainlint.configs.executed import execute, module_at_path, source_at
from trainlint.configs.files import load_from
from trainlint.configs.hydra import made_from
from trainlint.configs.interpolation import OmegaDict
from trainlint.configs.omegaconf import from_dotlist
from trainlint.configs.paths import path_text
from trainlint.configs.schemas import openmmlab
from trainlint.configs.schemas.schema import Reader
from trainlint.model import Location
from trainlint.semantics import imports
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.outside import External, Native
from trainlint.semantics.scope import Lazy
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.semantics.watching import together
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class MMLibrary(TableLibrary):
    """A file that holds nothing but settings of a runner says what it trains with, though no code runs it."""

    def finish(self, run: Interpreter) -> None:
        """Read the entry as a config, if it is one."""
        source = run.frame.module.source
        program = run.program
        if source.tree is None or program.optimizers or program.modules or program.loaders:
            return
        if not source.tree.body or not all(isinstance(node, _SETTINGS) for node in source.tree.body):
            return
        namespace = run.frame.module.namespace
        if "_base_" not in namespace and not openmmlab.fits_values(settings_of(run, namespace)):
            return
        merged = as_dict(_file(run, source.path, 0))
        if merged is not None and openmmlab.fits_values(merged):
            location = Location(source.display, 1)
            schema = openmmlab.SCHEMA
            schema.read(Reader(run, schema, location, source.original), merged)


_SETTINGS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.Expr, ast.With)
MM = MMLibrary("mmengine", "mmcv")
DETECTRON = TableLibrary("detectron2")
LIBRARIES = [MM, DETECTRON]
DEEPEST = 8
_NONE = Const(None)
_DELETE = "_delete_"


def settings_of(run: Interpreter, names: dict[str, Value]) -> DictValue:
    """The names of a module that hold settings: no imports, functions and special names."""
    kept = {
        name: value
        for name, value in names.items()
        if not name.startswith("_")
        and not isinstance(value, ModuleValue | External | FunctionValue | ClassValue | Lazy | Native)
    }
    return DictValue.of(kept)


# -- mmengine


class MMConfigClass(AttributeDictClass):
    """mmengine.Config: a mapping with attributes, read from a file with `_base_`s."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "fromfile":
            return Native("Config.fromfile", _from_file)
        if name == "fromstring":
            return Native(name, lambda r, args: Unknown("a config from text"))
        return super().get_attr(run, name)

    def call(self, run: Interpreter, args: Args) -> Value:
        given = args.bind("cfg_dict", "cfg_text=", "filename=").get("cfg_dict", DictValue())
        return nested(plain(given), AttributeDict)


for _name in ("mmengine.Config", "mmengine.config.Config", "mmcv.Config", "mmcv.utils.Config"):
    MM.add(MMConfigClass(_name))
for _name in ("mmengine.ConfigDict", "mmengine.config.ConfigDict", "mmcv.ConfigDict"):
    MM.add(AttributeDictClass(_name))


def _from_file(run: Interpreter, args: Args) -> Value:
    path = args.bind("filename").get("filename", _NONE)
    text = path_text(path)
    given = [c for c in run.project.configs if c.suffix in (".py", ".yaml", ".yml", ".json")]
    chosen = text is None or any(place.label.startswith("-") for place in path.origin)
    if given and chosen:
        text = str(given[0])
    found = run.find_file(text) if text is not None else None
    if found is None:
        return Unknown(f"the config {path.describe()}")
    return nested(_file(run, found, 0), AttributeDict)


def _file(run: Interpreter, path: Path, depth: int) -> Value:
    """A config file with the files that its `_base_` names merged below it."""
    format = config_format(path)
    if format is not None:
        return _based(run, _document(run, path, format), path, depth)
    source = source_at(run, Const(str(path)))
    if source is None or source.tree is None or depth > DEEPEST:
        return Unknown(f"the config {path.name}")
    names: dict[str, Value] = {"__file__": Const(str(path)), "__name__": Const(path.stem)}
    bases = next((_literal(node) for node in source.tree.body if _assigns_base(node)), [])
    base = _bases(run, bases, path, depth)
    if base is not None:
        names["_base_"] = nested(base, AttributeDict)
    body = [node for node in source.tree.body if not _assigns_base(node)]
    kept, source.tree.body = source.tree.body, body
    try:
        done = execute(run, source, names)
    finally:
        source.tree.body = kept
    if not done:
        return Unknown(f"the config {path.name}")
    own = settings_of(run, {k: v for k, v in names.items() if k != "_base_"})
    return _merged(run, base, own) if base is not None else own


def _document(run: Interpreter, path: Path, format: Format) -> Value:
    return load_from(
        run, Const(str(path)), format, Reading("pyyaml" if format == "yaml" else format), paths=True
    )


def _based(run: Interpreter, value: Value, path: Path, depth: int) -> Value:
    own = as_dict(value)
    if own is None or "_base_" not in own.cells or depth > DEEPEST:
        return value
    named = own.cells["_base_"][1]
    listed = named.elements if isinstance(named, ListValue) else [named]
    texts = [e.value for e in listed if isinstance(e, Const) and isinstance(e.value, str)]
    base = _bases(run, texts, path, depth)
    rest = DictValue({k: v for k, v in own.cells.items() if k != "_base_"}, own.origin, own.open)
    rest.watcher = own.watcher
    return _merged(run, base, rest) if base is not None else rest


def _assigns_base(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id == "_base_" for t in targets)


def _literal(node: ast.stmt) -> list[str]:
    try:
        value = ast.literal_eval(node.value) if isinstance(node, ast.Assign) else []
    except ValueError:
        return []
    return [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]


def _bases(run: Interpreter, texts: list[str], path: Path, depth: int) -> DictValue | None:
    """The base configs, one over the other; open where one of them is not known."""
    if not texts:
        return None
    made = DictValue()
    for text in texts:
        found = (
            _file(run, path.parent / text, depth + 1) if "::" not in text else Unknown("a package's config")
        )
        part = as_dict(found)
        if part is None:
            made.state["open"] = True
        else:
            _merge(run, made, part)
    return made


def _merged(run: Interpreter, base: DictValue, own: DictValue) -> DictValue:
    made = plain(base)
    assert isinstance(made, DictValue)
    _merge(run, made, own)
    return made


def _merge(run: Interpreter, target: DictValue, source: DictValue) -> None:
    """mmengine's merge: mappings entry by entry, unless `_delete_` says that one replaces the other."""
    target.watcher = together(target.watcher, source.watcher)
    for slot, (key, value) in source.cells.items():
        mine = target.cells[slot][1] if slot in target.cells else None
        replaces = isinstance(value, DictValue) and _DELETE in value.cells
        if isinstance(value, DictValue) and isinstance(mine, DictValue) and not replaces:
            _merge(run, mine, value)
            continue
        fresh = plain(value)
        if replaces and isinstance(fresh, DictValue):
            fresh.cells.pop(_DELETE, None)
        target.cells[slot] = (key, fresh)
    if source.open:
        target.state["open"] = True


# -- detectron2


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


DETECTRON.add(AttributeDictClass("detectron2.config.CfgNode"))

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
    made = AttributeDict({}, open=True)
    for path, default in _DEFAULTS.items():
        *above, last = path.split(".")
        place = made
        for name in above:
            inner = place.cells.setdefault(name, (Const(name), AttributeDict({}, open=True)))[1]
            assert isinstance(inner, AttributeDict)
            place = inner
        value = TupleValue([Const(v) for v in default]) if isinstance(default, tuple) else Const(default)
        place.cells[last] = (Const(last), value)
    return made
