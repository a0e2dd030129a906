"""HyperPyYAML: YAML that makes objects (`!new:`, `!name:`, `!apply:`) and refers to itself (`!ref <key>`).

Source: the documentation of hyperpyyaml 1.2 (README, "Tags").
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainlint.configs.documents import MAX_NODES, Reading, lift, parse
from trainlint.configs.files import FileText, chosen_file, opened_path
from trainlint.configs.functional import PartialValue
from trainlint.configs.modules import located
from trainlint.model import Place
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.keys import key_of
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.problem import Unreadable
from trainlint.source.tree import ConfigNode, load_config

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("hyperpyyaml")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_REF = re.compile(r"<([^<>]+)>")
DEEPEST = 40


class _Loader:
    """One document: keys are worked out when something asks for them, each once."""

    def __init__(self, run: Interpreter, root: ConfigNode, overrides: DictValue | None) -> None:
        self.run = run
        self.root = root
        self.overrides = overrides
        self.known: dict[str, Value] = {}
        self.active: list[str] = []
        self.count = 0

    def key(self, path: str) -> Value:
        """The value at a dotted (or bracketed) path from the top."""
        normal = path.replace("[", ".").replace("]", "").strip(".")
        top, _, rest = normal.partition(".")
        if self.overrides is not None and top in self.overrides.cells:
            found: Value = self.overrides.cells[top][1]
            for part in rest.split(".") if rest else ():
                found = self.run.get_item(found, Const(part))
            return found
        if normal not in self.known:
            node = self.root
            for part in normal.split("."):
                inner = node.get(part)
                inner = node.get(int(part)) if inner is None and part.isdigit() else inner
                if inner is None:
                    return Unknown(f"the reference <{path}>")
                node = inner
            if normal in self.active or len(self.active) > DEEPEST:
                return Unknown(f"the reference <{path}>, which leads back to itself")
            self.active.append(normal)
            self.known[normal] = self.value(node, normal)
            self.active.pop()
        return self.known[normal]

    def value(self, node: ConfigNode, path: str = "") -> Value:
        """A node with its tag applied."""
        self.count += 1
        if self.count > MAX_NODES:
            return Unknown("part of a very large document")
        origin = (Place(node.location, node.path),)
        if node.tag is None:
            return self.content(node, path)
        kind, _, name = node.tag.lstrip("!").partition(":")
        if kind in ("ref", "copy"):
            return self.reference(str(node.value if node.value is not None else node.text), origin)
        if kind in ("new", "name", "apply", "module"):
            return self.made(kind, name, node, path, origin)
        if kind == "tuple" and isinstance(node.items, list):
            return TupleValue([self.value(child) for child in node.items], origin)
        return Unknown(f"a value with the tag {node.tag}", origin)

    def content(self, node: ConfigNode, path: str) -> Value:
        origin = (Place(node.location, node.path),)
        if node.kind == "scalar":
            value = node.yaml12_value
            plain = value is None or isinstance(value, bool | int | float | str)
            return Const(value, origin) if plain else Unknown("a value of a config", origin)
        if isinstance(node.items, list):
            return ListValue([self.value(child) for child in node.items], origin)
        entries: dict[Any, tuple[Value, Value]] = {}
        for key, child in node.items.items():
            slot = key_of(Const(key))
            if slot is not None:
                below = f"{path}.{key}" if path else str(key)
                simple = isinstance(key, str) and "." not in key
                entries[slot] = (
                    Const(key),
                    self.key(below) if simple and self.reachable(below) else self.value(child),
                )
        return DictValue(entries, origin)

    def reachable(self, path: str) -> bool:
        node: ConfigNode | None = self.root
        for part in path.split("."):
            node = node.get(part) if node is not None else None
        return node is not None

    def reference(self, text: str, origin: Any) -> Value:
        """`<a>`, `<a>/x`, or arithmetic over references."""
        whole = _REF.fullmatch(text.strip())
        if whole is not None:
            return self.key(whole.group(1))
        found = {name: self.key(name) for name in _REF.findall(text)}
        values = [v.value for v in found.values() if isinstance(v, Const)]
        if len(values) < len(found):
            return Unknown(f"!ref {text[:40]}", origin)
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        if numbers and re.fullmatch(r"[\d\s.eE+\-*/()%]*", _REF.sub("1", text)):
            names = {f"_{i}": value for i, value in enumerate(found.values())}
            code = text
            for i, name in enumerate(found):
                code = code.replace(f"<{name}>", f"_{i}")
            return _computed(self.run, code, names, origin)
        shown = _REF.sub(lambda m: str(found[m.group(1)].value), text)  # type: ignore[attr-defined]
        return Const(shown, origin)

    def made(self, kind: str, name: str, node: ConfigNode, path: str, origin: Any) -> Value:
        """`!new:Class`, `!apply:function`, `!name:function`: called with the node's contents, or kept for later."""
        target = located(self.run, Const(name, origin))
        inner = self.content(node, path)
        args = Args()
        if isinstance(inner, DictValue):
            args = Args([], inner.strings(), inner.open)
        elif isinstance(inner, ListValue):
            args = Args(list(inner.elements))
        elif isinstance(inner, Const) and inner.value not in (None, ""):
            args = Args([inner])
        if kind in ("name", "module"):
            return PartialValue(target, args) if args.values() else target
        return self.run.call(target, args)


def _computed(run: Interpreter, code: str, names: dict[str, Value], origin: Any) -> Value:
    """Arithmetic over numbers that are known."""
    try:
        tree = ast.parse(code.strip(), mode="eval").body
    except SyntaxError:
        return Unknown(f"!ref {code[:40]}", origin)
    for part in ast.walk(tree):
        part._trainlint_location = run.here  # type: ignore[attr-defined]
    run.push(Frame(run.frame.module, Scope("module", None, names)), None)
    try:
        found = evaluate(run, tree)
    finally:
        run.pop()
    return found.with_origin(next((v.origin for v in names.values() if v.origin), origin))


@LIBRARY.function("hyperpyyaml.load_hyperpyyaml")
def _load(run: Interpreter, args: Args) -> Value:
    bound = args.bind("yaml_stream", "overrides", "overrides_must_match")
    stream = bound.get("yaml_stream", _NONE)
    path = stream.path if isinstance(stream, FileText) else opened_path(stream)
    text = chosen_file(run, path, "yaml") if path is not None else None
    if text is None and isinstance(stream, Const) and isinstance(stream.value, str):
        document = load_config(Path("text"), "text", stream.value, "yaml")
    else:
        found = run.find_file(text) if text is not None else None
        parsed = parse(run, found, "yaml") if found is not None else None
        if parsed is None or isinstance(parsed, Unreadable):
            run.gap("config of load_hyperpyyaml()", "its path is not known, or it was not found")
            return Unknown("a config whose path is not known")
        document = parsed
        run.program.files.add(document.display)
    if document.root is None or document.problems:
        return Unknown("a config that does not parse")
    return _Loader(run, document.root, _overrides(bound.get("overrides"))).value(document.root)


def _overrides(value: Value | None) -> DictValue | None:
    """Overrides in a mapping or as YAML; those of the command line are none, as with the defaults of argparse."""
    if isinstance(value, Const) and isinstance(value.value, str) and value.value.strip():
        root = load_config(Path("text"), "text", value.value, "yaml").root
        return as_dict(lift(root, Reading("pyyaml", yaml12=True), value.origin)) if root is not None else None
    return as_dict(value) if value is not None else None
