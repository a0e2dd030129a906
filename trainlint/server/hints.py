"""What was understood of optimizers, shown where they are made: `lr = 0.1 from conf/train.yaml:7`."""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.facts.fact import Fact
from trainlint.facts.program import Program
from trainlint.model import Location


@dataclass(frozen=True)
class Hint:
    """A text to be shown behind a place. entry: the program that it is true of."""

    location: Location
    text: str
    entry: str


def hints_of(program: Program) -> list[Hint]:
    """The learning rates, momenta and decays that optimizers of a program are made with, where these are known."""
    found: list[Hint] = []
    for optimizer in program.optimizers:
        parts = [
            _known(name, fact, optimizer.location)
            for name, fact in (
                ("lr", optimizer.lr),
                ("momentum", optimizer.momentum),
                ("weight_decay", optimizer.weight_decay),
            )
        ]
        text = ", ".join(part for part in parts if part)
        if text:
            found.append(Hint(optimizer.location, text, program.entry))
    return found


def _known(name: str, fact: Fact[float], place: Location) -> str:
    """A value and where it comes from; the empty text where it is to be seen right there, or is not known."""
    source = fact.literal
    if fact.value is None or source is None:
        return ""
    if (source.path, source.cell) == (place.path, place.cell) and place.line <= source.line <= place.end_line:
        return ""
    return f"{name} = {fact.value:g} from {source}"


def shown(hints: list[Hint]) -> dict[Location, str]:
    """One text for each place: programs that differ there are told apart."""
    texts: dict[Location, dict[str, list[str]]] = {}
    for hint in hints:
        texts.setdefault(hint.location, {}).setdefault(hint.text, []).append(hint.entry)
    found: dict[Location, str] = {}
    for place, by_text in texts.items():
        first, *rest = by_text
        found[place] = f"{first} (and {len(rest)} more)" if rest else first
    return found
