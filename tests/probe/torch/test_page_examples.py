"""The examples of every rule that has an experiment: a bad one is confirmed or honestly inconclusive, a good one never confirmed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.page_format import Example, Page  # noqa: E402
from tests.page_harness import pages, rules  # noqa: E402
from trainlint.engine import check_paths  # noqa: E402
from trainlint.model import Evidence, Level, Location  # noqa: E402
from trainlint.probe.experiments import load_experiments  # noqa: E402
from trainlint.probe.planning import Planned, Planner  # noqa: E402
from trainlint.probe.spec import Measurement, Request, to_json  # noqa: E402
from trainlint.probe.worker.bench import perform  # noqa: E402
from trainlint.settings import load_settings  # noqa: E402

pytestmark = pytest.mark.torch

PROBES = {code: rule.probe for code, rule in rules().items() if rule.probe in load_experiments()}


def planned(page: Page, example: Example) -> list[tuple[Location, Planned]]:
    """What would be measured for an example's findings of the page's rule."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory).resolve()
        example.write(home)
        settings = load_settings([home], home, rules())
        settings = settings.override(
            rules(), extend_select=(*settings.extend_select, page.code), level=Level.ADVICE
        )
        result = check_paths([home], cwd=home, settings=settings, plan=Planner(dict(PROBES)))
    own = [f for f in result.findings if f.code == page.code]
    return [(f.location, plan) for f in own if (plan := result.plans.get((f.code, f.location))) is not None]


def examples(kind: str) -> Iterator[ParameterSet]:
    for page in pages():
        for example in page.examples if page.code in PROBES else ():
            if example.kind == kind:
                yield pytest.param(page, example, id=page.example_id(example))


KNOWN: dict[str, Measurement] = {}
"""As in a session: findings that ask for the same experiment share it."""


def measured(request: Request) -> Measurement:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    key = json.dumps(to_json(request), sort_keys=True)
    if key not in KNOWN:
        KNOWN[key] = perform(request)
    return KNOWN[key]


def evidence_of(plan: Planned) -> Evidence:
    assert plan.request is not None
    found = measured(plan.request)
    if found.inconclusive:
        return Evidence("inconclusive", detail=found.inconclusive)
    return plan.experiment.judge(plan.request, found)


@pytest.mark.parametrize(("page", "example"), list(examples("bad")))
def test_a_bad_example_is_planned_or_says_why_not(page: Page, example: Example) -> None:
    if not load_experiments()[PROBES[page.code] or ""].runs_for(page.code):
        pytest.skip("its experiment is switched off")
    found = planned(page, example)
    assert found
    for _, plan in found:
        assert plan.request is not None or plan.why
        assert not plan.why.startswith("the plan failed"), plan.why


@pytest.mark.parametrize(("page", "example"), list(examples("good")))
def test_a_good_example_has_nothing_to_be_confirmed(page: Page, example: Example) -> None:
    assert not planned(page, example)


SAMPLE = {"TL201-bad-1", "TL205-bad-1", "TL206-bad-1"}
"""Measured in every run; the others are slow."""


def _marked() -> Iterator[ParameterSet]:
    for parameter in examples("bad"):
        marks = () if parameter.id in SAMPLE else (pytest.mark.slow,)
        yield pytest.param(*parameter.values, id=parameter.id, marks=marks)


@pytest.mark.parametrize(("page", "example"), list(_marked()))
def test_a_bad_example_is_confirmed_or_honestly_inconclusive(page: Page, example: Example) -> None:
    for place, plan in planned(page, example):
        if plan.request is None:
            continue
        found = evidence_of(plan)
        assert found.verdict in ("confirmed", "inconclusive"), f"{place}: {found.verdict}: {found.detail}"
        assert found.detail


@pytest.mark.parametrize(("page", "example"), list(_marked()))
def test_its_mended_twin_is_never_confirmed(page: Page, example: Example) -> None:
    for place, plan in planned(page, example)[:1]:
        if plan.request is None:
            continue
        twin = Planned(plan.experiment, plan.request.twin())
        found = evidence_of(twin)
        assert found.verdict != "confirmed", f"{place}: {found.detail}"
