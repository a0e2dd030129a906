"""Entry points of click, typer, fire, tyro and absl run with their defaults."""

from __future__ import annotations

from pathlib import Path

from tests.evaluation import UNKNOWN, evaluate


def test_click(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import click
        seen = {}
        @click.command()
        @click.option("--learning-rate", "-l", default=0.5, help="the rate")
        @click.option("--steps", "count", default="7", type=int)
        @click.option("--amp/--no-amp")
        @click.option("--fast", is_flag=True)
        @click.option("--resume")
        @click.argument("data")
        def main(learning_rate, count, amp, fast, resume, data):
            seen.update(lr=learning_rate, count=count, amp=amp, fast=fast, resume=resume, data=data)
        if __name__ == "__main__":
            main()
        lr = seen["lr"]
        """,
    )
    assert found["seen"] == {
        "lr": 0.5, "count": 7, "amp": False, "fast": False, "resume": None, "data": UNKNOWN,
    }  # fmt: skip
    assert found.origin("lr")[:2] == ["train.py:4", "train.py:4 --learning-rate"]


def test_typer_fire_and_tyro(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from dataclasses import dataclass
        import fire
        import typer
        import tyro
        app = typer.Typer()
        seen = []
        @app.command()
        def train(lr: float = typer.Option(0.1, help="x"), name: str = typer.Argument(...)):
            seen.append(lr)
        def fit(lr=0.2):
            seen.append(lr)
        @dataclass
        class Config:
            lr: float = 0.3
        app()
        fire.Fire(fit)
        seen.append(tyro.cli(Config).lr)
        """,
    )
    assert found["seen"] == [0.1, 0.2, 0.3]


def test_absl(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        from absl import app, flags
        FLAGS = flags.FLAGS
        flags.DEFINE_float("lr", 0.1, "the rate")
        steps = flags.DEFINE_integer("steps", default=5, help="how many")
        seen = []
        def main(_):
            seen.append(FLAGS.lr)
            seen.append(steps.value)
        if __name__ == "__main__":
            app.run(main)
        """,
    )
    assert found["seen"] == [0.1, 5]
