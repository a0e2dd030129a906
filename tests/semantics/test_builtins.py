"""Built-in functions, containers and scalars: abstract results equal those of Python, or are unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import UNKNOWN, evaluate
from trainlint.facts.graph import Node

# Each expression is evaluated by Python as well, and the results are compared.
EXPRESSIONS = [
    "len([1, 2, 3])", "len('abc')", "len({'a': 1})", "list(range(5))", "list(range(2, 9, 3))", "range(10)[-1]",
    "len(range(1000))", "5 in range(3, 8)", "list(enumerate(['a', 'b'], 1))", "list(zip([1, 2], 'ab'))",
    "list(map(lambda a, b: a + b, [1, 2], [3, 4]))", "list(filter(None, [0, 1, 2]))",
    "list(filter(lambda v: v > 1, [0, 1, 2]))", "sorted([3, 1, 2], reverse=True)",
    "sorted(['bb', 'a'], key=len)", "list(reversed([1, 2]))", "sum([1, 2, 3])", "sum([[1], [2]], [])",
    "max(1, 5, 3)", "min([4, 2])", "max(['a', 'ccc', 'bb'], key=len)", "min([], default=7)", "any([0, 1])",
    "all([1, 0])", "any(v > 2 for v in [1, 2])", "abs(-3)", "round(2.567, 1)", "round(2.5)", "pow(2, 5)",
    "divmod(7, 2)", "int('12')", "int(3.9)", "int('ff', 16)", "float('1e-3')", "bool([])", "str(1.5)", "str(None)",
    "tuple([1, 2])", "set([1, 1, 2])", "dict(a=1, **{'b': 2})", "dict([('a', 1)])", "dict.fromkeys(['a'], 0)",
    "isinstance(1, int)", "isinstance(True, int)", "isinstance(1, (str, float))", "isinstance('a', str)",
    "isinstance([], (list, tuple))", "isinstance(None, dict)", "isinstance({}, dict)", "issubclass(bool, int)",
    "callable(len)", "callable(3)", "hasattr([], 'append')", "hasattr('a', 'append')", "getattr('ab', 'upper')()",
    "type(3) is int", "type('').__name__", "next(iter([4, 5]))", "next(iter([]), 9)", "chr(65)", "hex(255)",
    "format(3.14159, '.2f')", "[*range(3), 7]", "list('abc')", "[1, 2] + [3]", "[0] * 3", "(1,) + (2,)",
    "[1, 2, 3][1:]", "[1, 2, 3][::-1]", "[1, 2, 3][-1]", "(1, 2) == (1, 2)", "[1] != [2]", "(1, 2) < (1, 3)",
    "2 in [1, 2]", "'b' not in ('a',)", "{1, 2} | {2, 3}", "{1, 2} & {2, 3}", "{1, 2} - {2}", "{'a': 1} | {'b': 2}",
    "'a' in {'a': 1}", "{'a': 1} == {'a': 1}", "{'a': 1}.get('b', 5)", "{'a': 1}.get('b')", "list({'a': 1}.items())",
    "list({'a': 1}.values())", "[i for i, _ in enumerate('abc') if i]", "{k: v * 2 for k, v in {'a': 1}.items()}",
    "'a,b'.split(',')", "'-'.join(['a', 'b'])", "'Ab'.lower()", "' x '.strip()", "'abc'.startswith('ab')",
    "'abc'.replace('b', 'x')", "'a.b.c'.rsplit('.', 1)", "'abc'[1:]", "'abc'[-1]", "'%s=%d' % ('a', 3)",
    "'{}-{:.1f}'.format('a', 2)", "'{x}'.format(x=1)", "'a' * 3", "'a' + 'b'", "'b' in 'abc'", "'x'.upper().isupper()",
    "7 // 2", "7 % 4", "2 ** 10", "2 ** -1", "1 / 4", "3 << 2", "5 & 3", "5 ^ 1", "not 0", "-(3)", "~5", "1 < 2 < 3",
    "(0.5).is_integer()", "b'ab'.decode()", "'a'.encode()", "sum(x * x for x in range(4))",
    "[a + b for a in (1, 2) for b in (10, 20)]", "sorted({'b': 1, 'a': 2})", "'abc'.find('c')", "'a-b'.partition('-')",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_known_results_equal_those_of_python(expression: str, tmp_path: Path) -> None:
    found = evaluate(tmp_path, f"result = {expression}\n")
    assert found["result"] == eval(expression)


# Huge results are not computed; what Python refuses is unknown.
REFUSED = [
    "10 ** 10 ** 10", "'a' * 10 ** 10", "1 << 10 ** 9", "1 / 0", "'a' + 1", "int('x')", "[1][5]", "{'a': 1}['b']",
    "'{:>1000000000}'.format('a')", "'%1000000000d' % 3", "'a'.ljust(10 ** 9)", "round('a')", "'{0.__class__}'.format(1)",
    "int(input())", "max([unknown, 3])", "min(unknown)", "sum(unknown)", "len(unknown)", "sorted(unknown)[0]",
    "isinstance(unknown, int)", "eval('f()')", "(3).hex()", "(0.5).bit_length()", "(0.5).bit_count()",
]  # fmt: skip


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_refused_huge_or_not_seen_is_unknown(expression: str, tmp_path: Path) -> None:
    found = evaluate(tmp_path, f"from elsewhere import unknown\nresult = {expression}\n")
    assert found["result"] == UNKNOWN


def test_whole_numbers_have_the_methods_of_later_pythons(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "result = (3).is_integer()\n")["result"] is True


def test_a_long_repetition_stays_open(tmp_path: Path) -> None:
    found = evaluate(tmp_path, "many = [0] * 10 ** 9\nsize = len(many)\nfirst = many[0]\n")
    assert found["size"] == UNKNOWN
    assert found["first"] == 0


def test_methods_change_lists_and_dictionaries(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        a = [3, 1]
        a.append(2); a.extend([5]); a.insert(0, 9); popped = a.pop(); a.remove(3); a.sort(); a.reverse()
        b = a.copy(); b.clear()
        s = {1}; s.add(2); s.discard(1); s.update([4])
        d = {"a": 1}
        d.update(b=2, **{"c": 3}); d.setdefault("e", 5); gone = d.pop("a"); d["z"] = 0; del d["b"]
        a[0] = 7
        a += [8]
        """,
    )
    assert found["a"] == [7, 2, 1, 8]
    assert found["popped"] == 5
    assert found["b"] == []
    assert found["s"] == {2, 4}
    assert found["d"] == {"c": 3, "e": 5, "z": 0}
    assert found["gone"] == 1


