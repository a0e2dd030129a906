"""Where a hyperparameter of a program is written: config file, option, field, constant or call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .configs import Scalar, scalars
from .project import Edit, Project, PyFile, Span, last_name

OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad")
RATE_KEYS = {"lr", "learning_rate", "eta", "alpha", "rate", "base_lr", "initial_lr", "peak_lr", "step_size"}
CONVERTERS = {"float", "int", "str"}


@dataclass(frozen=True)
class Number:
    """A numeric literal, in Python or in a config."""

    path: str
    start: int
    end: int
    value: float
    line: int
    keys: tuple[str, ...] = ()

    def set(self, text: str) -> Edit:
        return Edit(self.path, self.start, self.end, text)

    @property
    def span(self) -> Span:
        return Span(self.path, self.line, self.line)


@dataclass(frozen=True)
class Rate:
    """The learning rate of one optimizer."""

    number: Number
    optimizer: str
    momentum: bool
    constructor: Span


def key_path(node: ast.expr) -> tuple[str, ...]:
    """`("cfg", "train", "lr")` of `cfg["train"]["lr"]`, `cfg.train.lr` or `float(cfg["train"].get("lr", 1))`."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=attr):
            return (*key_path(value), attr)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return (*key_path(value), key)
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str(key)), *_]):
            return (*key_path(value), key)
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in CONVERTERS:
            return key_path(inner)
    return ()


