"""Plots are SVG that any page can hold, and show what was measured."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

from trainlint.model import Evidence, Finding, Level, Location, Series
from trainlint.report.plots import plot, plots
from trainlint.report.probe_page import probe_page

SVG = "{http://www.w3.org/2000/svg}"
LOSS = Series(
    "loss",
    "Loss by step",
    (0.0, 10.0, 20.0),
    ((2.0, 2.0, 2.0), (3.0, 3.0, 3.0), (2.5, 2.5, 2.5)),
    ((2.0, 1.0, 0.0),),
)
LAYERS = Series(
    "gradient",
    "Gradient <by layer>",
    (),
    ((1e-6, 1e-3, 1.0),),
    ((0.5, 0.7, 1.0),),
    ("fc1", "fc2", "fc3"),
    log=True,
)


def drawn(series: Series) -> ET.Element:
    return ET.fromstring(plot(series))


def heights(root: ET.Element, side: str) -> list[float]:
    group = next(
        g for g in root.iter(f"{SVG}g") if g.get("class") == side and g.find(f"{SVG}polyline") is not None
    )
    line = group.find(f"{SVG}polyline")
    assert line is not None
    return [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]


def test_a_falling_loss_falls_and_one_that_stalls_is_level() -> None:
    root = drawn(LOSS)
    falling = heights(root, "mended")
    assert falling == sorted(falling), "downwards is a larger coordinate"
    assert len(set(heights(root, "flagged"))) == 1


def test_the_band_reaches_from_the_smallest_to_the_largest_seed() -> None:
    band = next(p for p in drawn(LOSS).iter(f"{SVG}polygon"))
    found = {float(pair.split(",")[1]) for pair in band.attrib["points"].split()}
    assert len(found) == 2
    middle = heights(drawn(LOSS), "flagged")[0]
    assert min(found) < middle < max(found)


def test_decades_are_evenly_spaced_on_a_logarithmic_scale() -> None:
    first, second, third = heights(drawn(LAYERS), "flagged")
    assert math.isclose(first - second, second - third, abs_tol=0.11)


def test_layers_are_named_and_text_is_escaped() -> None:
    text = plot(LAYERS)
    assert "Gradient &lt;by layer&gt;" in text
    assert [t.text for t in ET.fromstring(text).iter(f"{SVG}title")][:4] == [
        "Gradient <by layer>",
        "fc1",
        "fc2",
        "fc3",
    ]


def test_a_curve_ends_where_most_seeds_diverge_and_says_so() -> None:
    series = Series("loss", "Loss", (0.0, 1.0, 2.0), ((1.0, math.inf, math.nan), (1.0, 5.0, math.inf)), ())
    text = plot(series)
    assert "not finite from here" in text
    assert not re.search(r"\b(nan|inf)\b", text)


def test_nothing_measured_is_no_plot() -> None:
    assert plot(Series("loss", "Loss", (0.0,), ((math.nan,),))) == ""
    assert plots(Evidence("inconclusive")) == ()


def test_equal_values_and_a_single_point_are_drawn() -> None:
    ET.fromstring(plot(Series("loss", "Loss", (0.0,), ((1.0,),), ((1.0,),))))
    ET.fromstring(plot(Series("dead", "Dead units", (), ((0.0, 0.0),), ((0.0, 0.0),))))
    ET.fromstring(plot(Series("gradient", "g", (), ((0.0, 1.0),), log=True)))


def test_colours_follow_the_page_in_light_and_dark() -> None:
    evidence = Evidence("confirmed", series=(LOSS,))
    page = probe_page(
        [Finding("TL601", "n", Level.WARNING, "a <b>", Location("x.py", 1), probe=evidence)], {}
    )
    assert "color-scheme: light dark" in page
    assert "light-dark(" in page
    assert "a &lt;b&gt;" in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page), "a page loads nothing"
