"""functools: partial functions, decorators that keep what a function does, reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("functools", usual={"functools": "functools", "partial": "functools.partial"})
RETRY = TableLibrary("retry", "retrying")
LIBRARIES = [LIBRARY, RETRY]
_NONE = Const(None)


class PartialValue(Value):
    """functools.partial: a callable with some of its arguments."""

    __slots__ = ("args", "function", "named")
    can_be_called = True

    def __init__(self, function: Value, args: Args) -> None:
        super().__init__()
        self.function, self.args = function, args
        self.named = DictValue.of(args.keywords)

    def describe(self) -> str:
        return f"partial({self.function.describe()})"

    def call(self, run: Interpreter, args: Args) -> Value:
        mine = self.args
        given = Args(
            [*mine.positional, *args.positional],
            self.named.strings() | args.keywords,
            mine.open or self.named.open or args.open,
        )
        return run.call(self.function, given)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "func":
            return self.function
        if (
            name == "keywords"
        ):  # the one that the partial itself holds: what is taken out of it is given no more
            return self.named
        return TupleValue(self.args.positional) if name == "args" else self.function.get_attr(run, name)

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def types(self) -> tuple[str, ...] | None:
        return ("functools.partial", "object")


@LIBRARY.function("functools.partial", "functools.partialmethod")
def _partial(run: Interpreter, args: Args) -> Value:
    if not args.positional:
        return Unknown("partial()")
    return PartialValue(args.positional[0], Args(args.positional[1:], args.keywords, args.open))


@LIBRARY.function("functools.wraps", "functools.update_wrapper")
def _wraps(run: Interpreter, args: Args) -> Value:
    bound = args.bind("wrapper", "wrapped") if len(args.positional) > 1 else args.bind("wrapped")
    wrapped, wrapper = bound.get("wrapped"), bound.get("wrapper")
    if wrapper is not None:
        return _named(run, wrapper, wrapped)
    return Native("wraps", lambda r, a: _named(r, _identity(r, a), wrapped))


def _named(run: Interpreter, wrapper: Value, wrapped: Value | None) -> Value:
    """The wrapper under the name of what it wraps, and with that at hand."""
    if isinstance(wrapper, FunctionValue) and isinstance(wrapped, FunctionValue | ClassValue):
        run.write(wrapper.state, "__name__", wrapped.get_attr(run, "__name__"))
        run.write(wrapper.state, "__wrapped__", wrapped)
    elif isinstance(wrapper, Instance) and wrapped is not None:
        run.write(wrapper.attrs, "__wrapped__", wrapped)
    return wrapper


def _identity(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else _NONE


@LIBRARY.function(
    "functools.lru_cache", "functools.cache", "functools.total_ordering", "functools.singledispatch"
)
def _cached(run: Interpreter, args: Args) -> Value:
    first = args.positional[0] if args.positional else _NONE
    return Native("lru_cache", _identity) if isinstance(first, Const) else first


@LIBRARY.function("functools.cached_property")
def _cached_property(run: Interpreter, args: Args) -> Value:
    first = _identity(run, args)
    if isinstance(first, FunctionValue):
        first.kind = "property"
    return first


@LIBRARY.function("functools.reduce")
def _reduce(run: Interpreter, args: Args) -> Value:
    if len(args.positional) < 2:
        return Unknown("reduce()")
    function, source, *start = args.positional
    items = source.iterate(run)
    values = [*start, *items.values]
    if not items.exact or not values:
        return Unknown("reduce() of elements that are not all known")
    total = values[0]
    for value in values[1:]:
        total = run.call(function, Args([total, value]))
    return total


@RETRY.function("retry.retry_call", "retry.api.retry_call")
def _retried(run: Interpreter, args: Args) -> Value:
    """`retry_call(f, fargs=None, fkwargs=None, exceptions=..., tries=...)`: its first try is taken to succeed."""
    given = args.bind("f", "fargs", "fkwargs")
    places, names = given.get("fargs"), given.get("fkwargs")
    positional = list(places.elements) if isinstance(places, TupleValue | ListValue) else []
    keywords = names.strings() if isinstance(names, DictValue) else {}
    return run.call(given.get("f", Unknown("a function")), Args(positional, keywords))
