"""Evaluates an example of tests/facts and renders what was understood of it, in the words of its reveals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.facts_format import FactExample, Reveal
from trainlint.configs.alone import evaluate_document
from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Init, Module, Node, Op
from trainlint.facts.losses import Output, output_of
from trainlint.facts.target_sources import Target
from trainlint.facts.targets import describe
from trainlint.facts.units import KEEPS_UNITS, raw_source
from trainlint.libraries import all_libraries
from trainlint.model import Location, Place
from trainlint.report.facts import facts_document
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.objects import Instance
from trainlint.semantics.programs import Evaluation, evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.sources import Sources
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Unknown, Value
from trainlint.source.files import SourceReader
from trainlint.source.tree import config_format, load_config

STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(-?\d+)\]")
NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.'])")
UNSHOWN = frozenset({EventKind.ITEM})
ORIGINS = {"lr": "lr_origin", "value": "origin"}
"""Keys of the facts document whose chain of origins stands beside them."""


def _evaluated(sources: Sources, path: Path, given: tuple[Path, ...]) -> Evaluation:
    """The entry's program: of a script, given configs on its command line, or of a document that no script loads."""
    project = Project(sources, path, configs=given)
    if config_format(path) is not None:
        document = load_config(path, sources.reader.display(path), sources.reader.text(path))
        described = evaluate_document(project, document, all_libraries())
        assert described is not None, f"{path.name} is no document of a known kind"
        return described
    source = sources.get(path)
    assert source.tree is not None, source.problems
    return evaluate_file(project, source, all_libraries())


