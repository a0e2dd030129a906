"""argparse: defaults as values, with the place of the literal and of the option."""

from __future__ import annotations

from pathlib import Path

from tests.evaluation import UNKNOWN, evaluate

HEAD = "import argparse\nparser = argparse.ArgumentParser()\n"


def test_a_default_carries_its_literal_and_the_option(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD + 'parser.add_argument("-l", "--learning-rate", type=float, default=0.5)\n'
        "args = parser.parse_args()\nlr = args.learning_rate\n",
    )
    assert found["lr"] == 0.5
    assert found.origin("lr") == ["train.py:3", "train.py:3 --learning-rate", "train.py:5 args.learning_rate"]


def test_forms_of_options(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD
        + """
def switch(text):
    return text.lower() in ("yes", "true")
parser.add_argument("--weight-decay", "--wd", dest="decay", type=float, default="1e-4")
parser.add_argument("-b", type=int, default=8)
parser.add_argument("--amp", action="store_true")
parser.add_argument("--no-cuda", dest="cuda", action="store_false")
parser.add_argument("--bar", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--flag", type=switch, default="Yes")
parser.add_argument("--layers", nargs="+", type=int, default=[64, 32])
parser.add_argument("--resume")
parser.add_argument("--run", required=True)
parser.add_argument("data", nargs="?", default="train.csv")
parser.add_argument("out")
parser.add_argument("--gone", default=argparse.SUPPRESS)
group = parser.add_argument_group("optimizer")
group.add_argument("--momentum", default=0.9)
exclusive = group.add_mutually_exclusive_group()
exclusive.add_argument("--sgd", action="store_const", const="sgd", dest="kind", default="adam")
exclusive.add_argument("--lamb", action="store_const", const="lamb", dest="kind")
parser.set_defaults(b=16, extra="more")
args = parser.parse_args()
values = (args.decay, args.b, args.amp, args.cuda, args.bar, args.flag, args.layers, args.resume)
more = (args.data, args.momentum, args.kind, args.extra)
unknown = (args.run, args.out)
gone = getattr(args, "gone", "default")
""",
    )
    assert found["values"] == (1e-4, 16, False, True, True, True, [64, 32], None)
    assert found["more"] == ("train.csv", 0.9, "adam", "more")
    assert found["unknown"] == (UNKNOWN, UNKNOWN)
    assert found["gone"] == "default"


def test_a_literal_list_of_arguments_counts(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD
        + """
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", nargs="*", type=int)
parser.add_argument("--amp", action="store_true")
parser.add_argument("name")
args = parser.parse_args(["run1", "--lr=0.5", "--layers", "1", "2", "--amp"])
values = (args.lr, args.layers, args.amp, args.name)
other = parser.parse_args([]).lr
""",
    )
    assert found["values"] == (0.5, [1, 2], True, "run1")
    assert found["other"] == 0.1


def test_known_args_namespaces_and_vars(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD
        + """
parser.add_argument("--lr", type=float, default=0.1)
args, rest = parser.parse_known_args()
config = vars(args)
config.update({"lr": 0.7})
a = args.lr
args.lr = 0.8
b = argparse.Namespace(**vars(args), momentum=0.9).momentum
c = "lr" in args
def train(lr): return lr
d = train(**vars(args))
e = parser.get_default("lr")
""",
    )
    assert [found[n] for n in "abcde"] == [0.7, 0.9, True, 0.8, 0.1]


def test_subcommands_and_parents(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import argparse
        common = argparse.ArgumentParser(add_help=False)
        common.add_argument("--seed", type=int, default=7)
        parser = argparse.ArgumentParser(parents=[common])
        commands = parser.add_subparsers(dest="command")
        train = commands.add_parser("train")
        train.add_argument("--lr", type=float, default=0.1)
        train.set_defaults(mode="fit")
        test = commands.add_parser("test")
        test.set_defaults(mode="score")
        args = parser.parse_args()
        a, b, c, d = args.seed, args.lr, args.command, args.mode
        """,
    )
    assert [found[n] for n in "abcd"] == [7, 0.1, "UnionValue", "UnionValue"]


def test_options_that_are_not_known_leave_defaults_in_doubt(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD
        + """
from elsewhere import overrides
parser.add_argument("--lr", type=float, default=0.1)
parser.set_defaults(**overrides)
lr = parser.parse_args().lr
""",
    )
    assert found["lr"] == "UnionValue"


def test_a_default_from_a_config_is_converted_by_type(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "c.yaml": "lr: 1e-3\n",
            "train.py": HEAD
            + """
import yaml
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--raw", default=0.1)
config = yaml.safe_load(open("c.yaml"))
parser.set_defaults(lr=config["lr"], raw=config["lr"])
args = parser.parse_args()
a, b = args.lr, args.raw
""",
        },
    )
    assert (found["a"], found["b"]) == (0.001, "1e-3")
    assert found.origin("a")[0] == "c.yaml:1 lr"


def test_vars_sees_later_assignments(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        HEAD
        + """
parser.add_argument("--lr", type=float, default=0.1)
args = parser.parse_args()
config = vars(args)
args.lr = 0.2
args.more = 3
lr, more, both = config["lr"], config.get("more"), dict(config)
""",
    )
    assert (found["lr"], found["more"], found["both"]) == (0.2, 3, {"lr": 0.2, "more": 3})


def test_an_opened_default(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        {
            "c.yaml": "lr: 0.5\n",
            "train.py": HEAD
            + 'import yaml\nparser.add_argument("--config", type=argparse.FileType("r"), default="c.yaml")\n'
            + 'lr = yaml.safe_load(parser.parse_args().config)["lr"]\n',
        },
    )
    assert found["lr"] == 0.5