def test_an_unknown_key_may_have_overwritten_any_entry(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from elsewhere import unknown
        config = {"lr": 0.1}
        merged = {**config, **unknown}
        updated = dict(config)
        updated.update(unknown)
        written = dict(config)
        written[unknown] = 5
        a, b, c = merged["lr"], updated["lr"], written["lr"]
        untouched = config["lr"]
        before = {**unknown, "lr": 0.2}["lr"]
        """,
    )
    assert found["a"] == found["b"] == found["c"] == "UnionValue"
    assert found["untouched"] == 0.1
    assert found["before"] == 0.2


def test_an_unknown_index_chooses_among_the_elements(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from elsewhere import unknown
        same = [4, 4][unknown]
        either = [4, 5][unknown]
        table = {"a": 1, "b": 1}[unknown]
        """,
    )
    assert found["same"] == 4
    assert found["either"] == "UnionValue"
    assert found["table"] == 1


def test_an_extended_list_keeps_only_the_elements_before(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from elsewhere import unknown
        a = [1]
        a.extend(unknown)
        a.append(2)
        first, last, second = a[0], a[-1], a[1]
        """,
    )
    assert found["first"] == 1
    assert found["last"] == found["second"] == UNKNOWN


def test_vars_follows_the_object(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        class Config:
            def __init__(self, **options):
                self.__dict__.update(options)
                for name, value in options.items():
                    setattr(self, name + "_copy", value)
        config = Config(lr=0.1)
        vars(config)["momentum"] = 0.9
        a, b, c = config.lr, config.momentum, config.lr_copy
        known, missing = hasattr(config, "lr"), hasattr(config, "nothing")
        default = getattr(config, "nothing", 3)
        """,
    )
    assert (found["a"], found["b"], found["c"]) == (0.1, 0.9, 0.1)
    assert (found["known"], found["missing"], found["default"]) == (True, False, 3)


