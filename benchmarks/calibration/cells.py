"""The grid: for every experiment faults, faults without an effect and harmless look-alikes, on many architectures.

A cell is a pair of variants as a finding would bring them. Whether its fault has an effect is not written here: that is
decided by long runs of both variants (`truth.py`). `held` cells have architectures, sizes and (always) seeds that no
threshold was chosen on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from calibration.networks import HE, PLAIN, XAVIER, Style, cnn, flag, mlp, recurrent, transformer, without
from trainlint.probe.spec import InitSpec, LossSpec, NetworkSpec, TaskSpec, UpdateSpec, Variant

CLASSES = 4
SGD = UpdateSpec("sgd", 0.1)
MOMENTUM = UpdateSpec("sgd", 0.03, momentum=0.9)
ADAM = UpdateSpec("adam", 1e-3)
CROSS_ENTROPY = TaskSpec("multiclass", LossSpec("cross_entropy", "logits"), (CLASSES,), CLASSES)
SQUARED = TaskSpec("regression", LossSpec("mse"), (1,))
BINARY = TaskSpec("binary", LossSpec("bce_logits", "logits"), (1,))

Build = Callable[..., NetworkSpec]


@dataclass(frozen=True)
class Cell:
    """One pair. code: the rule whose finding it would be. held: not looked at when thresholds were chosen.
    second: of a held set that was fixed after the first one had been looked at; third: after the second one had been. options: for the request. same_loss: both
    variants have the same loss, so that its values can be compared. truth: what the long run of a side (flagged,
    mended) does beside training on its loss (`truth.py`)."""

    experiment: str
    code: str
    name: str
    flagged: Variant
    mended: Variant
    held: bool
    options: dict[str, Any] = field(default_factory=dict)
    same_loss: bool = True
    second: bool = False
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)
    third: bool = False


def sides(
    flagged: NetworkSpec,
    mended: NetworkSpec,
    task: TaskSpec = CROSS_ENTROPY,
    update: UpdateSpec = SGD,
    what: str = "",
) -> tuple[Variant, Variant]:
    """Two variants that differ in the network only."""
    return Variant(flagged, task, update), Variant(mended, task, update, what or "mended")


def updates(
    network: NetworkSpec, flagged: UpdateSpec, mended: UpdateSpec, task: TaskSpec = CROSS_ENTROPY
) -> tuple[Variant, Variant]:
    """Two variants that differ in the update only."""
    return Variant(network, task, flagged), Variant(network, task, mended, "mended")


def tasks(
    network: NetworkSpec, flagged: TaskSpec, mended: TaskSpec, update: UpdateSpec = ADAM
) -> tuple[Variant, Variant]:
    """Two variants that differ in the task only."""
    return Variant(network, flagged, update), Variant(network, mended, update, "mended")


_OPTIMIZERS = (("sgd", SGD), ("momentum", MOMENTUM), ("adam", ADAM))


def _plain_depths(held: bool) -> tuple[tuple[int, int], ...]:
    return ((4, 48), (8, 32), (16, 32)) if held else ((2, 32), (6, 32), (12, 32), (20, 32))


def _gradient_flow() -> Iterator[Cell]:
    he = Style("relu", HE)
    for held in (False, True):
        for depth, width in _plain_depths(held):
            for optimizer, update in _OPTIMIZERS[:: 2 if depth > 4 else 1]:
                good = mlp(depth, width, style=he)
                for code, activation in (("TL601", "sigmoid"), ("TL602", "tanh"), ("TL610", "softmax")):
                    if activation == "softmax" and depth > 8:
                        continue
                    bad = flag(mlp(depth, width, style=Style(activation)), activation)
                    name = f"{activation} mlp {depth}x{width} {optimizer}"
                    yield Cell("gradient-flow", code, name, *sides(bad, good, update=update), held)
            bad = flag(mlp(depth, width, style=Style("sigmoid", norm="batchnorm")), "sigmoid")
            good = mlp(depth, width, style=Style("relu", HE, norm="batchnorm"))
            yield Cell(
                "gradient-flow", "TL601", f"sigmoid mlp {depth}x{width} batch norm", *sides(bad, good), held
            )
            if depth >= 8:
                bad = mlp(depth, width)
                good = mlp(depth, width, style=Style("relu", HE, norm="layernorm", residual=True))
                yield Cell("gradient-flow", "TL110", f"plain mlp {depth}x{width}", *sides(bad, good), held)
        depth, width = (6, 8) if held else (4, 8)
        for code, activation in (("TL601", "sigmoid"), ("TL602", "tanh")):
            bad = flag(cnn(depth, width, style=Style(activation)), activation)
            good = cnn(depth, width, style=he)
            yield Cell(
                "gradient-flow", code, f"{activation} cnn {depth}", *sides(bad, good, update=MOMENTUM), held
            )


def _signal_propagation() -> Iterator[Cell]:
    unscaled = {"weight": InitSpec("normal", {"std": 1.0}), "bias": InitSpec("zeros")}
    for held in (False, True):
        for depth, width in _plain_depths(held):
            good = mlp(depth, width, style=Style("relu", HE))
            for code, what, init in (
                ("TL603", "default", None),
                ("TL604", "xavier", XAVIER),
                ("TL606", "normal 1", unscaled),
            ):
                bad = mlp(depth, width, style=Style("relu", init))
                for optimizer, update in (("sgd", SGD), ("adam", ADAM)) if depth < 20 else (("sgd", SGD),):
                    name = f"{what} mlp {depth}x{width} {optimizer}"
                    yield Cell("signal-propagation", code, name, *sides(bad, good, update=update), held)
            bad = mlp(depth, width, style=Style("relu", norm="batchnorm"))
            good = mlp(depth, width, style=Style("relu", HE, norm="batchnorm"))
            yield Cell(
                "signal-propagation",
                "TL603",
                f"default mlp {depth}x{width} batch norm",
                *sides(bad, good),
                held,
            )
            bad = mlp(depth, width, style=Style("tanh", HE))
            good = mlp(depth, width, style=Style("tanh", XAVIER))
            yield Cell("signal-propagation", "TL604", f"he tanh mlp {depth}x{width}", *sides(bad, good), held)
        depth = 6 if held else 4
        for code, what, init in (("TL603", "default", None), ("TL606", "normal 1", unscaled)):
            bad, good = cnn(depth, 8, style=Style("relu", init)), cnn(depth, 8, style=Style("relu", HE))
            yield Cell(
                "signal-propagation", code, f"{what} cnn {depth}", *sides(bad, good, update=MOMENTUM), held
            )


def _symmetry() -> Iterator[Cell]:
    def start(value: float) -> dict[str, InitSpec]:
        return {"weight": InitSpec("constant", {"value": value}), "bias": InitSpec("zeros")}

    for held in (False, True):
        for depth, width in ((3, 24), (5, 48)) if held else ((2, 32), (4, 32)):
            good = mlp(depth, width)
            for value in (0.0, 0.1) if not held else (0.0, 0.02):
                bad = mlp(depth, width, style=Style("relu", start(value)))
                yield Cell(
                    "symmetry",
                    "TL605",
                    f"all {value} mlp {depth}x{width}",
                    *sides(bad, good, update=ADAM),
                    held,
                )
            one = replace(good, layers=tuple(
                replace(layer, inits=start(0.05)) if layer.id == "fc0" else layer for layer in good.layers
            ))  # fmt: skip
            yield Cell(
                "symmetry", "TL605", f"first only mlp {depth}x{width}", *sides(one, good, update=ADAM), held
            )
            last = replace(good, layers=tuple(
                replace(layer, inits=start(0.0)) if layer.id == "out" else layer for layer in good.layers
            ))  # fmt: skip
            yield Cell(
                "symmetry", "TL605", f"last zero mlp {depth}x{width}", *sides(last, good, update=ADAM), held
            )


def _dead_units() -> Iterator[Cell]:
    def biased(value: float) -> Style:
        return Style("relu", {"weight": HE["weight"], "bias": InitSpec("constant", {"value": value})})

    for held in (False, True):
        for depth, width in ((4, 48), (8, 32)) if held else ((2, 32), (6, 32)):
            good = mlp(depth, width, style=biased(0.1))
            for code, value in (("TL607", 0.0), ("TL614", -0.1), ("TL614", -1.0), ("TL614", -3.0)):
                bad = mlp(depth, width, style=biased(value))
                for optimizer, update in (("sgd", SGD), ("adam", ADAM)):
                    name = f"bias {value} mlp {depth}x{width} {optimizer}"
                    yield Cell("dead-units", code, name, *sides(bad, good, update=update), held)
            for optimizer, update in (("momentum", MOMENTUM), ("adam", ADAM)):
                good = mlp(depth, width, outputs=1)
                bad = flag(mlp(depth, width, outputs=1, style=Style(last="relu")), "relu")
                name = f"relu output mlp {depth}x{width} {optimizer}"
                yield Cell("dead-units", "TL608", name, *sides(bad, good, SQUARED, update), held)
                good = mlp(depth, width)
                bad = mlp(depth, width, style=Style(last="relu"))
                name = f"relu logits mlp {depth}x{width} {optimizer}"
                yield Cell("dead-units", "TL608", name, *sides(bad, good, CROSS_ENTROPY, update), held)


def _gradient_explosion() -> Iterator[Cell]:
    def clipped(update: UpdateSpec, limit: float = 1.0) -> UpdateSpec:
        return replace(update, clip="norm", clip_max=limit)

    def sgd(rate: float, momentum: float = 0.0) -> UpdateSpec:
        return UpdateSpec("sgd", rate, momentum=momentum)

    for held in (False, True):
        length, width = (30, 24) if held else (20, 16)
        for kind in ("rnn", "lstm", "gru"):
            network = recurrent(kind, width, length=length)
            for name, update in (
                ("sgd 0.1", sgd(0.1)),
                ("sgd 1", sgd(1.0)),
                ("adam 1e-3", ADAM),
                ("adam 0.03", UpdateSpec("adam", 0.03)),
            ):
                pair = updates(network, update, clipped(update))
                yield Cell("gradient-explosion", "TL702", f"{kind} {width}x{length} {name}", *pair, held)
        for depth, size in ((4, 48), (10, 32)) if held else ((3, 32), (8, 32)):
            for start, style in (("he", Style("relu", HE)), ("default", PLAIN)):
                network = mlp(depth, size, style=style)
                for name, update in (
                    ("sgd 1", sgd(1.0)),
                    ("momentum 0.3", sgd(0.3, 0.9)),
                    ("adam 0.03", UpdateSpec("adam", 0.03)),
                ):
                    pair = updates(network, update, clipped(update))
                    yield Cell(
                        "gradient-explosion", "TL701", f"{start} mlp {depth}x{size} {name}", *pair, held
                    )
            network = mlp(depth, size, style=Style("relu", HE))
            for limit in (1e-4, 1e-2, 1e4) if not held else (1e-3, 0.05, 1e3):
                for name, update in (("momentum", MOMENTUM), ("adam", ADAM)):
                    pair = updates(network, clipped(update, limit), clipped(update))
                    yield Cell(
                        "gradient-explosion", "TL706", f"clip {limit} mlp {depth}x{size} {name}", *pair, held
                    )


def _lr_range() -> Iterator[Cell]:
    usual = {
        "sgd": SGD,
        "momentum": MOMENTUM,
        "adam": ADAM,
        "rmsprop": UpdateSpec("rmsprop", 1e-3),
        "adagrad": UpdateSpec("adagrad", 0.03),
    }
    large = {
        "sgd": (1.0, 10.0, 100.0),
        "momentum": (0.3, 3.0),
        "adam": (0.03, 0.3, 3.0),
        "rmsprop": (0.03, 0.3),
        "adagrad": (0.3, 10.0),
    }
    small = {
        "sgd": (1e-6, 1e-4),
        "momentum": (1e-6,),
        "adam": (1e-7, 1e-5),
        "rmsprop": (1e-7,),
        "adagrad": (1e-5,),
    }
    fine = {
        "sgd": (0.3, 0.01),
        "momentum": (0.1,),
        "adam": (1e-2, 3e-4),
        "rmsprop": (3e-3,),
        "adagrad": (0.1,),
    }
    for held in (False, True):
        networks = (
            {
                "mlp 4x48": mlp(4, 48, style=Style("relu", HE)),
                "gru": recurrent("gru", 16),
                "transformer 1": transformer(1),
            }
            if held
            else {
                "mlp 3x32": mlp(3, 32, style=Style("relu", HE)),
                "cnn 4 bn": cnn(4, 8, style=Style(norm="batchnorm")),
            }
        )
        for where, network in networks.items():
            for family, update in usual.items():
                if family in ("rmsprop", "adagrad") and not where.startswith("mlp"):
                    continue
                for code, rates, group in (
                    ("TL401", large, "large"),
                    ("TL402", small, "small"),
                    ("TL401", fine, "fine"),
                ):
                    for rate in rates[family]:
                        code_of = "TL402" if group == "fine" and rate < update.lr else code
                        pair = updates(
                            network, replace(update, lr=rate, steps=2000), replace(update, steps=2000)
                        )
                        yield Cell("lr-range", code_of, f"{group} {family} {rate:g} {where}", *pair, held)


def _momentum() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in ((4, 48),) if held else ((3, 32), (6, 32)):
            network = mlp(depth, width, style=Style("relu", HE))
            for value in (1.0, 1.1, 0.99, 0.95) if not held else (1.0, 1.05, 0.98, 0.5):
                pair = updates(network, replace(MOMENTUM, momentum=value), MOMENTUM)
                yield Cell("momentum", "TL410", f"momentum {value} mlp {depth}x{width}", *pair, held)
            for betas in ((0.999, 0.9), (0.9, 0.9), (0.95, 0.999)):
                pair = updates(network, replace(ADAM, betas=betas), ADAM)
                yield Cell("momentum", "TL410", f"betas {betas} mlp {depth}x{width}", *pair, held)


def _scales() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in ((4, 48),) if held else ((2, 32), (5, 32)):
            network = mlp(depth, width, outputs=1)
            for factor in (300.0, 30.0, 3.0, 1.0) if held else (1000.0, 100.0, 10.0, 1.0):
                for optimizer, update in _OPTIMIZERS:
                    raw = replace(
                        SQUARED, target_scale=factor, target_offset=2 * factor if factor > 1 else 0.0
                    )
                    name = f"targets x{factor:g} mlp {depth}x{width} {optimizer}"
                    yield Cell(
                        "target-scale",
                        "TL502",
                        name,
                        *tasks(network, raw, SQUARED, update),
                        held,
                        same_loss=False,
                    )
            for what, style in (("plain", PLAIN), ("batch norm", Style(norm="batchnorm"))):
                for scale, offset in (
                    ((74.0, 128.0), (0.3, 0.5), (0.001, 0.002))
                    if not held
                    else ((64.0, 100.0), (0.25, 0.45), (2000.0, 4000.0))
                ):
                    for optimizer, update in (("sgd", SGD), ("adam", ADAM)):
                        raw = replace(CROSS_ENTROPY, input_scale=scale, input_offset=offset)
                        name = f"inputs {offset:g}+-{scale:g} mlp {depth}x{width} {what} {optimizer}"
                        network_of = mlp(depth, width, style=style)
                        yield Cell(
                            "input-scale", "TL501", name, *tasks(network_of, raw, CROSS_ENTROPY, update), held
                        )


def _losses() -> Iterator[Cell]:
    for held in (False, True):
        sizes = ((4, 48),) if held else ((2, 32), (5, 32))
        for depth, width in sizes:
            for optimizer, update in (("momentum", MOMENTUM), ("adam", ADAM)):
                where = f"mlp {depth}x{width} {optimizer}"
                for classes in (10, 3) if held else (4, 20):
                    task = TaskSpec("multiclass", LossSpec("cross_entropy", "logits"), (classes,), classes)
                    good = mlp(depth, width, outputs=classes)
                    for last in ("softmax", "log_softmax"):
                        bad = flag(mlp(depth, width, outputs=classes, style=Style(last=last)), last)
                        name = f"{last} {classes} classes {where}"
                        yield Cell(
                            "loss-scale",
                            "TL201",
                            name,
                            *sides(bad, good, task, update),
                            held,
                        )
                good = mlp(depth, width, outputs=1)
                bad = flag(mlp(depth, width, outputs=1, style=Style(last="sigmoid")), "sigmoid")
                yield Cell(
                    "loss-scale",
                    "TL202",
                    f"sigmoid binary {where}",
                    *sides(bad, good, BINARY, update),
                    held,
                )
                for last in ("relu", "sigmoid", "tanh", "softplus"):
                    bad = flag(mlp(depth, width, outputs=1, style=Style(last=last)), last)
                    yield Cell(
                        "loss-range", "TL206", f"{last} {where}", *sides(bad, good, SQUARED, update), held
                    )
                for last in ("sigmoid",):
                    # tanh of what is nearly normal, on half the range: deviation 0.31
                    inside = replace(SQUARED, target_scale=0.31, target_offset=0.5, low=0.0, high=1.0)
                    bad = mlp(depth, width, outputs=1, style=Style(last=last))
                    yield Cell(
                        "loss-range",
                        "TL206",
                        f"{last} in range {where}",
                        *sides(bad, good, inside, update),
                        held,
                    )
                logits = mlp(depth, width)
                probabilities = mlp(depth, width, style=Style(last="log_softmax"))
                nll = replace(CROSS_ENTROPY, loss=LossSpec("nll", "log_probabilities"))
                yield Cell(
                    "loss-range",
                    "TL204",
                    f"nll on logits {where}",
                    *sides(logits, probabilities, nll, update),
                    held,
                    same_loss=False,
                )
                one = mlp(depth, width, outputs=1, style=Style(last="softmax"))
                two = mlp(depth, width, outputs=1, style=Style(last="sigmoid"))
                task = replace(BINARY, loss=LossSpec("bce", "probabilities"))
                yield Cell(
                    "constant-output",
                    "TL205",
                    f"softmax of one {where}",
                    *sides(one, two, task, update),
                    held,
                )
                logits = mlp(depth, width, outputs=2)
                both = mlp(depth, width, outputs=2, style=Style(last="log_softmax"))
                task = TaskSpec("multiclass", LossSpec("cross_entropy", "logits"), (2,), 2)
                yield Cell(
                    "constant-output",
                    "TL205",
                    f"log-softmax of two {where}",
                    *sides(both, logits, task, update),
                    held,
                )


def _linearity() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in ((3, 48), (5, 32)) if held else ((2, 32), (4, 32)):
            for optimizer, update in (("sgd", SGD), ("adam", ADAM)):
                good = mlp(depth, width)
                for what, style in (
                    ("none", Style("")),
                    ("batch norm only", Style("", norm="batchnorm")),
                    ("tanh", Style("tanh")),
                ):
                    bad = mlp(depth, width, style=style)
                    name = f"{what} mlp {depth}x{width} {optimizer}"
                    yield Cell("linearity", "TL101", name, *sides(bad, good, update=update), held)


def _overfit() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in ((4, 48),) if held else ((2, 32), (3, 64)):
            good = mlp(depth, width)
            for p in (0.9, 0.8, 0.5, 0.2) if not held else (0.95, 0.85, 0.6, 0.3):
                bad = mlp(depth, width, style=Style(dropout=p))
                yield Cell(
                    "overfit",
                    "TL103",
                    f"dropout {p} mlp {depth}x{width}",
                    *sides(bad, good, update=ADAM),
                    held,
                )
            for narrow in (1, 2, 4) if not held else (1, 3, 8):
                bad = mlp(depth, narrow)
                yield Cell(
                    "overfit",
                    "TL108",
                    f"{narrow} units mlp {depth} for {width}",
                    *sides(bad, good, update=ADAM),
                    held,
                )
            for factor in (1.0, 0.1, 1e-4) if not held else (0.5, 0.05, 1e-3):
                heavy = replace(SGD, weight_decay=factor)
                yield Cell(
                    "overfit", "TL105", f"L2 {factor} mlp {depth}x{width}", *updates(good, heavy, SGD), held
                )
            decoupled = replace(ADAM, family="adamw", lr=3e-3, decoupled=True, weight_decay=1.0)
            plain = replace(decoupled, weight_decay=0.01)
            yield Cell(
                "overfit", "TL105", f"AdamW 1.0 mlp {depth}x{width}", *updates(good, decoupled, plain), held
            )


def _norms() -> Iterator[Cell]:
    for held in (False, True):
        for depth, width in ((4, 48),) if held else ((2, 32), (5, 32)):
            for p in (0.1, 0.3, 0.5) if not held else (0.05, 0.4, 0.6):
                bad = mlp(depth, width, style=Style(norm="batchnorm", dropout=p, dropout_first=True))
                good = mlp(depth, width, style=Style(norm="batchnorm", dropout=p))
                yield Cell(
                    "variance-shift",
                    "TL803",
                    f"dropout {p} before norm mlp {depth}x{width}",
                    *sides(bad, good, update=ADAM),
                    held,
                )
            for batch in (2, 4, 32) if not held else (2, 3, 16):
                network = mlp(depth, width, style=Style(norm="batchnorm"))
                other = mlp(depth, width, style=Style(norm="layernorm"))
                task = replace(CROSS_ENTROPY, batch=batch)
                yield Cell(
                    "variance-shift",
                    "TL804",
                    f"batch {batch} mlp {depth}x{width}",
                    *sides(network, other, task, ADAM),
                    held,
                )
            for what, style in (
                ("dropout", Style(dropout=0.3)),
                ("batch norm", Style(norm="batchnorm")),
                ("nothing", PLAIN),
            ):
                network = mlp(depth, width, style=style)
                yield Cell(
                    "eval-mode",
                    "TL006",
                    f"{what} mlp {depth}x{width}",
                    *sides(network, network, update=ADAM),
                    held,
                    {"flagged_mode": "train"},
                )


def _noise() -> Iterator[Cell]:
    for held in (False, True):
        network = mlp(4, 48) if held else mlp(3, 32)
        for rate in (0.03, 0.3, 1.0):
            for batch in (1, 4):
                noisy, usual = replace(CROSS_ENTROPY, batch=batch), replace(CROSS_ENTROPY, batch=32)
                pair = tasks(network, noisy, usual, UpdateSpec("sgd", rate))
                yield Cell(
                    "gradient-noise", "TL301", f"batch {batch} rate {rate} {network.name}", *pair, held
                )


GROUPS: tuple[Callable[[], Iterator[Cell]], ...] = (
    _gradient_flow, _signal_propagation, _symmetry, _dead_units, _gradient_explosion, _lr_range, _momentum, _scales, _losses,
    _linearity, _overfit, _norms, _noise,
)  # fmt: skip

__all__ = ["GROUPS", "Cell", "without"]
