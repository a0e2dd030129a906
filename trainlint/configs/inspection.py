"""inspect: which parameters a function or class takes, for code that passes on only those."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.configs.class_paths import constructor
from trainlint.facts.graph import Module
from trainlint.semantics.annotations import annotation_value
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.functions import bind, shape_of
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("inspect", "asyncio", observers=("inspect",))
LIBRARIES = [LIBRARY]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as `inspect.signature` shows it; default, annotation: None without one; of: the function that writes them."""

    name: str
    kind: str
    default: Value | None = None
    annotation: ast.expr | None = None
    of: FunctionValue | None = None


_KINDS = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD")


def parameters(run: Interpreter, target: Value) -> list[Parameter] | None:
    """The parameters in their order; None if they are not known."""
    if isinstance(target, BoundMethod):
        inner = target.function
        return _of_function(inner, skip=1) if isinstance(inner, FunctionValue) else None
    if isinstance(target, FunctionValue):
        return _of_function(target, skip=0)
    if isinstance(target, Instance):
        if "__wrapped__" in target.attrs:
            return parameters(run, target.attrs["__wrapped__"])
        method = run.class_attribute(target.cls, "__call__")
        return _of_function(method, skip=1) if isinstance(method, FunctionValue) else None
    if isinstance(target, ClassValue):
        function = constructor(run, target)
        if function is not None:
            return _of_function(function, skip=1)
        above = next((c for c in target.mro if isinstance(c, LibraryClass)), None)
        return _of_text(above) if above is not None else []
    return _of_text(target) if isinstance(target, LibraryClass) else None


def _of_function(function: FunctionValue, skip: int) -> list[Parameter]:
    """Those of a function; of what it wraps, where `functools.wraps` made it."""
    wrapped = function.state.get("__wrapped__")
    if isinstance(wrapped, FunctionValue):
        return _of_function(wrapped, skip)
    arguments = function.node.args
    bare = _of_arguments(arguments)[skip if arguments.posonlyargs or arguments.args else 0 :]
    return [Parameter(p.name, p.kind, function.defaults.get(p.name), p.annotation, function) for p in bare]


def _of_arguments(arguments: ast.arguments) -> list[Parameter]:
    groups = (
        arguments.posonlyargs,
        arguments.args,
        [arguments.vararg] if arguments.vararg else [],
        arguments.kwonlyargs,
        [arguments.kwarg] if arguments.kwarg else [],
    )
    pairs = [(kind, a) for kind, group in zip(_KINDS, groups, strict=True) for a in group]
    return [Parameter(a.arg, kind, None, a.annotation) for kind, a in pairs]


def _of_text(cls: LibraryClass) -> list[Parameter] | None:
    """From the documented signature in a library's table."""
    text = getattr(cls, "parameters", None)
    if not isinstance(text, str):
        return None
    arguments = ast.parse(f"def f({text}): pass").body[0].args  # type: ignore[attr-defined]
    last = zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)
    defaults = {a.arg: Const(ast.literal_eval(node)) for a, node in last}
    return [Parameter(p.name, p.kind, defaults.get(p.name)) for p in _of_arguments(arguments)]


class SignatureClass(LibraryClass):
    """inspect.Signature; attrs: parameters."""

    __slots__ = ()