class Revealed:
    """One evaluated example."""

    def __init__(self, example: FactExample, directory: Path) -> None:
        example.write(directory)
        sources = Sources(SourceReader([directory], directory))
        self.evaluation = _evaluated(
            sources, directory / example.entry, tuple(directory / path for path in example.given)
        )
        self.program = self.evaluation.program
        assert not self.program.failures, self.program.failures[0].traceback
        self.document = facts_document(self.program)

    def check(self, reveal: Reveal) -> None:
        """Fail with both values if what was understood is not what is revealed."""
        shown, places = self.render(reveal)
        where = f"{reveal.path}:{reveal.line}"
        assert same(shown, reveal.expected), f"{where}: {reveal.subject} = {shown} (not {reveal.expected})"
        if reveal.places:
            assert places[:1] == list(reveal.places[:1]), f"{where}: {reveal.subject} comes from {places}"
            assert all(place in places for place in reveal.places), f"{where}: {reveal.subject} came {places}"

    def render(self, reveal: Reveal) -> tuple[str, list[str]]:
        """The text of what was understood, and the chain of places it came through."""
        word, _, rest = reveal.subject.partition(" ")
        if word == "value":
            value = self._value(rest)
            return show_value(value), [place_text(p.location) for p in value.origin]
        if word == "program":
            return show_fact(follow(self.program, rest))
        if word in ("raw", "source"):
            return self._source(word, follow(self.program, rest)), []
        if word == "holds":
            return show_target(describe(follow(self.program, rest))), []
        if word == "output":
            return show_output(output_of(follow(self.program, rest))), []
        if word in ("node", "attached"):
            return self._node(word, self._value(rest)), []
        if word == "init":
            return self._init(rest)
        if word in ("graph", "shape"):
            module = self._module(rest)
            calls = [c for c in self.program.calls_of(module) if c.parent is None]
            assert calls, f"{rest} is never called"
            if word == "shape":
                return show_plain(calls[-1].outputs[0].shape if calls[-1].outputs else None), []
            return " ".join(self._graph(module)), []
        if word == "events":
            return " ".join(self._events(self._loop(reveal))), []
        if word == "loop":
            loop = self._loop(reveal)
            return f"{loop.over} {show_plain(loop.length)}", []
        if word == "escapes":
            return show_plain(sorted(self._escapes())), []
        return self._document(reveal.subject)

    def _source(self, word: str, node: Node) -> str:
        """Where a value is read whose units nothing changed; or all that it was made of or scaled by."""
        graph = self.program.graph
        if word == "raw":
            found = raw_source(graph, node)
            return found.describe() if found is not None else "no"
        ends = graph.upstream(node, lambda n: n.op in KEEPS_UNITS)
        return " ".join(dict.fromkeys(n.name for n in ends))

    @staticmethod
    def _node(word: str, value: Value) -> str:
        assert isinstance(value, Tensor), show_value(value)
        node = value.node
        if word == "attached":
            return show_plain(node.attached)
        while node.op in KEEPS_UNITS and node.inputs:
            node = node.inputs[0]
        return f"{node.name} {show_plain(node.low)} {show_plain(node.high)}"

    def _value(self, text: str) -> Value:
        run, module = self.evaluation.run, self.evaluation.module
        run.limit = run.steps + 10_000
        run.push(Frame(module, Scope("module", None, module.namespace)), None)
        try:
            return evaluate(run, ast.parse(text, mode="eval").body)
        finally:
            run.pop()

    def _document(self, path: str) -> tuple[str, list[str]]:
        found = follow(self.document, path)
        parent, _, key = path.rpartition(".")
        around = follow(self.document, parent) if parent else {}
        places: Sequence[Any] = ()
        if isinstance(around, dict):
            places = around.get(ORIGINS.get(key, ""), ()) or ([around] if "line" in around else [])
        return show_plain(found), [f"{place['path']}:{place['line']}" for place in places]

    def _module(self, path: str) -> Module:
        """`Net`, `Net.fc1`, `Net#2` (the second network of that class)."""
        name, _, below = path.partition(".")
        name, _, number = name.partition("#")
        roots = [m for m in self.program.roots if m.qualname.rsplit(".", 1)[-1] == name]
        module = roots[int(number or 1) - 1]
        for part in below.split(".") if below else ():
            module = module.children[part]
        return module

    def _init(self, path: str) -> tuple[str, list[str]]:
        owner, _, name = path.rpartition(".")
        parameter = self._module(owner).parameters[name]
        if parameter.escaped:
            return "unknown", []
        if not parameter.inits:
            return "default", []
        return show_init(parameter.inits[-1]), [place_text(parameter.inits[-1].location)]

    def _graph(self, module: Module) -> Iterator[str]:
        """The operations of the first forward pass; inputs are told where they are not just the one before."""
        outer = [c for c in self.program.calls_of(module) if c.parent is None]
        nodes = [n for n in self.program.graph.nodes if n.call is not None and n.call.outermost is outer[0]]
        hidden = (Op.PARAMETER, Op.CONSTANT, Op.RANDOM)
        shown = [n for n in nodes if n.op not in hidden]
        number = {id(n): k for k, n in enumerate(shown, start=1)}
        for k, node in enumerate(shown, start=1):
            inputs = [number.get(id(n), 0) for n in node.inputs if n.op not in hidden or n not in nodes]
            name = node.name if node.op not in (Op.ADD, Op.MUL, Op.SUB, Op.DIV, Op.MATMUL) else node.op.value
            plain = inputs in ([k - 1], []) or (node.op is Op.PARAMETER)
            yield name if plain else f"{name}({','.join(map(str, inputs))})"

    def _loop(self, reveal: Reveal) -> Loop:
        found = [
            loop
            for loop in self.program.loops()
            if loop.location.path == reveal.path and loop.location.line == reveal.line
        ]
        assert found, f"no loop with events begins in {reveal.path}:{reveal.line}"
        return found[0]

    def _events(self, loop: Loop) -> Iterator[str]:
        """The events of the last pass that was evaluated: `step?` under a condition, `forward!` without a graph."""
        inside = [e for e in self.program.events if e.within(loop) and shown_event(e)]
        last: dict[int, int] = {}
        for event in inside:
            for p in event.loops:
                last[id(p.loop)] = max(last.get(id(p.loop), 0), p.number)
        for event in inside:
            if all(p.number == last[id(p.loop)] for p in event.loops):
                yield self._event(event)

    @staticmethod
    def _event(event: Event) -> str:
        name = f"{event.kind.value}?" if event.branches else event.kind.value
        return f"{name}!" if event.kind is EventKind.FORWARD and event.grad_enabled is False else name

    def _escapes(self) -> set[str]:
        found: set[str] = set()
        for event in self.program.events_of(EventKind.ESCAPE):
            target = event.target
            name = getattr(target, "qualname", None) or getattr(target, "name", "?")
            found.add(f"{name.rsplit('.', 1)[-1]} to {event.options['to']}")
        return found


def shown_event(event: Event) -> bool:
    """Running totals of plain numbers are nobody's concern; nor are random numbers, which may be no batch."""
    plain = event.kind is EventKind.ACCUMULATE and not getattr(event.target, "attached", True)
    by_hand = event.kind is EventKind.DRAW and "by" in event.options
    return event.kind not in UNSHOWN and not plain and not by_hand


