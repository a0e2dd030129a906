"""The one library object that every part of the Lightning model registers into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.observers import Observed
from trainlint.semantics.library import Handler, Symbol, TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGES = (
    "lightning",
    "pytorch_lightning",
    "lightning_fabric",
    "lightning_lite",
    "lightning_utilities",
    "litdata",
)
PYTORCH = "lightning.pytorch"

_COMMAND_LINE = frozenset({"LightningCLI", "LightningArgumentParser", "instantiate_class"})
"""What stands on jsonargparse is with the configs."""

_OBSERVING = frozenset({
    "loggers", "profilers", "profiler", "strategies", "plugins", "accelerators", "utilities", "fabric", "overrides",
    "environments", "serve", "demos",
})  # fmt: skip
"""Subpackages whose objects change nothing of what a training run does to its weights."""


class LightningLibrary(TableLibrary):
    """Names by their last part: `lightning.pytorch`, `pytorch_lightning` and the modules inside re-export the same."""

    def __init__(self) -> None:
        super().__init__(*PACKAGES, usual={
            "pl": PYTORCH, "LightningModule": f"{PYTORCH}.LightningModule", "LightningCLI": f"{PYTORCH}.cli.LightningCLI",
            "LightningDataModule": f"{PYTORCH}.LightningDataModule",
        })  # fmt: skip

    def base_of(self, names: frozenset[str]) -> str | None:
        """The class that methods belong to which stand without one."""
        module = "training_step" in names and names & {"configure_optimizers", "validation_step"}
        return f"{PYTORCH}.LightningModule" if module else None

    def add(self, cls: LibraryClass, *also: str) -> LibraryClass:
        self.entries[cls.qualname.rsplit(".", 1)[-1]] = cls
        for name in also:
            self.entries[name] = cls
        return cls

    def function(self, *qualnames: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for name in qualnames:
                self.entries[name.rsplit(".", 1)[-1]] = Native(name, handler)
            return handler

        return register

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        parts = qualname.split(".")
        if parts[-1] in _COMMAND_LINE:
            return run.library_name(f"jsonargparse.lightning.{parts[-1]}")
        if "metrics" in parts[1:-1]:  # of version 1.2 and before
            return run.library_name(".".join(["torchmetrics", *parts[parts.index("metrics") + 1 :]]))
        found = self.entries.get(parts[-1]) if len(parts) > 1 else None
        if found is None and len(parts) > 2 and ".".join(parts[-2:]) in self.entries:
            found = self.entries[".".join(parts[-2:])]
        return found

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        if _OBSERVING & set(qualname.split(".")[1:]):
            return Observed(f"{qualname}()")
        return None

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        from trainlint.frameworks.lightning import symbols

        return symbols.symbolic(run, symbol)


LIBRARY = LightningLibrary()


def named(run: Interpreter, framework: str = "lightning") -> None:
    """The program is one of this framework, whatever it uses besides; what makes such an object goes on to train."""
    run.telling += 1
    if run.program.framework in ("other", "torch") or framework == "lightning-fabric":
        run.program.framework = framework
