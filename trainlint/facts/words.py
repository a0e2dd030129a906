"""What a remedy is called in the framework that a program is written for."""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.facts.program import Program


@dataclass(frozen=True, slots=True)
class Words:
    """Names of calls, for messages."""

    backward: str = "backward()"
    step: str = "step()"
    update: str = "Call optimizer.step() after backward()"
    clip: str = "call clip_grad_norm_ before step()"
    scale_pictures: str = "Divide by 255 or use ToTensor() and Normalize()"
    evaluate: str = "Call model.eval() before, and model.train() before training goes on"


TORCH = Words()
KERAS = Words(
    backward="tape.gradient()",
    step="apply_gradients()",
    update="Call optimizer.apply_gradients(zip(gradients, variables))",
    clip="give the optimizer clipnorm=1.0",
    scale_pictures="Divide by 255 or begin with a Rescaling layer",
    evaluate="Call the model with training=False here",
)


def words(program: Program) -> Words:
    """The words of the program's framework; those of torch where it has none of its own here."""
    return KERAS if program.framework == "keras" else TORCH
