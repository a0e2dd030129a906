"""numpy.random: drawn numbers, and in-place shuffling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.numpy.library import LIBRARY
from trainlint.frameworks.numpy.shapes import sizes
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DISTRIBUTIONS = {
    "rand": "uniform", "randn": "normal", "normal": "normal", "standard_normal": "normal", "uniform": "uniform",
    "random": "uniform", "random_sample": "uniform", "randint": "integer", "integers": "integer",
    "permutation": "permutation", "permuted": "permutation", "choice": "choice", "binomial": "integer", "poisson": "integer",
    "exponential": "exponential", "beta": "uniform", "gamma": "gamma", "multivariate_normal": "normal",
}  # fmt: skip


def _draw(name: str, distribution: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        first = args.positional[0] if args.positional else None
        _note(run, name, args)
        if name in ("permutation", "permuted", "choice") and isinstance(first, Tensor):
            return Tensor(run.node(Op.INDEX, name, (first.node,)), NUMPY)
        if name in ("rand", "randn"):
            given = [v.value if isinstance(v, Const) else None for v in args.positional]
            if not given:
                run.picks(index=False)
                return Unknown("a random number")
            sides = tuple(n if isinstance(n, int) else None for n in given)
            return Tensor(run.node(Op.RANDOM, distribution, (), _options(run, name, args), sides), NUMPY)
        options = _options(run, name, args)
        size = args.keywords.get("size") or (args.positional[2] if len(args.positional) > 2 else None)
        if size is None and name not in (
            "standard_normal",
            "permutation",
            "permuted",
            "random",
            "random_sample",
        ):
            run.picks(distribution in ("integer", "choice"))
            return Unknown("a random number")
        shape = sizes(size if size is not None else first)
        return Tensor(run.node(Op.RANDOM, distribution, (), options, shape), NUMPY)

    return handler


def _note(run: Interpreter, name: str, args: Args) -> None:
    """Indices that are drawn, or a random order: what batches may be made with."""
    if name in ("permutation", "permuted"):
        run.reorders()
    elif name in ("randint", "integers", "choice"):
        size = args.bind(*(("a", "size") if name == "choice" else ("low", "high", "size"))).get("size")
        sides = getattr(size, "elements", (size,))
        if len(sides) == 1:
            run.draws(sides[0])


def _shuffle(run: Interpreter, args: Args) -> Value:
    run.reorders()
    return Const(None)


def _options(run: Interpreter, name: str, args: Args) -> dict[str, Fact[Any]]:
    """The spread of what is drawn, where the function takes one."""
    if name in ("randint", "integers"):
        return _whole_numbers(run, args)
    if name in ("rand", "random", "random_sample"):
        return {"low": known(0.0), "high": known(1.0)}
    if name in ("randn", "standard_normal"):
        return {"mean": known(0.0), "std": known(1.0)}
    if name not in ("normal", "uniform"):
        return {}
    names = (
        (("loc", "mean", 0.0), ("scale", "std", 1.0))
        if name == "normal"
        else (("low", "low", 0.0), ("high", "high", 1.0))
    )
    bound = args.bind(*(n for n, _, _ in names))
    return {fact: run.fact(bound[n]) if n in bound else known(default) for n, fact, default in names}


def _whole_numbers(run: Interpreter, args: Args) -> dict[str, Fact[Any]]:
    """`randint(high)` or `randint(low, high)`: from low up to high, which is left out."""
    given = args.bind("low", "high")
    if "low" not in given:
        return {}
    low, high = given["low"], given.get("high")
    if high is None or (isinstance(high, Const) and high.value is None):
        return {"low": known(0), "high": run.fact(low)}
    return {"low": run.fact(low), "high": run.fact(high)}


class Generator(LibraryClass):
    """numpy.random.Generator and RandomState."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in DISTRIBUTIONS:
            return Native(f"Generator.{name}", _draw(name, DISTRIBUTIONS[name]))
        if name == "shuffle":
            return Native("Generator.shuffle", _shuffle)
        if name == "seed":
            return Native("Generator.seed", lambda r, args: Const(None))
        return Native(f"Generator.{name}", lambda r, args: Unknown("a random number"))


GENERATOR = LIBRARY.add(Generator("numpy.random.Generator"), "numpy.random.RandomState")
LIBRARY.function("numpy.random.default_rng")(lambda run, args: run.call(GENERATOR, args))
for _name, _distribution in DISTRIBUTIONS.items():
    LIBRARY.function(f"numpy.random.{_name}")(_draw(_name, _distribution))
LIBRARY.function("numpy.random.seed")(lambda run, args: Const(None))
LIBRARY.function("numpy.random.shuffle")(_shuffle)