def resolve(project: Project, file: PyFile, node: ast.expr, depth: int = 0) -> Number | None:
    """The literal behind an expression, or None where it is not the only one possible."""
    if (literal := _literal(file, node)) or depth > 4:
        return literal
    keys = key_path(node)
    if not keys:
        return None
    for candidates in (
        _from_configs(project, keys),
        list(_from_options(project, keys[-1])),
        list(_from_assignments(project, keys[-1])),
        list(_from_parameters(project, keys[-1])),
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            return None
    for node in _aliases(file, keys):
        return resolve(project, file, node, depth + 1)
    return None


def _literal(file: PyFile, node: ast.AST | None) -> Number | None:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return Number(file.path, *file.range(node), float(node.value), node.lineno)
    return None


def number_of(scalar: Scalar) -> Number | None:
    if scalar.number is None:
        return None
    return Number(scalar.path, scalar.start, scalar.end, scalar.number, scalar.line, scalar.keys)


def _from_configs(project: Project, keys: tuple[str, ...]) -> list[Number]:
    found = [n for s in scalars(project) if s.keys[-1] == keys[-1] and (n := number_of(s))]
    exact = [n for n in found if len(keys) > 2 and n.keys[-2:] == keys[-2:]]
    return exact or found


def _from_options(project: Project, key: str) -> Iterator[Number]:
    for file in project.python:
        for call in file.calls("add_argument", "add_option"):
            default = keyword(call, "default")
            if option_name(call) == key and (number := _literal(file, default)):
                yield number


def option_name(call: ast.Call) -> str:
    """The attribute that argparse stores an option's value under."""
    dest = keyword(call, "dest")
    if isinstance(dest, ast.Constant):
        return str(dest.value)
    flags = [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
    long = [f for f in flags if f.startswith("--")] or flags or [""]
    return long[0].lstrip("-").replace("-", "_")


def _from_assignments(project: Project, key: str) -> Iterator[Number]:
    for file in project.python:
        for node in file.nodes:
            value: ast.AST | None = None
            if (isinstance(node, ast.Assign) and [last_name(t) for t in node.targets] == [key]) or (
                isinstance(node, ast.AnnAssign) and last_name(node.target) == key
            ):
                value = node.value
            elif isinstance(node, ast.Call) and last_name(node.func) in {"dict", "SimpleNamespace"}:
                value = keyword(node, key)
            elif isinstance(node, ast.Dict):
                value = next((v for k, v in zip(node.keys, node.values, strict=True) if _is(k, key)), None)
            if number := _literal(file, value):
                yield number


def _from_parameters(project: Project, key: str) -> Iterator[Number]:
    for file in project.python:
        for node in file.nodes:
            if isinstance(node, ast.FunctionDef):
                args = (node.args.posonlyargs + node.args.args)[::-1]
                for arg, default in zip(args, node.args.defaults[::-1], strict=False):
                    if arg.arg == key and (number := _literal(file, default)):
                        yield number


def _aliases(file: PyFile, keys: tuple[str, ...]) -> Iterator[ast.expr]:
    """What a plain name was assigned: `bs = cfg["train"]["batch_size"]`."""
    for node in file.nodes:
        if (
            isinstance(node, ast.Assign)
            and [last_name(t) for t in node.targets] == [keys[-1]]
            and key_path(node.value)
        ):
            yield node.value


def _is(node: ast.AST | None, value: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def spread(project: Project, call: ast.Call, key: str) -> Number | None:
    """The value of `key` in a mapping that the call spreads (`**cfg["optimizer"]`)."""
    for k in call.keywords:
        if k.arg is not None or not (path := key_path(k.value)):
            continue
        found = [n for s in scalars(project) if s.keys[-2:] == (path[-1], key) and (n := number_of(s))]
        if len(found) == 1:
            return found[0]
        return next(_from_assignments(project, key), None) or _from_kept_keywords(project, path[-1], key)
    return None


def _from_kept_keywords(project: Project, name: str, key: str) -> Number | None:
    """`common = dict(batch_size=cfg["batch_size"])`, spread later."""
    for file in project.python:
        for node in file.nodes:
            if (
                isinstance(node, ast.Assign)
                and last_name(node.targets[0]) == name
                and isinstance(node.value, ast.Call)
            ):
                value = keyword(node.value, key)
                return resolve(project, file, value) if value is not None else None
    return None


def rates(project: Project) -> list[Rate]:
    """The learning rates of a program whose literal is known."""
    if project.mentions("LambdaLR", "LBFGS"):
        return []
    found = []
    for file in project.python:
        for call in file.calls(*OPTIMIZERS):
            expr = keyword(call, "lr") or (call.args[1] if len(call.args) > 1 else None)
            number = resolve(project, file, expr) if expr is not None else spread(project, call, "lr")
            if number:
                momentum = (
                    keyword(call, "momentum") is not None or spread(project, call, "momentum") is not None
                )
                found.append(Rate(number, last_name(call.func), momentum, file.span(call)))
    return found or _configured_rate(project)


def _configured_rate(project: Project) -> list[Rate]:
    """A rate beside an optimizer that a config chooses by name."""
    chosen = [s.raw.strip("\"'") for s in scalars(project)]
    kinds = [o for o in OPTIMIZERS if any(re.fullmatch(o, word, re.IGNORECASE) for word in chosen)]
    numbers = [n for s in scalars(project) if s.keys[-1] in RATE_KEYS and (n := number_of(s)) and n.value < 1]
    if len(kinds) != 1 or len(numbers) != 1:
        return []
    momentum = any(s.keys[-1] == "momentum" for s in scalars(project))
    constructors = [
        f.span(c) for f in project.python for c in f.calls() if any(k.arg is None for k in c.keywords)
    ]
    return [Rate(numbers[0], kinds[0], momentum, span) for span in constructors[:1]]


def batch_sizes(project: Project) -> list[tuple[Number, Span]]:
    """The batch size of the training loader, and the loader's call."""
    found = []
    for file in project.python:
        for call in file.calls("DataLoader"):
            if keyword(call, "shuffle") is None and keyword(call, "sampler") is None:
                continue
            if isinstance(shuffle := keyword(call, "shuffle"), ast.Constant) and shuffle.value is False:
                continue
            expr = keyword(call, "batch_size") or (call.args[1] if len(call.args) > 1 else None)
            number = resolve(project, file, expr) if expr is not None else spread(project, call, "batch_size")
            if number:
                found.append((number, file.span(call)))
    return found
