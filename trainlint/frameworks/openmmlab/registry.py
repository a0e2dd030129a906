"""mmengine's Registry: classes by name, in a tree of registries, built from configs whose `type` names them.

Source: mmengine's documentation ("Registry"). A registry looks among its own, then in those below it and above it; where
it was told `locations`, modules there are imported when something is first looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainlint.frameworks.openmmlab.library import add, function
from trainlint.frameworks.openmmlab.words import WORDS
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.imports import ensure
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
ROOTS = frozenset({
    "RUNNERS", "RUNNER_CONSTRUCTORS", "LOOPS", "HOOKS", "LOG_PROCESSORS", "STRATEGIES", "DATASETS", "DATA_SAMPLERS",
    "TRANSFORMS", "MODELS", "MODEL_WRAPPERS", "WEIGHT_INITIALIZERS", "OPTIMIZERS", "OPTIM_WRAPPERS", "METRICS",
    "OPTIM_WRAPPER_CONSTRUCTORS", "PARAM_SCHEDULERS", "TASK_UTILS", "EVALUATOR", "VISUALIZERS", "VISBACKENDS",
    "INFERENCERS", "FUNCTIONS",
})  # fmt: skip
"""mmengine's own registries, of which those of the projects are children."""
_OUTSIDE = {"MODELS": ("torch.nn", "mmcv.cnn", "mmcv.ops"), "OPTIMIZERS": ("torch.optim",),
            "OPTIM_WRAPPERS": ("mmengine.optim",)}  # fmt: skip
"""What a root holds besides what is registered in the project."""
_DEFINED = re.compile(
    r"^(?:class|def)\s+(\w+)|register_module\(\s*(?:name\s*=\s*)?['\"]([\w.-]+)['\"]", re.MULTILINE
)
MOST_FILES = 2000


@dataclass(eq=False)
class Registered:
    """state: entries by name, children (registries), both changed through run.write only."""

    name: str
    locations: tuple[str, ...] = ()
    parent: Instance | None = None
    state: dict[str, Any] = field(default_factory=lambda: {"children": (), "entries": {}})


class RegistryClass(LibraryClass):
    """Registry(name, build_func, parent, children, scope, locations); `data` is its Registered."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("name", "build_func", "parent", "children", "scope", "locations")
        name, parent, places = given.get("name", _NONE), given.get("parent"), given.get("locations")
        listed = places.elements if isinstance(places, ListValue | TupleValue) else ()
        found = tuple(str(e.value) for e in listed if isinstance(e, Const))
        above = parent if isinstance(parent, Instance) and isinstance(parent.data, Registered) else None
        instance.data = Registered(str(name.value) if isinstance(name, Const) else "", found, above)
        if above is not None:
            run.write(above.data.state, "children", (*above.data.state["children"], instance))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is not None:
            return Native(f"Registry.{name}", lambda r, args: method(r, instance, args))
        if name == "module_dict" and isinstance(instance.data, Registered):
            return DictValue.of(dict(instance.data.state["entries"]))
        return Unknown(f"Registry.{name}")

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op != "in" or not isinstance(other, Const):
            return None
        return Const(True) if lookup(run, instance, str(other.value)) is not None else None


REGISTRY = add(RegistryClass("mmengine.registry.Registry"))


def root(run: Interpreter, name: str) -> Instance:
    """One of mmengine's own registries."""
    known: dict[str, Instance] = run.project.notes.setdefault("openmmlab.roots", {})
    if name not in known:
        made = known[name] = Instance(REGISTRY, run.here)
        made.data = Registered(name)
    return known[name]


# -- what is in it


def _register(run: Interpreter, registry: Instance, args: Args) -> Value:
    """`@R.register_module()`, `@R.register_module(name=...)`, `R.register_module(module=Net)`"""
    given = args.bind("name", "force", "module")
    name, module = given.get("name", _NONE), given.get("module", _NONE)
    names = [
        e.value
        for e in (name.elements if isinstance(name, ListValue | TupleValue) else [name])
        if isinstance(e, Const)
    ]

    def keep(r: Interpreter, value: Value) -> Value:
        own = r.get_attr(value, "__name__")
        for each in names if names != [None] else [own.value if isinstance(own, Const) else None]:
            if isinstance(each, str) and isinstance(registry.data, Registered):
                r.write(registry.data.state["entries"], each, value)
        return value

    if not (isinstance(module, Const) and module.value is None):
        return keep(run, module)
    return Native(
        "Registry.register_module", lambda r, more: keep(r, more.positional[0] if more.positional else _NONE)
    )


def _family(registry: Instance) -> list[Instance]:
    """The registry and those below it, then the ones above with what is below them."""
    found: list[Instance] = []
    place: Instance | None = registry
    while place is not None:
        stack = [place]
        while stack:
            each = stack.pop(0)
            if each not in found:
                found.append(each)
                stack += each.data.state["children"]
        place = place.data.parent
    return found


