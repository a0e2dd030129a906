from __future__ import annotations

import ast
import sys
import warnings
from pathlib import Path

import pytest

from trainlint.model import Location
from trainlint.source.python import PythonSource, parse_python


def _parse(text: str) -> PythonSource:
    return parse_python(Path("a.py"), "a.py", text)


def _names(source: PythonSource) -> list[str]:
    assert source.tree is not None
    return [node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)]


def _find(source: PythonSource, name: str) -> Location:
    assert source.tree is not None
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == name]
    return min(source.location(node) for node in nodes)


def _slice(text: str, place: Location) -> str:
    return text.split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize(
    "text", ["x = 'é€😀' + lr\n", "é = 1; lr = 2\n", "x = 1 + lr\n", "\ufeffx = lr".lstrip("\ufeff")]
)
def test_columns_count_characters(text: str) -> None:
    source = _parse(text)
    assert _slice(text, _find(source, "lr")) == "lr"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_form_feeds_do_not_move_lines(end: str) -> None:
    source = _parse(end.join(["s = '\x0c\u2028é'", "", "t = é + lr"]))
    assert _find(source, "lr") == Location("a.py", 3, 9, 3, 11)


def test_multi_line_nodes_end_where_they_end() -> None:
    source = _parse("f(\n    a,\n    'é', b)\n")
    assert source.tree is not None
    statement = source.tree.body[0]
    assert source.location(statement) == Location("a.py", 1, 1, 3, 12)
    assert source.location(source.tree) == Location("a.py", 1, 1, 1, 3)


def test_an_empty_file_is_fine() -> None:
    source = _parse("")
    assert source.tree is not None
    assert source.tree.body == []
    assert source.problems == []


def test_invalid_escapes_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _parse("x = '\\d'\n").problems == []


READ_ALL_THE_SAME = ("Python 2 code: print", "Python 2 code: 'except", "Python 2 code: 'raise")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\nprint 'done'\n", 2, "Python 2 code: print is a statement"),
        ("try:\n    f()\nexcept ValueError, e:\n    pass\n", 3, "Python 2 code: 'except X, e'"),
        ("x = 0777\n", 1, "Python 2 code: octal"),
        ("raise ValueError, 'x'\n", 1, "Python 2 code: 'raise X, message'"),
        ("if x <> y:\n    pass\n", 1, "Python 2 code: '<>'"),
        ("if x:\n        a = 1\n\tb = 2\n", 3, "tabs and spaces are mixed"),
        ("x = (1\n", 1, "'(' was never closed"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("x = 'é€' ? 3\n", 1, "invalid syntax"),
        ("x = 1\0\n", 1, "null bytes"),
        ("\x1f\x8b\x08 binary \x00\x01", 1, "null bytes"),
        ("\x1f\x8b\x08 binary \x01", 1, "binary data"),
    ],
)
def test_what_does_not_parse_is_said_in_words(text: str, line: int, words: str) -> None:
    source = _parse(text)
    assert source.problems[0].location.line == line
    assert words in source.problems[0].message
    lost = words != "unexpected indent" and not words.startswith(READ_ALL_THE_SAME)
    assert (
        source.partial == lost
    )  # blocks are moved, and old spellings read as today's: nothing of them is lost


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="parses there")
@pytest.mark.parametrize("line", ["def f[T](x: T): ...", "class A[T]: ...", "type X = int"])
def test_newer_syntax_than_the_interpreters_is_called_so(line: str) -> None:
    assert "Python 3.12 or later" in _parse(f"import torch\n{line}\n").problems[0].message


def test_the_rest_of_a_broken_file_is_kept_in_place() -> None:
    text = "import torch\n\ndef broken(:\n    return 1\n\n@torch.no_grad()\ndef also(x:\n    pass\n\nlr = 3\n"
    source = _parse(text)
    assert [problem.location.line for problem in source.problems] == [3, 7]
    assert _names(source) == ["lr"]
    assert _find(source, "lr").line == 10
    assert source.partial


def test_a_broken_branch_takes_its_whole_statement() -> None:
    source = _parse("if a:\n    b = 1\nelse\n    c = 2\nd = 4\n")
    assert _names(source) == ["d"]


def test_python_2_throughout_yields_one_problem_and_is_read() -> None:
    source = _parse("".join(f"print 'line {n}'\n" for n in range(50)) + "lr = 3\n")
    assert len(source.problems) == 1
    assert _find(source, "lr").line == 51


def test_what_no_version_parses_yields_one_problem_and_no_tree() -> None:
    source = _parse("".join(f"line {n} is?\n" for n in range(50)))
    assert source.tree is None
    assert len(source.problems) == 1


def test_indented_code_is_read_with_its_own_columns() -> None:
    text = "\n        loss = f(x)\n        if loss:\n            lr = 1\n"
    source = _parse(text)
    assert source.problems == []
    assert not source.partial
    assert _find(source, "lr") == Location("a.py", 4, 13, 4, 15)
    assert source.excerpt(_find(source, "lr")) == "            lr = 1"


def test_prompts_are_stripped_and_outputs_blanked() -> None:
    text = ">>> import torch\n>>> for x in y:\n...     lr = 1\n...\ntensor([1., 2.])\n>>> é = lr"
    source = _parse(text)
    assert source.problems == []
    assert _find(source, "lr") == Location("a.py", 3, 9, 3, 11)
    assert _slice(text, source.location(source.tree.body[-1])) == "é = lr"  # type: ignore[union-attr]


def test_pasted_code_without_a_function_around_it_parses() -> None:
    assert _parse("for x in y:\n    yield x\nreturn loss\n").problems == []


def test_a_folded_source_reads_the_same() -> None:
    source = _parse("import torch\n\nx = torch.ones(3)\n")
    assert source.tree is not None
    before = ast.dump(source.tree, include_attributes=True)
    source.fold()
    assert source.folded
    assert source.tree is not None
    assert ast.dump(source.tree, include_attributes=True) == before
    assert source.location(source.tree.body[1]).line == 3


def test_what_was_saved_of_a_broken_file_is_never_dropped() -> None:
    source = _parse("x = 1\n\ndef broken(:\n    pass\n\ny = 2\n")
    tree = source.tree
    source.fold()
    assert source.tree is tree


def test_a_block_indented_for_no_reason_is_reported_and_read() -> None:
    source = _parse("x = 1\n    for i in y:\n        z = i\n    w = 2\nv = 3\n")
    assert [problem.location.line for problem in source.problems] == [2]
    assert set(_names(source)) == set("xwviyz")
    assert not source.partial
    assert _find(source, "z").column == 9
    assert _find(source, "v").column == 1


def test_prompts_of_ipython_are_stripped() -> None:
    source = _parse("In [1]: import torch\n\nIn [2]: for i in y:\n   ...:     z = i\n   ...: \nOut[2]: 3\n")
    assert not source.problems
    assert set(_names(source)) == set("iyz")
    assert _find(source, "z").column == 13
