"""How far the probe's experiments can be relied on, measured.

    python benchmarks/probe_calibration.py truth [--set second] [--only gradient-flow,...]     long runs of both variants
    python benchmarks/probe_calibration.py measure [--set second] [--only ...]                 the experiments themselves
    python benchmarks/probe_calibration.py report [--write]                              tables

Both first steps keep what they made (calibration/truth.jsonl, calibration/measured.jsonl) and go on where they stopped.
Needs torch.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from calibration import figures
from calibration.cells import Cell
from calibration.grid import all_cells

from trainlint.model import Evidence
from trainlint.probe.experiments import load_experiments
from trainlint.probe.spec import Request

HOME = Path(__file__).resolve().parent / "calibration"
HELD_SEEDS, SECOND_SEEDS, THIRD_SEEDS = tuple(range(40, 50)), tuple(range(60, 70)), tuple(range(80, 90))
"""Seeds of cells of the three held sets; others have those of any request."""

SETS = ("open", "held", "second", "third")


@click.group()
def main() -> None:
    """Calibrate the probe."""


def _set_of(cell: Cell | figures.Row) -> str:
    return "third" if cell.third else "second" if cell.second else "held" if cell.held else "open"


def _chosen(only: str | None, part: str | None) -> list[Cell]:
    """Cells by experiment or rule, and set."""
    names = set(only.split(",")) if only else None
    cells = [
        c
        for c in all_cells()
        if (names is None or {c.experiment, c.code} & names) and part in (None, _set_of(c))
    ]
    if not cells:
        raise click.ClickException("no such cells")
    return cells


@main.command()
@click.option("--only", help="only these experiments or rules")
@click.option("--set", "part", type=click.Choice(SETS), help="only this set")
@click.option("--minutes", type=float, help="stop after so long")
def truth(only: str | None, part: str | None, minutes: float | None) -> None:
    """Train both variants of every cell for 2,000 updates."""
    import torch
    from calibration.truth import Truth, verdict

    torch.set_num_threads(1)
    known, start = Truth(HOME / "truth.jsonl"), time.monotonic()
    for cell in _chosen(only, part):
        if minutes is not None and time.monotonic() - start > 60 * minutes:
            sys.exit("out of time; call again to go on")
        gain = known.gain(cell)
        click.echo(f"{cell.experiment}: {cell.name}: {gain:+.3f} {verdict(gain)}")


@main.command()
@click.option("--only", help="only these experiments or rules")
@click.option("--set", "part", type=click.Choice(SETS), help="only this set")
@click.option("--again", is_flag=True, help="measure anew what is known")
@click.option("--most", type=int, help="of each experiment at most so many cells, evenly spaced")
def measure(only: str | None, part: str | None, again: bool, most: int | None) -> None:
    """Run the experiments on every cell: as it is, with the mended variant on both sides, with labels exchanged."""
    path = HOME / "measured.jsonl"
    kept = (
        {} if not path.exists() else {(r["experiment"], r["name"]): r for r in map(json.loads, path.open())}
    )
    cells = _spaced(_chosen(only, part), most)
    if again:
        for cell in cells:
            kept.pop((cell.experiment, cell.name), None)
    bench = _bench()
    for number, cell in enumerate(cells):
        if (cell.experiment, cell.name) in kept:
            continue
        found = _measure(cell, bench, number)
        kept[cell.experiment, cell.name] = found
        click.echo(
            f"{cell.experiment}: {cell.name}: {found['verdict']} ({found['seconds']} s) {found['detail']}"
        )
        path.write_text("".join(json.dumps(row) + "\n" for row in kept.values()))


def _spaced(cells: list[Cell], most: int | None) -> list[Cell]:
    """At most so many of each experiment, evenly spaced over its list."""
    kept: list[Cell] = []
    for name in dict.fromkeys(c.experiment for c in cells):
        own = [c for c in cells if c.experiment == name]
        step = len(own) / min(len(own), most or len(own))
        kept += [own[int(i * step)] for i in range(round(len(own) / step))]
    return kept


def _bench() -> Any:
    import torch

    from trainlint.probe.worker.bench import Bench

    torch.set_num_threads(1)
    return Bench()


EVERY_TWIN, EVERY_EXCHANGED = 5, 3
"""Of how many cells one is also measured with the mended variant on both sides, and with the labels exchanged."""


def _measure(cell: Cell, bench: Any, number: int) -> dict[str, Any]:
    request = _request(cell)
    begun = time.process_time()
    evidence = _evidence(request, bench)
    seconds = time.process_time() - begun
    twin = request.twin()
    return {
        "experiment": cell.experiment,
        "code": cell.code,
        "name": cell.name,
        "held": cell.held,
        "verdict": evidence.verdict,
        "flagged": evidence.flagged,
        "mended": evidence.fixed,
        "numbers": dict(evidence.numbers),
        "detail": evidence.detail,
        "twin": "" if number % EVERY_TWIN else _evidence(twin, bench).verdict,
        "exchanged": "" if number % EVERY_EXCHANGED else _evidence(request.exchanged(), bench).verdict,
        "seconds": round(seconds, 2),
    }


def _request(cell: Cell) -> Request:
    request = Request(cell.experiment, cell.flagged, cell.mended, code=cell.code, options=dict(cell.options))
    if cell.held:
        seeds = THIRD_SEEDS if cell.third else SECOND_SEEDS if cell.second else HELD_SEEDS
        request = dataclasses.replace(request, seeds=seeds[:5], more_seeds=seeds[5:])
    return request


def _evidence(request: Request, bench: Any) -> Evidence:
    experiment = load_experiments()[request.experiment]
    return experiment.judge(request, experiment.measure(request, bench))


def _rows() -> list[figures.Row]:
    """Cells that were measured and whose truth is known."""
    from calibration.truth import Truth, verdict

    known = Truth(HOME / "truth.jsonl")
    measured = {(r["experiment"], r["name"]): r for r in map(json.loads, (HOME / "measured.jsonl").open())}
    rows: list[figures.Row] = []
    for cell in all_cells():
        found = measured.get((cell.experiment, cell.name))
        gain = known.known_gain(cell)
        if found is None or gain is None:
            continue
        rows.append(
            figures.Row(
                cell.experiment, cell.code, cell.name, cell.held, gain, verdict(gain), found["verdict"], found["twin"],
                found["exchanged"], found["numbers"].get("score"), found["seconds"], cell.second, cell.third,
            )
        )  # fmt: skip
    return rows


@main.command()
@click.option("--write", is_flag=True, help="write calibration/RESULTS.md")
def report(write: bool) -> None:
    """Tables: the second held set, the first one, and what went wrong."""
    rows = _rows()
    third, second, first = ([r for r in rows if _set_of(r) == name] for name in ("third", "second", "held"))
    experiments = load_experiments()

    def on(name: str, code: str) -> bool:
        return experiments[name].runs_for(code)

    planned = {name: sum(_set_of(cell) == name for cell in all_cells()) for name in SETS}
    parts = [
        "# Calibration of the probe\n",
        "Written by `python benchmarks/probe_calibration.py report --write`; what the columns mean stands in",
        "`calibration/figures.py`, what an effect is in `calibration/truth.py`. Bounds: with effect at least 85 %",
        "confirmed, without at most 5 %, twins and exchanged at most 2 %.\n",
        "## All that is on\n",
        "Of each rule the held set that decides: the third one where it has cells, else the second one. Cells that an experiment",
        "refuses by now are left out (TL608: convolutional networks).\n",
        figures.HEAD,
        figures.line("**all that is on**", [r for r in _deciding(second, third) if on(r.experiment, r.code)]),
        "",
        "## The second held set\n",
        "Architectures, sizes and seeds that were used nowhere before; its composition was fixed before anything of it was measured,",
        f"and it was measured once. {len(second)} of its {planned['second']} cells were measured.",
        "TL608 missed a bound by its only convolutional network, which was confirmed and had no effect. It had been tuned on perceptrons",
        "only, and is asked of those only since then. TL607 has nothing to confirm: a zero bias does no harm, and the experiment says so.\n",
        figures.table(second, on),
        "",
        "## The third held set\n",
        "For two rules whose experiments were changed after the second set had been looked at: TL402 (the displacement of the weights decides",
        "only where more than 2,000 steps are planned) and TL603 (asked only from six rectified layers on). Its composition was committed before",
        f"anything of it was measured, and it was measured once. {len(third)} of its {planned['third']} cells were measured.\n",
        figures.table(third, on) if third else "",
        "",
        "## The first held set, as measured before the protocols were changed\n",
        figures.table(first),
        "",
        "## Cells of the second and third set that came out otherwise than the long runs\n",
        *_wrong([*second, *third]),
        "",
    ]
    text = "\n".join(parts)
    click.echo(text)
    if write:
        (HOME / "RESULTS.md").write_text(text)


def _deciding(second: list[figures.Row], third: list[figures.Row]) -> list[figures.Row]:
    """The rows that decide whether an experiment is on, without those that it would refuse now."""
    asked_again = {(r.experiment, r.code) for r in third}
    refused = {(c.experiment, c.name) for c in all_cells() if c.code == "TL608" and _convolutional(c)}
    found = [*(r for r in second if (r.experiment, r.code) not in asked_again), *third]
    return [r for r in found if (r.experiment, r.name) not in refused]


def _convolutional(cell: Cell) -> bool:
    return any(layer.op.startswith("conv") for layer in cell.flagged.network.layers)


@main.command()
def pages() -> None:
    """Write what was measured into the rules' pages, and whether the experiment is on."""
    held = [r for r in _rows() if r.second]
    for name, experiment in load_experiments().items():
        for path in sorted((HOME.parent.parent / "rules").glob("TL*.md")):
            text = path.read_text()
            if f"`{name}`" not in _section(text):
                continue
            own = [r for r in held if (r.experiment, r.code) == (name, path.stem)]
            own = [r for r in own if r.third] or own  # those that the experiment as it is now was measured on
            said = (
                _measured(own) if own else "Calibration: the grid has no cells of it; it rests on its tests."
            )
            if not experiment.runs_for(path.stem):
                said += " It is switched off for this rule."
            path.write_text(_with_line(text, said))