def show_target(target: Target) -> str:
    """`index of 10`, `one_hot of 3 as floats`, `values from -1.5 to 1.5`."""
    text = target.encoding or ("whole numbers" if target.whole else "unknown")
    text += f" of {target.classes}" if target.classes is not None else ""
    text += " as floats" if target.floating and target.discrete else ""
    return text + (f" from {target.range.low:g} to {target.range.high:g}" if target.range is not None else "")


def show_output(output: Output | None) -> str:
    """`softmax of 10` for ten units behind softmax."""
    return "unknown" if output is None else f"{output.kind} of {output.units or 'unknown'}"


def follow(base: Any, path: str) -> Any:
    """`optimizers[0].lr` through mappings, attributes and lists; a name applied to a list maps over it."""
    position = 0
    while position < len(path):
        step = STEP.match(path, position)
        assert step is not None, f"not a path: {path}"
        position = step.end()
        base = base[int(step[2])] if step[2] is not None else named(base, step[1])
    return base


def named(base: Any, name: str) -> Any:
    """An item or attribute by name."""
    if isinstance(base, Fact) and name not in ("value", "known", "why", "literal"):
        base = base.value
    if isinstance(base, list | tuple):
        return [named(each, name) for each in base]
    return base[name] if isinstance(base, dict) else getattr(base, name)


def show_fact(found: Any) -> tuple[str, list[str]]:
    if not isinstance(found, Fact):
        return show_plain(found), []
    shown = show_plain(found.value) if found.known and found.value is not None else "unknown"
    return "none" if found.known and found.value is None else shown, places_of(found.origin)


def places_of(origin: Iterable[Place]) -> list[str]:
    return [place_text(place.location) for place in origin]


def place_text(location: Location) -> str:
    return f"{location.path}:{location.line}"


def show_plain(found: Any) -> str:
    """JSON's values in words: `true`, `unknown` for null, text as it is."""
    if isinstance(found, Fact):
        return show_fact(found)[0]
    if found is None:
        return "unknown"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, list | tuple):
        return f"[{', '.join(map(show_plain, found))}]"
    if isinstance(found, dict):
        return f"{{{', '.join(f'{k}: {show_plain(v)}' for k, v in found.items())}}}"
    if isinstance(found, Node):
        return found.name
    return str(getattr(found, "qualname", found))


def show_init(init: Init) -> str:
    """`he`, or `maybe he` under a condition, with the options that are known."""
    options = [f"{k}={show_plain(v)}" for k, v in init.options.items() if v.known]
    return " ".join([*(["maybe"] if init.maybe else []), init.scheme, *options])


def show_value(value: Value) -> str:
    """A value as Python writes it; `unknown`, `1 | 2` for alternatives, `[1, ...]` where more may follow."""
    if isinstance(value, Const):
        return repr(value.value)
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, UnionValue):
        return " | ".join(sorted(show_value(v) for v in value.alternatives))
    if isinstance(value, TupleValue | ListValue):
        return _show_sequence(value)
    if isinstance(value, DictValue):
        parts = [f"{show_value(k)}: {show_value(v)}" for k, v in value.cells.values()]
        return f"{{{', '.join([*parts, *(['...'] if value.open else [])])}}}"
    if isinstance(value, Tensor):
        return "tensor" if value.shape is None else f"tensor {show_plain(value.shape)}"
    if isinstance(value, Instance):
        return f"<{value.cls.describe().rsplit('.', 1)[-1]}>"
    if isinstance(value, FunctionValue | BoundMethod | ClassValue | ModuleValue):
        return f"<{value.describe()}>"
    return f"<{value.describe()}>"


def _show_sequence(value: TupleValue | ListValue) -> str:
    parts = [show_value(v) for v in value.elements] + (["..."] if value.open else [])
    if isinstance(value, ListValue):
        return f"{{{', '.join(sorted(parts))}}}" if value.kind == "set" and parts else f"[{', '.join(parts)}]"
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def same(shown: str, expected: str) -> bool:
    """Whether the texts agree, numbers by value; an expected initialisation may leave options out."""
    if shown == expected or NUMBER.sub(_number, shown) == NUMBER.sub(_number, expected):
        return True
    words = expected.split()
    return bool(words) and words[0] in ("maybe", *shown.split()[:1]) and _init_agrees(shown, words)


def _number(match: re.Match[str]) -> str:
    return repr(float(match[0]))


def _init_agrees(shown: str, words: Sequence[str]) -> bool:
    head = [w for w in words if "=" not in w]
    actual = shown.split()
    options = [w for w in actual if "=" in w]
    plain = [w for w in actual if "=" not in w]
    return bool(options) and head == plain and all(w in options for w in words if "=" in w)
