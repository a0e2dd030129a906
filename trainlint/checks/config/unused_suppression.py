"""TL059: a suppression comment silences nothing. The engine makes these findings, which knows what was silenced."""

from trainlint.checks.api import register_rule
from trainlint.model import Applicability, Level, Rule

RULE = register_rule(
    Rule("TL059", "unused-suppression", Level.WARNING, section="Config", fix=Applicability.SAFE)
)
