from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from trainlint.source.problem import Problem
from trainlint.source.tree import ConfigDocument, ConfigNode, Format, load_config, to_python


def _load(text: str, format: Format = "yaml") -> ConfigDocument:
    return load_config(Path(f"c.{format}"), f"c.{format}", text)


def _node(document: ConfigDocument, path: str) -> ConfigNode:
    node = document.find(path)
    assert node is not None
    return node


def _at(node: ConfigNode) -> tuple[int, int]:
    return node.location.line, node.location.column


def _only_problem(document: ConfigDocument) -> Problem:
    (problem,) = document.problems
    return problem


YAML = """\
# training
optim: &optim
  lr: 1e-3      # text to PyYAML
  "é": 'x'
  betas: [0.9, 0.999]
callbacks:
- name: early
  patience: 0x10
other:
  <<: *optim
  lr: 0.5
alias: *optim
"""


def test_yaml_values_and_places() -> None:
    document = _load(YAML)
    assert document.root is not None
    assert to_python(document.root) == yaml.safe_load(YAML)
    lr = _node(document, "optim.lr")
    assert (lr.value, lr.yaml12_value, lr.text, lr.quoted) == ("1e-3", 0.001, "1e-3", False)
    assert (_at(lr), lr.location.end_column) == ((3, 7), 11)
    assert lr.key_location is not None
    assert (lr.key_location.line, lr.key_location.column, lr.key_location.end_column) == (3, 3, 5)
    quoted = _node(document, "optim.é")
    assert (quoted.text, quoted.value, quoted.quoted, _at(quoted)) == ("'x'", "x", True, (4, 8))
    assert _node(document, "callbacks[0].patience").path == "callbacks[0].patience"
    assert _node(document, "callbacks[0].patience").value == 16
    assert _node(document, "optim.betas").location.end_column == 22


def test_yaml_aliases_and_merge_keys_point_to_where_the_value_stands() -> None:
    document = _load(YAML)
    assert (_at(_node(document, "other.betas[1]")), _node(document, "other.betas").aliased) == ((5, 16), True)
    assert (_at(_node(document, "other.lr")), _node(document, "other.lr").value) == ((11, 7), 0.5)
    assert _at(_node(document, "alias.lr")) == (3, 7)
    assert _node(document, "alias.lr").path == "alias.lr"
    assert document.duplicates == []


def test_yaml_merge_precedence_is_pyyamls() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd:\n  <<: *a\n  <<: *b\n"
    root = _load(text).root
    assert root is not None
    assert to_python(root)["c"] == yaml.safe_load(text)["c"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "safe", "core"),
    [
        ("1e-3", "1e-3", 0.001),
        ("1.0e-3", 0.001, 0.001),
        ("1.e-3", 0.001, 0.001),
        ("5E-4", "5E-4", 0.0005),
        ("yes", True, "yes"),
        ("0o17", "0o17", 15),
        ("017", 15, 17),
        ("1_000", 1000, "1_000"),
        ("1:30", 90, "1:30"),
        ("~", None, None),
        ("", None, None),
        ("True", True, True),
        (".inf", float("inf"), float("inf")),
        ("2024-01-02", datetime.date(2024, 1, 2), "2024-01-02"),
        ("'1e-3'", "1e-3", "1e-3"),
        ("!!str 5", "5", "5"),
        ("!!float 1", 1.0, 1.0),
        ("text here", "text here", "text here"),
        ("=", "=", "="),
    ],
)
def test_yaml_scalars_have_both_readings(text: str, safe: object, core: object) -> None:
    node = _node(_load(f"a: {text}\n"), "a")
    assert (node.value, type(node.value)) == (safe, type(safe))
    assert (node.yaml12_value, type(node.yaml12_value)) == (core, type(core))


def test_yaml_unknown_tags_are_kept() -> None:
    document = _load("a: !include other.yaml\nb: !obj {lr: 1}\nc: !!python/name:os.system x\n")
    assert document.problems == []
    assert (_node(document, "a").tag, _node(document, "a").value) == ("!include", "other.yaml")
    assert (_node(document, "b").tag, _node(document, "b.lr").value) == ("!obj", 1)
    assert _node(document, "c").value == "x"


@pytest.mark.parametrize(
    ("text", "place", "written"),
    [
        ("a: &x 1e-3\n", (1, 7), "1e-3"),
        ("a: !!float 1e-3\n", (1, 12), "1e-3"),
        ("a: !!str &x  'b'\n", (1, 14), "'b'"),
        ("a: &x # why\n  b\n", (2, 3), "b"),
        ("a: !!str\n", (1, 9), ""),
    ],
)
def test_yaml_places_leave_out_anchors_and_tags(text: str, place: tuple[int, int], written: str) -> None:
    node = _node(_load(text), "a")
    assert (_at(node), node.text) == (place, written)


def test_yaml_documents() -> None:
    document = _load("a: 1\n---\na: 2\n---\n")
    assert [to_python(root) for root in document.documents] == [{"a": 1}, {"a": 2}, None]
    assert _node(document, "a").value == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_config_is_fine(text: str) -> None:
    document = _load(text)
    assert (document.root, document.problems) == (None, [])


