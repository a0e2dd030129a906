"""Classes that remember what they were made with (diffusers 0.3x): `@register_to_config` before `__init__`, whose arguments are attributes
of `self.config` from then on."""

import functools
import inspect

class FrozenDict(dict):
    def __getattr__(self, name):
        return self[name]

class ConfigMixin:
    config_name = None
    ignore_for_config = ()
    has_compatibles = False

    def register_to_config(self, **kwargs):
        self._internal_dict = FrozenDict(kwargs)

    @property
    def config(self):
        return self._internal_dict

    @classmethod
    def from_config(cls, config=None, return_unused_kwargs=False, **kwargs):
        given = {**config, **kwargs}
        return cls(
            **{name: given[name] for name in inspect.signature(cls.__init__).parameters if name in given}
        )

    def save_config(self, save_directory, push_to_hub=False, **kwargs):
        return None

    def to_json_string(self):
        return ""

def register_to_config(init):
    @functools.wraps(init)
    def inner_init(self, *args, **kwargs):
        names = list(inspect.signature(init).parameters.items())[1:]
        kept = {name: parameter.default for name, parameter in names[len(args) :]}
        kept.update({name: given for (name, parameter), given in zip(names, args)})
        kept.update({name: given for name, given in kwargs.items() if not name.startswith("_")})
        self.register_to_config(**kept)
        init(self, *args, **{name: given for name, given in kwargs.items() if not name.startswith("_")})
    return inner_init
