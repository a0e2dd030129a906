"""TL999: trainlint itself failed. The engine makes these findings where it catches the failure."""

from trainlint.checks.api import register_rule
from trainlint.model import Level, Rule

RULE = register_rule(Rule("TL999", "internal-error", Level.ERROR, section="Training loop"))
