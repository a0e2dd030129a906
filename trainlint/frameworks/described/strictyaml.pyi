"""strictyaml: YAML whose scalars are texts, but where a schema says what they are.

Source: https://hitchdev.com/strictyaml/ (`load`, `YAML.data`, `.text`, `.value`; without a schema every scalar is a string).
A schema's types are taken to be those that YAML itself reads.
"""

import yaml

class YAML:
    def __init__(self, value):
        self.data = value
        self.value = value
        self.text = value

    def __getitem__(self, key):
        return YAML(self.data[key])

    def __contains__(self, key):
        return key in self.data

    def __iter__(self):
        return iter(self.data if isinstance(self.data, dict) else [YAML(each) for each in self.data])

    def __len__(self):
        return len(self.data)

    def __str__(self):
        return str(self.data)

    def __int__(self):
        return int(self.data)

    def __float__(self):
        return float(self.data)

    def keys(self):
        return self.data.keys()

    def values(self):
        return [YAML(each) for each in self.data.values()]

    def items(self):
        return [(key, YAML(each)) for key, each in self.data.items()]

    def get(self, key, default=None):
        return YAML(self.data[key]) if key in self.data else default

class Validator:
    def __init__(self, *given, **options):
        pass

    def __or__(self, other):
        return self

class Map(Validator): ...
class MapCombined(Validator): ...
class MapPattern(Validator): ...
class Seq(Validator): ...
class UniqueSeq(Validator): ...
class FixedSeq(Validator): ...
class Str(Validator): ...
class Int(Validator): ...
class Float(Validator): ...
class Bool(Validator): ...
class Enum(Validator): ...
class Any(Validator): ...
class Optional(Validator): ...
class NullNone(Validator): ...
class EmptyNone(Validator): ...
class EmptyDict(Validator): ...
class EmptyList(Validator): ...
class CommaSeparated(Validator): ...
class Regex(Validator): ...

def load(yaml_string, schema=None, label="<unicode string>", allow_flow_style=False):
    if schema is None:
        return YAML(yaml.load(yaml_string, Loader=yaml.BaseLoader))
    return YAML(yaml.safe_load(yaml_string))

def dirty_load(yaml_string, schema=None, label="<unicode string>", allow_flow_style=True):
    return load(yaml_string, schema, label)
