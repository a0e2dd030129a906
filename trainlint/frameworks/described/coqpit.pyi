"""Coqpit: data classes that are mappings too, changed by dictionaries, JSON and the command line (coqpit 0.x)."""

import copy as copying
import json
from dataclasses import dataclass

@dataclass
class Coqpit:
    def __post_init__(self):
        pass

    def __getitem__(self, arg):
        return getattr(self, arg)

    def __setitem__(self, arg, value):
        setattr(self, arg, value)

    def __iter__(self):
        return iter(list(self.__dict__.keys()))

    def __len__(self):
        return len(self.__dict__)

    def __contains__(self, arg):
        return hasattr(self, arg)

    def get(self, arg, default=None):
        return getattr(self, arg, default)

    def keys(self):
        return self.__dict__.keys()

    def items(self):
        return self.__dict__.items()

    def has(self, arg):
        return hasattr(self, arg)

    def update(self, new, allow_new=False):
        for name, value in new.items():
            setattr(self, name, value)

    def merge(self, coqpits):
        for each in coqpits if isinstance(coqpits, list) else [coqpits]:
            self.update(each.to_dict())

    def to_dict(self):
        return dict(self.__dict__)

    def from_dict(self, data):
        self.update(data)

    @classmethod
    def new_from_dict(cls, data):
        return cls(**data)

    @classmethod
    def init_from_argparse(cls, args=None, arg_prefix="coqpit"):
        return cls()

    def copy(self):
        return copying.deepcopy(self)

    def check_values(self):
        pass

    def pprint(self):
        pass

    def save_json(self, file_name):
        pass

    def load_json(self, file_name):
        with open(file_name) as file:
            self.update(json.load(file))

    def parse_args(self, args=None, arg_prefix="coqpit"):
        return self

    def parse_known_args(self, args=None, arg_prefix="coqpit", relaxed_parser=False):
        return []

    def init_argparse(self, parser=None, arg_prefix="coqpit", help_prefix="", relaxed_parser=False):
        return parser

class Serializable:
    pass

def check_argument(*args, **kwargs):
    pass
