"""tf.GradientTape, gradient clipping of TensorFlow, and the wrappers of functions that train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.keras import gradients
from trainlint.frameworks.keras.gradients import record
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.methods import layer_method
from trainlint.frameworks.keras.tensor import KERAS, TENSOR_METHODS
from trainlint.frameworks.torch import autograd
from trainlint.frameworks.torch.autograd import pop, push
from trainlint.semantics.amounts import Usual
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class TapeClass(LibraryClass):
    """`with tf.GradientTape() as tape`: gradients are recorded inside."""

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        push(run, instance)
        run.set_grad(True)
        record(run, 1)
        return instance

    def left(self, run: Interpreter, instance: Instance) -> None:
        run.set_grad(pop(run, instance))
        record(run, -1)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "gradient":
            return Native("GradientTape.gradient", _gradient)
        if name in ("jacobian", "batch_jacobian"):
            return Native(f"GradientTape.{name}", _jacobian)
        if name in ("watch", "reset"):
            return Native(f"GradientTape.{name}", lambda r, args: Const(None))
        if name == "stop_recording":
            return Native("GradientTape.stop_recording", lambda r, args: r.call(STOPPED, Args()))
        return None


def _backward(run: Interpreter, tensor: Tensor, args: Args) -> Value:
    """`loss.backward()` where torch computes for Keras 3."""
    return autograd.backward(run, tensor, args)


TENSOR_METHODS["backward"] = _backward


@layer_method("zero_grad")
def _zero_grad(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.ZERO_GRAD, instance.data)
    return Const(None)


@layer_method("parameters")
def _parameters(run: Interpreter, instance: Instance, args: Args) -> Value:
    return run.get_attr(instance, "trainable_variables")


class StoppedTape(LibraryClass):
    """`with tape.stop_recording()`."""

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        push(run, instance)
        run.set_grad(False)
        return instance

    def left(self, run: Interpreter, instance: Instance) -> None:
        run.set_grad(pop(run, instance))


TAPE = TapeClass("tensorflow.GradientTape")
STOPPED = StoppedTape("tensorflow.GradientTape.stop_recording")
LIBRARY.add(TAPE)


def _gradient(run: Interpreter, args: Args) -> Value:
    given = args.bind("target", "sources", "output_gradients")
    return gradients.compute(run, given.get("target"), given.get("sources"))


def _jacobian(run: Interpreter, args: Args) -> Value:
    given = args.bind("target", "sources")
    nodes = tuple(v.node for part in given.values() for v in gradients.leaves(part) if isinstance(v, Tensor))
    return Tensor(run.node(Op.UNKNOWN, "jacobian", nodes), KERAS)


@LIBRARY.function("tensorflow.gradients", "keras.backend.gradients")
def graph_gradients(run: Interpreter, args: Args) -> Value:
    """`tf.gradients(ys, xs)` of TensorFlow 1."""
    given = args.bind("ys", "xs")
    loss = given.get("ys", args.keywords.get("loss"))
    sources = given.get("xs", args.keywords.get("variables"))
    found = gradients.compute(run, loss, sources)
    return found if isinstance(found, ListValue) else ListValue([found], open=isinstance(found, Unknown))


# -- clipping


def _clipped(run: Interpreter, value: Value, name: str) -> Value:
    if isinstance(value, TupleValue | ListValue):
        return ListValue([_clipped(run, v, name) for v in value.elements], open=value.open)
    if isinstance(value, Tensor):
        return Tensor(run.node(Op.MATH, name, (value.node,), shape=value.shape), KERAS)
    return value if isinstance(value, gradients.Gradients) else Unknown(f"{name}()")


@LIBRARY.function("tensorflow.clip_by_global_norm", "keras.optimizers.clip_by_global_norm")
def clip_by_global_norm(run: Interpreter, args: Args) -> Value:
    """Scale a list of gradients together; the result is (list, norm)."""
    given = args.bind("t_list", "clip_norm", "use_norm", "name")
    value = given.get("t_list", args.keywords.get("value_list", Unknown("gradients")))
    gradients.clip(run, "norm", value, given.get("clip_norm"), "clip_norm")
    norm = Tensor(run.node(Op.UNKNOWN, "gradient_norm", shape=(), low=0.0, attached=False), KERAS)
    return TupleValue([_clipped(run, value, "clip_by_global_norm"), norm])


def _clip_one(kind: str, name: str, parameters: tuple[str, ...]) -> None:
    @LIBRARY.function(f"tensorflow.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        given = args.bind(*parameters)
        value = given.get(parameters[0], Unknown("a tensor"))
        bound = given.get("clip_norm") or given.get("clip_value_max")
        gradients.clip(run, kind, value, bound, name)
        return _clipped(run, value, name)


_clip_one("norm", "clip_by_norm", ("t", "clip_norm", "axes", "name"))
_clip_one("norm", "clip_by_average_norm", ("t", "clip_norm", "name"))
_clip_one("value", "clip_by_value", ("t", "clip_value_min", "clip_value_max", "name"))


@LIBRARY.function("tensorflow.linalg.global_norm", "tensorflow.global_norm")
def global_norm(run: Interpreter, args: Args) -> Value:
    """The norm alone: nothing is clipped."""
    return Tensor(run.node(Op.UNKNOWN, "gradient_norm", shape=(), low=0.0, attached=False), KERAS)


# -- wrappers


@LIBRARY.function(
    "tensorflow.function",
    "tensorflow.autograph.experimental.do_not_convert",
    "tensorflow.autograph.to_graph",
    "tensorflow.custom_gradient",
    "tensorflow.recompute_grad",
    "tensorflow.py_function",
    "keras.utils.register_keras_serializable",
    "keras.saving.register_keras_serializable",
)
def function(run: Interpreter, args: Args) -> Value:
    """`@tf.function` and `@tf.function(jit_compile=True)`: the same function."""
    if args.positional and args.positional[0].types() is not None and not _is_text(args.positional[0]):
        return args.positional[0]
    if "func" in args.keywords:
        return args.keywords["func"]
    return Native(
        "tf.function", lambda r, inner: inner.positional[0] if inner.positional else Unknown("a function")
    )


def _is_text(value: Value) -> bool:
    return isinstance(value, Const)


class StrategyClass(LibraryClass):
    """tf.distribute strategies: what is run under them is the same training."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("run", "experimental_run_v2"):
            return Native(f"{self.qualname}.run", _strategy_run)
        if name in ("experimental_distribute_dataset",):
            return Native(f"{self.qualname}.{name}", lambda r, args: args.positional[0])
        if name in ("distribute_datasets_from_function", "experimental_distribute_datasets_from_function"):
            context = Instance(INPUT_CONTEXT, run.here)
            return Native(
                f"{self.qualname}.{name}", lambda r, args: r.call(args.positional[0], Args([context]))
            )
        if name in ("reduce", "experimental_local_results", "gather"):
            return Native(f"{self.qualname}.{name}", _reduced)
        if name == "scope":
            return Native(f"{self.qualname}.scope", lambda r, args: instance)
        if name == "num_replicas_in_sync":
            return Usual("the number of replicas", Const(1))
        return Unknown(f"{name} of a strategy")

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return instance


