"""Changes that leave a program healthy: nothing may be found after them. They measure wrong alarms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ..configs import Scalar, scalars
from ..lookup import keyword, rates
from ..mutation import HEALTHY, Mutation, injects
from ..project import Edit, Project, PyFile, imported_names, last_name
from ..syntax import (
    BATCH_NORMS,
    RECURRENT,
    method,
    method_sites,
    model_classes,
    optimizer_steps,
    prefix,
    receiver,
)
from .clipping import clip_sites
from .configs import converted, exponent
from .finetuning import is_finetuned
from .initialisation import HE, he_statements
from .losses import SOFTMAX, loss_calls
from .rates import WARN_FROM, bound, steps_are_known


def _plain_step(project: Project) -> bool:
    """One optimizer, one backward(), one step(), no scaler and no closure."""
    steps, clears = optimizer_steps(project), method_sites(project, "zero_grad")
    alone = len(steps) == len(clears) == len(method_sites(project, "backward")) == 1
    return alone and not steps[0].call.args and clears[0].scope is steps[0].scope


@injects(HEALTHY)
def clear_at_the_end(project: Project) -> Iterator[Mutation]:
    if _plain_step(project):
        (clear,), (step,) = method_sites(project, "zero_grad"), optimizer_steps(project)
        moved = step.file.insert_after(step.stmt, clear.file.source(clear.stmt))
        yield Mutation(HEALTHY, "zero_grad() after step()", (clear.file.delete(clear.stmt), moved))


@injects(HEALTHY)
def clear_by_hand(project: Project) -> Iterator[Mutation]:
    if _plain_step(project):
        (clear,), (step,) = method_sites(project, "zero_grad"), optimizer_steps(project)
        assert isinstance(step.call.func, ast.Attribute)
        optimizer = step.file.source(step.call.func.value)
        loop = f"for group in {optimizer}.param_groups:\n    for weight in group['params']:\n        weight.grad = None"
        edits = (clear.file.insert_before(clear.stmt, loop), clear.file.delete(clear.stmt))
        yield Mutation(HEALTHY, "gradients cleared by hand", edits)


@injects(HEALTHY)
def step_in_a_helper(project: Project) -> Iterator[Mutation]:
    for step in optimizer_steps(project):
        if not _plain_step(project) or not isinstance(step.call.func, ast.Attribute):
            return
        helper = "def take_step(of):\n    of.step()\n\n"
        first = next(
            n for n in step.file.tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.For | ast.If)
        )
        decorators = getattr(first, "decorator_list", [])
        at = step.file.line_start(min([first.lineno, *(d.lineno for d in decorators)]))
        call = step.file.replace(step.call, f"take_step({step.file.source(step.call.func.value)})")
        yield Mutation(HEALTHY, "step() in a helper", (Edit(step.file.path, at, at, helper), call))


@injects(HEALTHY)
def guarded_step(project: Project) -> Iterator[Mutation]:
    """The step is skipped when the loss is not finite."""
    for backward in method_sites(project, "backward"):
        step = next((s for s in optimizer_steps(project) if s.stmt in backward.block), None)
        loss = backward.call.func.value if isinstance(backward.call.func, ast.Attribute) else None
        if step is None or not isinstance(loss, ast.Name) or not _plain_step(project):
            return
        guarded = f"if {loss.id}.isfinite():\n{step.file.indent(step.stmt)}    {step.file.source(step.stmt)}"
        yield Mutation(HEALTHY, "step() under a test", (step.file.replace(step.stmt, guarded),))


@injects(HEALTHY)
def backward_as_function(project: Project) -> Iterator[Mutation]:
    for site in method_sites(project, "backward"):
        if isinstance(site.call.func, ast.Attribute) and "torch" in imported_names(site.file):
            loss = site.file.source(site.call.func.value)
            edit = site.file.replace(site.call, f"torch.autograd.backward({loss})")
            yield Mutation(HEALTHY, "torch.autograd.backward(loss)", (edit,))


@injects(HEALTHY)
def detached_total(project: Project) -> Iterator[Mutation]:
    """`total += float(loss)` and `total += loss.detach()` keep no graph."""
    for text, how in (("float({})", "float(loss)"), ("{}.detach()", "loss.detach()")):
        edits = [
            f.replace(c, text.format(f.source(c.func.value)))
            for f in project.python
            for c in f.calls("item")
            if isinstance(f.statement(c), ast.AugAssign) and isinstance(c.func, ast.Attribute)
        ]
        if edits:
            yield Mutation(HEALTHY, f"{how} in the running total", tuple(edits))


@injects(HEALTHY)
def text_converted(project: Project) -> Iterator[Mutation]:
    """YAML's 1e-3 is text, but float() mends it where it is used."""
    for file in project.python:
        for call in file.calls("SGD", "Adam", "AdamW", "RMSprop"):
            rate, scalar = keyword(call, "lr"), _yaml_rate(project)
            if rate is not None and scalar is not None and not isinstance(rate, ast.Constant):
                wrapped = file.replace(rate, f"float({file.source(rate)})")
                yield Mutation(
                    HEALTHY, "1e-3 with float()", (scalar.set(exponent(scalar.number or 0.0)), wrapped)
                )


