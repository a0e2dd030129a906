"""The facts of a program for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trainlint.report.styled import Line, Style, line, printable

FLAGS = {
    "zero_grad": "gradients cleared for every update",
    "eval_mode": "evaluation mode where evaluated",
    "no_grad_eval": "no graph where evaluated",
    "shuffle_train": "training data shuffled",
    "amp": "mixed precision",
    "accumulation": "gradients accumulated",
}

ANSWERS = {True: "yes", False: "no", None: "not known"}


def facts_lines(document: Mapping[str, Any]) -> Iterator[Line]:
    """One program's document (see `facts_document`) as lines."""
    yield line(
        (printable(document["entry"]), Style.PATH), f" ({document['framework'] or 'framework not known'})"
    )
    for model in document["models"]:
        yield from _model(model)
    for loss in document["losses"]:
        yield _row("loss", f"{loss['name']} takes {_shown(loss['takes'])}", loss)
    for optimizer in document["optimizers"]:
        yield from _optimizer(optimizer)
    for schedule in document["schedules"]:
        yield _row("schedule", f"{schedule['name']}, stepped by {_shown(schedule['unit'])}")
    yield from _clipping(document["clipping"])
    size = document["batch_size"]
    yield _row("batch size", _shown(size["value"]) + _from(size["origin"]))
    for key, text in FLAGS.items():
        yield _row(text, ANSWERS[document[key]])
    for gap in document["unknown"]:
        yield _row("not known", f"{gap['what']}: {gap['why']}")


def _model(model: Mapping[str, Any]) -> Iterator[Line]:
    found = model["normalizations"]
    norms = _shown(found) if found is None else ", ".join(found) or "none"
    yield _row("model", f"{model['name']}, initialisation {_shown(model['init'])}, normalisation {norms}")
    for layer in model["layers"] or ():
        width = f"{_shown(layer['in'])} -> {_shown(layer['out'])}"
        yield _row(
            "", f"{layer['kind']} {layer['name']} {width}, activation {_shown(layer['activation'])}", layer
        )


def _optimizer(optimizer: Mapping[str, Any]) -> Iterator[Line]:
    numbers = [f"lr {_shown(optimizer['lr'])}{_from(optimizer['lr_origin'])}"]
    for key in ("momentum", "weight_decay"):
        if optimizer[key] is not None:
            numbers.append(f"{key} {optimizer[key]}")
    yield _row("optimizer", f"{_shown(optimizer['name'])}, {', '.join(numbers)}", optimizer)


def _clipping(clippings: list[Mapping[str, Any]] | None) -> Iterator[Line]:
    if not clippings:
        yield _row("clipping", "not known" if clippings is None else "none")
    for clipping in clippings or ():
        yield _row("clipping", f"{_shown(clipping['kind'])}, at most {_shown(clipping['max'])}", clipping)


def _row(title: str, text: str, place: Mapping[str, Any] | None = None) -> Line:
    where = f"  {_place(place)}" if place is not None else ""
    heading = f"  {title}: " if title else "    "
    return line((heading, Style.STRONG), printable(text), (where, Style.QUIET))


def _shown(value: object) -> str:
    return "?" if value is None else str(value)


def _from(origin: list[Mapping[str, Any]]) -> str:
    return f" from {_place(origin[0])}" if origin else ""


def _place(place: Mapping[str, Any]) -> str:
    cell = f":cell {place['cell']}" if place.get("cell") is not None else ""
    return printable(f"{place['path']}{cell}:{place['line']}")