def test_subclasses_of_dict_and_list(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        class ByItem(dict):
            __getattr__ = dict.__getitem__
        class ByMethod(dict):
            def __getattr__(self, name):
                return self[name]
        class BySelf(dict):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.__dict__ = self
        class Stack(list):
            def top(self):
                return self[-1]
        source = {"lr": 0.1, "n": {"m": 2}}
        a, b, c = ByItem(source).lr, ByMethod(source).n["m"], BySelf(lr=3).lr
        stack = Stack([1, 2])
        stack.append(5)
        top, size = stack.top(), len(stack)
        def f(lr, n): return lr
        passed = f(**ByItem(source))
        """,
    )
    assert (found["a"], found["b"], found["c"]) == (0.1, 2, 3)
    assert (found["top"], found["size"], found["passed"]) == (5, 3, 0.1)


def test_isinstance_of_local_and_library_classes(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import torch
        from elsewhere import Base
        from torch import nn
        class A: pass
        class B(A): pass
        class C(Base): pass
        class Net(nn.Module): pass
        b, c, net = B(), C(), Net()
        local = (isinstance(b, A), isinstance(A(), B), isinstance(b, (int, A)), issubclass(B, A))
        outside = isinstance(c, A)
        own = isinstance(c, C)
        module = (isinstance(net, nn.Module), isinstance(nn.Linear(1, 1), nn.Linear), isinstance(net, nn.Linear))
        tensor = isinstance(torch.zeros(1), torch.Tensor)
        number = isinstance(0.1, (float, torch.Tensor))
        """,
    )
    assert found["local"] == (True, False, True, True)
    assert found["outside"] == UNKNOWN  # its unknown base may inherit from anything
    assert found["own"] is True
    assert found["module"] == (True, True, False)
    assert found["tensor"] is found["number"] is True


def test_wrapped_loaders_are_still_loaders(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import itertools
        import torch
        from torch import nn
        from torch.utils.data import DataLoader, TensorDataset
        loader = DataLoader(TensorDataset(torch.randn(64, 3), torch.randn(64, 1)), batch_size=8, shuffle=True)
        model = nn.Linear(3, 1)
        for i, (x, y) in enumerate(loader):
            model(x)
        for (x, y), step in zip(loader, range(1000)):
            model(x)
        for x, y in itertools.islice(loader, 5):
            model(x)
        x, y = next(iter(loader))
        """,
    )
    loops = found.program.loops()
    assert [loop.over for loop in loops] == ["loader"] * 3
    assert all(loop.target is found.program.loaders[0] for loop in loops)
    assert found["x"] == "Tensor"


def test_float_of_a_text_scalar_is_a_number(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "c.yaml": "lr: 1e-3\n",
            "train.py": """
                import yaml
                raw = yaml.safe_load(open("c.yaml"))["lr"]
                lr = float(raw)
                """,
        },
    )
    assert found["raw"] == "1e-3"
    assert found["lr"] == 0.001
    assert found.origin("lr")[0] == "c.yaml:1 lr"


def test_numbers_of_array_elements_keep_their_history(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "d.csv": "1,2\n",
            "train.py": """
                import csv
                import torch
                targets = []
                with open("d.csv") as f:
                    for row in csv.reader(f):
                        targets.append(float(row[-1]))
                y = torch.tensor(targets)
                """,
        },
    )
    ancestors = _ancestors(found.names["y"].node)  # type: ignore[attr-defined]
    assert any(node.op == "read" for node in ancestors)


def _ancestors(node: Node) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        inputs = stack.pop().inputs
        found.extend(inputs)
        stack.extend(inputs)
    return found
