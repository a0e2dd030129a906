"""math, random, statistics and operator: computed for known numbers, not known otherwise."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.semantics.amounts import Real, Whole
from trainlint.semantics.library import Handler, TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.scalars import chain
from trainlint.semantics.sequences import ListValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.semantics.windows import marked, window_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("math", "statistics", "cmath", "decimal", "fractions", usual={"math": "math"})
RANDOM = TableLibrary("random", "secrets", "uuid", usual={"random": "random"})
OPERATOR = TableLibrary("operator")
LIBRARIES = [LIBRARY, RANDOM, OPERATOR]
_NONE = Const(None)
LARGEST_FACTORIAL = 170
"""The largest factorial that is a float; exact integers beyond grow without bound."""

_CONSTANTS = ("pi", "e", "tau", "inf", "nan")
_FUNCTIONS = (
    "sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "floor", "ceil", "trunc", "fabs", "fmod", "hypot", "isnan", "isinf", "isfinite",
    "isclose", "copysign", "degrees", "radians", "gcd", "lcm", "isqrt", "erf", "erfc", "gamma", "lgamma", "cbrt",
)  # fmt: skip


def plain_function(name: str, function: Callable[..., Any]) -> Callable[[Interpreter, Args], Value]:
    """A handler that computes a function of known numbers."""

    def handler(run: Interpreter, args: Args) -> Value:
        union = next((v for v in args.positional if isinstance(v, UnionValue)), None)
        if union is not None and len(args.positional) == 1:
            return run.each(union, lambda v: handler(run, Args([v], args.keywords)))
        known = [v.value for v in args.positional if isinstance(v, Const)]
        keywords = {k: v.value for k, v in args.keywords.items() if isinstance(v, Const)}
        origin = chain(*args.values())
        complete = (
            len(known) == len(args.positional) and len(keywords) == len(args.keywords) and not args.open
        )
        if not complete or not all(isinstance(n, int | float) and abs(n) < 1e300 for n in known):
            return Real(f"{name}()", origin)
        try:
            return Const(function(*known, **keywords), origin)
        except (TypeError, ValueError, ArithmeticError):
            return Unknown(f"{name}()", origin)

    return handler


for _constant in _CONSTANTS:
    LIBRARY.constant(f"math.{_constant}", getattr(math, _constant))
for _name in _FUNCTIONS:
    LIBRARY.function(f"math.{_name}")(plain_function(f"math.{_name}", getattr(math, _name)))


@LIBRARY.function("math.pow")
def _pow(run: Interpreter, args: Args) -> Value:
    if len(args.positional) != 2:
        return Unknown("math.pow()")
    result = run.operate("**", args.positional[0], args.positional[1])
    return Const(float(result.value), result.origin) if isinstance(result, Const) else result


@LIBRARY.function("math.prod")
def _prod(run: Interpreter, args: Args) -> Value:
    items = args.positional[0].iterate(run) if args.positional else None
    if items is None or not items.exact:
        return Unknown("math.prod()")
    total: Value = Const(1)
    for value in items.values:
        total = run.operate("*", total, value)
    return total


@LIBRARY.function("math.fsum", "statistics.mean", "statistics.fmean", "statistics.stdev", "statistics.median")
def _statistic(run: Interpreter, args: Args) -> Value:
    return Unknown("a statistic")


@LIBRARY.function("math.factorial", "math.comb", "math.perm", "math.ldexp")
def _combinatoric(run: Interpreter, args: Args) -> Value:
    known = [v.value for v in args.positional if isinstance(v, Const) and isinstance(v.value, int)]
    if len(known) == len(args.positional) == 1 and 0 <= known[0] <= LARGEST_FACTORIAL:
        return Const(math.factorial(known[0]), chain(*args.positional))
    return Unknown("a large number")


# -- random: results are not known; the choice between known things is one of them


@RANDOM.function("random.seed", "random.setstate")
def _seed(run: Interpreter, args: Args) -> Value:
    return _NONE


@RANDOM.function("random.shuffle")
def _shuffle(run: Interpreter, args: Args) -> Value:
    run.reorders()
    target = args.positional[0] if args.positional else _NONE
    if isinstance(target, ListValue) and len(target.elements) > 1:
        batch = window_of(target.elements)
        any_one = Unknown("a shuffled element")
        first = any_one if batch is None else marked(any_one, batch)
        run.write(target.cells, "elements", (first, *target.elements))
        run.write(target.cells, "open", True)
    return _NONE


@RANDOM.function("random.choice")
def _choice(run: Interpreter, args: Args) -> Value:
    run.picks(index=True)
    source = args.positional[0] if args.positional else Unknown("random.choice()")
    return run.get_item(source, Unknown("a random index"))


@RANDOM.function("random.sample")
def _sample(run: Interpreter, args: Args) -> Value:
    """So many elements of a population, of which one stands for all."""
    bound = args.bind("population", "k")
    run.draws(bound.get("k"))
    items = bound.get("population", Unknown("a population")).iterate(run)
    return ListValue(items.values[-1:], open=True)


@RANDOM.function("random.choices")
def _choices(run: Interpreter, args: Args) -> Value:
    run.draws(args.keywords.get("k"))
    return ListValue((), open=True)


_DRAWS = ("random", "uniform", "randint", "randrange", "gauss", "normalvariate", "betavariate", "getrandbits",
          "triangular", "expovariate", "getstate", "lognormvariate")  # fmt: skip


_WHOLE = frozenset({"randint", "randrange", "getrandbits"})


def _draw(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        run.picks(name in _WHOLE)
        return Whole("a random number") if name in _WHOLE else Unknown("a random number")

    return handler


for _name in _DRAWS:
    RANDOM.function(f"random.{_name}")(_draw(_name))
RANDOM.function("uuid.uuid4", "uuid.uuid1", "secrets.token_hex", "secrets.randbelow")(_draw("uuid"))


class GeneratorClass(LibraryClass):
    """random.Random: the functions of the module as methods."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return RANDOM.entries.get(f"random.{name}")


RANDOM.add(GeneratorClass("random.Random"), "random.SystemRandom")


# -- operator

_OPERATIONS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and_": "&", "or_": "|", "xor": "^", "lt": "<", "le": "<=", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">",
    "iadd": "+", "imul": "*",
}  # fmt: skip


def _operation(name: str, op: str) -> None:
    def handler(run: Interpreter, args: Args) -> Value:
        if len(args.positional) != 2:
            return Unknown(f"operator.{name}()")
        return run.operate(op, args.positional[0], args.positional[1])

    OPERATOR.function(f"operator.{name}")(handler)


for _name, _op in _OPERATIONS.items():
    assert hasattr(operator, _name)
    _operation(_name, _op)


@OPERATOR.function("operator.itemgetter")
def _itemgetter(run: Interpreter, args: Args) -> Value:
    keys = args.positional
    if len(keys) != 1:
        return Unknown("operator.itemgetter()")
    return Native("itemgetter", lambda r, more: r.get_item(more.positional[0], keys[0]))


@OPERATOR.function("operator.attrgetter")
def _attrgetter(run: Interpreter, args: Args) -> Value:
    name = args.positional[0] if args.positional else _NONE
    if not isinstance(name, Const):
        return Unknown("operator.attrgetter()")

    def get(r: Interpreter, more: Args) -> Value:
        value = more.positional[0]
        for part in str(name.value).split("."):
            value = r.get_attr(value, part)
        return value

    return Native("attrgetter", get)
