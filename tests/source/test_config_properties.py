"""Random nested data, dumped and read again: values come back, and each scalar's location holds its text."""

from __future__ import annotations

import json
import math
import string
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainlint.source.lines import split_lines
from trainlint.source.tree import ConfigDocument, Format, load_config, to_python

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
_KEY = st.text(string.ascii_letters + "é \"'.#-_😀", min_size=1, max_size=8)
_SCALAR = st.one_of(
    st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), _TEXT
)
_DATA = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEY, inner, max_size=4),
    max_leaves=12,
)
_DOCUMENT = st.dictionaries(_KEY, _DATA, min_size=1, max_size=5)
_QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _check(text: str, data: Any, format: Format) -> ConfigDocument:
    document = load_config(Path(f"c.{format}"), f"c.{format}", text)
    assert document.problems == []
    assert document.duplicates == []
    assert document.root is not None
    assert to_python(document.root) == data
    lines = split_lines(text)
    for node in document.root.walk():
        if node.kind == "scalar":
            place = node.location
            assert lines[place.line - 1][place.column - 1 :].startswith(split_lines(node.text)[0])
            written = "\n".join(lines[place.line - 1 : place.end_line])
            tail = len(lines[place.end_line - 1]) - (place.end_column - 1)
            assert written[place.column - 1 : len(written) - tail] == "\n".join(split_lines(node.text))
        if node.key_location is not None:
            key = node.key_location
            assert lines[key.line - 1][key.column - 1 : key.end_column - 1].strip()
    return document


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)} = {_toml_value(item)}" for key, item in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + "".join(f"\n {_toml_value(item)}, # x" for item in value) + "\n]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "nan"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(data: dict[str, Any]) -> str:
    lines = []
    tables = {key: value for key, value in data.items() if isinstance(value, dict)}
    for key, value in data.items():
        if key not in tables:
            lines.append(f"{json.dumps(key, ensure_ascii=False)}={_toml_value(value)}")
    for key, value in tables.items():
        lines.append(f"\n[ {json.dumps(key, ensure_ascii=False)} ] # table")
        lines.extend(
            f"\t{json.dumps(name, ensure_ascii=False)}\t=  {_toml_value(item)}"
            for name, item in value.items()
        )
    return "\n".join(lines) + "\n"


@_QUICK
@given(
    _DOCUMENT,
    st.sampled_from([None, True, False]),
    st.sampled_from([None, '"', "'"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_yaml(data: dict[str, Any], flow: bool | None, style: str | None, end: str) -> None:
    text = yaml.safe_dump(
        data, default_flow_style=flow, default_style=style, allow_unicode=True, line_break=end
    )
    _check(text, yaml.safe_load(text), "yaml")


@_QUICK
@given(_DOCUMENT, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_json(data: dict[str, Any], indent: int | str | None, ascii_only: bool) -> None:
    _check(json.dumps(data, indent=indent, ensure_ascii=ascii_only), data, "json")


@_QUICK
@given(_DOCUMENT)
def test_toml(data: dict[str, Any]) -> None:
    _check(_toml(data), data, "toml")


@_QUICK
@given(st.text(max_size=60), st.sampled_from(["yaml", "json", "toml"]))
def test_no_text_makes_a_reader_raise(text: str, format: Format) -> None:
    document = load_config(Path("c"), "c", text, format)
    assert document.format == format
    assert all(problem.message and problem.location.line >= 1 for problem in document.problems)


@_QUICK
@given(
    st.lists(
        st.sampled_from([*"{}[]:,#&*!|>-'\"%@`\n\t ", "a", "<<", "&a", "*a", "1e-3", "\\", "- ", ": "]),
        max_size=25,
    )
)
def test_no_punctuation_makes_a_reader_raise(parts: list[str]) -> None:
    text = "".join(parts)
    for format in ("yaml", "json", "toml"):
        document = load_config(Path("c"), "c", text, format)
        if document.root is not None:
            assert all(node.location.line >= 1 for node in document.root.walk())
