"""What surrounds a training run: seeds, launchers, plugins, and blocks of code that change nothing that is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.autograd import Transparent
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@LIBRARY.function("transformers.set_seed", "transformers.enable_full_determinism", "accelerate.set_seed",
                  "accelerate.set_seed_and_deterministic")  # fmt: skip
def set_seed(run: Interpreter, args: Args) -> Value:
    """Seeds every generator, torch's among them."""
    return run.call(run.library_name("torch.manual_seed"), Args(args.positional[:1]))


@LIBRARY.function("accelerate.find_executable_batch_size")
def find_executable_batch_size(run: Interpreter, args: Args) -> Value:
    """A decorator: the function is called with a batch size that is halved until memory suffices."""
    function = args.bind("function", "starting_batch_size").get("function")
    size = args.bind("function", "starting_batch_size").get("starting_batch_size", Const(128))
    if function is None or (isinstance(function, Const) and function.value is None):
        return Native("find_executable_batch_size", lambda r, more: _with_size(more.positional[0], size))
    return _with_size(function, size)


def _with_size(function: Value, size: Value) -> Value:
    def call(run: Interpreter, args: Args) -> Value:
        return run.call(function, Args([size, *args.positional], args.keywords, args.open))

    return Native(function.describe(), call)


@LIBRARY.function("accelerate.notebook_launcher", "accelerate.debug_launcher")
def launcher(run: Interpreter, args: Args) -> Value:
    """Runs the function in processes of its own."""
    bound = args.bind("function", "args")
    given = bound["args"].iterate(run).values if "args" in bound else []
    return run.call(bound.get("function", Unknown("a function")), Args(list(given)))


class Settings(LibraryClass):
    """A plugin or configuration: its keyword arguments are its attributes."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Unknown(f"{name} of {self.qualname}")


@LIBRARY.maker("accelerate")
def settings_class(name: str) -> Value | None:
    """`DeepSpeedPlugin`, `DistributedDataParallelKwargs`, `ProjectConfiguration`."""
    if name.endswith(("Plugin", "Kwargs", "Configuration", "Config")):
        return Settings(f"accelerate.{name}")
    return None


for _name in ("accelerate.init_empty_weights", "accelerate.init_on_device", "accelerate.local_sgd",
              "transformers.ContextManagers", "transformers.no_init_weights"):  # fmt: skip
    LIBRARY.add(Transparent(_name))


class LocalSgdClass(LibraryClass):
    """`with LocalSGD(accelerator=..., model=...) as local_sgd:`: weights are averaged now and then."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native(f"LocalSGD.{name}", lambda r, args: Observed("local_sgd.step()"))


LIBRARY.add(LocalSgdClass("accelerate.LocalSGD"))


@LIBRARY.function(
    "accelerate.load_checkpoint_and_dispatch", "accelerate.dispatch_model", "accelerate.cpu_offload",
    "accelerate.extract_model_from_parallel", "accelerate.prepare_model_for_kbit_training",
)  # fmt: skip
def same_model(run: Interpreter, args: Args) -> Value:
    """The same model, elsewhere."""
    found = args.positional[0] if args.positional else args.keywords.get("model")
    return found if is_module(found) else Unknown("a model")


@LIBRARY.function("accelerate.skip_first_batches", "accelerate.gather", "accelerate.gather_object", "accelerate.reduce",
                  "accelerate.pad_across_processes", "accelerate.broadcast", "accelerate.send_to_device")  # fmt: skip
def same_value(run: Interpreter, args: Args) -> Value:
    """What goes in comes out."""
    return args.positional[0] if args.positional else Unknown("an argument that is not given")


class ProcessState(LibraryClass):
    """accelerate.PartialState and AcceleratorState: which process this is."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Observed(f"PartialState.{name}")


LIBRARY.add(
    ProcessState("accelerate.PartialState"), "accelerate.AcceleratorState", "accelerate.GradientState"
)
