"""The library of fastai's names. Code takes them by `from fastai.vision.all import *`, with much that is not fastai's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import External
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PASSED_ON = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "Tensor": "torch.Tensor", "tensor": "torch.tensor",
    "Module": "torch.nn.Module", "as_tensor": "torch.as_tensor", "np": "numpy", "array": "numpy.array", "pd": "pandas", "partial": "functools.partial",
    "reduce": "functools.reduce", "functools": "functools", "Path": "pathlib.Path", "os": "os", "sys": "sys", "json": "json",
    "yaml": "yaml", "math": "math", "random": "random", "itertools": "itertools", "time": "time", "copy": "copy.copy",
    "deepcopy": "copy.deepcopy", "SimpleNamespace": "types.SimpleNamespace", "OrderedDict": "collections.OrderedDict",
    "defaultdict": "collections.defaultdict", "namedtuple": "collections.namedtuple", "Enum": "enum.Enum",
    "torchvision": "torchvision", "models": "torchvision.models",
    "IterableDataset": "torch.utils.data.IterableDataset",
    **{
        f"{kind}{size}": f"torchvision.models.{kind}{size}"
        for kind, sizes in (("resnet", (18, 34, 50, 101, 152)), ("densenet", (121, 161, 169, 201)), ("squeezenet", ("1_0", "1_1")))
        for size in sizes
    },
    "vgg11_bn": "torchvision.models.vgg11_bn", "vgg13_bn": "torchvision.models.vgg13_bn",
    "vgg16_bn": "torchvision.models.vgg16_bn", "vgg19_bn": "torchvision.models.vgg19_bn",
    "alexnet": "torchvision.models.alexnet",
}  # fmt: skip
"""What fastai's modules pass on to those who import all of them (fastai.imports, fastai.torch_imports)."""


class FastaiLibrary(TableLibrary):
    """Every name of fastai by its last part, from whatever module it is taken."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        last = qualname.rpartition(".")[2]
        if last in PASSED_ON and qualname.count(".") > 1:
            return run.library_name(PASSED_ON[last])
        return self.entries.get(qualname) or self.entries.get(f"fastai.{last}")

    def holds(self, qualname: str) -> bool:
        return any(qualname == name or qualname.startswith(f"{name}.") for name in PASSED_ON.values())

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        """Transforms, metrics, layers and tools: none of them trains."""
        return Unknown(f"{qualname}()")


LIBRARY = FastaiLibrary("fastai")


def named(run: Interpreter, qualname: str) -> Value:
    """A name of another library."""
    found = run.library_name(qualname)
    return Unknown(qualname) if isinstance(found, External) else found