@pytest.mark.parametrize(
    ("format", "text", "path", "places"),
    [
        ("yaml", "o:\n  lr: 1\n  b: 2\n  lr: 3\n", "o.lr", [(4, 3), (2, 3)]),
        ("yaml", "1: a\n01: b\n", "1", [(2, 1), (1, 1)]),
        ("json", '{"o": [{"lr": 1,\n "lr": 3}]}', "o[0].lr", [(2, 2), (1, 9)]),
    ],
)
def test_duplicates_are_found_once_and_the_last_wins(
    format: Format, text: str, path: str, places: list[tuple[int, int]]
) -> None:
    document = _load(text, format)
    (duplicate,) = document.duplicates
    assert duplicate.key_path == path
    assert [(place.line, place.column) for place in (duplicate.location, duplicate.first)] == places


def test_yaml_duplicates_behind_an_alias_are_told_once() -> None:
    document = _load("a: &a {x: 1, x: 2}\nb: *a\nc: {<<: *a}\n")
    assert len(document.duplicates) == 1


@pytest.mark.parametrize(
    ("text", "place", "words", "kind"),
    [
        ("a:\n\tb: 1\n", (2, 1), "a tab stands in the indentation", "syntax"),
        ("a: [1, 2\n", (2, 1), "while parsing a flow sequence", "syntax"),
        ("a: b: c\n", (1, 5), "mapping values are not allowed", "syntax"),
        ("a: *gone\n", (1, 4), "the alias *gone", "syntax"),
        ("a: {{ lr }}\n", (1, 5), "cannot be a key", "template"),
        ("{% if x %}\na: 1\n{% endif %}\n", (1, 2), "cannot start any token", "template"),
        ("a: 1\nb: \x00\n", (2, 4), "control characters", "encoding"),
        ("a: !!int x\n", (1, 10), "'x' is no valid int", "syntax"),
        ("a: 2024-13-45\n", (1, 4), "no valid timestamp", "syntax"),
        ("a: {<<: 3}\n", (1, 9), "merges mappings only", "syntax"),
        ("a: &a [*a]\n", (1, 7), "refers to a value that holds it", "depth"),
    ],
)
def test_what_is_wrong_with_yaml_is_said_in_words(
    text: str, place: tuple[int, int], words: str, kind: str
) -> None:
    problem = _only_problem(_load(text))
    assert words in problem.message
    assert (problem.location.line, problem.location.column) == place
    assert problem.kind == kind


JSON = """\
{
  // the rate
  "lr": 1e-3, "nested": {"a b": [1, "x\\u00e9", null,]},
  /* more */ "nan": NaN, "big": 12345678901234567890, "neg": -0.5
}
"""


def test_json_values_and_places() -> None:
    document = _load("\ufeff" + JSON, "json")
    assert document.problems == []
    assert (_node(document, "lr").value, _at(_node(document, "lr"))) == (0.001, (3, 9))
    text = _node(document, "nested.a b[1]")
    assert (text.value, text.text, text.quoted) == ("xé", '"x\\u00e9"', True)
    assert (_node(document, "big").value, _node(document, "neg").value) == (12345678901234567890, -0.5)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": 1 "b": 2}', (1, 9), "expected ',' or '}'"),
        ('{"a": [1, 2\n', (2, 1), "the '[' of line 1 is never closed"),
        ("{a: 1}", (1, 2), "key in double quotes"),
        ('{"a": tru}', (1, 7), "expected a value"),
        ('{"a": "x\n', (1, 7), "never closed"),
        ('{"a": "\\q"}', (1, 7), "malformed string"),
        ("{} x", (1, 4), "more text after the end"),
        ('{"a": ' + "1" * 5000 + "}", (1, 7), "too many digits"),
    ],
)
def test_what_is_wrong_with_json_is_said_in_words(text: str, place: tuple[int, int], words: str) -> None:
    problem = _only_problem(_load(text, "json"))
    assert words in problem.message
    assert (problem.location.line, problem.location.column) == place


TOML = """\
lr = 1e-3 # rate
a.b."c d".e = 'x'
[optim]
betas = [
  0.9, # first
  0.999,
]
when = 1979-05-27 07:32:00
inline = { x = 1, 'y' = "z" }
text = \"\"\"
a "quoted" word\"\"\"\"
[[steps]]
n = 1
[steps.sub]
k = true
[[steps]]
n = 2
[optim.deep]
v = -inf
"""


def test_toml_values_and_places() -> None:
    import tomllib

    document = _load(TOML, "toml")
    assert document.root is not None
    assert to_python(document.root) == tomllib.loads(TOML)
    assert (_node(document, "lr").value, _at(_node(document, "lr")), _node(document, "lr").text) == (
        0.001,
        (1, 6),
        "1e-3",
    )
    assert _at(_node(document, "optim.betas[1]")) == (6, 3)
    assert _node(document, "optim.when").text == "1979-05-27 07:32:00"
    assert _at(_node(document, "optim.inline.y")) == (9, 25)
    assert _node(document, "steps[0].sub.k").path == "steps[0].sub.k"
    key = _node(document, "steps[1].n").key_location
    assert key is not None
    assert (key.line, key.column) == (17, 1)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = \n", 1, "Invalid value"),
        ("a = 1\nb = 2\na = 3\n", 3, "stands in its table already"),
        ("a = 'x", 1, "Unclosed|Illegal|Expected"),
        ("a = " + "[" * 5000, 1, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_toml_is_said_in_words(text: str, line: int, words: str) -> None:
    problem = _only_problem(_load(text, "toml"))
    assert any(word in problem.message for word in words.split("|"))
    assert problem.location.line == line


def test_the_suffix_says_the_format() -> None:
    assert _load("{}", "json").format == "json"
    assert load_config(Path("Model.YML"), "Model.YML", "a: 1").format == "yaml"
    assert load_config(Path("settings"), "settings", "a = 1", "toml").find("a") is not None
