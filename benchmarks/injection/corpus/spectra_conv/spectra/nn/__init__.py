from .plain import PlainConv
