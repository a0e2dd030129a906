"""torch.nn.Module: what making, calling and asking a network means."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, ModuleCall, Op
from trainlint.frameworks.torch import freezing
from trainlint.frameworks.torch.data import DATASET
from trainlint.frameworks.torch.layer_attributes import LAYER_ATTRIBUTES
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module_methods import METHODS, PROPERTIES, Method
from trainlint.frameworks.torch.module_parts import ADDED
from trainlint.frameworks.torch.plain_containers import note_container
from trainlint.frameworks.torch.tree import (
    MODULE,
    adopt,
    alternatives,
    children,
    instances,
    making,
    nodes_of,
    note_unknown,
    parameters_of,
    results_of,
    walk,
)
from trainlint.frameworks.torch.unseen_values import may_be_module
from trainlint.semantics.builtin_attributes import has_open_names
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

__all__ = [
    "MODULE",
    "NN_MODULE",
    "ModuleClass",
    "children",
    "parameters_of",
    "walk",
]


_OTHERS = frozenset({
    "forward", "training", "dump_patches", "call_super_init", "T_destination", "get_extra_state", "set_extra_state",
    "register_state_dict_pre_hook", "compile", "ipu", "xpu", "mtia", "set_submodule", "from_pretrained",
})  # fmt: skip
"""Names of nn.Module's own class that are no methods with a model here."""
NN_MODULE_NAME = "torch.nn.Module"
_CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "Identity", "Flatten", "Unflatten"})
_WITHOUT_WEIGHTS = frozenset({Op.ACTIVATION, Op.DROPOUT, Op.POOL, Op.UPSAMPLE, Op.RESHAPE})
HUB_LOADER = "from_pretrained"
"""The classmethod by which libraries of networks load published weights (transformers, diffusers, huggingface_hub)."""


def _loads_published(run: Interpreter, cls: Value) -> bool:
    """Whether a class or one of its bases loads weights that were published for it."""
    if run.class_attribute(cls, HUB_LOADER) is not None:
        return True
    bases = [base for base in getattr(cls, "mro", ()) if isinstance(base, LibraryClass)]
    return any(base.class_attribute(run, cls, HUB_LOADER) is not None for base in bases)


def _by_a_dataset(run: Interpreter) -> bool:
    """Whether a data set makes its elements just now, or what these need: not while it is itself made."""
    for frame in (run.frame, *(frame for frame, _ in run.frames if frame is not None)):
        function = frame.function
        if function is None or not isinstance(function.node, ast.FunctionDef) or not function.node.args.args:
            continue
        receiver = frame.scope.vars.get(function.node.args.args[0].arg)
        if isinstance(receiver, Instance) and receiver.is_a(DATASET):
            return function.node.name != "__init__"
    return False


