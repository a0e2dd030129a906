"""diffusers: networks that predict noise, the schedulers that add it, and pipelines around both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Op
from trainlint.frameworks.huggingface.heads import Head
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.models import PretrainedClass
from trainlint.frameworks.huggingface.preprocessing import Plain
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGE = "diffusers"
SAMPLE = Head("sample", None)
_NETWORK = re.compile(
    r"^(UNet|Autoencoder|ControlNet|VQ|Transformer|DiT|Prior|Motion|T2IAdapter)\w*$|^\w*(Model|Transformer\dD\w*)$"
)
_OF_RESIDUAL_BLOCKS = frozenset({"UNet2DModel", "AutoencoderKL"})
"""Networks whose blocks and attention normalise by groups, with one activation throughout (`act_fn`, SiLU by default)."""
_OTHER = re.compile(r"(Scheduler|Pipeline|Output|Config|Processor|Mixin)$")


class NetworkClass(PretrainedClass):
    """UNet2DConditionModel, AutoencoderKL: a network whose main output is called `sample`."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, SAMPLE)
        self.qualname = f"{PACKAGE}.{name}"

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """Its configuration is its keyword arguments."""
        super().construct(run, instance, Args([], {"config": Plain(f"the configuration of {self.name}")}))
        act = args.keywords.get("act_fn", Const("silu"))
        if self.name in _OF_RESIDUAL_BLOCKS and not args.open and isinstance(act, Const):
            instance.data.options["activations"] = known((act.value,))
            instance.data.options["norms"] = known(("groupnorm",))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("encode", "decode"):
            return Native(f"{self.qualname}.{name}", lambda r, args: r.call(instance, args))
        if name.startswith(("enable_", "disable_", "set_attn")):
            return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))
        return super().attribute(run, instance, name)


class NoiseSchedulerClass(LibraryClass):
    """DDPMScheduler and the like: they mix noise into samples, and hold nothing that is learned."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("from_pretrained", "from_config"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Instance(self, r.here))
        return super().get_attr(run, name)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("add_noise", "scale_noise", "get_velocity", "scale_model_input", "step"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _mixed(r, name, args))
        return Plain(f"{self.qualname}.{name}")


def _mixed(run: Interpreter, name: str, args: Args) -> Value:
    inputs = tuple(node for value in args.values() for node in leaves(value))
    made = Tensor(run.node(Op.UNKNOWN, name, inputs), TORCH)
    if name == "step":
        made.cells[".prev_sample"] = made
    return made


class PipelineClass(LibraryClass):
    """A pipeline: it draws samples with the networks that it is given."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Native(f"{self.qualname}.{name}", lambda r, args: Instance(self, r.here))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Observed(f"{self.qualname}.{name}")

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return Observed(f"{self.qualname}()")


@LIBRARY.maker(PACKAGE)
def named(name: str) -> Value | None:
    """`UNet2DModel`, `DDPMScheduler`, `StableDiffusionPipeline`."""
    if name.endswith("Scheduler"):
        return NoiseSchedulerClass(f"{PACKAGE}.{name}")
    if name.endswith("Pipeline"):
        return PipelineClass(f"{PACKAGE}.{name}")
    if name == "EMAModel":
        return PipelineClass(f"{PACKAGE}.{name}")
    return NetworkClass(name) if _NETWORK.match(name) and not _OTHER.search(name) else None