SECTION = "## How the probe confirms it\n"


def _section(text: str) -> str:
    """A page's section on the probe."""
    return text.partition(SECTION)[2].partition("\n## ")[0]


def _measured(rows: list[figures.Row]) -> str:
    found = figures.summarize(rows)
    effect, none = found.verdicts["effect"], found.verdicts["none"]
    return (
        "Calibration (held-back networks and seeds, `benchmarks/calibration/RESULTS.md`): "
        f"{effect[figures.CONFIRMED]} of {found.effect} faults with an effect over 2,000 steps were confirmed, "
        f"{none[figures.CONFIRMED]} of {found.none} without one; {found.inconclusive:.0%} of {found.cells} were inconclusive."
    )


def _with_line(text: str, said: str) -> str:
    """The page with this sentence at the end of its section on the probe, in place of an older one."""
    section = _section(text)
    kept = [part for part in section.strip().split("\n\n") if not part.startswith("Calibration")]
    return text.replace(section, "\n" + "\n\n".join([*kept, said]) + "\n", 1)


def _wrong(rows: list[figures.Row]) -> list[str]:
    lines = []
    for row in rows:
        expected = {"effect": figures.CONFIRMED, "none": None}.get(row.truth, row.verdict)
        if (expected is None and row.verdict == figures.CONFIRMED) or expected not in (None, row.verdict):
            lines.append(f"- {row.experiment} {row.name}: gain {row.gain:+.2f} ({row.truth}), {row.verdict}")
    return lines or ["None."]


if __name__ == "__main__":
    main()