class InputContextClass(LibraryClass):
    """What a function that makes a pipeline for one of several hosts is told. All hosts together take a whole batch."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "get_per_replica_batch_size":
            return Native(
                f"{self.qualname}.{name}",
                lambda r, args: args.bind("global_batch_size").get(
                    "global_batch_size", Unknown("a batch size")
                ),
            )
        return Unknown(f"{name} of an input context")


INPUT_CONTEXT = InputContextClass("tensorflow.distribute.InputContext")


def _strategy_run(run: Interpreter, args: Args) -> Value:
    given = args.bind("fn", "args", "kwargs")
    inner = given.get("args")
    positional = list(inner.elements) if isinstance(inner, TupleValue | ListValue) else []
    named = given.get("kwargs")
    keywords = named.strings() if isinstance(named, DictValue) else {}
    return run.call(
        given.get("fn", Unknown("a step")), Args(positional, keywords, bool(getattr(inner, "open", False)))
    )


def _reduced(run: Interpreter, args: Args) -> Value:
    given = args.bind("reduce_op", "value", "axis")
    return given.get("value", args.positional[-1] if args.positional else Unknown("a reduced value"))


for _name in (
    "MirroredStrategy", "MultiWorkerMirroredStrategy", "TPUStrategy", "OneDeviceStrategy", "ParameterServerStrategy",
    "CentralStorageStrategy", "Strategy", "experimental.MultiWorkerMirroredStrategy", "experimental.TPUStrategy",
):  # fmt: skip
    LIBRARY.add(StrategyClass(f"tensorflow.distribute.{_name}"))


@LIBRARY.function("tensorflow.distribute.get_strategy")
def get_strategy(run: Interpreter, args: Args) -> Value:
    """The strategy in force."""
    return run.call(LIBRARY.entries["tensorflow.distribute.Strategy"], Args())


@LIBRARY.function(
    "keras.mixed_precision.set_global_policy",
    "keras.mixed_precision.set_dtype_policy",
    "keras.mixed_precision.experimental.set_policy",
    "keras.config.set_dtype_policy",
)
def set_policy(run: Interpreter, args: Args) -> Value:
    """`set_global_policy("mixed_float16")`."""
    policy = args.positional[0] if args.positional else args.keywords.get("policy", Unknown("a policy"))
    name = policy.value if isinstance(policy, Const) else None
    enabled = name.startswith("mixed_") if isinstance(name, str) else None
    run.event(EventKind.AUTOCAST, enabled=enabled)
    return Const(None)


@LIBRARY.function(
    "keras.mixed_precision.Policy",
    "keras.mixed_precision.experimental.Policy",
    "keras.mixed_precision.DTypePolicy",
    "keras.dtype_policies.DTypePolicy",
    "keras.DTypePolicy",
)
def policy(run: Interpreter, args: Args) -> Value:
    """A policy stands for its name."""
    return args.positional[0] if args.positional else args.keywords.get("name", Unknown("a policy"))
