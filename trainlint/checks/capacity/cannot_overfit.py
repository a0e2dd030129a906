"""TL109: the network cannot learn a handful of samples by heart. Only the probe can tell: `trainlint probe --overfit`."""

from trainlint.checks.api import register_rule
from trainlint.model import Level, Rule

RULE = register_rule(Rule("TL109", "cannot-overfit", Level.ERROR, section="Capacity", probe="overfit"))