class ParameterClass(LibraryClass):
    """inspect.Parameter; attrs: name, kind, default."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "empty" or name in _KINDS:
            return Const(f"inspect.Parameter.{name}")
        return Unknown(f"inspect.Parameter.{name}")

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return self.get_attr(run, name) if name in _KINDS else None


_SIGNATURE = SignatureClass("inspect.Signature")
_PARAMETER = ParameterClass("inspect.Parameter")
LIBRARY.add(_PARAMETER)
for _name in ("inspect._empty", "inspect.Signature.empty"):  # the same marker
    LIBRARY.constant(_name, "inspect.Parameter.empty")


@LIBRARY.function("inspect.signature")
def _signature(run: Interpreter, args: Args) -> Value:
    """`inspect.signature(f).parameters`: a mapping by name."""
    found = parameters(run, args.positional[0]) if args.positional else None
    if found is None:
        return Unknown("inspect.signature()")
    empty = Const("inspect.Parameter.empty")
    entries: dict[str, Value] = {}
    for each in found:
        shown: dict[str, Value] = {
            "name": Const(each.name),
            "kind": Const(f"inspect.Parameter.{each.kind}"),
            "default": each.default if each.default is not None else empty,
            "annotation": _shown_annotation(run, each) if each.annotation is not None else empty,
        }
        entries[each.name] = Instance(_PARAMETER, run.here, shown)
    return Instance(_SIGNATURE, run.here, {"parameters": DictValue.of(entries)})


def _shown_annotation(run: Interpreter, parameter: Parameter) -> Value:
    if parameter.of is None:
        return Unknown(f"annotation of {parameter.name}")
    return annotation_value(run, parameter.annotation, parameter.of.module, parameter.of.scope)


@LIBRARY.function("inspect.isclass")
def _is_class(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else Unknown("a value")
    if isinstance(value, ClassValue | LibraryClass):
        return Const(True)
    plain = isinstance(value, FunctionValue | ModuleValue | Const | Instance) or _is_submodule(run, value)
    return Const(False) if plain else Unknown("whether it is a class")


@LIBRARY.function("inspect.iscoroutinefunction", "asyncio.iscoroutinefunction")
def _is_coroutine_function(run: Interpreter, args: Args) -> Value:
    """Whether a function is written `async def`; what decorators that are not understood made of it, is not known."""
    value = args.positional[0] if args.positional else Unknown("a function")
    function = value.function if isinstance(value, BoundMethod) else value
    if isinstance(function, FunctionValue):
        if function.marks or function.wrappers:
            return Unknown("whether it is a coroutine function")
        waits = isinstance(function.node, ast.AsyncFunctionDef)
        return Const(waits and not shape_of(function.node).is_generator)
    plain = isinstance(function, ClassValue | LibraryClass | ModuleValue | Const)
    return Const(False) if plain else Unknown("whether it is a coroutine function")


def _is_submodule(run: Interpreter, value: Value) -> bool:
    """Whether it is a name of a library below which others are known."""
    if not isinstance(value, External):
        return False
    holds = getattr(run.modelled.get(value.qualname.split(".")[0]), "holds", None)
    return holds is not None and bool(holds(value.qualname))


@LIBRARY.function("inspect.getmembers")
def _members(run: Interpreter, args: Args) -> Value:
    """`inspect.getmembers(module, inspect.isclass)`: names and values, without those that the predicate refuses."""
    bound = args.bind("object", "predicate")
    module, predicate = bound.get("object"), bound.get("predicate")
    if not isinstance(module, ModuleValue):
        return Unknown("inspect.getmembers()")
    run.get_attr(module, "__dict__")  # evaluates it
    pairs: list[Value] = []
    for name in sorted(module.namespace):
        value = run.get_attr(module, name)
        if predicate is None or run.call(predicate, Args([value])).truth(run) is not False:
            pairs.append(TupleValue([Const(name), value]))
    return ListValue(pairs, open=bool(module.state.get("stars")))


@LIBRARY.function("inspect.getfullargspec", "inspect.getargspec")
def _argspec(run: Interpreter, args: Args) -> Value:
    """`inspect.getfullargspec(f).args`: the names, `self` included."""
    target = args.positional[0] if args.positional else Unknown("a function")
    function = _called(run, target)
    if function is None and isinstance(target, Instance) and isinstance(target.data, Module):
        arguments = _PASSED_ON  # what a library's layer does before it calls forward()
    elif isinstance(function, FunctionValue):
        arguments = function.node.args
    else:
        return Unknown("inspect.getfullargspec()")
    shown = {
        "args": _names([*arguments.posonlyargs, *arguments.args]),
        "kwonlyargs": _names(arguments.kwonlyargs),
        "varargs": Const(arguments.vararg.arg if arguments.vararg else None),
        "varkw": Const(arguments.kwarg.arg if arguments.kwarg else None),
    }
    if not isinstance(function, FunctionValue):
        return Instance(_SIGNATURE, run.here, {**shown, "annotations": DictValue()})
    kinds = {
        a.arg: (Const(a.arg), annotation_of(run, function, a))
        for a in all_arguments(function)
        if a.annotation
    }
    return Instance(_SIGNATURE, run.here, {**shown, "annotations": DictValue(kinds)})


@LIBRARY.function("inspect.getcallargs")
def _call_arguments(run: Interpreter, args: Args) -> Value:
    """`inspect.getcallargs(f, ...)`: what each parameter of a function of the program holds in that call, defaults included."""
    target = args.positional[0] if args.positional else None
    given = args.positional[1:]
    if isinstance(target, BoundMethod):
        given = [target.receiver, *given]
        target = target.function
    if not isinstance(target, FunctionValue) or args.open:
        return Unknown("inspect.getcallargs()")
    held = bind(run, target, Args(given, args.keywords))
    return DictValue.of({each.name: held[each.name] for each in _of_arguments(target.node.args)})


_PASSED_ON = ast.parse("def f(self, *args, **kwargs): pass").body[0].args  # type: ignore[attr-defined]


def _names(parameters: list[ast.arg]) -> ListValue:
    return ListValue([Const(each.arg) for each in parameters])


def _called(run: Interpreter, target: Value) -> Value | None:
    """The function that a call of this comes to, as far as it is the program's own."""
    if isinstance(target, Instance):
        return run.class_attribute(target.cls, "__call__")
    return target.function if isinstance(target, BoundMethod) else constructor(run, target)


def all_arguments(function: FunctionValue) -> list[ast.arg]:
    """The named parameters of a function, in their order."""
    spec = function.node.args
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]


def annotation_of(run: Interpreter, function: FunctionValue, parameter: ast.arg) -> Value:
    """What the annotation of a parameter names, in the module that has the function."""
    node = parameter.annotation
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            node = None
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return Unknown("an annotation")
    run.push(Frame(function.module, Scope("module", None, function.module.namespace)), None)
    try:
        return evaluate(run, node)
    finally:
        run.pop()
