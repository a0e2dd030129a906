from .encoder import ProjectionHead, SmallResNet
from .objective import nt_xent
from .averaging import EMA
