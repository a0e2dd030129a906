"""Cells of experiments that the first grid lacked: cut gradients, sums of terms, domains, shapes, learning by heart.

Each comes twice: cells that thresholds may be chosen on, and held ones (the second held set) of other sizes and seeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calibration.cells import (
    ADAM,
    BINARY,
    CROSS_ENTROPY,
    MOMENTUM,
    SGD,
    SQUARED,
    Cell,
)
from calibration.networks import HE, Style, cnn, ending_in, mlp, signal
from trainlint.probe.experiments import descend, finite, overfit, shape, term_balance
from trainlint.probe.spec import (
    InitSpec,
    LayerSpec,
    LossSpec,
    NetworkSpec,
    Request,
    TaskSpec,
    UpdateSpec,
    Variant,
)

FROZEN = UpdateSpec("sgd", 1e-8)
"""An update that learns nothing, whatever the loss: what a fault costs under it cannot be told."""

SIZES = {False: ((2, 32), (4, 32)), True: ((3, 40), (5, 24))}
"""Depths and widths of perceptrons, by whether they are held."""


def _cell(
    request: Request, name: str, held: bool, *, same_loss: bool, truth: dict[str, dict[str, object]]
) -> Cell:
    return Cell(
        request.experiment, request.code, name, request.flagged, request.mended, held, dict(request.options),
        same_loss, held, truth,
    )  # fmt: skip


def _descend() -> Iterator[Cell]:
    cuts = {False: ("detach", "round", "sign"), True: ("compare", "floor", "detach")}
    for held in (False, True):
        for depth, width in SIZES[held]:
            good = mlp(depth, width, outputs=1)
            updates = (("momentum", MOMENTUM), ("frozen", FROZEN))
            for optimizer, update in updates:
                for cut in cuts[held][: 1 if optimizer == "frozen" else 3]:
                    request = descend.requested("TL219", Variant(good, SQUARED, update), cut)
                    yield _cut(request, cut, f"{cut} mlp {depth}x{width} {optimizer}", held)
            classes = mlp(depth, width)
            request = descend.requested("TL219", Variant(classes, CROSS_ENTROPY, ADAM), "argmax")
            yield _cut(request, "argmax", f"argmax mlp {depth}x{width}", held)
        network = signal(3, 10) if held else cnn(2, 8)
        request = descend.requested("TL219", Variant(network, CROSS_ENTROPY, MOMENTUM), "argmax")
        yield _cut(request, "argmax", f"argmax {network.name}", held)


def _cut(request: Request, cut: str, name: str, held: bool) -> Cell:
    return _cell(request, name, held, same_loss=False, truth={"flagged": {"cut": cut}})


def _terms() -> Iterator[Cell]:
    weights = {
        False: ((1.0, 1e-2), (1.0, 1e-4), (1.0, 1e-6), (1.0, 0.5)),
        True: ((1.0, 3e-2), (1.0, 1e-5), (100.0, 1e-5), (2.0, 1.0, 1e-5), (3.0, 1.0)),
    }
    for held in (False, True):
        for (depth, width), (optimizer, update) in zip(
            SIZES[held], (("momentum", MOMENTUM), ("adam", ADAM)), strict=True
        ):
            for factors in weights[held]:
                network = mlp(depth, width, outputs=len(factors))
                found = Variant(network, replace(SQUARED, output=(len(factors),)), _scaled(update, factors))
                request = term_balance.requested(found, factors)
                truth = {
                    side: {"weights": request.options[f"{side}_weights"]} for side in ("flagged", "mended")
                }
                name = f"weights {factors} mlp {depth}x{width} {optimizer}"
                yield _cell(request, name, held, same_loss=False, truth=truth)


def _scaled(update: UpdateSpec, factors: tuple[float, ...]) -> UpdateSpec:
    """A rate that the sum's size does not make a fault of its own."""
    return replace(update, lr=update.lr / max(factors)) if update.family == "sgd" else update


def _finite() -> Iterator[Cell]:
    classes = replace(CROSS_ENTROPY, loss=LossSpec("nll", "log_probabilities"))
    positive = replace(SQUARED, positive=True)
    for held in (False, True):
        for depth, width in SIZES[held]:
            plain, one = mlp(depth, width), mlp(depth, width, outputs=1)
            softmax = ("softmax", {"dim": 1})
            for name, network, task in (
                ("log of softmax", ending_in(plain, softmax, ("log", {})), classes),
                ("log of an output", ending_in(one, ("log", {})), SQUARED),
                ("root of relu", ending_in(one, ("relu", {}), ("sqrt", {})), positive),
                ("log of softplus", ending_in(one, ("softplus", {}), ("log", {})), SQUARED),
                ("root of softplus", ending_in(one, ("softplus", {}), ("sqrt", {})), positive),
                (
                    "root of a square and 1",
                    ending_in(one, ("square", {}), ("shift", {"offset": 1.0}), ("sqrt", {})),
                    SQUARED,
                ),
            ):
                for optimizer, update in (("adam", ADAM), ("momentum", MOMENTUM))[
                    : 2 if name == "root of relu" else 1
                ]:
                    request = finite.requested(Variant(network, task, update))
                    yield _cell(
                        request, f"{name} mlp {depth}x{width} {optimizer}", held, same_loss=True,
                        truth={"flagged": {"empty": 0.1}, "mended": {"empty": 0.1}},
                    )  # fmt: skip


