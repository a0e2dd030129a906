"""Resampling and filters of julius (0.2): fixed kernels over the last dimension, with nothing to learn.

https://adefossez.github.io/julius/
"""

import torch.nn.functional as F
from torch import nn

def resample_frac(x, old_sr, new_sr, zeros=24, rolloff=0.945, output_length=None, full=False):
    return x if old_sr == new_sr else F.interpolate(x, scale_factor=new_sr / old_sr)

class ResampleFrac(nn.Module):
    def __init__(self, old_sr, new_sr, zeros=24, rolloff=0.945):
        super().__init__()
        self.old_sr, self.new_sr = old_sr, new_sr

    def forward(self, x, output_length=None, full=False):
        return resample_frac(x, self.old_sr, self.new_sr)
