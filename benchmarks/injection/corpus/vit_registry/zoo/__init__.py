from .registry import MODELS, build
from . import mixer, vit  # noqa: F401  (fills the registry)
