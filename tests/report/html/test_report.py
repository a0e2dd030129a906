"""The HTML report: what stands in it, and how a browser shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import html5lib
import pytest

from tests.cli.conftest import Trainlint
from tests.report.html.browser import CHROMIUM, DARK, screenshot, visit
from tests.report.html.png import size_and_brightness
from tests.report.samples import BROKEN, EMPTY, REPORT
from trainlint.model import Finding, Level, Location
from trainlint.report.document import Report
from trainlint.report.html.page import html_report
from trainlint.report.html.pictures import Box, collapsed, narrowed
from trainlint.report.summary import Summary

PROGRAM = """\
import torch
import yaml
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.act = nn.Sigmoid()
        self.second = nn.Linear(16, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        x = self.act(self.first(x))
        return self.out(torch.relu(x + self.second(x)))


with open("conf.yaml") as file:
    config = yaml.safe_load(file)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=config["optim"]["lr"])
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
criterion = nn.MSELoss()
for epoch in range(20):
    for step in range(50):
        optimizer.zero_grad()
        loss = criterion(model(torch.randn(4, 8)), torch.randn(4, 1))
        loss.backward()
        optimizer.step()
    scheduler.step()
"""
CONF = 'optim:\n  lr: 0.05  # < & "quoted"\n'


@pytest.fixture
def page(project: Path, trainlint: Trainlint) -> Path:
    """The report on a program whose rate comes from a config, beside one that has two faults and one that has none."""
    (project / "train.py").write_text(PROGRAM, encoding="utf-8")
    (project / "conf.yaml").write_text(CONF, encoding="utf-8")
    result = trainlint("check", "--output-format", "html", "--output-file", "report.html")
    assert result.exit_code == 1, result.output
    return project / "report.html"


class Addresses(HTMLParser):
    """Everything that a page would load or lead to, and its ids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [
            str(given[name]) for name in ("src", "href", "action", "data", "xlink:href") if name in given
        ]
        self.ids += [str(given["id"])] if "id" in given else []