def lookup(run: Interpreter, registry: Instance, key: str) -> Value | None:
    """The class or function of this name (`mmdet.RetinaNet` is one of a certain project); None if it is not found."""
    if not isinstance(registry.data, Registered):
        return None
    (scope, _, name), family = key.rpartition("."), _family(registry)
    if scope and not _is_here(run, scope):
        described = run.library_name(f"{scope}.models.{name}")
        return described if isinstance(described, ClassValue) else _kept(family, key)
    found = _kept(family, name)
    if found is None:
        for location in dict.fromkeys(place for each in family for place in each.data.locations):
            file = _definitions(run, location).get(name)
            if file is not None:
                ensure(run, run.module_at(*file))
                found = _kept(_family(registry), name)
            if found is not None:
                break
    top = next((each.data.name for each in family if each.data.parent is None), "")
    elsewhere = key.rpartition(".")[0] not in ("", "mmengine", "mmcv", "torch")  # another project's class
    if found is None and top == "MODELS" and not elsewhere and name in WORDS:
        return run.library_name(WORDS[name] if "." in WORDS[name] else f"torch.nn.{WORDS[name]}")
    for package in _OUTSIDE.get(top, ()) if found is None and not elsewhere else ():
        outside = run.library_name(f"{package}.{name}")
        if isinstance(outside, LibraryClass | ClassValue):
            return outside
    return found


def _is_here(run: Interpreter, scope: str) -> bool:
    """Whether the project that a name is asked of (`mmdet.ResNet`) is there to be looked into."""
    top = scope.split(".")[0]
    importer = run.frame.module.source.path
    return top in ("mmengine", "mmcv") or run.project.find_module(top, 0, importer) is not None


def _kept(family: list[Instance], name: str) -> Value | None:
    return next((e.data.state["entries"][name] for e in family if name in e.data.state["entries"]), None)


def _definitions(run: Interpreter, package: str) -> Mapping[str, tuple[Path, str]]:
    """Where a package defines or registers each name: the file and its dotted name."""
    known: dict[str, dict[str, tuple[Path, str]]] = run.project.notes.setdefault("openmmlab.definitions", {})
    if package not in known:
        found = known[package] = {}
        for file, dotted in files(run, package):
            run.project.sources.use(file)
            for match in _DEFINED.finditer(run.reader.text(file)):
                found.setdefault(match[1] or match[2], (file, dotted))
    return known[package]


def files(run: Interpreter, package: str) -> Iterator[tuple[Path, str]]:
    """The modules of a package and of those below it."""
    importer = run.frame.module.source.path
    path = run.project.find_module(package, 0, importer)
    if path is not None and path.name != "__init__.py":
        yield path, package
        return
    folder = path.parent if path is not None else run.project.namespace_package(package, 0, importer)
    stack = [(folder, package)] if folder is not None else []
    count = 0
    while stack and count < MOST_FILES:
        directory, dotted = stack.pop(0)
        for name in sorted(run.reader.listdir(directory)):
            below = directory / name
            if name.endswith(".py"):
                count += 1
                yield below, dotted if name == "__init__.py" else f"{dotted}.{name[:-3]}"
            elif "." not in name and run.reader.is_dir(below):
                stack.append((below, f"{dotted}.{name}"))


# -- building


def build(
    run: Interpreter, registry: Instance, config: Value, defaults: Mapping[str, Value] | None = None
) -> Value:
    """An object of what a config names in its `type`, with the config's other keys as arguments."""
    entries = as_dict(config)
    if entries is None:
        if isinstance(config, ListValue) and not config.open:  # a list becomes a Sequential
            return run.call(
                run.library_name("torch.nn.Sequential"),
                Args([build(run, registry, e) for e in config.elements]),
            )
        return (
            config
            if isinstance(config, Instance)
            else Unknown("something built from a config that is not known")
        )
    given = {**(defaults or {}), **entries.strings()}
    given.pop("_scope_", None)
    kind = given.pop("type", _NONE)
    target = (
        lookup(run, registry, kind.value) if isinstance(kind, Const) and isinstance(kind.value, str) else kind
    )
    if target is None or isinstance(target, Const | Unknown):
        args = Args([], given)
        run.escape_args(args, f"what {kind.describe()} names")
        what = f"what {kind.describe()} names"
        is_loss = isinstance(kind, Const) and str(kind.value).endswith(
            "Loss"
        )  # as all losses of these projects
        return Unknown(what) if is_loss else run.unfollowed(args, what)
    return run.call(
        target.with_origin(kind.origin) if isinstance(target, LibraryClass) else target,
        Args([], given, entries.open),
    )


def _build(run: Interpreter, registry: Instance, args: Args) -> Value:
    given = args.bind("cfg", "default_args")
    defaults = as_dict(given.get("default_args", _NONE))
    return build(run, registry, given.get("cfg", _NONE), defaults.strings() if defaults is not None else None)


def _get(run: Interpreter, registry: Instance, args: Args) -> Value:
    key = args.positional[0] if args.positional else args.keywords.get("key", _NONE)
    found = (
        lookup(run, registry, key.value) if isinstance(key, Const) and isinstance(key.value, str) else None
    )
    return found if found is not None else Unknown("what a registry holds")


@function("build_from_cfg", "build_model_from_cfg")
def _build_from(run: Interpreter, args: Args) -> Value:
    given = args.bind("cfg", "registry", "default_args")
    registry = given.get("registry")
    if not isinstance(registry, Instance):
        return Unknown("something built from a config")
    return _build(
        run,
        registry,
        Args([given.get("cfg", _NONE)], {k: v for k, v in given.items() if k == "default_args"}),
    )


_METHODS = {"register_module": _register, "build": _build, "get": _get}
