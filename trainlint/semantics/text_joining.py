"""`separator.join(texts)`, `text.format(...)`, and what objects are in a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@runtime_checkable
class Joined(Protocol):
    """A text that is not known and says of itself what a text is that it is joined into with others."""

    def joined(self) -> Value:
        """That text."""


def join_texts(run: Interpreter, self: Const, args: Args) -> Value:
    """The text, where all parts are known; else what one of them says of it."""
    from trainlint.semantics.scalars import LONGEST_TEXT, chain

    items = args.positional[0].iterate(run) if args.positional else None
    for part in items.values if items is not None else ():
        if isinstance(part, Joined):
            return part.joined()
    if items is None or not items.exact:
        return Unknown("text joined from parts that are not known", self.origin)
    parts = [v.value for v in items.values if isinstance(v, Const) and isinstance(v.value, str)]
    size = sum(map(len, parts)) + len(self.value) * len(parts)
    if len(parts) < len(items.values) or size > LONGEST_TEXT:
        return Unknown("text joined from parts that are not known", self.origin)
    return Const(self.value.join(parts), chain(*items.values, self))


def in_text(run: Interpreter, value: Value) -> Value:
    """What an object becomes in a text, where it says so itself (a path; a class of the program's own with `__str__`).

    Anything else, and an object with a `__format__` of its own, stays as it is.
    """
    from trainlint.semantics.builtin_types import make_text

    if not isinstance(value, Instance) or run.class_attribute(value.cls, "__format__") is not None:
        return value
    text = make_text(run, Args([value]))
    return text if isinstance(text, Const) and isinstance(text.value, str) else value


def in_percent(run: Interpreter, value: Value) -> Value:
    """The right side of `text % value`, with objects as they are in a text."""
    if type(value) is TupleValue:
        return TupleValue([in_text(run, v) for v in value.elements], value.origin, open=value.open)
    return in_text(run, value)


def formatted(run: Interpreter, text: Const, args: Args, format: Callable[[Const, Args], Value]) -> Value:
    """`text.format(...)`, of which one argument may be one of several values. format: for arguments that are known."""
    args = Args(
        [in_text(run, v) for v in args.positional],
        {k: in_text(run, v) for k, v in args.keywords.items()},
        args.open,
    )
    given: list[tuple[int | str, Value]] = [*enumerate(args.positional), *args.keywords.items()]
    open_ = [(key, value) for key, value in given if isinstance(value, UnionValue)]
    if len(open_) != 1:
        return format(text, args)
    key, union = open_[0]

    def with_value(value: Value) -> Value:
        positional = [value if k == key else v for k, v in enumerate(args.positional)]
        keywords = {k: value if k == key else v for k, v in args.keywords.items()}
        return format(text, Args(positional, keywords, args.open))

    return run.each(union, with_value)