class ModuleClass(LibraryClass):
    """A class of torch.nn; `op` and `name` say what a layer does (None for nn.Module itself)."""

    __slots__ = ("name", "op")
    objects_only = True
    whole = False
    """Whether `attribute` answers for all that a class outside of torch adds to torch's own."""

    def __init__(
        self,
        qualname: str,
        bases: tuple[LibraryClass, ...] = (),
        op: Op | None = None,
        name: str = "",
    ) -> None:
        super().__init__(qualname, bases)
        self.op, self.name = op, name

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if isinstance(instance.data, Module):
            return
        module = Module(instance.cls.describe(), instance.location, self.op, self.name)
        module.complete = not getattr(instance.cls, "open", False)  # what a base that is not seen adds
        module.state["training"] = True
        module.state["root"] = run.root
        module.state["made"] = making(run)
        if isinstance(instance.cls, ClassValue) and _by_a_dataset(run):
            module.state["of_data"] = True
        if run.frame.module.source.foreign:
            module.state["built_in"] = True
        module.state["pretrained"] = False  # so that a branch that loads weights leaves it open
        if _loads_published(run, instance.cls):
            module.state["released"] = True
        instance.data = module
        run.program.modules.append(module)
        if run.program.framework == "other":
            run.program.framework = "torch"
        instances(run).append(instance)

    def class_created(self, run: Interpreter, cls: ClassValue) -> None:
        """Where one class of a file loads published weights, the file's others are parts of its network."""
        if _loads_published(run, cls):
            run.program.released.add(cls.location.path)

    def lacks(self, name: str) -> bool:
        """Whether no network has it by its class: what a wrapper has is had by networks that one was put around."""
        if name.startswith("_") or name in METHODS or name in _OTHERS:
            return False
        return name not in PROPERTIES or name == "module"

    def without(self, instance: Instance, name: str) -> bool:
        """A library's own layer or loss has what its documentation says, and what code sets; an object of the program's
        class has what code sets, as long as no code had it that is not followed, and no name was unknown."""
        module = instance.data
        if not isinstance(module, Module) or not (self.whole or self.qualname.startswith("torch.nn.")):
            return False
        if not isinstance(instance.cls, LibraryClass):
            hidden = module.symbolic or module.state.get("escaped", False) is not False
            if hidden or has_open_names(instance):
                return False
        return module.complete and self.lacks(name) and not self._documents(module, name)

    def _documents(self, module: Module, name: str) -> bool:
        """Whether an object of this class of torch.nn may have a layer's attribute: weights are had by layers that learn
        any, and by losses."""
        if self.whole or self.qualname == NN_MODULE_NAME:
            return False
        idle = module.op in _WITHOUT_WEIGHTS or self.qualname.rpartition(".")[2] in _CONTAINERS
        return name in LAYER_ATTRIBUTES and not (idle and name in ("weight", "bias"))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """`nn.Module.train` and the like: the unbound method."""
        if name in ("__name__", "__qualname__"):
            return Const(self.qualname.rsplit(".", 1)[-1])
        if LIBRARY.resolve(run, f"{self.qualname}.{name}") is not None:
            return super().get_attr(run, name)

        def call(run: Interpreter, args: Args) -> Value:
            receiver = args.positional[0] if args.positional else None
            rest = Args(args.positional[1:], args.keywords, args.open)
            if not isinstance(receiver, Instance):
                return Unknown(f"{self.qualname}.{name}()")
            if name == "__init__":
                self.construct(run, receiver, rest)
                return Const(None)
            for cls in self.lineage():
                method = cls.attribute(run, receiver, name)
                if method is not None:
                    return run.call(method, rest)
            return Unknown(f"{self.qualname}.{name}()")

        return Native(f"{self.qualname}.{name}", call)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("forward", "__call__"):
            handler: Method = self.forward if name == "forward" else self.called
        elif name in METHODS:
            handler = METHODS[name]
        else:
            found = PROPERTIES.get(name, ADDED.get(name))
            return found(run, instance) if found is not None and isinstance(instance.data, Module) else None
        return Native(f"{MODULE}.{name}", lambda r, args: handler(r, instance, args))

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        if isinstance(value, ListValue | TupleValue | DictValue):
            note_container(run, instance, name)
        for v in alternatives(value):
            if isinstance(v, Tensor) and v.parameter is not None and "plain" not in v.cells:
                adopt(v, instance.data, name)
            elif isinstance(v, Instance) and isinstance(v.data, Module) and not v.data.state.get("held"):
                run.write(v.data.state, "held", True)
            elif isinstance(v, Unknown) and may_be_module(v) and isinstance(instance.data, Module):
                note_unknown(run, instance.data, name)
            elif isinstance(v, Unknown):  # `self.features = net.features`: layers, if data passes through it
                v.made = v.made or v.within
        if self.qualname == MODULE and isinstance(value, Const):
            freezing.set_on_module(run, instance, name, value)

    def deep_copy(self, run: Interpreter, instance: Instance) -> Value | None:
        """`copy.deepcopy(instance)`; None where the object is no network (transforms extend modules too)."""
        from trainlint.frameworks.torch.copies import clone

        return clone(run, instance) if isinstance(instance.data, Module) else None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return self.called(run, instance, args)

    def called(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        """One forward pass: recorded, with everything that happens in it."""
        from trainlint.frameworks.torch.autograd import is_volatile

        if run.module_call is None and run.grad_enabled and any(map(is_volatile, nodes_of(args.values()))):
            run.set_grad(None)  # it depends on the release whether a graph is built
            try:
                return self._pass(run, instance, args)
            finally:
                run.set_grad(True)
        return self._pass(run, instance, args)

    def _pass(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        inputs = tuple(nodes_of(args.values()))
        training = module.state.get("training")
        call = ModuleCall(module, run.here, run.module_call, inputs, (), training, run.grad_enabled)
        run.program.calls.append(call)
        if call.parent is None:
            run.event(EventKind.FORWARD, module, call=call)
            for value in args.values():
                if isinstance(value, Unknown):
                    value.passed = True
        run.enter_module(call)
        try:
            result = self._forward(run, instance, args)
            call.outputs = results_of(result)
            for hook in instance.data.state.get("hooks", ()):
                run.call(hook, Args([instance, TupleValue(args.positional), result]))
        finally:
            run.leave_module()
        return result

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        return self.forward(run, instance, args) if name == "forward" else self.called(run, instance, args)

    def _forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        replaced = instance.attrs.get("forward")
        if replaced is not None:
            return run.call(replaced, args)
        method = run.class_attribute(instance.cls, "forward")
        if method is not None:
            return run.call(run.bind(method, instance), args)
        for cls in instance.library_classes():
            if isinstance(cls, ModuleClass):
                return cls.forward(run, instance, args)
        return self.forward(run, instance, args)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        """What the library's own forward() does: for a module that the code does not show, something unknown."""
        from trainlint.frameworks.torch.tensor import TORCH

        module: Module = instance.data
        inputs = tuple(nodes_of(args.values()))
        node = run.node(
            Op.UNKNOWN,
            module.qualname,
            inputs,
            module=module,
            attached=run.grad_enabled is not False,
        )
        return Tensor(node, TORCH)


NN_MODULE = ModuleClass(MODULE)
LIBRARY.add(NN_MODULE)
