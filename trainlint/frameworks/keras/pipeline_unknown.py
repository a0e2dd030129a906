"""Data sets of tf.data whose source is not followed: `make_dataset(files).shuffle(1000).batch(32)` still says how it is
shuffled and batched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.pipeline_methods import METHODS
from trainlint.frameworks.keras.pipelines import DATASET, changed, make, new_loader
from trainlint.frameworks.signature import number
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

WHY = "what the data set is made of is not followed"


def not_followed(run: Interpreter) -> Instance:
    """A data set of which nothing is known."""
    size: Fact[int] = unknown(WHY)
    order: Fact[bool] = unknown(WHY)
    return make(run, Unknown("an element of a data set"), new_loader(run, size, order))


def _with_tensorflow(run: Interpreter) -> bool:
    """Whether the code that runs now has tensorflow at hand; other libraries have batch() and shuffle() too."""
    found = run.frame.module.namespace.values()
    return any(isinstance(v, External) and v.qualname.split(".")[0] == "tensorflow" for v in found)


def _method(name: str, parameter: str) -> None:
    def call(run: Interpreter, args: Args) -> Value:
        """A method of an object that is not known, called with a number as tf.data's is."""
        given = args.bind(parameter).get(parameter)
        if given is None or not _with_tensorflow(run):
            return Const(None)
        fact = number(run, given, parameter)
        if fact.known and not (isinstance(fact.value, int) and not isinstance(fact.value, bool)):
            return Const(None)
        if not fact.known and not set(args.keywords) & {parameter, "drop_remainder"}:
            return Const(None)
        return METHODS[name](run, not_followed(run), args)

    LIBRARY.methods_of_datasets[name] = call


_method("batch", "batch_size")
_method("padded_batch", "batch_size")
_method("shuffle", "buffer_size")


@LIBRARY.function(
    f"{DATASET}.choose_from_datasets",
    f"{DATASET}.sample_from_datasets",
    "tensorflow.data.experimental.choose_from_datasets",
    "tensorflow.data.experimental.sample_from_datasets",
)
def of_several(run: Interpreter, args: Args) -> Value:
    """Elements of several data sets by turns: they are batched alike."""
    several = args.bind("datasets").get("datasets")
    parts = several.elements if isinstance(several, ListValue | TupleValue) else ()
    first = next((p for p in parts if isinstance(p, Instance) and isinstance(p.data, Loader)), None)
    length: Fact[int] = unknown("the number of elements")
    return changed(run, first, length=length) if first is not None else not_followed(run)


def fallback(run: Interpreter, qualname: str) -> Value | None:
    """`tf.data.experimental.CsvDataset(...)`, `tf.data.Dataset.load(...)`: functions without a model of their own."""
    from trainlint.semantics.outside import Native

    name = qualname.rsplit(".", 1)[-1]
    makes = qualname.startswith(f"{DATASET}.") or (
        qualname.startswith("tensorflow.data.") and "Dataset" in name
    )
    return Native(qualname, lambda run, args: not_followed(run)) if makes and name[:1] != "_" else None


LIBRARY.fallbacks.append(fallback)
