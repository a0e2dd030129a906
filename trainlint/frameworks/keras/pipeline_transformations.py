"""tf.data.experimental: transformations that `dataset.apply()` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.pipeline_methods import METHODS
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

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


def bucketed(run: Interpreter, dataset: Value, args: Args) -> Value:
    """Batches of elements of like length: of a size for each bucket, so of one size only where all have that.

    Source: https://www.tensorflow.org/api_docs/python/tf/data/Dataset#bucket_by_sequence_length
    """
    sizes = args.bind("element_length_func", "bucket_boundaries", "bucket_batch_sizes").get(
        "bucket_batch_sizes"
    )
    several = sizes.elements if isinstance(sizes, ListValue | TupleValue) else []
    same = (
        {v.value for v in several if isinstance(v, Const)}
        if all(isinstance(v, Const) for v in several)
        else ()
    )
    size = several[0] if len(same) == 1 else Unknown("the sizes of several buckets")
    return _method(run, dataset, "padded_batch", Args([], {"batch_size": size}))


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
_register("bucket_by_sequence_length", bucketed)
METHODS["bucket_by_sequence_length"] = bucketed
for _name in ("ignore_errors", "assert_cardinality", "copy_to_device", "prefetch_to_device", "snapshot"):
    _register(_name, _same)