@injects(HEALTHY)
def text_converted_elsewhere(project: Project) -> Iterator[Mutation]:
    """OmegaConf reads 1e-3 as a number, and argparse converts defaults that are text."""
    scalar = _yaml_rate(project)
    if scalar is not None and converted(project, scalar.keys[-1]):
        edit = scalar.set(exponent(scalar.number or 0.0))
        yield Mutation(HEALTHY, "1e-3 that the loader or option converts", (edit,))


def _yaml_rate(project: Project) -> Scalar | None:
    found = [s for s in scalars(project) if s.keys[-1] == "lr" and Path(s.path).suffix in {".yaml", ".yml"}]
    return found[0] if len(found) == 1 else None


@injects(HEALTHY)
def large_rate_clipped(project: Project) -> Iterator[Mutation]:
    if clip_sites(project) and not project.mentions(*RECURRENT) and not is_finetuned(project):
        for rate in rates(project)[:1]:
            text = f"{1.5 * bound(WARN_FROM, rate):.3f}"
            yield Mutation(HEALTHY, f"{rate.optimizer} at {text}, clipped", (rate.number.set(text),))


@injects(HEALTHY)
def small_rate_of_unknown_length(project: Project) -> Iterator[Mutation]:
    if not steps_are_known(project):
        for rate in rates(project)[:1]:
            yield Mutation(HEALTHY, "a small rate, steps unknown", (rate.number.set("1.0e-6"),))


@injects(HEALTHY)
def other_sound_init(project: Project) -> Iterator[Mutation]:
    """He's rule drawn from the other distribution, or an orthogonal matrix with ReLU's gain."""
    named = [(f, s.value) for f, s in he_statements(project) if isinstance(s.value, ast.Call)]
    edits, orthogonal = [], []
    for file, call in named:
        name = last_name(call.func)
        if name not in HE or not isinstance(call.func, ast.Attribute):
            continue
        module, tensor = file.source(call.func.value), file.source(call.args[0])
        other = HE[1 - HE.index(name)]
        edits.append(file.replace(call.func, f"{module}.{other}"))
        orthogonal.append(file.replace(call, f"{module}.orthogonal_({tensor}, gain=2 ** 0.5)"))
    if edits:
        yield Mutation(HEALTHY, "He, the other distribution", tuple(edits))
        yield Mutation(HEALTHY, "orthogonal with ReLU's gain", tuple(orthogonal))


@injects(HEALTHY)
def probabilities_for_prediction(project: Project) -> Iterator[Mutation]:
    """A method that nobody trains through turns the logits into probabilities.

    A softmax only over classes: of a single unit it would be one, whatever the unit says.
    """
    classes = bool(loss_calls(project, SOFTMAX)) or project.mentions("Categorical")
    results = {
        "torch.sigmoid": "torch.sigmoid(self(inputs))",
        **(
            {"torch.softmax": "torch.softmax(self(inputs), dim=-1)"}
            if classes
            else {"the outputs": "self(inputs)"}
        ),
    }
    for file, cls in model_classes(project):
        forward = method(cls, "forward")
        if forward is None or len(forward.args.args) != 2 or "torch" not in imported_names(file):
            continue
        for how, result in results.items():
            body = f"def predict(self, inputs):\n    self.eval()\n    with torch.no_grad():\n        return {result}"
            yield Mutation(HEALTHY, f"predict() with {how}", (file.insert_after(forward, "\n" + body),))


@injects(HEALTHY)
def other_norm(project: Project) -> Iterator[Mutation]:
    """Group norm for batch norm, which knows no order, bias or batch size."""
    edits = [
        f.replace(c, f"{prefix(f, c)}GroupNorm(1, {f.source(c.args[0])})")
        for f in project.python
        for c in f.calls(*BATCH_NORMS)
        if prefix(f, c) and c.args
    ]
    if edits:
        yield Mutation(HEALTHY, "group norm for batch norm", tuple(edits))


@injects(HEALTHY)
def smooth_rectifier(project: Project) -> Iterator[Mutation]:
    """GELU for ReLU, in networks that draw no weights for ReLU."""
    if he_statements(project):
        return
    for file in project.python:
        edits = [file.replace(c, f"{prefix(file, c)}GELU()") for c in file.calls("ReLU") if prefix(file, c)]
        edits += [
            file.replace(c.func, _gelu(file, c))
            for c in file.calls("relu")
            if receiver(c) in {"F", "functional"}
        ]
        if edits:
            yield Mutation(HEALTHY, "GELU for ReLU", tuple(edits))
            return


def _gelu(file: PyFile, call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return f"{file.source(call.func.value)}.gelu"
