"""The names that Python defines without an import."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from trainlint.semantics import builtin_folds, builtin_iteration, builtin_objects, mappings
from trainlint.semantics.builtin_objects import Type, make_type
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.outside import External, Native
from trainlint.semantics.scalars import format_value, read_literal
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


def _first(args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a missing argument")


def _abs(run: Interpreter, args: Args) -> Value:
    value = _first(args)
    if isinstance(value, Tensor):
        return run.call_method(value, "abs")
    if isinstance(value, Const) and isinstance(value.value, (int, float)):
        return Const(abs(value.value), value.origin)
    return Unknown(f"abs({value.describe()})", value.origin)


def _round(run: Interpreter, args: Args) -> Value:
    value = _first(args)
    rest = [v.value for v in args.values()[1:] if isinstance(v, Const)]
    if isinstance(value, Tensor):
        return run.call_method(value, "round")
    if isinstance(value, UnionValue):
        return run.each(value, lambda v: _round(run, Args([v, *args.positional[1:]])))
    if isinstance(value, Const) and len(rest) == len(args.values()) - 1:
        try:
            return Const(round(value.value, *rest), value.origin)
        except (TypeError, ValueError, OverflowError):
            pass
    return Unknown(f"round({value.describe()})", value.origin)


def _pow(run: Interpreter, args: Args) -> Value:
    if len(args.positional) == 2:
        return run.operate("**", args.positional[0], args.positional[1])
    return Unknown("pow()")


def _divmod(run: Interpreter, args: Args) -> Value:
    if len(args.positional) != 2:
        return Unknown("divmod()")
    a, b = args.positional
    return TupleValue([run.operate("//", a, b), run.operate("%", a, b)])


def _format(run: Interpreter, args: Args) -> Value:
    value, spec = _first(args), args.positional[1] if len(args.positional) > 1 else Const("")
    if isinstance(value, Const) and isinstance(spec, Const) and isinstance(spec.value, str):
        text = format_value(value, spec.value)
        if text is not None:
            return Const(text, value.origin)
    return Unknown("formatted text", value.origin)


def _plain(name: str, function: Any) -> Native:
    """A function of constants."""

    def handler(run: Interpreter, args: Args) -> Value:
        value = _first(args)
        if isinstance(value, Const) and len(args.positional) == 1:
            try:
                return Const(function(value.value), value.origin)
            except (TypeError, ValueError, OverflowError):
                pass
        return Unknown(f"{name}({value.describe()})", value.origin)

    return Native(name, handler)


def _unknown(name: str) -> Native:
    return Native(name, lambda run, args: Unknown(f"{name}()"))


LONGEST_EXPRESSION = 1_000
"""Characters of an expression that `eval` is given as text."""


def expression_in(run: Interpreter, text: Const) -> ast.expr | None:
    """The expression that a known text holds, as if it stood where `eval` is called; None if it holds none."""
    if not isinstance(text.value, str) or len(text.value) > LONGEST_EXPRESSION or run.frame.at is None:
        return None
    try:
        found = ast.parse(text.value.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    run.impure += 1
    for part in ast.walk(found):
        if isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return None
        ast.copy_location(part, run.frame.at)
    return found


def _error_of(run: Interpreter, text: Value, code: ast.expr | None) -> str | None:
    """The exception with which `eval(text)` is sure to end, where a `try` may have an answer; None if it may succeed."""
    from trainlint.semantics.names import is_undefined

    if not run.frame.tries:
        return None
    if not isinstance(text, Const) or not isinstance(text.value, str | bytes):
        return "TypeError" if isinstance(text, (Const, ListValue, TupleValue, DictValue)) else None
    if code is None:
        try:
            ast.parse(text.value.strip(), mode="eval")
        except (SyntaxError, ValueError):
            return "SyntaxError"
        except (RecursionError, MemoryError):
            return None
        return None
    while isinstance(code, ast.Attribute | ast.Subscript | ast.Call):
        code = code.func if isinstance(code, ast.Call) else code.value
    return "NameError" if isinstance(code, ast.Name) and is_undefined(run, code.id) else None


def _evaluated(name: str) -> Native:
    """Code that is made at run time may do anything with what it is given, but for an expression in a known text."""

    def handler(run: Interpreter, args: Args) -> Value:
        from trainlint.semantics.expressions import evaluate

        text = _first(args)
        literal = read_literal(text) if isinstance(text, Const) and name == "eval" else None
        if literal is not None:
            return literal
        code = expression_in(run, text) if isinstance(text, Const) and len(args.positional) == 1 else None
        error = _error_of(run, text, code) if name == "eval" and len(args.positional) == 1 else None
        if error is not None:
            run.frame.fails(error, run)
            return Unknown("the value of an expression that fails")
        if code is not None:
            return evaluate(run, code)
        run.escape_args(args, name)
        run.gap(name, "code that is made at run time is not followed")
        return Unknown(f"{name}()")

    return Native(name, handler)


def _marker(name: str) -> Native:
    """`property(getter)`: the interpreter treats the decorator itself."""

    def handler(run: Interpreter, args: Args) -> Value:
        value = _first(args)
        if isinstance(value, FunctionValue):
            value.kind = name
        return value

    return Native(name, handler)


def _forwarded(name: str) -> Native:
    """A function whose meaning a library holds (`open` reads configs)."""
    return Native(name, lambda run, args: run.call(run.library_name(f"builtins.{name}"), args))


def _table() -> dict[str, Value]:
    table: dict[str, Value] = {}
    for name in dir(builtins):
        found = getattr(builtins, name)
        if isinstance(found, type) and issubclass(found, BaseException):
            table[name] = External(f"builtins.{name}")
    for functions in (builtin_iteration.FUNCTIONS, builtin_folds.FUNCTIONS, builtin_objects.FUNCTIONS):
        table.update({name: Native(name, handler) for name, handler in functions.items()})
    table.update({name: cls for name, cls in TYPES.items() if name != "NoneType"})
    table["type"] = Type("type", make_type)
    table.update(
        {n: _plain(n, getattr(builtins, n)) for n in ("chr", "ord", "hex", "oct", "bin", "repr", "ascii")}
    )
    table.update({n: _unknown(n) for n in ("id", "input", "memoryview")})
    table["hash"] = Native("hash", mappings.hash_of)
    table["eval"] = _evaluated("eval")
    table.update({n: _marker(n) for n in ("property", "staticmethod", "classmethod")})
    table.update({n: Native(n, lambda run, args: _NONE) for n in ("print", "breakpoint", "help")})
    table.update({"exit": External("sys.exit"), "quit": External("sys.exit")})
    table.update({n: _forwarded(n) for n in ("open", "exec", "compile", "__import__")})
    table.update({"NotImplemented": External("builtins.NotImplemented"), "Ellipsis": Const(...)})
    table.update({"abs": Native("abs", _abs), "round": Native("round", _round), "pow": Native("pow", _pow)})
    table.update({"divmod": Native("divmod", _divmod), "format": Native("format", _format)})
    table.update({"__debug__": Const(True)})
    return table


BUILTINS: dict[str, Value] = _table()
"""Names to values."""
