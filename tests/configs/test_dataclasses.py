"""dataclasses, attrs, pydantic, named tuples and enums."""

from __future__ import annotations

from pathlib import Path

from tests.evaluation import UNKNOWN, evaluate


def test_fields_defaults_and_inheritance(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import dataclasses
        from dataclasses import asdict, dataclass, field, fields, replace
        from typing import ClassVar

        @dataclass
        class Base:
            lr: float = 0.1
            tags: list = field(default_factory=lambda: ["a"])
            kind: ClassVar[str] = "base"

        @dataclass(frozen=True)
        class Train(Base):
            base: Base = field(default_factory=Base)
            steps: int = field(default=3, init=False)
            double: float = 0.0

            def __post_init__(self):
                object.__setattr__(self, "double", self.lr * 2)

        train = Train(lr=0.4)
        a = (train.lr, train.tags, train.base.lr, train.steps, train.double, Train.kind)
        b = asdict(train)
        c = replace(train, lr=5.0).double
        d = [f.name for f in fields(train)]
        e = Base(0.7).lr
        f = Base(**{"lr": 0.9}).lr
        """,
    )
    assert found["a"] == (0.4, ["a"], 0.1, 3, 0.8, "base")
    assert found["b"] == {
        "lr": 0.4,
        "tags": ["a"],
        "base": {"lr": 0.1, "tags": ["a"]},
        "steps": 3,
        "double": 0.8,
    }
    assert found["c"] == 10.0
    assert found["d"] == ["lr", "tags", "base", "steps", "double"]
    assert (found["e"], found["f"]) == (0.7, 0.9)
    assert found.origin("e")[0] == "train.py:25"


def test_an_open_mapping_may_set_any_field(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from dataclasses import dataclass
        from elsewhere import options
        @dataclass
        class Config:
            lr: float = 0.1
        lr = Config(**options).lr
        """,
    )
    assert found["lr"] == UNKNOWN


def test_attrs(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import attr
        import attrs
        @attrs.define
        class New:
            lr: float = 0.1
            layers: list = attrs.field(factory=list)
        @attr.s
        class Old:
            lr = attr.ib(default=0.2)
        a, b, c = New(lr=3).lr, New().layers, Old().lr
        """,
    )
    assert [found[n] for n in "abc"] == [3, [], 0.2]


def test_pydantic_converts_text(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from typing import Optional
        from pydantic import BaseModel, Field, field_validator
        class Optim(BaseModel):
            lr: float = 0.1
            steps: Optional[int] = None
            name: str = "sgd"
        class Config(BaseModel):
            optim: Optim = Field(default_factory=Optim)
            widths: list[int] = [8]
        class Checked(BaseModel):
            lr: float
            @field_validator("lr")
            def small(cls, value):
                return min(value, 1.0)
        config = Config.model_validate({"optim": {"lr": "1e-3", "steps": "5", "name": "1"}, "widths": ["4", "2"]})
        a = (config.optim.lr, config.optim.steps, config.optim.name, config.widths)
        b = Config().optim.lr
        c = Checked(lr=50.0).lr
        d = config.model_dump()["optim"]["lr"]
        """,
    )
    assert found["a"] == (0.001, 5, "1", [4, 2])
    assert (found["b"], found["c"], found["d"]) == (0.1, 1.0, 0.001)


def test_named_tuples_and_enums(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from collections import namedtuple
        from enum import Enum, StrEnum, auto
        from typing import NamedTuple
        Point = namedtuple("Point", "x y", defaults=[5])
        class Hyper(NamedTuple):
            lr: float = 0.1
            steps: int = 3
        class Act(Enum):
            RELU = "relu"
            TANH = "tanh"
        class Mode(StrEnum):
            FIT = auto()
        p, h = Point(1), Hyper(steps=7)
        a = (p.x, p.y, p[1], p._replace(y=2).y, list(p))
        b = (h.lr, h.steps, h[1], isinstance(h, tuple))
        x, y = h
        c = (Act.RELU.value, Act("tanh").name, Act["TANH"].value, [m.value for m in Act], Act.RELU is Act.RELU)
        d = (Mode.FIT == "fit", Act.RELU == "relu")
        """,
    )
    assert found["a"] == (1, 5, 5, 2, [1, 5])
    assert found["b"] == (0.1, 7, 7, True)
    assert (found["x"], found["y"]) == (0.1, 7)
    assert found["c"] == ("relu", "TANH", "tanh", ["relu", "tanh"], True)
    assert found["d"] == (True, False)


def test_generic_bases_add_nothing(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from abc import ABC, abstractmethod
        from typing import Generic, Optional, Protocol, TypeVar
        T = TypeVar("T")
        class Base(ABC, Generic[T]):
            @abstractmethod
            def rate(self) -> Optional[float]: ...
        class Child(Base[int]):
            def rate(self): return 0.1
        class Other: pass
        a, b, c = Child().rate(), isinstance(Child(), Base), isinstance(Child(), Other)
        """,
    )
    assert [found[n] for n in "abc"] == [0.1, True, False]
