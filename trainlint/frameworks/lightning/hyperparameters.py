"""`save_hyperparameters()` and `hparams`: the arguments of a constructor, kept with where they came from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.dict_methods import METHODS
from trainlint.semantics.live_dicts import InstanceDict
from trainlint.semantics.mappings import as_dict, dict_attribute
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@LIBRARY.function(f"{PYTORCH}.utilities.parsing.get_init_args")
def get_init_args(run: Interpreter, args: Args) -> Value:
    """`get_init_args(inspect.currentframe())`: the arguments of the constructor that runs."""
    given = args.positional[0] if args.positional else None
    frame = getattr(given, "frame", run.frame)
    function = frame.function
    places = function.node.args.args if function is not None else []
    receiver = frame.scope.vars.get(places[0].arg) if places else None
    found = _of_constructor(frame, receiver) if isinstance(receiver, Instance) else None
    return found if found is not None else DictValue(open=True)


_NONE = Const(None)
NAMES = ("hparams", "hparams_initial", "_hparams")


class Hyperparameters(DictValue):
    """`hparams`: a dictionary whose keys are attributes too."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in METHODS and name not in self.cells:
            return dict_attribute(run, self, name)
        return self.get_item(run, Const(name))

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        self.set_item(run, Const(name), value)


def attribute(run: Interpreter, instance: Instance, state: dict[str, Value], name: str) -> Value | None:
    """`save_hyperparameters` and `hparams` of a module or data module; state: where this one keeps them."""
    if name in ("save_hyperparameters", "save_hparams"):
        return Native(name, lambda r, args: save(r, instance, state, args))
    if name in NAMES:
        if "hparams" not in state:
            run.write(state, "hparams", Hyperparameters())
        return state["hparams"]
    return None


def save(run: Interpreter, instance: Instance, state: dict[str, Value], args: Args) -> Value:
    """Keep the constructor's arguments (all, or those that are named), or a namespace or dictionary of them."""
    given = init_arguments(run, instance)
    ignored = _texts(args.keywords.get("ignore"))
    cells = {k: v for k, v in given.cells.items() if k not in ignored}
    others = [v for v in args.positional if not (isinstance(v, Const) and isinstance(v.value, str))]
    names = [v.value for v in args.positional if isinstance(v, Const) and isinstance(v.value, str)]
    if len(others) == 1:
        _merge(run, state, others[0])
    elif names:
        _merge(run, state, Hyperparameters({k: v for k, v in cells.items() if k in names}))
    else:
        _merge(run, state, Hyperparameters(cells, open=given.open))
    return _NONE


def _merge(run: Interpreter, state: dict[str, Value], value: Value) -> None:
    """Hyperparameters saved before stay, unless the new ones have the same names."""
    if isinstance(value, Instance) and any(c.qualname.endswith("Namespace") for c in value.library_classes()):
        value = InstanceDict(value)
    entries = as_dict(value)
    if entries is None:
        run.write(state, "hparams", value)
        return
    before = state.get("hparams")
    cells = dict(before.cells) if isinstance(before, DictValue) else {}
    was_open = before.open if isinstance(before, DictValue) else False
    run.write(state, "hparams", Hyperparameters(cells | dict(entries.cells), open=entries.open or was_open))


def _texts(value: Value | None) -> set[str]:
    parts = value.elements if isinstance(value, TupleValue | ListValue) else (value,)
    return {p.value for p in parts if isinstance(p, Const) and isinstance(p.value, str)}


def init_arguments(run: Interpreter, instance: Instance) -> DictValue:
    """The arguments of the constructors that run, those of the most derived class last."""
    found = DictValue()
    frames = [run.frame, *(frame for frame, _ in reversed(run.frames))]
    for frame in frames:
        arguments = _of_constructor(frame, instance)
        if arguments is not None:
            found.cells.update(arguments.cells)
            found.state["open"] = found.open or arguments.open
    return found


def _of_constructor(frame: Frame | None, instance: Instance) -> DictValue | None:
    """The arguments that an `__init__` of this object was called with, `**kwargs` among them; None elsewhere."""
    function = frame.function if frame is not None else None
    if frame is None or not isinstance(function, FunctionValue) or isinstance(function.node, ast.Lambda):
        return None
    arguments = function.node.args
    places = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    names = frame.scope.vars
    if function.node.name != "__init__" or not places or names.get(places[0]) is not instance:
        return None
    found = DictValue.of(
        {n: names[n] for n in (*places[1:], *(a.arg for a in arguments.kwonlyargs)) if n in names}
    )
    more = names.get(arguments.kwarg.arg) if arguments.kwarg is not None else None
    if isinstance(more, DictValue):
        found.cells.update(more.cells)
        found.state["open"] = more.open
    return found
