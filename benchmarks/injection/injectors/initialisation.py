"""Initial weights and biases that do not fit the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, Span, imported_names, last_name
from ..syntax import RECURRENT, SKIPPING, WEIGHTED, method, model_classes

HE = ("kaiming_normal_", "kaiming_uniform_")
WEIGHT_FAULTS = {
    "TL604": "{prefix}xavier_{spread}({tensor})",
    "TL605": "{prefix}constant_({tensor}, 0.05)",
    "TL606": "{prefix}normal_({tensor}, mean=0.0, std=1.0)",
}
BIAS_FAULTS = {"TL607": "0.0", "TL614": "-0.5"}
WEIGHT_LINES = {
    "TL605": "torch.nn.init.constant_(layer.weight, 0.1)",
    "TL606": "torch.nn.init.normal_(layer.weight)",
}
BIAS_LINES = {
    "TL607": "torch.nn.init.zeros_(layer.bias)",
    "TL614": "torch.nn.init.constant_(layer.bias, -0.5)",
}


def he_statements(project: Project) -> list[tuple[PyFile, ast.Expr]]:
    """Statements that draw weights by He's rule, by name or by hand."""
    return [
        (f, node)
        for f in project.python
        for node in f.nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_he(f, node.value)
    ]


def _is_he(file: PyFile, call: ast.Call) -> bool:
    return last_name(call.func) in HE or (last_name(call.func) == "normal_" and "sqrt(2" in file.source(call))


def uses_normalisation(project: Project) -> bool:
    return project.mentions(*SKIPPING) or project.mentions(*RECURRENT)


@injects("TL603")
def drop_he(project: Project) -> Iterator[Mutation]:
    sites = he_statements(project)
    if sites and not uses_normalisation(project):
        edits = tuple(f.delete(s) for f, s in sites)
        yield Mutation("TL603", "He initialisation deleted", edits)


@injects("TL604", "TL605", "TL606")
def misfit_weights(project: Project) -> Iterator[Mutation]:
    """He initialisation becomes another one, or one is added to a network that had the default.

    Xavier is planted only for He: in the shallow networks that keep the default it does no harm.
    """
    sites = he_statements(project)
    for code in WEIGHT_FAULTS:
        if code == "TL604" and (uses_normalisation(project) or not project.mentions("ReLU", "relu")):
            continue
        if sites:
            edits = tuple(f.replace(s.value, _other_weights(f, s.value, code)) for f, s in sites)
            spans = tuple(f.span(f.scope(s)) for f, s in sites)
            yield Mutation(code, "another initialisation for He", edits, spans + class_spans(project))
        elif code == "TL605" or (code == "TL606" and not uses_normalisation(project)):
            yield from _added(project, code, WEIGHT_LINES[code])


def _other_weights(file: PyFile, statement: ast.expr, code: str) -> str:
    assert isinstance(statement, ast.Call) and isinstance(statement.func, ast.Attribute)
    name = statement.func.attr
    if name in HE:
        prefix = file.source(statement.func.value) + "."
        tensor = file.source(statement.args[0])
        return WEIGHT_FAULTS[code].format(prefix=prefix, spread=name.removeprefix("kaiming_"), tensor=tensor)
    tensor = file.source(statement.func.value)
    by_hand = {"TL605": f"{tensor}.fill_(0.05)", "TL606": f"{tensor}.normal_(0, 1)"}
    return by_hand.get(code, f"nn.init.xavier_normal_({tensor})")


@injects("TL607", "TL614")
def misfit_biases(project: Project) -> Iterator[Mutation]:
    if uses_normalisation(project) or not project.mentions("ReLU", "relu"):
        return
    for code, value in BIAS_FAULTS.items():
        constants = [(f, c) for f in project.python for c in _bias_constants(f)]
        if constants:
            edits = tuple(f.replace(c, value) for f, c in constants)
            spans = tuple(f.span(f.scope(c)) for f, c in constants)
            yield Mutation(code, f"bias at {value}", edits, spans + class_spans(project))
        elif sites := he_statements(project):
            edits = tuple(e for f, s in sites if (e := _bias_after(f, s, value)))
            spans = tuple(f.span(f.scope(s)) for f, s in sites)
            if edits:
                yield Mutation(code, f"bias set to {value}", edits, spans + class_spans(project))
        else:
            yield from _added(project, code, BIAS_LINES[code])


def _bias_constants(file: PyFile) -> Iterator[ast.expr]:
    for call in file.calls("constant_", "fill_"):
        whole = file.source(call)
        if ".bias" in whole and isinstance(call.args[-1], ast.Constant):
            yield call.args[-1]


def _bias_after(file: PyFile, stmt: ast.Expr, value: str) -> Edit | None:
    """A second statement for the bias of the layer whose weight the first one drew."""
    source = file.source(stmt)
    for node in ast.walk(stmt):
        if isinstance(node, ast.Attribute) and node.attr == "weight":
            layer = file.source(node.value)
            init = source.split("kaiming")[0] if "kaiming" in source else "nn.init."
            line = (
                f"{init}zeros_({layer}.bias)"
                if float(value) == 0
                else f"{init}constant_({layer}.bias, {value})"
            )
            return file.insert_after(stmt, line)
    return None


def _added(project: Project, code: str, line: str) -> Iterator[Mutation]:
    """A loop over the layers at the end of the model's constructor."""
    models = model_classes(project)
    for file, cls in models if len(models) == 1 else []:
        init = method(cls, "__init__")
        layers = [n for n in ast.walk(cls) if isinstance(n, ast.Call) and last_name(n.func) in WEIGHTED]
        if init is None or len(layers) < 2 or project.mentions("LambdaLR", "LBFGS"):
            continue
        guard = " and layer.bias is not None" if "bias" in line else ""
        kinds = "torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d"
        body = f"for layer in self.modules():\n    if isinstance(layer, ({kinds})){guard}:\n        {line}"
        edits = [file.insert_after(init.body[-1], body)]
        if "torch" not in imported_names(file):
            edits.insert(0, file.insert_before(first_import(file), "import torch"))
        yield Mutation(code, "initialisation added", tuple(edits), class_spans(project))
        return


def first_import(file: PyFile) -> ast.stmt:
    """The first import that may have another before it."""
    imports = [n for n in file.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return next(n for n in imports if getattr(n, "module", "") != "__future__")


def class_spans(project: Project) -> tuple[Span, ...]:
    """The file that holds the layers: a finding stands at a layer or at its initialisation."""
    return tuple(f.span(f.tree) for f in project.python if any(True for _ in f.calls(*WEIGHTED)))
