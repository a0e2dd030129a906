"""tf.data.experimental: transformations that `dataset.apply()` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PLACES = ("tensorflow.data.experimental", "tensorflow.contrib.data")
Transformation = Callable[["Interpreter", Value, Args], Value]


def _register(name: str, transform: Transformation) -> None:
    @LIBRARY.function(*(f"{place}.{name}" for place in PLACES))
    def make(run: Interpreter, given: Args) -> Value:
        def apply(run: Interpreter, inner: Args) -> Value:
            dataset = inner.positional[0] if inner.positional else Unknown("a data set")
            return transform(run, dataset, given)

        return Native(f"tensorflow.data.experimental.{name}", apply)


def _method(run: Interpreter, dataset: Value, name: str, args: Args) -> Value:
    return run.call(run.get_attr(dataset, name), args)


def _shuffle_and_repeat(run: Interpreter, dataset: Value, args: Args) -> Value:
    given = args.bind("buffer_size", "count", "seed")
    shuffled = _method(
        run, dataset, "shuffle", Args([given["buffer_size"]] if "buffer_size" in given else [])
    )
    return _method(run, shuffled, "repeat", Args([given["count"]] if "count" in given else []))


def _map_and_batch(run: Interpreter, dataset: Value, args: Args) -> Value:
    given = args.bind("map_func", "batch_size", "num_parallel_batches", "drop_remainder")
    mapped = _method(run, dataset, "map", Args([given["map_func"]] if "map_func" in given else []))
    kept: dict[str, Value] = {k: v for k, v in given.items() if k in ("batch_size", "drop_remainder")}
    return _method(run, mapped, "batch", Args([], kept))


def _batched(run: Interpreter, dataset: Value, args: Args) -> Value:
    given = args.bind("batch_size", "drop_remainder")
    kept: dict[str, Value] = {k: v for k, v in given.items() if k in ("batch_size", "drop_remainder")}
    return _method(run, dataset, "batch", Args([], kept))


def _interleaved(run: Interpreter, dataset: Value, args: Args) -> Value:
    given = args.bind("map_func")
    return _method(run, dataset, "interleave", Args([given["map_func"]] if "map_func" in given else []))


def _unbatched(run: Interpreter, dataset: Value, args: Args) -> Value:
    return _method(run, dataset, "unbatch", Args())


def _same(run: Interpreter, dataset: Value, args: Args) -> Value:
    return dataset


_register("shuffle_and_repeat", _shuffle_and_repeat)
_register("map_and_batch", _map_and_batch)
_register("dense_to_ragged_batch", _batched)
_register("parallel_interleave", _interleaved)
_register("unbatch", _unbatched)
for _name in ("ignore_errors", "assert_cardinality", "copy_to_device", "prefetch_to_device", "snapshot"):
    _register(_name, _same)