def test_it_is_valid_html_and_loads_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    addresses = Addresses()
    addresses.feed(text)
    assert addresses.found, "flagged layers lead to their findings"
    assert {address.removeprefix("#") for address in addresses.found} <= set(addresses.ids)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_findings_stand_with_their_program_source_and_chain(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    sections = text.split("<h2>")[1:]
    assert [re.split("[<]", section)[0] for section in sections] == [
        "train.py",
        "flawed.py",
        "Nothing was found in",
    ]
    assert sections[1].count('<article id="f') == 2
    train = sections[0]
    assert "TL701 large-rate-without-clipping" in train
    assert (
        '<mark>torch.optim.Adam(model.parameters(), lr=config["optim"]["lr"])</mark>'.replace('"', "&quot;")
        in train
    )
    chain = train[train.index('<svg class="chain"') :]
    assert chain.index("conf.yaml:2 optim.lr") < chain.index("train.py:22 large-rate-without-clipping")
    assert "lr: 0.05  # &lt; &amp; &quot;quoted&quot;" in chain
    assert "<summary>clean.py (torch)</summary>" in sections[2]


def test_the_layer_graph_shows_the_flagged_layer_and_leads_to_its_finding(page: Path) -> None:
    flawed = page.read_text(encoding="utf-8").split("<h2>flawed.py")[1].split("<h2>")[0]
    graph = flawed[flawed.index('<svg class="graph"') :]
    boxes = re.findall(r'<g class="box ([^"]*)".*?</g>', graph, re.S)
    assert boxes == [
        "input",
        "weights",
        "activation flagged warning",
        "weights",
        "activation flagged warning",
        "weights",
    ]
    assert re.findall(r'<a href="#(f\d)" class="chip warning">', graph) == ["f1", "f2"]
    assert "linear 8 → 16" in graph


def test_a_residual_network_has_its_branch_and_its_loss(page: Path) -> None:
    train = page.read_text(encoding="utf-8").split("<h2>train.py")[1].split("<h2>")[0]
    graph = train[train.index('<svg class="graph"') :]
    names = re.findall(r'<text x="[^"]*" y="[^"]*" class="name">([^<]*)</text>', graph)
    assert names == [
        "input",
        "linear 8 → 16",
        "sigmoid",
        "linear 16 → 16",
        "add",
        "relu",
        "linear 16 → 1",
        "MSELoss",
    ]
    assert graph.count('class="edge"') == 8, "one more than a chain: the way around the second layer"


def test_the_rate_is_drawn_over_the_run(page: Path) -> None:
    train = page.read_text(encoding="utf-8").split("<h2>train.py")[1]
    caption = "<b>Adam</b> learning rate 0.05, CosineAnnealingLR (from conf.yaml:2 optim.lr)"
    assert caption in train
    chart = train[train.index('<svg class="chart"') :]
    (points,) = re.findall(r'<polyline points="([^"]*)"', chart.split("</svg>")[0])
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert len(heights) == 21
    assert heights == sorted(heights), "the rate falls, so the curve goes down the page"
    assert "warning above 0.03" in chart
    assert ">epochs<" in chart


def test_hostile_text_is_shown_and_not_run(tmp_path: Path) -> None:
    place = Location("<img src=x onerror=alert(1)>.py", 1, 1, 1, 9)
    code = "</pre><script>document.title='owned'</script>\x1b\x00"
    finding = Finding("TL401", "<b>n</b>", Level.ERROR, "</style><script>alert(2)</script>", place)
    report = Report([finding], {(place.path, None, 1): code}, "0.1.0")
    text = html_report(report, [], Summary())
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert r"\x1b\x00" in text


@pytest.mark.parametrize("report", [EMPTY, BROKEN, REPORT], ids=["empty", "broken", "findings"])
def test_any_report_is_a_page(report: Report) -> None:
    text = html_report(report, [], Summary())
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count("<article") == len(report.findings)
    assert ("trainlint itself failed" in text) == bool(report.errors)


def test_the_same_run_writes_the_same_page(page: Path, trainlint: Trainlint) -> None:
    first = page.read_bytes()
    trainlint("check", "--output-format", "html", "--output-file", "report.html")
    assert page.read_bytes() == first


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")
class TestInABrowser:
    def test_the_findings_are_there_and_the_console_is_silent(self, page: Path) -> None:
        seen = visit(page)
        assert seen.console == []
        assert (
            seen.dom.count('<article id="f') == page.read_text(encoding="utf-8").count('<article id="f') == 3
        )
        assert "TL701 large-rate-without-clipping" in seen.dom

    def test_the_console_is_really_listened_to(self, page: Path) -> None:
        broken = page.with_name("broken.html")
        broken.write_text(
            page.read_text(encoding="utf-8").replace('"use strict";', 'nothing.is("here");'), "utf-8"
        )
        assert any("nothing is not defined" in line for line in visit(broken).console)

    def test_levels_can_be_hidden_and_the_theme_changed(self, page: Path) -> None:
        clicks = (
            'document.querySelector("#theme").click(); document.querySelector("[data-level=warning]").click();'
            'document.title = getComputedStyle(document.querySelector(".card.warning")).display;'
        )
        clicked = page.with_name("clicked.html")
        text = page.read_text(encoding="utf-8")
        clicked.write_text(text.replace("</script>", clicks + "</script>"), "utf-8")
        dom = visit(clicked).dom
        assert "<title>none</title>" in dom
        assert 'data-theme="dark"' in dom

    def test_pictures_light_and_dark(self, page: Path, tmp_path: Path) -> None:
        light = size_and_brightness(screenshot(page, tmp_path / "light.png"))
        dark = size_and_brightness(screenshot(page, tmp_path / "dark.png", DARK))
        assert light[:2] == dark[:2] == (1300, 1800)
        assert light[2] > 200 > 80 > dark[2]
        assert light[3] > 50, "more than an empty page"


def test_what_was_hidden_by_level_is_not_shown() -> None:
    report = replace(REPORT, findings=[f for f in REPORT.findings if f.level is Level.ERROR])
    text = html_report(report, [], Summary())
    assert 'data-level="error"' in text
    assert 'data-level="warning"' not in text


def box(title: str, *inputs: int, path: str = "") -> Box:
    return Box(title, "", "weights", path, {Location("net.py", 1)}, set(inputs))


def test_many_alike_side_by_side_are_one_box() -> None:
    boxes = [
        box("input"),
        *(box("embedding", 0) for _ in range(30)),
        box("concat", *range(1, 31)),
        box("linear", 31),
    ]
    found = narrowed(boxes)
    assert [(b.title, b.count, sorted(b.inputs)) for b in found] == [
        ("input", 1, []),
        ("embedding", 30, [0]),
        ("concat", 1, [1]),
        ("linear", 1, [2]),
    ]
    few = [box("input"), *(box("embedding", 0) for _ in range(3))]
    assert narrowed(few) == few


def test_a_large_graph_is_drawn_by_its_blocks() -> None:
    boxes = [box("input")]
    for block in range(10):
        for layer in range(12):
            boxes.append(box("conv", len(boxes) - 1, path=f"blocks.{block}.conv{layer}"))
    found = collapsed(boxes)
    assert [b.title for b in found] == ["input", *(f"blocks.{block}" for block in range(10))]
    assert {b.count for b in found[1:]} == {12}
    assert [sorted(b.inputs) for b in found[1:]] == [[number] for number in range(10)]
