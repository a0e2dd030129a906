"""The benchmark: originals first, then one run of trainlint per mutated program."""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import injectors  # noqa: F401  (fills the register)
from .lint import REPOSITORY, Finding, Linter, LintError
from .mutation import HEALTHY, Mutation, Route, mutations
from .project import Project
from .report import (
    Outcome,
    render_healthy,
    render_misses,
    render_originals,
    render_others,
    render_table,
    write_summary,
)

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
QUIET = CORPUS / "_quiet"
SUMMARY = HERE / "SUMMARY.md"
TARGET = 0.8
IN_TURN = (
    *("forgotten_parentheses", "cleared_once_an_epoch", "step_in_the_middle"),
    *("parameters_of_a_copy", "made_again", "record_evaluation"),
)
PREEXISTING = ("warning", "error")


def corpus(only: Sequence[str] = ()) -> list[Project]:
    folders = sorted(p for p in CORPUS.iterdir() if p.is_dir() and not p.name.startswith("_"))
    return [Project.read(p) for p in folders if not only or p.name in only]


def quiet() -> list[Project]:
    """Unusual scripts in which nothing may be found; no faults are planted in them."""
    return [Project(p.stem, {p.name: p.read_text(encoding="utf-8")}) for p in sorted(QUIET.glob("*.py"))]


def chosen(project: Project, rules: Sequence[str] = (), how: str = "", per_rule: int = 2) -> list[Mutation]:
    """At most so many mutations of an injector per program; one in the script itself only if there is no other."""
    everything = [m for m in mutations(project) if not rules or m.code in rules]
    found: list[Mutation] = []
    for code, family in dict.fromkeys((m.code, m.family) for m in everything):
        same = [m for m in everything if (m.code, m.family) == (code, family)]
        away = [m for m in same if m.route != Route.HERE]
        found += same if code == HEALTHY else away[:per_rule] or same[:1]
    return [m for m in _taking_turns(project, found) if how in m.how]


def _taking_turns(project: Project, found: list[Mutation]) -> list[Mutation]:
    """Of the other forms of a loop's faults, a program whose loop stands in its script has one; which one varies."""
    loops = [m for m in found if m.family in IN_TURN and m.route == Route.HERE]
    turn = loops[sum(map(ord, project.name)) % len(loops)] if loops else None
    return [m for m in found if m not in loops or m is turn]


def mutated(project: Project, mutation: Mutation) -> dict[str, str]:
    """The texts after a mutation. Raises SyntaxError if it breaks code that it should not break."""
    texts = project.apply(mutation.edits)
    if texts == project.texts:
        raise ValueError(f"{project.name}: {mutation.code} {mutation.how}: nothing changed")
    for path in {e.path for e in mutation.edits}:
        if path.endswith((".py", ".ipynb")):
            try:
                ast.parse(texts[path])
            except SyntaxError as error:
                if mutation.parses:
                    raise SyntaxError(f"{project.name}: {mutation.code} {mutation.how}: {error}") from error
    return texts


def judge(mutation: Mutation, before: list[Finding], after: list[Finding], grown: int) -> Outcome:
    """Found means: a finding of the rule that the original did not have, where the fault is."""
    old = [f.code for f in before if f.code == mutation.code]
    hits = [f for f in after if f.code == mutation.code]
    there = [f for f in hits if not mutation.near or any(f.touches(s, grown + 1) for s in mutation.near)]
    known = {(f.code, f.path) for f in before}
    others = [
        f
        for f in after
        if f.code != mutation.code and f.level in PREEXISTING and (f.code, f.path) not in known
    ]
    found = bool(there) and len(hits) > len(old)
    if mutation.code == HEALTHY:
        found = not others
    return Outcome(mutation, found, misplaced=bool(hits) and not there, others=tuple(str(o) for o in others))


def run_program(
    project: Project, planted: list[Mutation], scratch: Path, linter: Linter
) -> tuple[list[Finding], list[Outcome]]:
    original = scratch / "original"
    project.write(project.texts, original)
    try:
        before = linter.findings(original)
    except LintError as error:
        before = [Finding("crash", "error", str(error), ((project.name, 0),))]
    outcomes = []
    for number, mutation in enumerate(planted):
        texts = mutated(project, mutation)
        folder = scratch / f"m{number}"
        project.write(texts, folder)
        grown = sum(max(0, e.text.count("\n")) for e in mutation.edits)
        try:
            outcomes.append(judge(mutation, before, linter.findings(folder), grown))
        except LintError as error:
            outcomes.append(Outcome(mutation, False, failure=str(error)))
    return before, outcomes


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="injection", description=__doc__)
    add = parser.add_argument
    add("--rule", action="append", default=[], metavar="CODE")
    add("--how", default="", metavar="TEXT", help="only mutations described with this text")
    add("--program", action="append", default=[], metavar="NAME")
    add("--list", action="store_true", help="only list the mutations")
    add("--keep", type=Path, metavar="DIR", help="keep the mutated programs here")
    add("--package", type=Path, default=REPOSITORY, metavar="DIR", help="where trainlint lies")
    add("--separate", action="store_true", help="a new process for each program")
    add("--write-summary", action="store_true", help=f"keep the table in {SUMMARY.name}")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 if the originals are clean and the target is met, 1 if not."""
    options = _options(argv)
    projects = corpus(options.program)
    if options.list:
        return list_mutations(projects, options.rule, options.how)
    linter = Linter(options.package, options.separate)
    originals: dict[str, list[Finding]] = {}
    outcomes: dict[str, list[Outcome]] = {}
    with tempfile.TemporaryDirectory(prefix="injection-") as temporary:
        for project in projects:
            scratch = (options.keep or Path(temporary)) / project.name
            print(f"{project.name} ...", end="", file=sys.stderr, flush=True)
            planted = chosen(project, options.rule, options.how)
            originals[project.name], outcomes[project.name] = run_program(project, planted, scratch, linter)
            found = sum(o.found for o in outcomes[project.name])
            print(f" {found}/{len(outcomes[project.name])}", file=sys.stderr)
        for project in quiet() if not options.program else []:
            originals[project.name], _ = run_program(project, [], Path(temporary) / project.name, linter)
    renderers = (render_healthy, render_others, render_misses, render_table)
    print(render_originals(originals), *(render(outcomes) for render in renderers), sep="\n\n")
    if options.write_summary:
        write_summary(SUMMARY, originals, outcomes)
    return int(not reached(originals, outcomes))


def reached(originals: dict[str, list[Finding]], outcomes: dict[str, list[Outcome]]) -> bool:
    everything = [o for some in outcomes.values() for o in some if o.mutation.code != HEALTHY]
    clean = not any(f.level in PREEXISTING for some in originals.values() for f in some)
    return clean and sum(o.found for o in everything) >= TARGET * len(everything)


def list_mutations(projects: list[Project], rules: Sequence[str], how: str) -> int:
    for project in projects:
        for mutation in chosen(project, rules, how):
            mutated(project, mutation)
            places = ", ".join(sorted({e.path for e in mutation.edits}))
            print(f"{project.name:20} {mutation.code} {mutation.route:15} {mutation.how} ({places})")
    return 0
