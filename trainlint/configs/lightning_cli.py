"""LightningCLI: a model, a data module and a trainer made from a config, and the subcommand that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs import class_paths
from trainlint.configs.attribute_dicts import deep_merge, plain
from trainlint.configs.jsonargparse import LIBRARY, PARSER
from trainlint.configs.jsonargparse_reading import (
    ConfigSpace,
    Parser,
    apply_links,
    config_of,
    get_path,
    set_path,
    texts,
)
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[object] = []
_NONE = Const(None)
TRAINER = "lightning.pytorch.Trainer"
_COMMANDS = ("fit", "validate", "test", "predict")
_PARAMETERS = (
    "model_class", "datamodule_class", "save_config_callback", "save_config_kwargs", "trainer_class",
    "trainer_defaults", "seed_everything_default", "parser_kwargs", "parser_class", "subclass_mode_model",
    "subclass_mode_data", "args", "run", "auto_configure_optimizers",
)  # fmt: skip


class CommandLineClass(LibraryClass):
    """lightning.pytorch.cli.LightningCLI; attrs: config, model, datamodule, trainer, parser, subcommand."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        _Command(run, instance, args.bind(*_PARAMETERS)).execute()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("config_init", "config"):
            return Unknown(f"LightningCLI.{name}")
        if name.startswith(("before_", "after_")) or name in (
            "add_arguments_to_parser",
            "add_default_arguments_to_parser",
        ):
            return Native(name, lambda r, args: _NONE)
        if name == "configure_optimizers":
            return Native(name, _configured)
        return None


class _Command:
    """One LightningCLI(...): what it is told, and what it makes of it."""

    def __init__(self, run: Interpreter, instance: Instance, bound: dict[str, Value]) -> None:
        self.run, self.instance, self.bound = run, instance, bound
        handle = PARSER.call(run, Args())
        assert isinstance(handle, Instance)
        self.handle, self.parser = handle, handle.data
        assert isinstance(self.parser, Parser)
        self.command = "fit"
        given = bound.get("args")
        first = given.elements[0] if isinstance(given, ListValue | TupleValue) and given.elements else None
        if isinstance(first, Const) and first.value in _COMMANDS:
            self.command = str(first.value)
        self.objects: dict[str, Value] = {}

    def execute(self) -> None:
        """Everything that the constructor does, the subcommand included unless `run=False`."""
        run, instance = self.run, self.instance
        self._default_files()
        run.write(instance.attrs, "parser", self.handle)
        run.call(run.get_attr(instance, "add_arguments_to_parser"), Args([self.handle]))
        runs = self.bound.get("run", Const(True)).truth(run) is not False
        config = config_of(run, self.parser, self.bound.get("args"), self.command if runs else "")
        run.write(instance.attrs, "subcommand", Const(self.command) if runs else _NONE)
        run.write(instance.attrs, "config", config)
        self._class_defaults(config)
        apply_links(run, self.parser, config, {})
        run.call(run.get_attr(instance, "before_instantiate_classes"), Args())
        data = self._made(config, "data", "datamodule_class")
        run.write(instance.attrs, "datamodule", data if data is not None else _NONE)
        apply_links(run, self.parser, config, self.objects)
        model = self._made(config, "model", "model_class")
        model = model if model is not None else Unknown("a model that the config names")
        run.write(instance.attrs, "model", model)
        apply_links(run, self.parser, config, self.objects)
        self._optimizers(config, model)
        trainer = self._trainer(config)
        run.write(instance.attrs, "trainer", trainer)
        run.call(run.get_attr(instance, "after_instantiate_classes"), Args())
        if runs:
            self._run_command(trainer, model, data)

    def _default_files(self) -> None:
        """`parser_kwargs={"default_config_files": [...]}`, for all subcommands or each."""
        options = as_dict(self.bound.get("parser_kwargs", _NONE))
        entries = options.strings() if options is not None else {}
        own = as_dict(entries.get(self.command, _NONE))
        for part in (entries, own.strings() if own is not None else {}):
            self.parser.add(self.run, "files", *texts(part.get("default_config_files")))

    def _class_defaults(self, config: ConfigSpace) -> None:
        """Defaults of parameters that links take their values from."""
        for key, name in (("model", "model_class"), ("data", "datamodule_class")):
            cls = self.bound.get(name)
            part = get_path(config, key)
            if class_paths.is_spec(part) and isinstance(part, DictValue):
                cls = class_paths.named_class(self.run, part.strings()["class_path"], cls)
            for link in self.parser.state["links"]:
                for source in link.sources:
                    parameter = source.removeprefix(f"{key}.").removeprefix("init_args.")
                    own = source.startswith(f"{key}.") and cls is not None and not link.late
                    default = (
                        class_paths.defaults(self.run, cls).get(parameter)
                        if own and cls is not None
                        else None
                    )
                    if default is not None and get_path(config, source) is None:
                        set_path(self.run, config, source, default)

    def _made(self, config: ConfigSpace, key: str, name: str) -> Value | None:
        """The model or data module; None where there is none."""
        cls = self.bound.get(name)
        part = get_path(config, key)
        none = cls is None or (isinstance(cls, Const) and cls.value is None)
        if none and part is None:
            return None
        subclass = self.bound.get(f"subclass_mode_{key}", Const(False)).truth(self.run) is not False
        target = None if none or (subclass and not class_paths.is_spec(part)) else cls
        if subclass and not none and part is None:
            target = cls
        made = class_paths.instantiate(self.run, part, target, base=None if none else cls)
        self.objects[key] = made
        return made

    def _trainer(self, config: ConfigSpace) -> Value:
        """The trainer: its defaults here, then the config. Without any config the command line says the rest."""
        run = self.run
        cls = self.bound.get("trainer_class", run.library_name(TRAINER))
        merged = ConfigSpace()
        given = as_dict(self.bound.get("trainer_defaults", _NONE))
        if given is not None:
            deep_merge(run, merged, plain(given))
        part = get_path(config, "trainer")
        fixed = merged.strings().get("callbacks")
        if isinstance(part, DictValue):
            deep_merge(run, merged, part)
        keywords = {k: class_paths.argument(run, None, "", v) for k, v in merged.strings().items()}
        callbacks = self._callbacks(
            config, keywords.get("callbacks"), fixed if isinstance(part, DictValue) else None
        )
        if callbacks is not None:
            keywords["callbacks"] = callbacks
        given_args = isinstance(self.bound.get("args"), ListValue | TupleValue | DictValue)
        told = part is not None or given_args or bool(run.project.configs)
        return run.call(cls, Args([], keywords, open=not told or config.open))

    def _callbacks(self, config: ConfigSpace, given: Value | None, fixed: Value | None) -> Value | None:
        """Callbacks of the config, of the trainer's defaults, and those that the parser was told of."""
        more = [
            class_paths.instantiate(self.run, get_path(config, group.key), group.target)
            for group in self.parser.state["groups"]
            if group.key and group.key not in ("model", "data", "trainer")
        ]
        parts: list[Value] = []
        open_ = False
        for value in (given, fixed if fixed is not given else None):
            if isinstance(value, ListValue | TupleValue):
                parts += [v for v in value.elements if not any(v is p for p in parts)]
                open_ = open_ or value.open
            elif value is not None and not isinstance(value, Const):
                parts.append(value)
        if isinstance(given, Unknown):
            return given
        return ListValue([*parts, *more], open=open_) if parts or more else None

    def _optimizers(self, config: ConfigSpace, model: Value) -> None:
        """Optimizer and schedule that the config says: they replace the model's own configure_optimizers()."""
        run = self.run
        if self.bound.get("auto_configure_optimizers", Const(True)).truth(run) is False:
            return
        told = {key: cls for key, cls, several, link in self.parser.state["optimizers"]
                if not several and link == "AUTOMATIC"}  # fmt: skip
        part, schedule = get_path(config, "optimizer"), get_path(config, "lr_scheduler")
        automatic = [link for _, _, _, link in self.parser.state["optimizers"] if link != "AUTOMATIC"]
        if automatic or not isinstance(model, Instance):
            return
        if "optimizer" not in told and not class_paths.is_spec(part):
            return

        def configure(r: Interpreter, args: Args) -> Value:
            parameters = r.call_method(model, "parameters")
            optimizer = _built(r, part, told.get("optimizer"), parameters)
            some = schedule is not None or "lr_scheduler" in told
            made = _built(r, schedule, told.get("lr_scheduler"), optimizer) if some else _NONE
            return r.call(r.get_attr(self.instance, "configure_optimizers"), Args([model, optimizer, made]))

        run.write(model.attrs, "configure_optimizers", Native("configure_optimizers", configure))

    def _run_command(self, trainer: Value, model: Value, data: Value | None) -> None:
        run, name = self.run, self.command
        run.call(run.get_attr(self.instance, f"before_{name}"), Args())
        own = run.class_attribute(getattr(self.instance, "cls", _NONE), name)
        function = run.bind(own, self.instance) if own is not None else run.get_attr(trainer, name)
        keywords: dict[str, Value] = {"model": model}
        if data is not None:
            keywords["datamodule"] = data
        run.call(function, Args([], keywords))
        run.call(run.get_attr(self.instance, f"after_{name}"), Args())