def _shape() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in SIZES[held]:
            for optimizer, update in (("momentum", MOMENTUM), ("adam", ADAM), ("frozen", FROZEN)):
                request = shape.requested(Variant(mlp(depth, width, outputs=1), SQUARED, update), "TL209")
                yield _cell(
                    request, f"column against row mlp {depth}x{width} {optimizer}", held, same_loss=False,
                    truth={"flagged": {"broadcast": True}},
                )  # fmt: skip
        size, channels = (6, 5) if held else (8, 4)
        for task in (CROSS_ENTROPY, SQUARED):
            found = _on_a_map(size, channels, task)
            request = shape.requested(found, "TL111")
            yield _cell(
                request, f"dense on a map {channels}x{size} {task.kind}", held, same_loss=False,
                truth={"flagged": {"refusing": True, "task": True}},
            )  # fmt: skip


def _on_a_map(size: int, channels: int, task: TaskSpec) -> Variant:
    outputs = task.classes or 1
    layers = (
        LayerSpec(
            "conv",
            "conv2d",
            ("x",),
            {"in_channels": 3, "out_channels": channels, "kernel_size": 3, "padding": 1},
        ),
        LayerSpec("act", "relu", ("conv",)),
        LayerSpec("fc", "linear", ("act",), {"in_features": size, "out_features": outputs}, flagged=True),
    )
    network = NetworkSpec((cnn(1, 4, size=size).inputs[0],), layers, ("fc",), name="map")
    return Variant(network, replace(task, output=(channels, size, outputs)), MOMENTUM)


def _by_heart() -> Iterator[Cell]:
    """TL109: truth is what 2,000 steps leave of the same handful, and what they leave of it with the twin."""
    deep = {False: 12, True: 14}
    for held in (False, True):
        for depth, width in SIZES[held]:
            values = (0.85, 0.2, 0.7) if not held else (0.9, 0.3, 0.65)
            networks = {f"dropout {p}": (mlp(depth, width, style=Style(dropout=p)), ADAM) for p in values}
            networks |= {
                "sigmoid": (mlp(depth, width, style=Style("sigmoid")), ADAM),
                "one unit": (mlp(depth, 1 if not held else 2), ADAM),
                "L2 0.3": (mlp(depth, width), replace(ADAM, weight_decay=0.3)),
                "L2 1e-4": (mlp(depth, width, style=Style("tanh")), replace(ADAM, weight_decay=1e-4)),
                "zero start": (mlp(depth, width, style=Style("relu", _constant())), ADAM),
            }
            for what, (network, update) in networks.items():
                yield _handful(network, update, f"{what} mlp {depth}x{width}", held)
        yield _handful(
            mlp(deep[held], 24, style=Style("sigmoid")), ADAM, f"sigmoid mlp {deep[held]}x24", held
        )
        yield _handful(mlp(deep[held], 24, style=Style("relu", HE)), ADAM, f"relu mlp {deep[held]}x24", held)


def _constant() -> dict[str, InitSpec]:
    return {"weight": InitSpec("zeros"), "bias": InitSpec("zeros")}


def _handful(network: NetworkSpec, update: UpdateSpec, name: str, held: bool) -> Cell:
    request = overfit.requested("TL109", Variant(network, CROSS_ENTROPY, update))
    name = f"by heart: {name}"
    handful: dict[str, object] = {"handful": True}
    return _cell(request, name, held, same_loss=True, truth={"flagged": handful, "mended": handful})


def _unfit() -> Iterator[Cell]:
    """TL207: answers are compared, as the losses cannot be."""
    for held in (False, True):
        for depth, width in SIZES[held][:1]:
            for classes in (5, 12) if held else (4, 10):
                task = TaskSpec("multiclass", LossSpec("mse"), (classes,), classes, one_hot=True)
                for last in ("softmax", "", "sigmoid"):
                    for optimizer, update in (
                        ("sgd", UpdateSpec("sgd", 0.02 if held else 0.01)),
                        ("adam", ADAM),
                    ):
                        if last == "sigmoid" and optimizer == "adam":
                            continue
                        network = mlp(depth, width, outputs=classes, style=Style(last=last))
                        request = overfit.requested("TL207", Variant(network, task, update))
                        request = replace(
                            request,
                            mended=replace(request.mended, task=replace(request.mended.task, one_hot=False)),
                        )
                        name = f"squared error behind {last or 'nothing'} {classes} classes mlp {depth}x{width} {optimizer}"
                        yield _cell(request, name, held, same_loss=False, truth={})
            network = mlp(depth, width, outputs=1, style=Style(last="sigmoid"))
            found = Variant(network, replace(BINARY, loss=LossSpec("mse")), SGD)
            request = overfit.requested("TL207", found)
            yield _cell(
                request,
                f"squared error of a probability mlp {depth}x{width}",
                held,
                same_loss=False,
                truth={},
            )


GROUPS = (_descend, _terms, _finite, _shape, _by_heart, _unfit)
