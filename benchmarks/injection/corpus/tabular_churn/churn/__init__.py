from .model import ChurnNet
from .options import Options