def _configured(run: Interpreter, args: Args) -> Value:
    """`LightningCLI.configure_optimizers(lightning_module, optimizer, lr_scheduler)`, which a subclass may override."""
    bound = args.bind("lightning_module", "optimizer", "lr_scheduler")
    optimizer, schedule = bound.get("optimizer", _NONE), bound.get("lr_scheduler", _NONE)
    if isinstance(schedule, Const):
        return optimizer
    return TupleValue([ListValue([optimizer]), ListValue([schedule])])


def _built(run: Interpreter, part: Value | None, cls: Value | None, first: Value) -> Value:
    """An optimizer over parameters, or a schedule over an optimizer."""
    entries = part.strings() if isinstance(part, DictValue) else {}
    if class_paths.is_spec(part):
        cls = class_paths.named_class(run, entries["class_path"])
        inner = as_dict(entries.get("init_args", _NONE))
        entries = inner.strings() if inner is not None else {}
    return run.call(cls, Args([first], entries)) if cls is not None else Unknown("an optimizer")


COMMAND_LINE = LIBRARY.add(CommandLineClass("jsonargparse.lightning.LightningCLI"))


@LIBRARY.function("jsonargparse.lightning.instantiate_class")
def _instantiate_class(run: Interpreter, args: Args) -> Value:
    """`instantiate_class(args, {"class_path": ..., "init_args": {...}})`"""
    bound = args.bind("args", "init")
    first, spec = bound.get("args", _NONE), bound.get("init", _NONE)
    if not class_paths.is_spec(spec):
        return Unknown("instantiate_class()")
    if isinstance(first, TupleValue) and len(first.elements) != 1:
        return Unknown("instantiate_class()")
    return _built(run, spec, None, first.elements[0] if isinstance(first, TupleValue) else first)
