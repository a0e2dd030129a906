"""timm's scaler that steps and its averaged networks, after its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.signature import signature
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.averaging import average_of
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NONE = Const(None)


class NativeScaler(LibraryClass):
    """`loss_scaler(loss, optimizer, clip_grad=..., parameters=...)`: backward, clipping and step in one call."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "_scaler", run.call(run.library_name("torch.cuda.amp.GradScaler"), Args()))

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        table = signature(
            "loss, optimizer, clip_grad=None, clip_mode='norm', parameters=None, create_graph=False, need_update=True"
        )
        given = table.bind(args)
        scaler = instance.attrs["_scaler"]
        scaled = run.call_method(scaler, "scale", given.get("loss", Unknown("loss")))
        run.call(
            run.get_attr(scaled, "backward"), Args([], {k: given[k] for k in ("create_graph",) if k in given})
        )
        needed = given.get("need_update", Const(True)).truth(run)
        if needed is None:
            return run.alternatives([lambda: _update(run, scaler, given), lambda: NONE])
        return _update(run, scaler, given) if needed else NONE

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("state_dict", "load_state_dict"):
            return run.get_attr(instance.attrs["_scaler"], name)
        return Const("amp_scaler") if name == "state_dict_key" else None


def _update(run: Interpreter, scaler: Value, given: dict[str, Value]) -> Value:
    optimizer, bound = given.get("optimizer", Unknown("optimizer")), given.get("clip_grad", NONE)
    if not (isinstance(bound, Const) and bound.value is None):
        run.call_method(scaler, "unscale_", optimizer)
        mode = given.get("clip_mode", Const("norm"))
        names = {"norm": "clip_grad_norm_", "value": "clip_grad_value_"}
        name = names.get(str(mode.value)) if isinstance(mode, Const) else None
        parameters = given.get("parameters", Unknown("parameters"))
        if name is not None:
            run.call(run.library_name(f"torch.nn.utils.{name}"), Args([parameters, bound]))
        else:
            run.escape_args(Args([parameters]), "timm.utils.dispatch_clip_grad()")
    run.call_method(scaler, "step", optimizer)
    run.call_method(scaler, "update")
    return NONE


LIBRARY.add(NativeScaler("timm.utils.NativeScaler"), "timm.utils.cuda.NativeScaler")


class ModelEma(LibraryClass):
    """An averaged copy of a network, that follows it."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        model = args.bind("model").get("model", Unknown("the model is not given"))
        copied = average_of(run, model)
        for name in ("ema", "module"):
            run.write(instance.attrs, name, copied)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("update", "set", "to"):
            return Native(f"{self.qualname}.{name}", lambda r, args: NONE)
        return None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return run.call(instance.attrs["module"], args)


for _name in ("ModelEma", "ModelEmaV2", "ModelEmaV3"):
    LIBRARY.add(ModelEma(f"timm.utils.{_name}"), f"timm.utils.model_ema.{_name}")


@LIBRARY.function("timm.utils.get_state_dict", "timm.utils.model.get_state_dict")
def get_state_dict(run: Interpreter, args: Args) -> Value:
    """The weights of a network or of its average."""
    return Unknown("timm.utils.get_state_dict()")
