from __future__ import annotations

import ast
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


READ_ALL_THE_SAME = ("Python 2 code", "unexpected indent", "tabs and spaces")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\nprint 'done'\n", 2, "Python 2 code: print is a statement"),
        ("try:\n    f()\nexcept ValueError, e:\n    pass\n", 3, "Python 2 code: 'except X, e'"),
        ("x = 0777\n", 1, "Python 2 code: octal"),
        ("raise ValueError, 'x'\n", 1, "Python 2 code: 'raise X, message'"),
        ("if x <> y:\n    pass\n", 1, "Python 2 code: '<>'"),
        ("if x:\n        a = 1\n\tb = 2\n", 3, "tabs and spaces are mixed"),
        ("x = f(0.001 y)\n", 1, "does not parse"),
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
    assert source.partial == (not words.startswith(READ_ALL_THE_SAME))


def test_the_rest_of_a_broken_file_is_kept_in_place() -> None:
    text = (
        "import torch\n\ndef broken(:\n    return one\n\n@torch.no_grad()\ndef also(x:\n    pass\n\nlr = 3\n"
    )
    source = _parse(text)
    assert [problem.location.line for problem in source.problems] == [3, 7]
    assert set(_names(source)) == {"torch", "one", "lr"}
    assert _find(source, "lr").line == 10
    assert source.partial


def _code(text: str) -> str:
    source = _parse(text)
    assert source.tree is not None
    return ast.unparse(source.tree)


def test_python_2_throughout_yields_one_problem_and_is_read() -> None:
    source = _parse("".join(f"print 'line {n}'\n" for n in range(50)) + "lr = 3\n")
    assert len(source.problems) == 1
    assert _find(source, "lr").line == 51


def test_what_no_version_parses_yields_one_problem_and_no_tree() -> None:
    source = _parse("".join(f"line {n} is?\n" for n in range(100)))
    assert source.tree is None
    assert len(source.problems) == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("if a:\n    b = 1\nelse\n    c = 2\nd = 4\n", "if a:\n    b = 1\nelse:\n    c = 2\nd = 4"),
        ("for x in y\n    f(x)\n", "for x in y:\n    f(x)"),
        ("x = f(a, b\ny = 2\n", "x = f(a, b)\ny = 2"),
        ("x = f(a))\n", "x = f(a)"),
        ("x = f(a, b\n", "x = f(a, b, *__unread__, **__unread__2)"),
        ("x = [f(a), g(\n", "x = [f(a), g(*__unread__, **__unread__2), *__unread__]"),
        ("optimizer.zero_grad)\ny = 2\n", "__unread__(optimizer)\ny = 2"),
        ("x = f(a b=1)\ny = 2\n", "x = f(a, b=1)\ny = 2"),
        ("<pre><code>x = 1\nif x &lt; 2:\n    y = 3\n</code></pre>\n", "x = 1\nif x < 2:\n    y = 3"),
        ("x = f(a=1, ...)\n", "x = f(a=1, **__unread__)"),
        ("def f(self, a, ...):\n    return a\n", "def f(self, a, **__unread__):\n    return a"),
        ("d = {'a': 1, ...}\n", "d = {'a': 1, **__unread__}"),
        ("for x in y:\n    # ...\nz = 1\n", "for x in y:\n    pass\nz = 1"),
        ("def f(a, :\n    b = a\n    return b\n", "def f(a):\n    b = a\n    return b"),
        ("def f(a ? b):\n    return c\n", "def f(*__unread__, **__unread__2):\n    return c"),
        ("for x ? y:\n    f(x)\n", "for __unread__ in __unread__2:\n    f(x)"),
        ("class A(B:\n    c = 1\n", "class A(B):\n    c = 1"),
        ("x = net(y) ? 1\nz = 2\n", "x = __unread__(y)\nz = 2"),
        ("f(a)\noptimizer.zero_grad) = ?\ng(b)\n", "f(a)\n__unread__(optimizer)\ng(b)"),
        ("x = f(\u201ca\u201d,\u00a0\u2212 1)\n", "x = f('a', -1)"),
        ("y = x.cuda(async=True)\n", "y = x.cuda(_sync=True)"),
        ("!pip install a\nx = 1\n%time f()\ny = !ls\n", "x = 1\ny = get_ipython()"),
        ("print 'a', \\\n    b\nif c: print (a), d\nx = 1\n", "pass\nif c:\n    (print(a), d)\nx = 1"),
        ("x = 0\ntry:\n    print >>f, (a,\n        b)\nexcept E, e: print e\n",
         "x = 0\ntry:\n    pass\nexcept E:\n    pass"),
        ("class A:\n        x = 1\n    y = 2\n    z = 3\n", "class A:\n    x = 1\ny = 2\nz = 3"),
        ("f(a)\nTraceback (most recent call last):\n  File 'a', line 1\n    f(a)\nValueError: no\ng(b)\n",
         "f(a)\ng(b)"),
    ],
)  # fmt: skip
def test_a_statement_that_does_not_parse_is_read_as_far_as_it_can_be(text: str, read: str) -> None:
    assert _code(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Here it is:\n\n```python\nx = 1\n```\nand then\n```\ny = x\n```\nWhy?\n", "x = 1\ny = x"),
        (" x = 1\n-y = 2\n+y = 3\n z = 4\n", "x = 1\ny = 3\nz = 4"),
        ("1 x = 1\n2 for y in x:\n3     z = y\n", "x = 1\nfor y in x:\n    z = y"),
        (">>> x = 1\ny = 2\nfor z in y:\n    w = z\n", "x = 1\ny = 2\nfor z in y:\n    w = z"),
    ],
)
def test_forms_in_which_code_is_pasted(text: str, read: str) -> None:
    assert _code(text) == read


def test_columns_of_pasted_code_are_those_of_the_paste() -> None:
    assert _find(_parse("10 x = 1\n11 lr = x\n12 y = lr\n"), "lr") == Location("a.py", 2, 4, 2, 6)
    assert _find(_parse("if a:\n\tx = 1\n        lr = 2\n\ty = 3\n"), "y").column == 2


def test_python_2_throughout_yields_one_problem() -> None:
    source = _parse("".join(f"print 'line {n}'\n" for n in range(50)))
    assert source.tree is not None
    assert len(source.problems) == 1
    assert not source.partial


def test_prose_is_one_problem() -> None:
    source = _parse("x = 1\nthis is no code\nneither is this one\nnor that one\ny = 2\n")
    assert {"x", "y"} <= set(_names(source))
    assert [problem.location.line for problem in source.problems] == [2]


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


def test_notation_of_newer_pythons_is_no_fault_and_stands_where_it_stood() -> None:
    text = """type Pair[T] = tuple[T, T]
class A[T: int](B[T]):
    async def f[
        K, *Ts
    ](self, x: K): return x
x = f"{d["k"]} {', '.join(d["x"])!r:>{w["n"]}} {"\\n".join(z)} {{y}}"
type(x)
v = 1
"""
    source = _parse(text)
    assert not source.problems
    assert not source.partial
    assert source.tree is not None
    assert [type(part).__name__ for part in source.tree.body[1:]] == ["ClassDef", "Assign", "Expr", "Assign"]
    assert {"B", "d", "w", "z", "v"} <= set(_names(source))
    assert (_find(source, "v").line, _find(source, "v").column) == (8, 1)
    assert _slice(text, _find(source, "z")) == "z"


def test_f_strings_deep_in_each_other_end() -> None:
    source = _parse("x = " + 'f"{' * 3000 + "1" + '}"' * 3000 + "\ny = 2\n")
    assert "y" in _names(source) or source.problems
