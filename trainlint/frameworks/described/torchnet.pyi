"""torchnet (0.0.4): https://github.com/pytorch/tnt as it was until 2022."""

from torchnet import engine as engine
from torchnet import meter as meter
