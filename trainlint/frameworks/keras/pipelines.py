"""tf.data.Dataset: pipelines, whose methods each make another data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.generators import again
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.training_data import Source
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DATASET = "tensorflow.data.Dataset"
ELEMENT, LOADER = "<element>", "<loader>"
ROWS = "declared_rows"
"""Option of a loader that yields what a generator makes: the rows of each of its elements."""
NONE: Fact[int] = known(None)  # type: ignore[arg-type]
"""The batch size of a data set that yields single samples."""

Method = Callable[["Interpreter", Instance, Args], Value]


class DatasetClass(LibraryClass):
    """A data set. attrs: one element of it, and its loader fact (batch size None as long as it is not batched)."""

    __slots__ = ()

    def as_source(self, run: Interpreter, instance: Instance) -> Source:
        """For fit()."""
        own: Fact[Any] = unknown("a data set of the program's own class")
        loader: Loader = instance.data if ELEMENT in instance.attrs else new_loader(run, own, own)
        element = instance.attrs.get(ELEMENT, Unknown("an element of a data set"))
        infinite = bool(loader.options.get("infinite"))
        length = None if infinite else self.size(run, instance)
        size = _given_size(loader)
        if ROWS in loader.options and size.known:
            loader = replace(loader, batch_size=size)
        return Source(lambda: element, size, loader.shuffle, loader, length, infinite)

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        if ELEMENT not in instance.attrs:
            return None  # of a class of the program's own, over operations that are not known
        element = instance.attrs[ELEMENT]
        return Items(
            [],
            exact=False,
            over="loader",
            length=self.size(run, instance),
            target=instance.data,
            fresh=lambda: again(run, element),
        )

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        """Elements (batches, once it is batched)."""
        if ELEMENT not in instance.attrs:
            return None
        loader: Loader = instance.data
        if "infinite" in loader.options:
            return None
        count, batch = loader.length.value if loader.length is not None else None, loader.batch_size.value
        if not isinstance(count, int):
            return None
        if not isinstance(batch, int) or batch <= 0:
            return count if loader.batch_size.known else None
        return count // batch if loader.drop_last.value else -(-count // batch)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        from trainlint.frameworks.keras.pipeline_methods import METHODS

        method = METHODS.get(name) if ELEMENT in instance.attrs else None
        if method is not None:
            return Native(f"{DATASET}.{name}", lambda r, args: method(r, instance, args))
        if name in ("element_spec", "class_names", "file_paths", "cardinality", "__len__"):
            return Unknown(f"{name} of a data set")
        return None


def _given_size(loader: Loader) -> Fact[int]:
    """The samples of an element, which fit() takes for a batch."""
    size = loader.batch_size
    if not size.known or size.value is not None:
        return size
    rows: Fact[int] | None = loader.options.get(ROWS)
    if rows is None or any(node.shape and node.shape[0] not in (None, rows.value) for node in loader.data):
        return unknown("the data set is not batched")
    return rows


CLASS = DatasetClass(DATASET)


def make(run: Interpreter, element: Value, loader: Loader) -> Instance:
    """A data set of these elements."""
    made = Instance(CLASS, run.here)
    made.data = loader
    made.attrs[ELEMENT] = element
    return made


def new_loader(
    run: Interpreter,
    batch_size: Fact[int] = NONE,
    shuffle: Fact[bool] | None = None,
    length: int | None = None,
    element: Value | None = None,
    **options: Fact[Any],
) -> Loader:
    """The fact of a data set that is made here."""
    return Loader(
        run.here,
        batch_size,
        shuffle if shuffle is not None else known(False),
        known(False),
        tuple(leaves(element)) if element is not None else (),
        known(length) if length is not None else unknown("the number of elements"),
        dict(options),
    )


def changed(run: Interpreter, instance: Instance, element: Value | None = None, **parts: Any) -> Instance:
    """The data set that a method makes of this one."""
    old: Loader = instance.data
    fields = {
        "location": old.location,
        "batch_size": old.batch_size,
        "shuffle": old.shuffle,
        "drop_last": old.drop_last,
        "data": old.data,
        "length": old.length,
        "options": old.options,
    }
    return make(
        run, element if element is not None else instance.attrs[ELEMENT], Loader(**{**fields, **parts})
    )


LIBRARY.add(CLASS)
