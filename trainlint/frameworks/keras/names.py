"""One name for everything that Keras was ever imported as: `tf.keras.layers.Dense`, `keras.layers.core.Dense` and
`keras.api._v2.keras.layers.Dense` are all `keras.layers.Dense`."""

from __future__ import annotations

from collections.abc import Iterator

ROOTS = (
    "tensorflow.compat.v1.keras", "tensorflow.compat.v2.keras", "tensorflow.python.keras.api",
    "tensorflow.python.keras", "tensorflow._api.v2.keras", "tensorflow.contrib.keras.api.keras",
    "tensorflow.contrib.keras.python.keras", "tensorflow.contrib.keras", "tensorflow.keras",
    "keras.api._v2.keras", "keras.api._v1.keras", "keras.api", "keras.src", "keras._tf_keras.keras",
    "tf_keras.src", "tf_keras.api", "tf_keras", "keras_core", "keras",
)  # fmt: skip
"""Packages that hold Keras, the longer ones first."""

SECTIONS = {
    "engine.topology": "layers",
    "engine.base_layer": "layers",
    "engine.input_layer": "layers",
    "engine.input_spec": "layers",
    "engine.training": "models",
    "engine.sequential": "models",
    "engine.functional": "models",
    "engine.network": "models",
    "engine": "models",
    "initializations": "initializers",
    "objectives": "losses",
    "legacy.layers": "layers",
    "legacy": "layers",
    "random": "random",
    "trainers.data_adapters": "utils",
}
"""Modules of older releases by what they are called now."""

TENSORFLOW = (
    ("keras_preprocessing", "keras.preprocessing"),
    ("tensorflow.compat.v1", "tensorflow"),
    ("tensorflow.compat.v2", "tensorflow"),
    ("tensorflow._api.v2", "tensorflow"),
    ("tensorflow.initializers", "keras.initializers"),
    ("tensorflow.random_normal_initializer", "keras.initializers.RandomNormal"),
    ("tensorflow.random_uniform_initializer", "keras.initializers.RandomUniform"),
    ("tensorflow.truncated_normal_initializer", "keras.initializers.TruncatedNormal"),
    ("tensorflow.constant_initializer", "keras.initializers.Constant"),
    ("tensorflow.zeros_initializer", "keras.initializers.Zeros"),
    ("tensorflow.ones_initializer", "keras.initializers.Ones"),
    ("tensorflow.losses", "keras.losses"),
    ("tensorflow.optimizers", "keras.optimizers"),
    ("tensorflow.metrics", "keras.metrics"),
)
"""Names of TensorFlow, and of a package split off, for what belongs to Keras, or to itself."""

SHORT = {
    "Model": "models",
    "Sequential": "models",
    "Input": "layers",
    "InputSpec": "layers",
    "Layer": "layers",
}
"""What `keras.X` and `keras.layers.X` may mean without their section."""


def canonical(qualname: str) -> str:
    """The name under which tables know it: `keras.<section>...`, or `tensorflow...` for what is not Keras.

    Submodules within a section stay (`keras.layers.core.Dense`): see `candidates`.
    """
    for prefix, target in TENSORFLOW:
        if _below(qualname, prefix):
            return canonical(target + qualname[len(prefix) :])
    for root in ROOTS:
        if _below(qualname, root):
            return _modern(f"keras{qualname[len(root) :]}")
    return qualname


def candidates(qualname: str) -> Iterator[str]:
    """The names to look up, best first: as it is, then without the submodules inside its section
    (`keras.layers.core.Dense` -> `keras.layers.Dense`)."""
    name = canonical(qualname)
    yield name
    parts = name.split(".")
    if parts[0] == "keras" and len(parts) > 3:
        yield ".".join((*parts[:2], *parts[-2:]))
        yield ".".join((*parts[:2], parts[-1]))
    if parts[0] == "tensorflow" and len(parts) > 2:
        yield f"tensorflow.{parts[-1]}"


def _below(qualname: str, prefix: str) -> bool:
    return qualname == prefix or qualname.startswith(f"{prefix}.")


def _modern(name: str) -> str:
    """`keras.engine.topology.Layer` -> `keras.layers.Layer`, `keras.Model` -> `keras.models.Model`."""
    rest = name[len("keras.") :]
    for old, section in SECTIONS.items():
        if rest.startswith(f"{old}."):
            rest = f"{section}.{rest[len(old) + 1 :]}"
            break
    last = rest.rsplit(".", 1)[-1]
    if last in SHORT and (rest == last or rest.split(".")[0] in ("layers", "models")):
        rest = f"{SHORT[last]}.{last}"
    return f"keras.{rest}" if rest else "keras"
