"""Programs made to hang or crash whoever evaluates them: each ends soon, with a message at most."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainlint.engine import Result, check_paths
from trainlint.settings import Settings

LIMIT = 10.0
"""Seconds of processor time for one program, as promised; nearly all of these take a small part of it."""


class Hang(BaseException):
    """Raised in a test that runs far beyond its limit, so that the others still run."""


@pytest.fixture(autouse=True)
def _alarm() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(12)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


TAIL = """
import torch
from torch import nn
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for x in [torch.zeros(2, 4)] * 100:
    net(x).sum().backward()
    opt.step()
"""
"""A plain fault (TL001), which must be found where the program reaches it."""


def check(directory: Path, **files: str) -> Result:
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text, encoding="utf-8")
    start = time.process_time()
    result = check_paths([f"{next(iter(files))}.py"], directory, Settings(base=directory))
    assert time.process_time() - start < LIMIT
    assert not result.failures, result.failures[0]
    assert not [f for f in result.findings if f.code == "TL999"]
    return result


def nested(opening: str, closing: str, depth: int, core: str = "1") -> str:
    return opening * depth + core + closing * depth


def paths_of(depth: int) -> str:
    return "import unseen\nx = 0\n" + "".join(f"if unseen.f{i}:\n    x = {i}\n" for i in range(depth))


def returns_of(depth: int) -> str:
    lines = [f"    if unseen.f{i}:\n        return {i}\n" for i in range(depth)]
    return "import unseen\ndef f():\n" + "".join(lines) + "    return -1\ny = f()\n"


def chain_of(length: int) -> str:
    functions = [f"def f{i}(x):\n    return f{i + 1}(x) + 1\n" for i in range(length)]
    return "".join(functions) + f"def f{length}(x):\n    return x\ny = f0(1)\n"


REACHED = {
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "mutual recursion": "def f(n):\n    return g(n)\ndef g(n):\n    return f(n) + f(n)\nf(0)\n",
    "recursion by two": "def fib(n):\n    return fib(n - 1) + fib(n - 2)\nfib(90)\n",
    "a lambda that calls itself": "f = lambda g: g(g)\nf(f)\n",
    "a method that calls itself": "class A:\n    def m(self):\n        return self.m()\nA().m()\n",
    "a property that reads itself": "class A:\n    @property\n    def p(self):\n        return self.p\nA().p\n",
    "__getattr__ without end": "class A:\n    def __getattr__(self, n):\n        return getattr(self, n + 'x')\nA().b\n",
    "__init__ that makes more": "class A:\n    def __init__(self):\n        self.a = A()\nA()\n",
    "__iter__ that returns itself": "class A:\n    def __iter__(self):\n        return self\nfor a in A():\n    pass\n",
    "a decorator that decorates itself": "def d(f):\n    return d(f)\n@d\ndef g(): pass\n",
    "a class that inherits from itself": "class A: pass\nclass A(A): pass\nclass A(A): pass\nA()\n",
    "a list that holds itself": "a = []\na.append(a)\nb = [a, a]\nprint(a == b, str(a), sum(b, []))\n",
    "a dictionary that holds itself": "d = {}\nd['d'] = d\nd.update(d)\nx = d['d']['d']\nprint(d == d, f'{d}')\n",
    "an object that holds itself": "class A: pass\na = A()\na.a = a\nvars(a)['b'] = a\nprint(a.a.a.b)\n",
    "objects in a ring": "import copy, unseen\nclass A: pass\na, b = A(), A()\na.b, b.a = b, a\nc = copy.deepcopy(a)\nunseen.f(a, c)\n",
    "a loop of a billion passes": "x = []\nfor i in range(10**9):\n    x.append(i)\n    for j in range(10**9):\n        x = x + [j]\n",
    "huge lists": "a = [0] * 10**9\nb = a * 10**9\nc = list(range(10**12))\nd = b + c\ne = sorted(d)[-1]\n",
    "huge numbers": "a = 10**10**10\nb = 2 << 10**9\nc = 9**9**9**9\nd = str(a)\ne = a * b\n",
    "huge texts": "a = 'x' * 10**10\nb = a * 10**9\nc = f'{1:>1000000000}'\nd = '%1000000000d' % 3\ne = a.replace('x', a)\n",
    "texts that double": "a = 'ab'\nfor i in range(64):\n    a = a + a\n",
    "lists that double": "a = [1, 2]\nfor i in range(64):\n    a = a + a\nb = [a for _ in range(10**6)]\n",
    "tuples of tuples": "a = ()\nfor i in range(64):\n    a = (a, a)\nb = a == a\nc = {a: 1}\nprint(f'{a}', hash(a))\n",
    "dictionaries of dictionaries": "a = {}\nfor i in range(60):\n    a = {'x': a, 'y': a}\nimport copy\nb = copy.deepcopy(a)\nprint(a == b)\n",
    "products": "import itertools\nx = list(itertools.product(range(100), repeat=50))\ny = list(itertools.permutations(range(50)))\nz = list(itertools.combinations(range(99), 49))\n",
    "many paths": paths_of(30),
    "many returns": returns_of(30),
    "alternatives that multiply": "import unseen\nx = 0\nfor i in range(64):\n    x = x + (1 if unseen.f(i) else 1000 ** i)\n",
    "alternatives in lists": "import unseen\nx = []\nfor i in range(40):\n    if unseen.f(i):\n        x.append(i)\ny = [a + b for a in x for b in x]\n",
    "a generator without end": "def g():\n    while True:\n        yield from g()\nx = list(g())\nfor i in g():\n    pass\n",
    "an endless iterator": "import itertools\nx = list(itertools.count())\ny = list(itertools.repeat(1))\nz = sum(itertools.cycle([1, 2]))\n",
    "match on everything": "import unseen\nmatch unseen.x:\n" + "".join(f"    case [{'a, ' * i}*_]:\n        y = {i}\n" for i in range(40)),
    "try within try": "".join("    " * i + "try:\n" for i in range(18)) + "    " * 18 + "x = 1\n" + "".join("    " * i + "except ValueError:\n" + "    " * (i + 1) + "y = 1\n" for i in reversed(range(18))),
    "conditions within conditions": "import unseen\n" + "".join("    " * i + f"if unseen.f{i}:\n" for i in range(18)) + "    " * 18 + "x = 1\n",
    "loops within loops": "import unseen\n" + "".join("    " * i + f"for x{i} in unseen.xs:\n" for i in range(13)) + "    " * 13 + "x = 1\n",
    "while loops within while loops": "import unseen\n" + "".join("    " * i + f"while unseen.f{i}():\n" for i in range(14)) + "    " * 14 + "x = 1\n",
    "calls in a long chain": chain_of(3000),
    "a thousand decorators": "def d(f):\n    return lambda *a: f(*a)\n" + "@d\n" * 1000 + "def f(x):\n    return x\nf(1)\n",
    "attributes in a long chain": "import unseen\nx = unseen" + ".a" * 900 + "\n",
    "stars": "a = [1]\nb = [" + "*a, " * 5000 + "]\ndef f(*a, **k):\n    return f(*a, *a, **k)\nf(*b)\n",
    "globals() that change": "for i in range(100):\n    globals()[f'x{i}'] = globals()\nfor k, v in list(globals().items()):\n    globals()[k + '_'] = v\n",
    "setattr that sets": "class A:\n    def __setattr__(self, k, v):\n        setattr(self, k, v)\n        self.x = v\na = A()\na.b = 1\n",
    "metaclass tricks": "class M(type):\n    def __call__(cls, *a):\n        return cls(*a)\nclass A(metaclass=M): pass\nA()\nB = type('B', (A,), {'b': A})\nB()\n",
    "__class__ and __dict__": "class A: pass\na = A()\na.__class__ = a\na.__dict__ = a\na.__dict__['x'] = a.__dict__\n",
    "regular expressions": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')\nre.sub('(x+x+)+y', '', 'x' * 60)\n",
    "eval of something deep": "x = eval('[' * 500 + ']' * 500)\nimport ast\ny = ast.literal_eval('(' * 90 + '1' + ',)' * 90)\n",
}  # fmt: skip
"""Programs after which the rest must still be understood."""


@pytest.mark.parametrize("name", REACHED)
def test_what_follows_is_understood(tmp_path: Path, name: str) -> None:
    result = check(tmp_path.resolve(), train=REACHED[name] + TAIL)
    assert [f.code for f in result.findings if f.location.path == "train.py"] == ["TL001"]


ENDING = {
    "nested comprehensions": "x = [[[[(a, b, c, d) for a in range(64)] for b in range(64)] for c in range(64)] for d in range(64)]\n",
    "while True at import": "while True:\n    pass\n",
    "while True that grows": "x = []\nwhile True:\n    x.append(x)\n",
    "parentheses": "x = " + nested("(", ")", 80) + "\n",
    "brackets": "x = " + nested("[", "]", 5000) + "\n",
    "unary operators": "x = " + "-" * 20_000 + "1\n",
    "sums": "x = " + " + ".join(["1"] * 30_000) + "\n",
    "calls": "f = lambda x: x\nx = " + nested("f(", ")", 90) + "\n",
    "deep blocks": "".join(" " * i + "if x:\n" for i in range(99)) + " " * 99 + "pass\n",
    "lambdas": "x = " + "lambda: " * 900 + "1\n",
    "conditions": "import unseen\nx = " + "".join(f"{i} if unseen.f{i} else " for i in range(900)) + "0\n",
    "attributes": "x = y" + ".a" * 20_000 + "\n",
    "subscripts": "x = y" + "[0]" * 20_000 + "\n",
    "a hundred thousand lines": "x = 1\n" * 100_000,
    "many thousand branches": "import unseen\n" + "if unseen.a:\n    x = 1\n" * 15_000,
    "thousands of functions": "".join(f"def f{i}(x):\n    return f{(i * 7) % 4_000}(x)\n" for i in range(4_000)),
    "a thousand networks": "from torch import nn\n" + "".join(
        f"class N{i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(1, 1)\n"
        f"    def forward(self, x):\n        return self.a(x)\n" for i in range(1000)),
    "a network of networks": "from torch import nn\ndef f(d):\n    return nn.Linear(1, 1) if d == 0 else nn.Sequential(*[f(d - 1) for _ in range(9)])\nn = f(9)\n",
    "a very deep network": "import torch\nfrom torch import nn\nn = nn.Sequential(*[nn.Linear(4, 4) for _ in range(10**6)])\nn(torch.zeros(1, 4))\n",
    "alternatives of tuples of tuples": "import unseen\na = b = ()\nfor i in range(64):\n    a = (a, a)\n    b = (b, b)\nc = a if unseen.x else (b, 1)\nd = a if unseen.x else b\ne = [c, d, (c, d)]\n",
    "a network in itself": "import torch\nfrom torch import nn\nn = nn.Sequential(nn.Linear(1, 1))\nn.add_module('n', n)\nn(torch.zeros(1, 1))\n",
    "a forward that calls itself": "import torch\nfrom torch import nn\nclass N(nn.Module):\n    def forward(self, x):\n        return self(x) + self.forward(x)\nN()(torch.zeros(1))\n",
    "a tensor of many dimensions": "import torch\nx = torch.zeros(*[2] * 10**6)\ny = x.reshape([1] * 10**6)\nz = torch.zeros(10**30, 10**30)\n",
    "a graph that doubles": "import torch\nx = torch.zeros(2)\nfor i in range(64):\n    x = x + x\n    x = torch.cat([x, x])\nx.sum().backward()\n",
    "a long training loop": "import torch\nfrom torch import nn\nn = nn.Linear(1, 1)\no = torch.optim.SGD(n.parameters(), lr=1)\n" + "o.zero_grad()\nn(torch.zeros(1, 1)).sum().backward()\no.step()\n" * 1500,
    "nulls": "x = 1\n\0\0\0y = 2\n",
    "a line of a million characters": "x = '" + "a" * 1_000_000 + "'\n",
    "a name of a million characters": "x" * 1_000_000 + " = 1\n",
    "digits": "x = " + "9" * 100_000 + "\n",
    "surrogates and marks": "x = '\ufeff\u202e\U0001f600'\n\u00e9 = x\n\u212b = 1\n",
    "unclosed": "x = ((((((" * 100,
    "indentation": "".join(" " * (i % 50) + "x\n" for i in range(1000)),
    "Python 2": "print 'x'\nexec 'y'\nraise E, 'z'\n",
    "merge conflict": "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n",
    "empty": "",
    "form feeds and returns": "x = 1\r\r\n\f\ny = 2\r",
}  # fmt: skip
"""Programs of which nothing need be understood."""


@pytest.mark.parametrize("name", ENDING)
def test_it_ends(tmp_path: Path, name: str) -> None:
    check(tmp_path.resolve(), train=ENDING[name])


def test_modules_in_a_ring(tmp_path: Path) -> None:
    count = 60
    ring = {
        f"m{i}": f"from m{(i + 1) % count} import *\nimport m{(i + 1) % count} as n\nfrom m{(i + 7) % count} import a\na = n.a\n"
        for i in range(count)
    }
    result = check(tmp_path.resolve(), train="from m0 import *\nimport m0\nx = m0.a\n" + TAIL, **ring)
    assert "TL001" in {f.code for f in result.findings}


def test_a_module_that_imports_itself(tmp_path: Path) -> None:
    result = check(
        tmp_path.resolve(), train="import train\nfrom train import *\nfrom train import x\n" + TAIL
    )
    assert "TL001" in {f.code for f in result.findings}


def test_an_import_chain_of_a_thousand_modules(tmp_path: Path) -> None:
    chain = {f"m{i}": f"from m{i + 1} import value\n" for i in range(1000)}
    result = check(
        tmp_path.resolve(), train="from m0 import value\nx = value\n" + TAIL, **chain, m1000="value = 1\n"
    )
    assert "TL001" in {f.code for f in result.findings}


def test_a_loop_of_links(tmp_path: Path) -> None:
    directory = tmp_path.resolve()
    (directory / "package").mkdir()
    (directory / "package" / "package").symlink_to(directory / "package")
    (directory / "train.py").write_text("import package.package.package.x\n" + TAIL, encoding="utf-8")
    result = check_paths(["."], directory, Settings(base=directory))
    assert [f.code for f in result.findings] == ["TL001"]


def test_a_config_that_never_ends_is_not_read(tmp_path: Path) -> None:
    code = "import yaml\nc = yaml.safe_load(open('/dev/zero'))\nd = open('/dev/stdin').read()\n"
    assert [f.code for f in check(tmp_path.resolve(), train=code + TAIL).findings] == ["TL001"]
