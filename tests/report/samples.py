"""Findings of every kind that a report must carry, and what it is written from."""

from __future__ import annotations

from trainlint.model import Applicability, Edit, Evidence, Finding, Fix, Level, Location, Place
from trainlint.report.document import Report, RuleHelp

RATE = Finding(
    "TL401",
    "learning-rate-too-large",
    Level.ERROR,
    "A rate of 50, i.e. 100 % too much:\nlower it.",
    Location("src/my train.py", 3, 5, 4, 9),
    (Place(Location("conf/ä.yaml", 2, 7, 2, 11), "optim.lr"), Place(Location("lib.py", 9, 1), "args.lr")),
    Fix(Applicability.UNSAFE, "Lower it", (Edit(Location("conf/ä.yaml", 2, 7, 2, 11), "0.1"),)),
    Evidence("confirmed", "final loss", 9.5, 0.2, "on 5 seeds"),
)
NOTEBOOK = Finding(
    "TL601",
    "sigmoid-in-hidden-layer",
    Level.WARNING,
    "Sigmoid.",
    Location("a.ipynb", 2, 4, 2, 16, cell=3),
    (Place(Location("a.ipynb", 1, 1, 1, 4, cell=1)),),
)
ADVICE = Finding("TL603", "missing-he-init", Level.ADVICE, "He: a, b", Location("net.py", 7, 2, 7, 9))
UNREADABLE = Finding("TL000", "unreadable", Level.ERROR, "Not \x1b[31mUTF-8\x00.", Location("b.py", 1))
FINDINGS = (RATE, NOTEBOOK, ADVICE, UNREADABLE)
LINES = {
    ("src/my train.py", None, 3): "opt = SGD(model.parameters(),",
    ("conf/ä.yaml", None, 2): "  lr: 50.0",
    ("a.ipynb", 3, 2): "   nn.Sigmoid()",
    ("net.py", None, 7): " x = Net()",
}
RULES = {
    finding.code: RuleHelp(
        finding.code, finding.name, finding.level, "Section", f"About {finding.name}.", f"# {finding.code}\n"
    )
    for finding in FINDINGS
}
REPORT = Report(FINDINGS, LINES, "0.1.0", RULES)
EMPTY = Report((), {}, "0.1.0")
BROKEN = Report((), {}, "0.1.0", errors=("ValueError: \x00 in a check",))
