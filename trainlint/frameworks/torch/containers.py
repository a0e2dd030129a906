"""Sequential, ModuleList, ParameterList: modules under numbers (named_containers has those under names).

Elements are kept in `instance.attrs`; their names, in order, in the module's `state["keys"]`, because an element may
also be something unknown, or missing under a condition. `state["open"]`: there may be more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.joins import optional
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, UnionValue, at_index, may_be_missing
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import UNSEEN_PART, Args, Const, Items, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOST_JOINED = 12
"""Elements that are all tried when the index, or a bound of a slice, is not known; of more, the first few."""
FEW_JOINED = 4


def keys(instance: Instance) -> tuple[str, ...]:
    """Names of the elements in order."""
    found: tuple[str, ...] = instance.data.state.get("keys", ())
    return tuple(k for k in found if k in instance.attrs)


def elements(instance: Instance) -> list[Value]:
    """The elements in order."""
    return [instance.attrs[key] for key in keys(instance)]


def is_open(instance: Instance) -> bool:
    """Whether there may be more elements than are known."""
    return instance.data.state.get("open", False) is not False


def put(run: Interpreter, instance: Instance, key: str, value: Value) -> None:
    """Set an element under a name, at the end if it is new."""
    known = keys(instance)
    if key not in known:
        run.write(instance.data.state, "keys", (*known, key))
    run.set_instance_attribute(instance, key, value)


def _replace(run: Interpreter, instance: Instance, values: list[Value]) -> None:
    """Number the elements anew."""
    for key in keys(instance):
        run.write(instance.attrs, key, Const(None))
    run.write(instance.data.state, "keys", tuple(str(i) for i in range(len(values))))
    for number, value in enumerate(values):
        run.set_instance_attribute(instance, str(number), value)


def open_up(run: Interpreter, instance: Instance) -> None:
    """There may be more elements from now on."""
    run.write(instance.data.state, "open", True)
    instance.data.complete = False


class SequenceClass(ModuleClass):
    """What Sequential and ModuleList share."""

    __slots__ = ()

    def fill(self, run: Interpreter, instance: Instance, values: list[Value], open_: bool) -> None:
        """Append elements; an unknown one may stand for several."""
        known = keys(instance)
        names = [str(len(known) + number) for number in range(len(values))]
        run.write(instance.data.state, "keys", tuple(dict.fromkeys((*known, *names))))
        for name, value in zip(names, values, strict=True):
            run.set_instance_attribute(instance, name, value)
            if isinstance(value, Unknown):
                instance.data.complete = False
        if open_:
            open_up(run, instance)

    def extend(self, run: Interpreter, instance: Instance, given: Value | None) -> None:
        """Append the elements of an iterable."""
        if given is None or (isinstance(given, Const) and given.value is None):
            return
        items = given.iterate(run)
        values = items.values if items.exact or items.fresh is None else [items.fresh()]
        self.fill(run, instance, values, not items.exact)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        changed = {
            "append": self._append,
            "extend": self._extend,
            "insert": self._insert,
            "pop": self._pop,
            "add_module": self._add,
            "register_module": self._add,
        }.get(name)
        if changed is not None:
            return Native(f"{self.qualname}.{name}", lambda r, args: changed(r, instance, args))
        return super().attribute(run, instance, name)

    def _append(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        self.fill(run, instance, args.positional[:1], False)
        return instance

    def _extend(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        self.extend(run, instance, args.positional[0] if args.positional else None)
        return instance

    def _add(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        """`add_module(name, module)`: under a name that is not known (`f"block{i}"`) it is one more at the end."""
        bound = args.bind("name", "module")
        name, module = bound.get("name"), bound.get("module")
        if isinstance(name, Const) and module is not None:
            run.set_instance_attribute(instance, str(name.value), module)
        else:
            self.fill(run, instance, [module or Unknown("element")], module is None)
        return Const(None)

    def _insert(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        bound = args.bind("index", "module")
        place = bound.get("index")
        at = place.value if isinstance(place, Const) and isinstance(place.value, int) else len(keys(instance))
        values = elements(instance)
        if "module" in bound:
            values.insert(at, bound["module"])
        _replace(run, instance, values)
        return instance

    def _pop(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        place = args.bind("key").get("key", Const(-1))
        values = elements(instance)
        if not (isinstance(place, Const) and isinstance(place.value, int)) or not values:
            return Unknown("pop()")
        found = values.pop(place.value) if -len(values) <= place.value < len(values) else Unknown("pop()")
        _replace(run, instance, values)
        return found

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        super().assign(run, instance, name, value)
        known = keys(instance)
        if is_module(value) and name not in known:
            run.write(instance.data.state, "keys", (*known, name))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        values = elements(instance)
        if isinstance(key, SliceValue):
            return self._sliced(run, instance, key, values)
        if isinstance(key, Const) and isinstance(key.value, int):
            if is_open(instance):  # those that are known stand for the others, as where they are gone through
                return any_of(run, values)
            if not -len(values) <= key.value < len(values):
                return Unknown("element")
            uncertain = any(map(may_be_missing, values))
            return any_of(run, at_index(values, key.value)) if uncertain else values[key.value]
        if isinstance(key, Const) and isinstance(key.value, str) and key.value in instance.attrs:
            return instance.attrs[key.value]
        return any_of(run, values)

    def _sliced(self, run: Interpreter, instance: Instance, key: SliceValue, values: list[Value]) -> Value:
        bounds: list[Any] = [
            p.value if isinstance(p, Const) else (None if p is None else "?")
            for p in (key.lower, key.upper, key.step)
        ]
        made = (
            self.call(run, Args([]))
            if isinstance(instance.cls, ModuleClass)
            else BASE_SEQUENTIAL.call(run, Args([]))
        )
        assert isinstance(made, Instance)
        if "?" in bounds:
            lower, upper, _ = (None if b == "?" else b for b in bounds)
            within = values[lower:upper]
            known = len(within) <= MOST_JOINED and not is_open(instance)
            self.fill(run, made, [optional(v) for v in within] if known else [], not known)
        else:
            self.fill(run, made, values[slice(*bounds)], is_open(instance))
        return made

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        known = keys(instance)
        if isinstance(key, Const) and isinstance(key.value, int) and -len(known) <= key.value < len(known):
            run.set_instance_attribute(instance, known[key.value], value)
        elif isinstance(key, Const) and isinstance(key.value, str):
            put(run, instance, key.value, value)
        else:
            open_up(run, instance)
        return True

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        values = elements(instance)
        exact = not is_open(instance)
        known = bool(values) or exact
        return Items(
            values if known else [Unknown("element")], known, "modules", len(values) if exact else None
        )

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        uncertain = is_open(instance) or any(map(may_be_missing, elements(instance)))
        return None if uncertain else len(keys(instance))

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op != "+" or reflected or not isinstance(self, SequenceClass):
            return None
        made = self.call(run, Args([]))
        assert isinstance(made, Instance)
        self.fill(run, made, elements(instance), is_open(instance))
        self.extend(run, made, other)
        return made

    def operate_in_place(self, run: Interpreter, instance: Instance, op: str, other: Value) -> Value | None:
        if op != "+":
            return None
        self.extend(run, instance, other)
        return instance


def any_of(run: Interpreter, values: list[Value]) -> Value:
    """One of the elements; which one is not known."""
    if FEW_JOINED < len(values) <= MOST_JOINED and all(isinstance(v, Instance) for v in values):
        return UnionValue(list({id(v): v for v in values}.values()))
    found: Value | None = None
    for value in values[:FEW_JOINED]:
        found = value if found is None else run.join(found, value)
    return found if found is not None else Unknown("element")


class SequentialClass(SequenceClass):
    """Sequential: each element takes what the one before returns.

    One that was filled by a loop of unknown length holds the layers of two passes, which stand for all.
    """

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        first = args.positional[0] if args.positional else None
        if isinstance(first, DictValue) and len(args.positional) == 1:
            for name, value in first.strings().items():
                put(run, instance, name, value)
            if first.open:
                open_up(run, instance)
            return
        self.fill(run, instance, args.positional, args.open)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value: Value = (
            args.positional[0] if args.positional else next(iter(args.keywords.values()), Unknown("input"))
        )
        for element in elements(instance):
            if isinstance(element, Const):
                continue
            if type(element) is Unknown:
                if element.made:
                    run.write(instance.data.state, UNSEEN_PART, True)
                value = _unseen(run, instance, value)
            else:
                value = run.call(element, Args([value]))
        return _unseen(run, instance, value) if is_open(instance) and not elements(instance) else value


def _unseen(run: Interpreter, instance: Instance, value: Value) -> Value:
    """A layer that is not known: something happens to the signal."""
    node = run.node(
        Op.UNKNOWN,
        "layer",
        (run.as_node(value),),
        module=instance.data,
        attached=run.grad_enabled is not False,
    )
    return Tensor(node, TORCH)


class ListClass(SequenceClass):
    """ModuleList and ParameterList."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data.state["holder"] = True
        self.extend(run, instance, args.positional[0] if args.positional else args.keywords.get("modules"))


BASE_SEQUENTIAL = SequentialClass("torch.nn.Sequential", (NN_MODULE,))
MODULE_LIST = ListClass("torch.nn.ModuleList", (NN_MODULE,))
for _cls in (
    BASE_SEQUENTIAL,
    MODULE_LIST,
    ListClass("torch.nn.ParameterList", (NN_MODULE,)),
):
    LIBRARY.add(_cls)
