"""TL219: gradient descent cannot reduce a loss of the user's own. Only the probe can tell: `trainlint probe --loss FILE.py:NAME`."""

from trainlint.checks.api import register_rule
from trainlint.model import Level, Rule

RULE = register_rule(
    Rule("TL219", "custom-loss-does-not-descend", Level.ERROR, section="Loss", probe="descend")
)
