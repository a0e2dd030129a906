"""functools, itertools, collections, contextlib, copy, math, pathlib: values pass through them unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import UNKNOWN, evaluate

HEAD = (
    "import collections, copy, functools, itertools, math, operator, os, random, types\n"
    "from pathlib import Path\nfrom functools import partial, reduce\n"
)

EXPRESSIONS = [
    "math.sqrt(16)", "math.log2(8)", "math.ceil(7 / 2)", "math.prod([2, 3])", "math.pi", "math.pow(2, 3)", "math.inf",
    "partial(lambda a, b: a * b, 3)(4)", "partial(dict, a=1)(b=2)", "reduce(lambda a, b: a + b, [1, 2, 3])",
    "list(itertools.chain([1], (2, 3)))", "list(itertools.chain.from_iterable([[1], [2]]))",
    "[list(r) for r in itertools.product([1, 2], 'ab')]", "list(itertools.islice([1, 2, 3], 2))",
    "list(itertools.accumulate([1, 2, 3]))", "[tuple(r) for r in itertools.pairwise([1, 2, 3])]",
    "list(itertools.repeat(5, 2))", "list(itertools.combinations([1, 2, 3], 2))",
    "list(itertools.zip_longest([1, 2], [3]))", "list(itertools.starmap(pow, [(2, 3)]))",
    "operator.add(2, 3)", "sorted([(2, 'a'), (1, 'b')], key=operator.itemgetter(0))",
    "dict(collections.OrderedDict([('a', 1)]))", "types.SimpleNamespace(a=1).a", "list(collections.deque([1, 2]))",
    "str(Path('a') / 'b.txt')", "Path('a/b.txt').stem", "Path('a/b.txt').suffix", "str(Path('a/b/c').parents[1])",
    "os.path.join('a', 'b')", "os.path.basename('a/b.py')", "os.path.splitext('b.py')", "str(Path('a/b.py').parent)",
    "copy.deepcopy({'a': [1]})", "copy.copy([1, 2])",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_known_results_equal_those_of_python(expression: str, tmp_path: Path) -> None:
    found = evaluate(tmp_path, f"{HEAD}result = {expression}\n")
    names: dict[str, object] = {}
    exec(HEAD, names)
    assert found["result"] == eval(expression, names)


@pytest.mark.parametrize(
    "expression",
    ["random.random()", "random.choice([1, unknown()])", "math.sqrt(unknown)", "math.sqrt(-1)", "os.getpid()",
     "Path('a').exists()", "math.factorial(10 ** 6)", "os.path.exists('a')", "itertools.chain(unknown).x"],
)  # fmt: skip
def test_what_is_random_or_depends_on_the_machine_is_unknown(expression: str, tmp_path: Path) -> None:
    assert (
        evaluate(tmp_path, f"{HEAD}from elsewhere import unknown\nresult = {expression}\n")["result"]
        == UNKNOWN
    )


def test_a_shuffled_list_has_no_known_first_element(tmp_path: Path) -> None:
    found = evaluate(tmp_path, f"{HEAD}items = [1, 2, 3]\nrandom.shuffle(items)\nfirst = items[0]\n")
    assert found["first"] == UNKNOWN


def test_default_dictionaries_make_what_is_missing(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from collections import defaultdict
        log = defaultdict(list)
        log["loss"].append(3)
        a, b = log["loss"][0], "other" in log
        """,
    )
    assert (found["a"], found["b"]) == (3, False)


def test_deep_copies_share_nothing(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import copy
        class Config:
            def __init__(self):
                self.lr, self.tags = 0.1, ["a"]
        first = Config()
        second = copy.deepcopy(first)
        second.lr = 0.2
        second.tags.append("b")
        a, b, c = first.lr, first.tags, second.tags
        """,
    )
    assert [found[n] for n in "abc"] == [0.1, ["a"], ["a", "b"]]


def test_a_copied_network_is_another_one(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import copy
        from torch import nn
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        teacher = copy.deepcopy(model)
        model.eval()
        """,
    )
    model, teacher = (found.names[n].data for n in ("model", "teacher"))  # type: ignore[attr-defined]
    assert model is not teacher
    assert model.state["training"] is False
    assert teacher.state["training"] is True


def test_generator_functions_are_context_managers(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import contextlib
        import torch
        log = []
        @contextlib.contextmanager
        def frozen(value):
            log.append("before")
            with torch.no_grad():
                try:
                    yield value + 1
                finally:
                    log.append("finally")
            log.append("after")
        with frozen(2) as got:
            log.append("inside")
            inside = torch.is_grad_enabled()
        outside = torch.is_grad_enabled()
        with contextlib.nullcontext(5) as same:
            pass
        with contextlib.ExitStack() as stack:
            entered = stack.enter_context(frozen(7))
        """,
    )
    assert found["log"][:4] == ["before", "inside", "finally", "after"]
    assert (found["inside"], found["outside"]) == (False, True)
    assert (found["got"], found["same"], found["entered"]) == (3, 5, 8)


def test_decorators_of_functools_leave_functions_as_they_are(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import functools
        def doubled(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs) * 2
            return inner
        @functools.lru_cache(maxsize=None)
        @doubled
        def five(): return 5
        @functools.cache
        def six(): return 6
        class A:
            @functools.cached_property
            def seven(self): return 7
        a, b, c = five(), six(), A().seven
        """,
    )
    assert [found[n] for n in "abc"] == [10, 6, 7]


def test_modules_by_name(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "settings/base.py": "lr = 0.3\n",
            "train.py": """
                import ast
                import importlib
                name = "base"
                lr = importlib.import_module(f"settings.{name}").lr
                optimizer = importlib.import_module("torch.optim").SGD
                both = (eval("1e-3"), ast.literal_eval("[1, {'a': 2}]"))
                """,
        },
    )
    assert found["lr"] == 0.3
    assert found.names["optimizer"].describe() == "torch.optim.SGD"
    assert found["both"] == (0.001, [1, {"a": 2}])
