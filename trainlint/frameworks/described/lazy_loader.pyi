"""lazy_loader (0.4): names of a package that are imported from its modules when they are first asked for."""

import importlib

def attach(package_name, submodules=None, submod_attrs=None):
    modules = set(submodules) if submodules is not None else set()
    homes = {name: module for module, names in (submod_attrs or {}).items() for name in names}

    def found(name):
        if name in modules:
            return importlib.import_module(f"{package_name}.{name}")
        if name in homes:
            return getattr(importlib.import_module(f"{package_name}.{homes[name]}"), name)
        raise AttributeError(name)

    names = sorted(modules | homes.keys())

    def listed():
        return names

    return found, listed, names

def load(fullname, *args, **kwargs):
    return importlib.import_module(fullname)
