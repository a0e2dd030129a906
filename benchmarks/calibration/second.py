"""The second held set: architectures, sizes, rates and seeds of their own, fixed after the first held set had been looked at.

Perceptrons of 3x40, 5x24, 7x40, 9x24 and 14x24 on 20 inputs with 5 classes, two-dimensional and one-dimensional
convolutions, recurrent networks over 12 to 25 steps, transformers of two blocks. With them come some cells that thresholds may be
chosen on, for rules that had none (TL415, TL806, recurrent networks and transformers at large rates).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from calibration.cells import ADAM, BINARY, CROSS_ENTROPY, MOMENTUM, SGD, SQUARED, Cell, sides, tasks, updates
from calibration.networks import HE, PLAIN, XAVIER, Style, cnn, flag, recurrent, signal, transformer
from calibration.networks import mlp as perceptron
from trainlint.probe import mends
from trainlint.probe.spec import InitSpec, LossSpec, NetworkSpec, TaskSpec, UpdateSpec, Variant

INPUTS, CLASSES = 20, 5
FIVE = replace(CROSS_ENTROPY, output=(CLASSES,), classes=CLASSES)
FAMILIES = {"sgd": SGD, "momentum": MOMENTUM, "adam": ADAM}
RECTIFIED = Style("relu", HE)

Pair = tuple[Variant, Variant]


def mlp(depth: int, width: int, style: Style = PLAIN, outputs: int = CLASSES) -> NetworkSpec:
    """A perceptron of the second set."""
    return perceptron(depth, width, INPUTS, outputs, style)


def small(kind: str, style: Style = PLAIN) -> NetworkSpec:
    """A convolutional network of the second set: `image` (3 layers), `deep image` (5), `signal` (4)."""
    if kind == "signal":
        return signal(4, 10, CLASSES, style=style)
    return (
        cnn(3, 10, CLASSES, size=10, style=style)
        if kind == "image"
        else cnn(5, 6, CLASSES, size=8, style=style)
    )


def held(
    experiment: str, code: str, name: str, pair: Pair, *, same_loss: bool = True, **options: Any
) -> Cell:
    """A cell of the second held set."""
    return Cell(experiment, code, name, *pair, held=True, options=options, same_loss=same_loss, second=True)


def open_cell(experiment: str, code: str, name: str, pair: Pair) -> Cell:
    """A cell that thresholds may be chosen on."""
    return Cell(experiment, code, name, *pair, held=False)


def swap(bad: NetworkSpec, good: NetworkSpec, update: str = "sgd", task: TaskSpec = FIVE) -> Pair:
    """Two networks under one update."""
    return sides(bad, good, task, FAMILIES[update])


def _gradient_flow() -> Iterator[Cell]:
    for code, kind, cases in (
        ("TL601", "sigmoid", "3x40 sgd,3x40 adam,5x24 momentum,9x24 sgd,9x24 adam"),
        ("TL602", "tanh", "3x40 sgd,5x24 momentum,5x24 adam,9x24 sgd,9x24 adam,14x24 sgd"),
        ("TL610", "softmax", "3x40 sgd,3x40 adam,5x24 adam"),
    ):
        for (depth, width), update in map(_sized, cases.split(",")):
            bad = flag(mlp(depth, width, Style(kind)), kind)
            pair = swap(bad, mlp(depth, width, RECTIFIED), update)
            yield held("gradient-flow", code, f"{kind} mlp {depth}x{width} {update} (2)", pair)
    for code, kind in (("TL601", "sigmoid"), ("TL602", "tanh")):
        for where in ("image", "signal"):
            pair = swap(flag(small(where, Style(kind)), kind), small(where, RECTIFIED), "momentum")
            yield held("gradient-flow", code, f"{kind} {where} (2)", pair)
    bad = flag(mlp(5, 24, Style("sigmoid", norm="batchnorm")), "sigmoid")
    yield held(
        "gradient-flow",
        "TL601",
        "sigmoid mlp 5x24 batch norm (2)",
        swap(bad, mlp(5, 24, replace(RECTIFIED, norm="batchnorm"))),
    )
    for (depth, width), update in map(_sized, ("9x24 sgd", "9x24 adam", "14x24 sgd", "14x24 adam")):
        plain = mlp(depth, width)
        yield held(
            "gradient-flow",
            "TL110",
            f"plain mlp {depth}x{width} {update} (2)",
            swap(plain, mends.with_norms(plain), update),
        )


def _sized(case: str) -> tuple[tuple[int, int], str]:
    size, update = case.split()
    depth, width = size.split("x")
    return (int(depth), int(width)), update


def _signal_propagation() -> Iterator[Cell]:
    unscaled = {"weight": InitSpec("normal", {"std": 0.8}), "bias": InitSpec("zeros")}
    for code, what, init, cases in (
        ("TL603", "default", None, "3x40 sgd,3x40 adam,7x40 sgd,7x40 adam,14x24 sgd,14x24 adam"),
        ("TL604", "xavier", XAVIER, "3x40 sgd,7x40 sgd,7x40 adam,14x24 sgd,14x24 adam"),
        ("TL606", "normal 0.8", unscaled, "3x40 sgd,3x40 adam,7x40 sgd,7x40 adam,5x24 momentum"),
    ):
        for (depth, width), update in map(_sized, cases.split(",")):
            pair = swap(mlp(depth, width, Style("relu", init)), mlp(depth, width, RECTIFIED), update)
            yield held("signal-propagation", code, f"{what} mlp {depth}x{width} {update} (2)", pair)
        where = "deep image" if code == "TL603" else "signal"
        pair = swap(small(where, Style("relu", init)), small(where, RECTIFIED), "momentum")
        yield held("signal-propagation", code, f"{what} {where} (2)", pair)
    for code, init in (("TL603", None), ("TL606", unscaled)):
        pair = swap(
            mlp(5, 24, Style("relu", init, norm="batchnorm")),
            mlp(5, 24, replace(RECTIFIED, norm="batchnorm")),
        )
        yield held(
            "signal-propagation", code, f"{'default' if init is None else 'normal 0.8'} batch norm (2)", pair
        )
    for depth, width in ((3, 40), (9, 24)):
        pair = swap(mlp(depth, width, Style("tanh", HE)), mlp(depth, width, Style("tanh", XAVIER)))
        yield held("signal-propagation", "TL604", f"he tanh mlp {depth}x{width} (2)", pair)
    for (depth, width), update in map(
        _sized, ("5x24 adam", "9x24 adam", "9x24 momentum", "14x24 sgd", "14x24 momentum")
    ):
        plain = mlp(depth, width)
        pair = swap(plain, mends.with_norms(plain), update)
        yield held("signal-propagation", "TL806", f"no norms mlp {depth}x{width} {update} (2)", pair)
    for (depth, width), update in map(
        _sized, ("4x32 adam", "8x32 adam", "12x32 sgd", "12x32 adam", "20x32 momentum")
    ):
        plain = perceptron(depth, width)
        pair = sides(plain, mends.with_norms(plain), CROSS_ENTROPY, FAMILIES[update])
        yield open_cell("signal-propagation", "TL806", f"no norms mlp {depth}x{width} {update}", pair)


def _symmetry() -> Iterator[Cell]:
    for depth, width in ((3, 40), (5, 24)):
        good = mlp(depth, width)
        for what, start, which in (
            ("all 0", 0.0, None), ("all 0.05", 0.05, None), ("first only", 0.1, "fc0"), ("last zero", 0.0, "out"),
        ):  # fmt: skip
            bad = _started(good, start, which)
            yield held("symmetry", "TL605", f"{what} mlp {depth}x{width} (2)", swap(bad, good, "adam"))
    good = small("image")
    yield held("symmetry", "TL605", "all 0.1 image (2)", swap(_started(good, 0.1, None), good, "adam"))


def _started(network: NetworkSpec, value: float, which: str | None) -> NetworkSpec:
    start = {"weight": InitSpec("constant", {"value": value}), "bias": InitSpec("zeros")}
    layers = tuple(
        replace(x, inits=start) if x.weighted and (x.id == which or (which is None and x.id != "out")) else x
        for x in network.layers
    )
    return replace(network, layers=layers)


def _dead_units() -> Iterator[Cell]:
    def biased(value: float) -> Style:
        return Style("relu", {"weight": HE["weight"], "bias": InitSpec("constant", {"value": value})})

    for (depth, width), update in map(_sized, ("3x40 sgd", "5x24 adam", "7x40 sgd")):
        for code, value in (("TL607", 0.0), ("TL614", -0.2), ("TL614", -0.5), ("TL614", -2.0)):
            pair = swap(mlp(depth, width, biased(value)), mlp(depth, width, biased(0.1)), update)
            yield held("dead-units", code, f"bias {value} mlp {depth}x{width} {update} (2)", pair)
    for (depth, width), update in map(_sized, ("3x40 momentum", "3x40 adam", "5x24 adam")):
        bad = flag(mlp(depth, width, Style(last="relu"), 1), "relu")
        pair = swap(bad, mlp(depth, width, outputs=1), update, SQUARED)
        yield held("dead-units", "TL608", f"relu output mlp {depth}x{width} {update} (2)", pair)
    for (depth, width), update in map(_sized, ("3x40 sgd", "3x40 adam", "5x24 momentum", "5x24 adam")):
        pair = swap(mlp(depth, width, Style(last="relu")), mlp(depth, width), update)
        yield held("dead-units", "TL608", f"relu logits mlp {depth}x{width} {update} (2)", pair)
    yield held(
        "dead-units",
        "TL608",
        "relu logits image (2)",
        swap(small("image", Style(last="relu")), small("image"), "momentum"),
    )


def _gradient_explosion() -> Iterator[Cell]:
    for network, rates in (
        (
            recurrent("rnn", 20, 5, 25, outputs=CLASSES),
            (("sgd", 0.3), ("sgd", 2.0), ("adam", 0.01), ("adam", 0.003)),
        ),
        (recurrent("lstm", 12, 5, 16, outputs=CLASSES), (("sgd", 2.0), ("adam", 0.03))),
        (recurrent("gru", 20, 5, 12, outputs=CLASSES), (("sgd", 2.0), ("adam", 0.05))),
    ):
        for family, rate in rates:
            pair = _clipped(network, UpdateSpec(family, rate), 0.0)
            yield held("gradient-explosion", "TL702", f"{network.name} {family} {rate:g} (2)", pair)
    for network, rates in (
        (recurrent("rnn", 12, 4, 15), (("sgd", 0.5), ("adam", 0.01))),
        (recurrent("gru", 12, 4, 15), (("sgd", 1.0), ("adam", 0.05))),
    ):
        for family, rate in rates:
            yield open_cell(
                "gradient-explosion",
                "TL702",
                f"{network.name} {family} {rate:g}",
                _clipped(network, UpdateSpec(family, rate), 0.0, CROSS_ENTROPY),
            )
    for (depth, width), (what, style) in product(((3, 40), (7, 40)), (("he", RECTIFIED), ("default", PLAIN))):
        network = mlp(depth, width, style)
        for family, rate, momentum in (("sgd", 2.0, 0.0), ("momentum", 0.2, 0.9), ("adam", 0.02, 0.0)):
            update = UpdateSpec("adam" if family == "adam" else "sgd", rate, momentum=momentum)
            yield held(
                "gradient-explosion",
                "TL701",
                f"{what} mlp {depth}x{width} {family} {rate:g} (2)",
                _clipped(network, update, 0.0),
            )
    network = mlp(5, 24, RECTIFIED)
    for limit, family in product((3e-4, 5e-3, 10.0, 100.0), ("momentum", "adam")):
        yield held(
            "gradient-explosion",
            "TL706",
            f"clip {limit} mlp 5x24 {family} (2)",
            _clipped(network, FAMILIES[family], limit),
        )


def _clipped(network: NetworkSpec, update: UpdateSpec, limit: float, task: TaskSpec = FIVE) -> Pair:
    """Clipped at a limit (0: not at all) against clipped at 1."""
    found = replace(update, clip="norm", clip_max=limit) if limit else update
    return updates(network, found, replace(update, clip="norm", clip_max=1.0), task)


def _lr_range() -> Iterator[Cell]:
    networks: dict[str, tuple[NetworkSpec, dict[str, tuple[float, ...]]]] = {
        "mlp 5x24": (
            mlp(5, 24, RECTIFIED),
            {"sgd": (0.5, 2.0, 20.0), "momentum": (0.2, 1.0), "adam": (0.02, 0.1, 1.0), "rmsprop": (0.05, 0.5), "adagrad": (0.2, 3.0)},
        ),
        "image": (small("image", Style(norm="batchnorm")), {"sgd": (30.0,), "adam": (0.1,)}),
        "lstm 12x16": (recurrent("lstm", 12, 5, 16, outputs=CLASSES), {"sgd": (20.0,), "momentum": (1.0,), "adam": (0.02, 0.3)}),
        "transformer 2": (transformer(2, 24, 6, 6, CLASSES), {"sgd": (2.0,), "adam": (0.02, 0.3)}),
    }  # fmt: skip
    slow = {
        "sgd": (1e-5, 1e-3),
        "momentum": (1e-5,),
        "adam": (1e-6, 1e-4),
        "rmsprop": (1e-6,),
        "adagrad": (1e-4,),
    }
    for where, (network, rates) in networks.items():
        for code, group in (("TL401", rates), ("TL402", slow)):
            for family, rate in ((f, r) for f, values in group.items() for r in values if f in rates):
                if code == "TL402" and where != "mlp 5x24" and (family != "adam" or rate != slow[family][-1]):
                    continue
                yield held(
                    "lr-range", code, f"{family} {rate:g} {where} (2)", _rates(network, family, rate, FIVE)
                )
    for network, group in (
        (recurrent("lstm", 10, 4, 10), {"sgd": (1.0, 10.0), "adam": (0.03, 0.3)}),
        (transformer(1, 24), {"sgd": (1.0,), "adam": (0.03, 0.3)}),
        (recurrent("gru", 12, 4, 8), {"sgd": (10.0,), "adam": (0.3,)}),
    ):
        for family, rate in ((f, r) for f, values in group.items() for r in values):
            yield open_cell(
                "lr-range",
                "TL401",
                f"{family} {rate:g} {network.name}",
                _rates(network, family, rate, CROSS_ENTROPY),
            )
    for network, rates, task in (
        (transformer(2, 24, 6, 6, CLASSES), (1e-3, 5e-3, 0.02), FIVE),
        (mlp(9, 24, RECTIFIED), (3e-3, 0.02), FIVE),
    ):
        for rate in rates:
            yield held(
                "lr-range", "TL415", f"no warmup {rate:g} {network.name} (2)", _warmed(network, rate, task)
            )
    for network, rates, task in (
        (transformer(1, 24), (3e-3, 0.01), CROSS_ENTROPY),
        (perceptron(12, 32, style=RECTIFIED), (1e-3, 0.01), CROSS_ENTROPY),
    ):
        for rate in rates:
            yield open_cell(
                "lr-range", "TL415", f"no warmup {rate:g} {network.name}", _warmed(network, rate, task)
            )


USUAL = {
    "sgd": SGD,
    "momentum": MOMENTUM,
    "adam": ADAM,
    "rmsprop": UpdateSpec("rmsprop", 1e-3),
    "adagrad": UpdateSpec("adagrad", 0.03),
}


def _rates(network: NetworkSpec, family: str, rate: float, task: TaskSpec) -> Pair:
    usual = replace(USUAL[family], steps=2000)
    return updates(network, replace(usual, lr=rate), usual, task)


def _warmed(network: NetworkSpec, rate: float, task: TaskSpec) -> Pair:
    update = UpdateSpec("adam", rate)
    return updates(network, update, replace(update, warmup=100), task)


def _momentum() -> Iterator[Cell]:
    network = mlp(3, 40, RECTIFIED)
    for value in (1.0, 1.02, 0.97, 0.8):
        pair = updates(network, replace(MOMENTUM, momentum=value), MOMENTUM, FIVE)
        yield held("momentum", "TL410", f"momentum {value} mlp 3x40 (2)", pair)
    for betas in ((0.999, 0.99), (0.8, 0.95), (0.7, 0.9)):
        yield held(
            "momentum",
            "TL410",
            f"betas {betas} mlp 3x40 (2)",
            updates(network, replace(ADAM, betas=betas), ADAM, FIVE),
        )


def _scales() -> Iterator[Cell]:
    for (depth, width), factor, update in (
        (d, f, u) for d in ((3, 40),) for f in (500.0, 50.0, 5.0, 2.0) for u in ("sgd", "adam")
    ):
        raw = replace(SQUARED, target_scale=factor, target_offset=1.5 * factor if factor > 5 else 0.0)
        pair = tasks(mlp(depth, width, outputs=1), raw, SQUARED, FAMILIES[update])
        yield held(
            "target-scale",
            "TL502",
            f"targets x{factor:g} mlp {depth}x{width} {update} (2)",
            pair,
            same_loss=False,
        )
    for what, style in (("plain", PLAIN), ("batch norm", Style(norm="batchnorm"))):
        for scale, offset in ((60.0, 120.0), (0.2, 0.4), (300.0, 1000.0)):
            for update in ("sgd", "adam") if what == "plain" else ("sgd",):
                raw = replace(FIVE, input_scale=scale, input_offset=offset)
                pair = tasks(mlp(3, 40, style), raw, FIVE, FAMILIES[update])
                yield held("input-scale", "TL501", f"inputs {offset:g}+-{scale:g} {what} {update} (2)", pair)


def _losses() -> Iterator[Cell]:
    for classes, last, update in product((6, 15), ("softmax", "log_softmax"), ("momentum", "adam")):
        task = replace(CROSS_ENTROPY, output=(classes,), classes=classes)
        pair = swap(
            flag(mlp(3, 40, Style(last=last), classes), last), mlp(3, 40, outputs=classes), update, task
        )
        yield held("loss-scale", "TL201", f"{last} {classes} classes {update} (2)", pair)
    for (depth, width), update in map(_sized, ("3x40 momentum", "5x24 adam")):
        bad = flag(mlp(depth, width, Style(last="sigmoid"), 1), "sigmoid")
        yield held(
            "loss-scale",
            "TL202",
            f"sigmoid binary mlp {depth}x{width} {update} (2)",
            swap(bad, mlp(depth, width, outputs=1), update, BINARY),
        )
        for last in ("relu", "sigmoid", "tanh", "softplus"):
            bad = flag(mlp(depth, width, Style(last=last), 1), last)
            yield held(
                "loss-range",
                "TL206",
                f"{last} mlp {depth}x{width} {update} (2)",
                swap(bad, mlp(depth, width, outputs=1), update, SQUARED),
            )
        inside = replace(SQUARED, target_scale=0.31, target_offset=0.5, low=0.0, high=1.0)
        bad = flag(mlp(depth, width, Style(last="sigmoid"), 1), "sigmoid")
        yield held(
            "loss-range",
            "TL206",
            f"sigmoid in range mlp {depth}x{width} {update} (2)",
            swap(bad, mlp(depth, width, outputs=1), update, inside),
        )
        nll = replace(FIVE, loss=LossSpec("nll", "log_probabilities"))
        pair = swap(mlp(depth, width), mlp(depth, width, Style(last="log_softmax")), update, nll)
        yield held(
            "loss-range", "TL204", f"nll on logits mlp {depth}x{width} {update} (2)", pair, same_loss=False
        )
        task = replace(BINARY, loss=LossSpec("bce", "probabilities"))
        pair = swap(
            mlp(depth, width, Style(last="softmax"), 1),
            mlp(depth, width, Style(last="sigmoid"), 1),
            update,
            task,
        )
        yield held("constant-output", "TL205", f"softmax of one mlp {depth}x{width} {update} (2)", pair)
        three = replace(CROSS_ENTROPY, output=(3,), classes=3)
        pair = swap(
            mlp(depth, width, Style(last="log_softmax"), 3), mlp(depth, width, outputs=3), update, three
        )
        yield held("constant-output", "TL205", f"log-softmax of three mlp {depth}x{width} {update} (2)", pair)


def _linearity() -> Iterator[Cell]:
    for (depth, width), update in map(_sized, ("3x40 sgd", "5x24 adam")):
        for what, style in (
            ("none", Style("")),
            ("batch norm only", Style("", norm="batchnorm")),
            ("tanh", Style("tanh")),
            ("softsign", Style("softsign")),
        ):
            yield held(
                "linearity",
                "TL101",
                f"{what} mlp {depth}x{width} {update} (2)",
                swap(mlp(depth, width, style), mlp(depth, width), update),
            )


def _norms() -> Iterator[Cell]:
    for depth, width in ((3, 40), (5, 24)):
        for p in (0.15, 0.5):
            bad = mlp(depth, width, Style(norm="batchnorm", dropout=p, dropout_first=True))
            pair = swap(bad, mlp(depth, width, Style(norm="batchnorm", dropout=p)), "adam")
            yield held("variance-shift", "TL803", f"dropout {p} before norm mlp {depth}x{width} (2)", pair)
        for batch in (2, 5, 20):
            pair = swap(
                mlp(depth, width, Style(norm="batchnorm")),
                mlp(depth, width, Style(norm="layernorm")),
                "adam",
                replace(FIVE, batch=batch),
            )
            yield held("variance-shift", "TL804", f"batch {batch} mlp {depth}x{width} (2)", pair)
        for what, style in (
            ("dropout", Style(dropout=0.4)),
            ("batch norm", Style(norm="batchnorm")),
            ("nothing", PLAIN),
        ):
            network = mlp(depth, width, style)
            yield held(
                "eval-mode",
                "TL006",
                f"{what} mlp {depth}x{width} (2)",
                swap(network, network, "adam"),
                flagged_mode="train",
            )


def _noise() -> Iterator[Cell]:
    for rate, batch in product((0.05, 0.5), (1, 3)):
        pair = tasks(mlp(5, 24), replace(FIVE, batch=batch), FIVE, UpdateSpec("sgd", rate))
        yield held("gradient-noise", "TL301", f"batch {batch} rate {rate} mlp 5x24 (2)", pair)


GROUPS = (
    _gradient_flow, _signal_propagation, _symmetry, _dead_units, _gradient_explosion, _lr_range, _momentum, _scales, _losses,
    _linearity, _norms, _noise,
)  # fmt: skip
