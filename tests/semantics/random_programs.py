"""Random programs that Python itself can run, for comparing what the interpreter understood with what happens.

They stay within what the interpreter promises: a loop over something unknown runs at least once, a name is set on
every way to its use, a `try` that does not raise plainly succeeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable

NUMBERS = ("a", "b", "c", "d")
LISTS = ("xs", "ys")
TABLES = ("t", "u")
OBJECTS = ("p", "q")
TEXTS = ("s", "w")
PRELUDE = """\
import unseen

a, b, c, d = 1, 2, -3, 10
xs, ys = [1, 2, 3], []
t, u = {"k": 1, "m": 5}, {"k": 0, "m": 0}
s, w = "ab", "xyz"


class Point:
    count = 0
    scale = 2

    def __init__(self, x, y=4):
        self.x = x
        self.y = y
        Point.count += 1

    @property
    def total(self):
        return self.x + self.y

    def move(self, dx, *, dy=0):
        self.x += dx
        self.y += dy
        return self

    @classmethod
    def origin(cls):
        return cls(0, 0)


class Wide(Point):
    scale = 5

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.w = self.scale

    def move(self, dx, *, dy=1):
        super().move(dx * 2, dy=dy)
        return self


p, q = Point(1), Wide(2, y=3)
"""


class Writer:
    """One program, written statement by statement."""

    def __init__(self, seed: int, unknowns: bool = True) -> None:
        self.random = random.Random(seed)
        self.unknowns = unknowns
        self.lines: list[str] = []
        self.functions = 0
        self.fresh = 0
        self.in_loop = False
        self.in_function = False

    def program(self, statements: int = 14) -> str:
        """The text of a program of about so many statements."""
        self.block(0, statements, 0)
        return PRELUDE + "\n".join(self.lines) + "\n"

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    # -- expressions

    def number(self, depth: int = 0) -> str:
        """An expression whose value is a whole number."""
        simple = [lambda: self.pick(*NUMBERS), lambda: str(self.random.randint(-5, 20))]
        simple += [
            lambda: f'{self.pick(*TABLES)}["{self.pick("k", "m")}"]',
            lambda: f"len({self.pick(*LISTS)})",
        ]
        simple += [lambda: f"{self.pick(*OBJECTS)}.{self.pick('x', 'y', 'scale', 'total')}"]
        if depth > 2:
            return self.random.choice(simple)()
        n = self.number
        deep: list[Callable[[], str]] = [
            lambda: f"({n(depth + 1)} {self.pick('+', '-', '*')} {n(depth + 1)})",
            lambda: f"({n(depth + 1)} {self.pick('//', '%')} {self.random.randint(1, 7)})",
            lambda: f"({n(depth + 1)} if {self.test(depth + 1)} else {n(depth + 1)})",
            lambda: f"{self.pick('min', 'max')}({n(depth + 1)}, {n(depth + 1)})",
            lambda: f"sum({self.listing(depth + 1)})",
            lambda: f"abs({n(depth + 1)})",
            lambda: f"({n(depth + 1)} {self.pick('or', 'and')} {n(depth + 1)})",
            lambda: f"(lambda v, k=2: v * k + {self.pick(*NUMBERS)})({n(depth + 1)})",
            lambda: f"len({self.text(depth + 1)})",
            lambda: f'{self.pick(*TABLES)}.get("{self.pick("k", "z")}", {n(depth + 1)})',
            lambda: f"([{n(depth + 1)}, {n(depth + 1)}][{self.random.randint(-2, 1)}])",
        ]
        return self.random.choice(simple * 3 + deep)()

    def listing(self, depth: int = 0) -> str:
        """An expression whose value is a list of whole numbers."""
        options: list[Callable[[], str]] = [
            lambda: self.pick(*LISTS),
            lambda: f"[{self.number(depth + 1)}, {self.number(depth + 1)}]",
            lambda: f"list(range({self.random.randint(0, 6)}))",
        ]
        if depth < 3:
            options += [
                lambda: (
                    f"[v {self.pick('+', '*')} {self.number(depth + 1)} for v in {self.listing(depth + 1)}]"
                ),
                lambda: f"[v for v in {self.listing(depth + 1)} if v % 2 == 0]",
                lambda: f"({self.listing(depth + 1)} + {self.listing(depth + 1)})[:8]",
                lambda: f"sorted({self.listing(depth + 1)})",
                lambda: f"{self.listing(depth + 1)}[{self.pick('1:', ':2', '::-1', ':-1')}]",
                lambda: f"[x * y for x, y in zip({self.listing(depth + 1)}, {self.listing(depth + 1)})]",
                lambda: f"[*{self.listing(depth + 1)}, {self.number(depth + 1)}]",
                lambda: f"[i + v for i, v in enumerate({self.listing(depth + 1)})]",
                lambda: f"list({self.pick(*TABLES)}.values())",
                lambda: f"list(map(lambda v: v + 1, {self.listing(depth + 1)}))",
            ]
        return self.random.choice(options)()

    def text(self, depth: int = 0) -> str:
        """An expression whose value is a short text."""
        options: list[Callable[[], str]] = [lambda: self.pick(*TEXTS), lambda: repr(self.pick("k", "m", "q"))]
        if depth < 2:
            options += [
                lambda: f"({self.text(depth + 1)} + {self.text(depth + 1)})[:6]",
                lambda: (
                    f'f"{{{self.pick(*NUMBERS)}:0{self.random.randint(1, 4)}d}}-{{{self.pick(*TEXTS)}!r}}"[:9]'
                ),
                lambda: f"{self.text(depth + 1)}.upper()",
                lambda: f'"%d%s" % ({self.number(depth + 1)}, {self.text(depth + 1)})',
                lambda: f'"{{}}".format({self.number(depth + 1)})',
            ]
        return self.random.choice(options)()

    def test(self, depth: int = 0) -> str:
        """A condition."""
        options: list[Callable[[], str]] = [
            lambda: (
                f"{self.number(depth + 1)} {self.pick('<', '>', '==', '!=', '<=')} {self.number(depth + 1)}"
            ),
            lambda: f"{self.number(depth + 1)} in {self.listing(depth + 1)}",
            lambda: f"not {self.listing(depth + 1)}",
            lambda: f"{self.text(depth + 1)}.startswith({self.text(depth + 1)})",
            lambda: f"isinstance({self.pick(*OBJECTS)}, {self.pick('Wide', 'Point')})",
            lambda: f"{self.number(depth + 1)} < {self.number(depth + 1)} <= {self.number(depth + 1)}",
        ]
        if depth < 2:
            options += [lambda: f"({self.test(depth + 1)} {self.pick('and', 'or')} {self.test(depth + 1)})"]
        if self.unknowns:
            options += [lambda: f"unseen.flag({self.random.randint(0, 9)})"] * 3
        return self.random.choice(options)()

    # -- statements

    def block(self, indent: int, count: int, depth: int) -> None:
        for _ in range(count):
            self.statement(indent, depth)

    def statement(self, indent: int, depth: int) -> None:
        simple = [self.assign, self.augment, self.mutate, self.unpack, self.store, self.move]
        compound = [
            self.condition,
            self.loop,
            self.while_loop,
            self.attempt,
            self.match,
            self.function,
            self.with_block,
        ]
        if self.in_loop and self.random.random() < 0.12:
            self.put(indent, f"if {self.test(1)}:")
            self.put(indent + 1, self.pick("break", "continue"))
            return
        if self.in_function and self.random.random() < 0.1:
            self.put(indent, f"if {self.test(1)}:")
            self.put(indent + 1, f"return {self.number(1)}")
            return
        chosen = simple if depth > 2 or self.random.random() < 0.62 else compound
        self.random.choice(chosen)(indent, depth)

    def assign(self, indent: int, depth: int) -> None:
        kind = self.random.random()
        if kind < 0.55:
            self.put(indent, f"{self.pick(*NUMBERS)} = {self.number()}")
        elif kind < 0.8:
            self.put(indent, f"{self.pick(*LISTS)} = {self.listing()}")
        elif kind < 0.9:
            self.put(indent, f"{self.pick(*TEXTS)} = {self.text()}")
        else:
            self.put(indent, f"{self.pick(*OBJECTS)} = {self.pick('Point', 'Wide')}({self.number(1)})")

    def augment(self, indent: int, depth: int) -> None:
        self.put(indent, f"{self.pick(*NUMBERS)} {self.pick('+=', '-=')} {self.number(1)}")

    def mutate(self, indent: int, depth: int) -> None:
        name = self.pick(*LISTS)
        self.put(indent, self.pick(
            f"{name}.append({self.number(1)})", f"{name} = {name}[:5]", f"{name}.extend({self.listing(2)})",
            f"{name} += [{self.number(2)}]", f"{name}.sort()", f"{name}.insert(0, {self.number(2)})",
            f"{name}.reverse()", f"{name} = list(dict.fromkeys({name}))",
        ))  # fmt: skip

    def unpack(self, indent: int, depth: int) -> None:
        a, b = self.random.sample(NUMBERS, 2)
        if self.random.random() < 0.5:
            self.put(indent, f"{a}, {b} = {self.number(1)}, {self.number(1)}")
        else:
            self.put(indent, f"{a}, *{self.pick(*LISTS)} = [{self.number(1)}, *{self.listing(2)}]")

    def store(self, indent: int, depth: int) -> None:
        self.put(
            indent, f'{self.pick(*TABLES)}["{self.pick("k", "m")}"] {self.pick("=", "+=")} {self.number(1)}'
        )

    def move(self, indent: int, depth: int) -> None:
        name = self.pick(*OBJECTS)
        self.put(indent, self.pick(
            f"{name}.x = {self.number(1)}", f"{name}.move({self.number(1)}).move({self.number(2)}, dy=1)",
            f'setattr({name}, "y", {self.number(1)})', f"{name} = {self.pick(*OBJECTS)}",
            f"{self.pick(*NUMBERS)} = getattr({name}, {self.pick(repr('x'), repr('zz'))}, {self.number(2)})",
        ))  # fmt: skip

    def condition(self, indent: int, depth: int) -> None:
        self.put(indent, f"if {self.test()}:")
        self.block(indent + 1, self.random.randint(1, 2), depth + 1)
        if self.random.random() < 0.3:
            self.put(indent, f"elif {self.test()}:")
            self.block(indent + 1, 1, depth + 1)
        if self.random.random() < 0.5:
            self.put(indent, "else:")
            self.block(indent + 1, self.random.randint(1, 2), depth + 1)

    def loop(self, indent: int, depth: int) -> None:
        unknown = self.unknowns and self.random.random() < 0.3
        source = f"unseen.items({self.random.randint(0, 9)})" if unknown else f"list({self.listing(1)})[:6]"
        if not unknown and self.random.random() < 0.5:
            source = f"range({self.random.randint(1, 5)})"
        self.put(indent, f"for {self.pick(*NUMBERS)} in {source}:")
        outer, self.in_loop = self.in_loop, True
        self.block(indent + 1, self.random.randint(1, 3), depth + 1)
        self.in_loop = outer
        if self.random.random() < 0.2:
            self.put(indent, "else:")
            self.block(indent + 1, 1, depth + 1)

    def while_loop(self, indent: int, depth: int) -> None:
        self.fresh += 1
        name = f"n{self.fresh}"
        self.put(indent, f"{name} = {self.random.randint(1, 5)}")
        self.put(indent, f"while {name} > 0:")
        self.put(indent + 1, f"{name} -= 1")
        outer, self.in_loop = self.in_loop, True
        self.block(indent + 1, self.random.randint(1, 2), depth + 1)
        self.in_loop = outer

    def attempt(self, indent: int, depth: int) -> None:
        self.put(indent, "try:")
        self.block(indent + 1, 1, depth + 1)
        raises = self.random.random() < 0.4
        if raises:
            self.put(indent + 1, 'raise ValueError("x")')
        self.put(indent, f"except {self.pick('ValueError', 'Exception')}:")
        self.block(indent + 1, 1, depth + 1)
        if self.random.random() < 0.3:
            self.put(indent, "finally:")
            outer = self.in_loop, self.in_function
            self.in_loop = self.in_function = False
            self.block(indent + 1, 1, 3)
            self.in_loop, self.in_function = outer

    def match(self, indent: int, depth: int) -> None:
        self.put(indent, f"match {self.pick(self.number(1), self.listing(1), self.text(1), 't')}:")
        patterns = ["1 | 2", "int(h) if h > 3", '"ab" | "k"', "[_, *_]", "[]", '{"k": 1}', "str()", "[1, h]"]
        for pattern in self.random.sample(patterns, self.random.randint(1, 3)):
            self.put(indent + 1, f"case {pattern}:")
            self.block(indent + 2, 1, depth + 1)
        self.put(indent + 1, "case _:")
        self.block(indent + 2, 1, depth + 1)

    def with_block(self, indent: int, depth: int) -> None:
        self.put(indent, "with unseen.context():")
        self.block(indent + 1, 1, depth + 1)

    def function(self, indent: int, depth: int) -> None:
        self.functions += 1
        name = f"f{self.functions}"
        generator = self.random.random() < 0.2
        self.put(indent, f"def {name}(g, h={self.number(2)}, *rest, **more):")
        if indent == 0 and self.random.random() < 0.5:
            self.put(indent + 1, f"global {self.pick(*NUMBERS)}, {self.pick(*LISTS)}")
        outer = self.in_loop, self.in_function
        self.in_loop, self.in_function = False, not generator
        self.local_block(indent + 1, depth + 1)
        if generator:
            self.put(indent + 1, "for e in (g, h, *rest):")
            self.put(indent + 2, f"yield e {self.pick('+', '*')} 2")
        else:
            self.put(indent + 1, f"return g + h + sum(rest) + sum(more.values()) {self.pick('+', '-')} v1")
        self.in_loop, self.in_function = outer
        call = f"{name}({self.number(1)}{self.pick('', f', {self.number(2)}', f', 1, {self.number(2)}', ', *[1, 2]')}{self.pick('', ', z=3', ', **{}')})"
        target = self.pick(*NUMBERS)
        self.put(indent, f"{target} = sum({call})" if generator else f"{target} = {call}")

    def local_block(self, indent: int, depth: int) -> None:
        """Statements of a function's body, on names of its own and on shared objects."""
        declared = self.lines[-1].split("global ")[-1].split(", ") if "global " in self.lines[-1] else []
        self.put(indent, f"v1 = {self.number(1) if not declared else 1}")
        for _ in range(self.random.randint(1, 3)):
            self.put(indent, self.pick(
                f"v1 += g {self.pick('+', '*')} 2", f"t['k'] += {self.random.randint(1, 3)}", "xs.append(g)",
                f"p.x = v1 {self.pick('+', '-')} 1", "v1 = v1 if g > 2 else h", f"if {self.pick('g > 1', 'v1 < 3', 'h')}:\n"
                f"{'    ' * (indent + 1)}v1 = {self.pick('5', 'g', 'h + 1')}",
                f"for i in range(3):\n{'    ' * (indent + 1)}v1 += i",
                *(f"{n} = {n}" for n in declared),
            ))  # fmt: skip
            if self.in_function and self.random.random() < 0.25:
                self.put(
                    indent,
                    f"if {self.pick('g > 3', 'v1 % 2', 'unseen.flag(1)' if self.unknowns else 'h > 2')}:",
                )
                self.put(indent + 1, f"return {self.pick('v1', 'g', '7')}")
