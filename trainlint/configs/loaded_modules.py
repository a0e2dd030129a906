"""`sys.modules`: modules by their names, with which code finds what itself or a function's module defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.command_line import SYS
from trainlint.configs.modules import found_module
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[TableLibrary] = []


class LoadedModules(Value):
    """`sys.modules[__name__]`, `sys.modules[function.__module__]`; which other modules are loaded is not known."""

    __slots__ = ()

    def describe(self) -> str:
        return "sys.modules"

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if not isinstance(key, Const) or not isinstance(key.value, str):
            return Unknown("a module whose name is not known")
        replaced: dict[str, Value] = run.memo.get("configs.sys_modules", {})
        if key.value in replaced:
            return replaced[key.value]
        here = run.frame.module
        if key.value == here.dotted:
            return here
        if key.value == "__main__":
            return run.modules.get(run.project.entry) or Unknown("the module that is run")
        return found_module(run, key.value)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        if isinstance(key, Const) and isinstance(key.value, str):
            run.impure += 1
            run.write(run.memo.setdefault("configs.sys_modules", {}), key.value, value)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "get":
            return Native("sys.modules.get", self._get)
        return Unknown(f"sys.modules.{name}")

    def _get(self, run: Interpreter, args: Args) -> Value:
        """`sys.modules.get(name)`: as it is read where the module is the one that asks."""
        key = args.positional[0] if args.positional else None
        if isinstance(key, Const) and key.value == run.frame.module.dotted:
            return run.frame.module
        return Unknown("a module that may not be loaded")


SYS.entries["sys.modules"] = LoadedModules()
